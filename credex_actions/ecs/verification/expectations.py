"""What the JSON of an answer has to hold: `status=OK`, `checks[0].healthy=true`. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from credex_actions.core.text import one_line

STEP: Final = re.compile(r"""\.?(?P<name>[^.\[\]"']+)|\[(?P<index>\d{1,9})\]|\[(?P<quote>["'])(?P<quoted>.+?)(?P=quote)\]""")
"""One step of a path: `name`, `[0]`, or `["a name with dots"]`."""

Path = tuple[str | int, ...]


class Expectation(NamedTuple):
    """`path` as it was written, `steps` as it is followed."""

    path: str
    steps: Path
    value: str


class Number(str):
    """A JSON number as it is written: `1.10` stays `1.10`."""

    __slots__ = ()


def read(path: str, value: str) -> Expectation:
    """Raises ValueError with a sentence."""
    rest, steps = path.strip().removeprefix("$"), []
    position = 0
    while position < len(rest):
        match = STEP.match(rest, position)
        if match is None or (position == 0 and not path.startswith("$") and rest.startswith(".")):
            raise ValueError(f"'{one_line(path, 80)}' is not a path such as status, checks[0].name or data[\"odd.name\"]")
        steps.append(int(match["index"]) if match["index"] else match["name"] or match["quoted"])
        position = match.end()
    return Expectation(path.strip(), tuple(steps), value)


def parse(body: bytes) -> Any:
    """The value of a JSON text, with its numbers as they are written. Raises ValueError."""
    try:
        return json.loads(body, parse_int=Number, parse_float=Number, parse_constant=Number)
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def misses(expectations: Sequence[Expectation], value: Any) -> Iterator[str]:
    """A sentence for each expectation that `value` does not meet."""
    for each in expectations:
        found, gap = _follow(value, each.steps)
        if gap:
            yield f"{each.path} does not exist ({gap})"
        elif not _equal(found, each.value):
            yield f"{each.path} is {one_line(_text(found), 80)}, not {one_line(each.value, 80)}"


def _follow(value: Any, steps: Path) -> tuple[Any, str]:
    for step in steps:
        if isinstance(step, int):
            if not isinstance(value, list):
                return None, f"[{step}] is applied to something that is not a list"
            if step >= len(value):
                return None, f"the list has {len(value)} {'entry' if len(value) == 1 else 'entries'}"
            value = value[step]
        elif not isinstance(value, Mapping):
            return None, f"{one_line(step, 40)} is applied to something that is not an object"
        elif step not in value:
            return None, f"no {one_line(step, 40)}"
        else:
            value = value[step]
    return value, ""


def _equal(found: Any, expected: str) -> bool:
    """Texts as they are; numbers, booleans and null by their JSON text; objects and lists by what they mean."""
    if isinstance(found, Mapping | list):
        try:
            return bool(found == parse(expected.encode()))
        except ValueError:
            return False
    return _text(found) == expected


def _text(found: Any) -> str:
    return str(found) if isinstance(found, str) else json.dumps(found)
