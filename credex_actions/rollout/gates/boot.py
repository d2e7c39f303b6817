"""Whether a boot starts Neo4j: who restarts an instance, or goes back to its old root volume, relies on it. The command that asks, and the judging. Pure."""

from typing import Final

from credex_actions.rollout.gates.gate import Gate, unread

NAME: Final = "boot"
SCRIPT: Final = "systemctl is-enabled neo4j"
STARTS: Final = frozenset(("enabled", "static", "indirect", "alias", "generated"))
STARTS_NOT: Final = frozenset(("disabled", "enabled-runtime", "linked", "linked-runtime", "masked", "masked-runtime", "not-found"))
"""`enabled-runtime` is until the next boot. Source of both: systemctl(1), is-enabled."""


def judged(name: str, output: str) -> Gate:
    """`output`: its first line is what systemctl says."""
    state = (output.strip().splitlines() or [""])[0].strip()
    if state in STARTS:
        return Gate(name=NAME, says=f"a boot starts Neo4j (systemd: {state})", database=name)
    if state in STARTS_NOT:
        says = f"a boot of the instance does not start Neo4j: the unit neo4j is {state}"
        return Gate(name=NAME, says=says, shut=True, hint="On the instance: systemctl enable neo4j", database=name)
    return unread(NAME, "systemctl does not say whether a boot starts Neo4j", f"On the instance: {SCRIPT}", name)
