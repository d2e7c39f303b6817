"""`${NAME}` in the texts of a parsed document, filled in one pass: a value never changes the structure, whatever it contains.

`$${NAME}` is a literal `${NAME}`. What a value itself contains is not looked at again. A text that a secret went into knows it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from credex_actions.core.documents import Path
from credex_actions.core.origin import TracedText, as_secret

PATTERN: Final = re.compile(r"\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}")

NAMED_BY_USERS: Final = frozenset(("dockerLabels", "options", "labels", "driverOpts"))
"""Mappings whose keys are the user's own, so that they may hold placeholders too."""


class Filled(NamedTuple):
    """`unfilled`: (path, name) of each placeholder that no value was given for. `doubled`: paths of names that became another's name."""

    value: Any
    used: frozenset[str]
    unfilled: tuple[tuple[Path, str], ...]
    doubled: tuple[Path, ...]


def fill(document: Any, values: Mapping[str, str], secret: frozenset[str] = frozenset()) -> Filled:
    """`document` with `values` in the places of their names; `secret` are the names of those that are secrets."""
    shown = {name: as_secret(name) if name in secret else value for name, value in values.items()}
    used: set[str] = set()
    unfilled: list[tuple[Path, str]] = []
    doubled: list[Path] = []

    def in_text(text: str, path: Path) -> str:
        if "${" not in text:
            return text
        names = [match[2] for match in PATTERN.finditer(text) if not match[1]]
        used.update(name for name in names if name in values)
        unfilled.extend((path, name) for name in names if name not in values)
        filled, secrets = _substituted(text, values), tuple(dict.fromkeys(name for name in names if name in secret and name in values))
        return TracedText(filled, _substituted(text, shown), secrets) if secrets else filled

    def in_value(value: Any, path: Path, *, names_too: bool = False) -> Any:
        if isinstance(value, str):
            return in_text(value, path)
        if isinstance(value, list):
            return [in_value(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, dict):
            filled: dict[str, Any] = {}
            for name, item in value.items():
                become = in_text(name, (*path, name)) if names_too else name
                if become in filled:
                    doubled.append((*path, name))
                filled[become] = in_value(item, (*path, name), names_too=name in NAMED_BY_USERS)
            return filled
        return value

    result = in_value(document, ())
    return Filled(result, frozenset(used), tuple(unfilled), tuple(doubled))


def _substituted(text: str, values: Mapping[str, str]) -> str:
    return PATTERN.sub(lambda match: match[0][1:] if match[1] else values.get(match[2], match[0]), text)
