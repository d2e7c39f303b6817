"""What differs between two task definitions, in lines for people: containers by name, variables by key, secrets never shown."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from credex_actions.core.secret import HIDDEN
from credex_actions.core.text import one_line
from credex_actions.ecs.revision_meaning import BY_NAME, semantic
from credex_actions.ecs.secret_guard import why_secret

LONGEST: Final = 120
"""Characters of a value in a line."""


def diff(old: Mapping[str, Any], new: Mapping[str, Any], redact: Callable[[str], str] = str) -> list[str]:
    """A line for each difference: `+` is new, `-` is gone, `~` is another value. Empty where both mean the same.

    `redact` takes known secrets out of a value before it is quoted and cut: afterwards none would be recognised.
    """
    before, after = dict(_flat(semantic(old), "")), dict(_flat(semantic(new), ""))
    lines = []
    for place in dict.fromkeys([*before, *after]):
        if place not in after:
            lines.append(f"- {place} = {_shown(place, before[place], redact)}")
        elif place not in before:
            lines.append(f"+ {place} = {_shown(place, after[place], redact)}")
        elif before[place] != after[place]:
            lines.append(f"~ {place}: {_shown(place, before[place], redact)} -> {_shown(place, after[place], redact)}")
    return lines


def _flat(value: Any, place: str, key: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _flat(member, f"{place}.{name}" if place else str(name), str(name))
    elif isinstance(value, list):
        named = BY_NAME.get(key, "")
        seen: dict[str, int] = {}
        for index, item in enumerate(value):
            label = (
                str(item.get(named, index))
                if named and isinstance(item, Mapping)
                else str(item)
                if key in BY_NAME and not named
                else str(index)
            )
            seen[label] = seen.get(label, 0) + 1
            here = f"{place}[{label}{f'#{seen[label]}' if seen[label] > 1 else ''}]"
            if key in {"environment", "tags"} and isinstance(item, Mapping) and set(item) <= {"name", "key", "value"}:
                yield here, item.get("value", "")
            elif key in {"secrets", "secretOptions"} and isinstance(item, Mapping):
                yield here, item.get("valueFrom", "")
            else:
                yield from _flat(item, here, key if not isinstance(item, Mapping) else "")
    else:
        yield place, value


def _shown(place: str, value: object, redact: Callable[[str], str]) -> str:
    name = place.rpartition("[")[2].rstrip("]") if place.endswith("]") else place.rpartition(".")[2]
    name = name.partition("#")[0]  # the second one of a name
    if isinstance(value, str) and "secrets[" not in place and why_secret(name, value):
        return HIDDEN
    return one_line(repr(redact(value)) if isinstance(value, str) else str(value), LONGEST)
