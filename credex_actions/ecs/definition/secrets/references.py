"""Secrets in plain text moved to references: `plaintext-secrets: reference`. What they are called is decided here; nobody writes them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from credex_actions.core.documents.origin import TracedText, reveal
from credex_actions.core.faults import Fault
from credex_actions.ecs.definition.parts import containers, copied, merged, parts, text


def reference(prefix: str, name: str) -> str:
    """What reads the variable `name` under secrets-prefix: a key of the secret whose ARN that is, or a parameter with a lower-case name."""

    def under_prefix(name: str) -> str:
        is_secret = prefix.startswith("arn:") and ":secretsmanager:" in prefix
        return f"{prefix}:{name}::" if is_secret else f"{prefix.rstrip('/')}/{name.lower()}"

    real = under_prefix(reveal(name))
    return TracedText(real, under_prefix(name.shown), name.names) if isinstance(name, TracedText) else real


def referenced(
    definition: Mapping[str, Any], found: Sequence[tuple[str, str, str]], reference: Callable[[str], str]
) -> tuple[dict[str, Any], list[Fault]]:
    """`definition` with the variables `found`, as (container, name, value), moved from `environment` to `secrets`; and what stands in the way."""
    result: dict[str, Any] = copied(definition)
    faults = [*_clashing(found, reference)]
    for _, container in containers(result):
        names = [name for owner, name, _ in found if owner == text(container, "name")]
        present = {text(secret, "name") for _, secret in parts(container, "secrets")}
        faults += [
            Fault(
                f"{name} of {text(container, 'name')} is defined in environment and in secrets",
                "Keep one of them: plaintext-secrets: reference would replace the existing secret with its own parameter.",
                "plaintext-secrets",
            )
            for name in dict.fromkeys(names)
            if name in present
        ]
        if names:
            moved: Any = container
            moved["environment"] = [
                each for each in container.get("environment", []) if not isinstance(each, dict) or each.get("name") not in names
            ]
            moved["secrets"] = merged(container.get("secrets"), {name: reference(name) for name in names}, "name", "valueFrom")
    return result, faults


def _clashing(found: Sequence[tuple[str, str, str]], reference: Callable[[str], str]) -> Iterator[Fault]:
    """One parameter holds one value, of one name."""
    taken: dict[str, tuple[str, str, str]] = {}
    for container, name, value in found:
        target = reference(name)
        first = taken.setdefault(target, (container, name, value))
        if first[1:] != (name, value):
            yield Fault(
                f"{first[1]} of {first[0]} and {name} of {container} would both read {target}",
                "Rename one of them, or put it into secrets with a parameter of its own.",
                "plaintext-secrets",
            )
