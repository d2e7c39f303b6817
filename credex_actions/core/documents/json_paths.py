"""Paths into a JSON document as users write them: `$.containerDefinitions[0].name`, `containerDefinitions[*]["odd name"]`.

A part of RFC 9535: names, indexes and `[*]`. The `$` may be left out.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from credex_actions.core.documents.places import Path, json_path

Pattern = tuple[str | int | None, ...]
"""Steps of a path; None is any index or name."""

_STEP: Final = r"""\.?([A-Za-z_][\w-]*)|\.(\*)|\[(?:([0-9]{1,6})|(\*)|"([^"\\]+)"|'([^'\\]+)')\]"""


def parse(text: str) -> Pattern:
    """Raises ValueError with a sentence."""
    steps: list[str | int | None] = []
    position = 1 if text.startswith("$") else 0
    while position < len(text):
        step = re.match(_STEP, text[position:])
        if step is None or (position and step[1] and text[position] != "."):
            raise ValueError(f"'{text[:80]}' is not a path: write it as $.containerDefinitions[0].name; [*] matches any index")
        name = step[1] or step[5] or step[6]
        steps.append(name or (int(step[3]) if step[3] else None))
        position += step.end()
    if not steps:
        raise ValueError("matches the whole document: list the members that are meant, such as $.containerDefinitions[0].name")
    return tuple(steps)


def written(pattern: Pattern) -> str:
    return json_path(tuple("*" if step is None else step for step in pattern)).replace('["*"]', "[*]")


def begins(path: Path, pattern: Pattern) -> bool:
    """`path` is what `pattern` names, or lies below."""
    return len(path) >= len(pattern) and all(wanted in (None, step) for step, wanted in zip(path, pattern, strict=False))


def below(path: Path, patterns: Sequence[Pattern]) -> bool:
    return any(begins(path, pattern) for pattern in patterns)


def found(document: Any, pattern: Pattern, path: Path = ()) -> Iterator[Path]:
    """The paths of `document` that `pattern` names."""
    if len(path) == len(pattern):
        yield path
        return
    wanted = pattern[len(path)]
    if isinstance(document, dict):
        steps: Iterator[Any] = (name for name in document if wanted in (None, name))
    else:
        steps = (number for number in range(len(document)) if wanted in (None, number)) if isinstance(document, list) else iter(())
    for step in steps:
        yield from found(document[step], pattern, (*path, step))


def at(document: Any, path: Path) -> Any:
    """Raises KeyError, IndexError or TypeError if nothing is there."""
    for step in path:
        document = document[step]
    return document
