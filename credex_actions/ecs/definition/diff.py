"""What differs between two task definitions, in lines for people: containers by name, variables by key, secrets never shown."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from credex_actions.core.documents.origin import TracedMember, TracedNumber, TracedText, as_secret, reveal
from credex_actions.core.secret import HIDDEN
from credex_actions.core.text import one_line
from credex_actions.ecs.definition.meaning import BY_NAME, semantic
from credex_actions.ecs.definition.secrets.guard import why_secret
from credex_actions.ecs.definition.secrets.shapes import shape_of

LONGEST: Final = 120
"""Characters of a value in a line."""

CONTAINER: Final = "containerDefinitions["

A_PHONES_LINE: Final = 35
"""Characters of a line of code that a phone shows without scrolling."""

Redact = Callable[[str], str]


class Leaf(NamedTuple):
    """`place`: where the value stands, as it shows. `secret`: how the value shows where it is a secret, else "". `row`: the list of texts it is one of."""

    place: str
    value: object
    secret: str
    row: str = ""


class Difference(NamedTuple):
    """`former` and `present`: the values as they show; None where there is none."""

    place: str
    former: str | None
    present: str | None

    def __str__(self) -> str:
        """One line: `+` is new, `-` is gone, `~` is another value."""
        if self.former is None:
            return f"+ {self.place} = {self.present}"
        return f"- {self.place} = {self.former}" if self.present is None else f"~ {self.place}: {self.former} -> {self.present}"


def coloured(differences: Iterable[Difference]) -> str:
    """What GitHub colours as a `diff`: lines with `-` and `+`, each container's under a head of its own.

    A value that a phone has no room for beside its name stands below it. It stays in one piece: in two, GitHub's runner would not
    recognise a secret of the job that nobody told this process.
    """
    parts: dict[str, list[str]] = {"": []}  # what is no container's comes first
    for each in differences:
        container, inside, rest = each.place.removeprefix(CONTAINER).partition("].")
        if not (inside and each.place.startswith(CONTAINER)):
            container, rest = "", each.place
        lines = parts.setdefault(container, [f"@@ container {container} @@"])
        for sign, value in (("-", each.former), ("+", each.present)):
            if value is not None:
                whole = f"{sign} {rest} = {value}"
                lines += [whole] if len(whole) <= A_PHONES_LINE else [f"{sign} {rest} =", f"{sign}   {value}"]
    return "\n".join(line for lines in parts.values() for line in lines)


def diff(old: Mapping[str, Any], new: Mapping[str, Any], redact: Redact = str) -> list[Difference]:
    """Empty where both mean the same.

    Where one side is a secret, the other is hidden too: it is what the secret was, or will be. In a list of words that may be any of the
    other side's words, for a word more moves the others. `redact` takes known secrets out of a
    value before it is quoted and cut: afterwards none would be recognised.
    """
    before, after = _leaves(old), _leaves(new)
    rows_before, rows_after = _rows_with_secrets(before.values()), _rows_with_secrets(after.values())
    differences = []
    for key in dict.fromkeys([*before, *after]):
        was, becomes = before.get(key), after.get(key)
        if was and becomes and was.value == becomes.value:
            continue
        hide = any(leaf.secret for leaf in (was, becomes) if leaf) or _twin(key) in (before if becomes else after)
        former = _shown(was, redact, hide=hide or was.row in rows_after) if was else None
        present = _shown(becomes, redact, hide=hide or becomes.row in rows_before) if becomes else None
        if there := becomes or was:
            differences.append(Difference(there.place, former, present))
    return differences


def _rows_with_secrets(leaves: Iterable[Leaf]) -> set[str]:
    return {leaf.row for leaf in leaves if leaf.row and leaf.secret}


def _twin(key: str) -> str:
    """Where a variable stands once it is a secret that ECS reads; "" for anything else."""
    container, found, rest = key.rpartition(".environment[")
    return f"{container}.secrets[{rest}" if found else ""


def _leaves(definition: Mapping[str, Any]) -> dict[str, Leaf]:
    """Every value by its way there: the real one, so that both sides meet even if a name on the way is a secret."""
    return dict(_flat(semantic(definition), "", "", ""))


def _flat(value: Any, key: str, place: str, member: str) -> Iterator[tuple[str, Leaf]]:
    if isinstance(value, Mapping):
        dot = "." if key else ""
        for name, inner in value.items():
            yield from _flat(inner, f"{key}{dot}{reveal(name)}", f"{place}{dot}{name}", name)
    elif isinstance(value, list):
        seen: dict[str, int] = {}
        for index, item in enumerate(value):
            label = _label(item, index, member)
            seen[reveal(label)] = seen.get(reveal(label), 0) + 1
            again = f"#{seen[reveal(label)]}" if seen[reveal(label)] > 1 else ""
            inner_key, inner_place = f"{key}[{reveal(label)}{again}]", f"{place}[{label}{again}]"
            if member in {"environment", "tags"} and isinstance(item, Mapping) and set(item) <= {"name", "key", "value"}:
                yield inner_key, _leaf(inner_place, item.get("value", ""), reveal(label))
            elif member in {"secrets", "secretOptions"} and isinstance(item, Mapping):
                yield inner_key, _leaf(inner_place, item.get("valueFrom", ""), "")
            elif isinstance(item, str):
                yield inner_key, _leaf(inner_place, item, member)._replace(row=key)
            else:
                yield from _flat(item, inner_key, inner_place, member if not isinstance(item, Mapping) else "")
    else:
        yield key, _leaf(place, value, member)


def _label(item: Any, index: int, member: str) -> object:
    """What tells an item of a list apart from the others."""
    named = BY_NAME.get(member, "")
    if named and isinstance(item, Mapping):
        return item.get(named, index)
    return item if member in BY_NAME and not named else index


def _leaf(place: str, value: object, name: str) -> Leaf:
    secret = ""
    if isinstance(value, TracedText):
        secret = HIDDEN if shape_of(_beside(value)) else value.shown
    elif isinstance(value, TracedNumber):
        secret = value.shown
    elif isinstance(name, TracedMember):
        secret = name.shown
    elif isinstance(value, str) and why_secret(name, value):
        secret = HIDDEN
    return Leaf(place, value, secret)


def _beside(value: TracedText) -> str:
    """What is next to the secrets whose names are known, as the file has it: another secret may."""
    text = value.shown
    for name in value.names:
        text = text.replace(as_secret(name), f"${{{name}}}")
    return text


def _shown(leaf: Leaf, redact: Redact, *, hide: bool) -> str:
    if hide:
        return one_line(redact(leaf.secret or HIDDEN), LONGEST)
    return one_line(repr(redact(leaf.value)) if isinstance(leaf.value, str) else str(leaf.value), LONGEST)
