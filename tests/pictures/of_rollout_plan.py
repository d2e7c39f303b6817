"""The summaries of a roll-out's plan, as neo4j-ami-rollout writes them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

from credex_actions.aws.scratch.steps import Terminate
from credex_actions.aws.who import Who
from credex_actions.core.clock import SystemClock
from credex_actions.core.loop import Run
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.rollout import request
from credex_actions.rollout.context import Context
from credex_actions.rollout.gates.gate import Gate
from credex_actions.rollout.gates.inside import Client, connected
from credex_actions.rollout.planning import report
from credex_actions.rollout.planning.plan import Basis, Change, Expected, Plan
from credex_actions.rollout.planning.planning import Planning
from credex_actions.rollout.rehearsal.steps import CheckConsistency, Launch, Note
from tests.pictures.summarised import BEGAN, HOSTILE, at, story, summarised

CONFIGURATION: Final = Path(__file__).resolve().parents[2] / "examples" / "credex-core" / "neo4j.yml"
IMAGE, INSTANCE, SNAPSHOT = "ami-0c1d2e3f4a5b6c7d8", "i-0f2f1a7b3c4d5e6f7", "snap-0f2f1a7b3c4d5e6f7"


def planned() -> str:
    """Two databases, and one gate that is shut."""
    gates = (
        Gate(name="path", says="from 5.26.0 to 5.26.16", database="search-space"),
        Gate(name="rehearsal", says=f"passed 40 s ago with {IMAGE}; Bolt answered after 95 s", database="search-space"),
        Gate(
            name="drill",
            says="the newest successful drill of ledger-space, with ledger-space-20260220T012300Z-7b98d3, was 9 d 4 h ago: longer than 7 d",
            shut=True,
            hint="Drill one: credex-actions neo4j-backup --mode drill --databases ledger-space --environment production",
            database="ledger-space",
        ),
    )
    closed = "closed; it opens next on Tuesday, 2026-03-03, 02:00 Africa/Johannesburg (00:00 UTC)"
    window = Gate(name="maintenance window", says=closed, shut=True, hint="Wait for it.")
    return _summarised(_plan((_change("search-space", 10), _change("ledger-space", 20)), gates, window), "passed")


def of_a_group() -> str:
    """Four instances, three batches."""
    gate = Gate(name="path", says="from 5.26.0 to 5.26.16", database="search-space/search-1")
    window = Gate(name="maintenance window", says="none is configured: a roll-out may begin at any time")
    changes = tuple(_change(f"search-space/search-{number}", 10) for number in range(1, 5))
    return _summarised(replace(_plan(changes, (gate,), window), batch=2, bake=timedelta(minutes=15)), "passed")


def hostile() -> str:
    gate = Gate(name=HOSTILE, says=HOSTILE, shut=True, hint=HOSTILE, database=HOSTILE)
    return _summarised(_plan((_change(HOSTILE, 10),), (gate,), gate), HOSTILE)


def _plan(changes: tuple[Change, ...], gates: tuple[Gate, ...], window: Gate) -> Plan:
    notes = ("Release notes of 5.26.16: https://neo4j.com/release-notes/database/", "5.26 is supported until June 2028")
    return Plan(
        environment="production", made=BEGAN, version="5.26.16", image=IMAGE, recipe="9f86d081884c7d65", changes=changes,
        current={}, gates=gates, guard="none was given", notes=notes, window=window,
    )  # fmt: skip


def _change(name: str, order: int) -> Change:
    clients = (Client("core", "10.0.3.17", HOSTILE if name == HOSTILE else "credex-core/2.4", 12),)
    basis = Basis(
        environment="production", name=name, database="neo4j", order=order, instance=INSTANCE, instance_type="t3.large", image="ami-0a",
        version="5.26.0", volume="vol-0f2f1a7b3c4d5e6f7", user_data="aa", set_user_data="aa", new_image=IMAGE, new_version="5.26.16", recipe="9f86d081884c7d65",
        new_user_data="aa", rollout={},
    )  # fmt: skip
    changes = (
        "Neo4j 5.26.0 → 5.26.16",
        f"AMI ami-0a9b8c7d6e5f4a3b2 → {IMAGE} (neo4j-5.26.16-9f86d081884c7d65)",
        f"the root volume vol-0a9b8c7d6e5f4a3b2 of {INSTANCE} is replaced by one of the AMI, and kept; the data volume vol-0f2f1a7b3c4d5e6f7 stays",
    )
    expected = Expected(95, "as its rehearsal took until Bolt answered")
    return Change(
        basis=basis,
        changes=changes,
        expected=expected,
        backup=f"{name}-20260301T012300Z-7b98d3",
        clients=clients,
        notes=(connected(clients),),
        user_data=(
            "@@ -31,2 +31,2 @@",
            "-server.memory.heap.max_size=2g",
            f"+{name if name == HOSTILE else 'server.memory.heap.max_size=4g'}",
        ),
    )


def _summarised(plan: Plan, verdict: str) -> str:
    def act(runner: Runner) -> None:
        asked = request.read(Inputs(mode="plan", config=str(CONFIGURATION), environment="production"))
        clock = WorkerClock(_Clock())
        context = Context(runner, clock, cast("Any", None), asked, Who("arn:aws:iam::123456789012:role/x", timedelta()), "run", at(9000))
        planning = Planning(context, lambda *_: None, Run(clock))
        planning.runs = {plan.changes[0].name: _story(plan.changes[0].backup, verdict)}
        report.say(context, plan, planning, BEGAN, "plan.json")

    return summarised(act)


class _Clock(SystemClock):
    def now(self) -> Any:
        return at(400)


def _story(backup: str, verdict: str) -> Run:
    steps = [
        (Launch(IMAGE, backup, "run"), 2, 4),
        (CheckConsistency(INSTANCE), 110, 330),
        (Note(SNAPSHOT, IMAGE, cast("Any", verdict)), 331, 332),
        (Terminate(INSTANCE), 333, None if verdict == HOSTILE else 334),
    ]
    return story(steps)
