"""What can be the name of a branch or tag. Source: git-check-ref-format(1)."""

import re
from typing import Final

NEVER: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(?:/|$)|/$|^/|^-|^\.|/\.|\.$|^@$|^$")


def is_refname(name: str) -> bool:
    return NEVER.search(name) is None
