"""What can be the name of a branch or tag. Source: git-check-ref-format(1)."""

import re
from typing import Final

NEVER: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(?:/|$)|/$|^/|^-|^\.|/\.|\.$|^@$|^$")


def is_refname(name: str) -> bool:
    return NEVER.search(name) is None


def short(ref: str) -> str:
    """The name alone, as GitHub shows it of a run: `v1` for `refs/tags/v1`."""
    found = re.match(r"refs/(?:heads|tags)/", ref)
    return ref[found.end() :] if found else ref
