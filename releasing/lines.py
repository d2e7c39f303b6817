"""From which branch a version is released: main has the newest major version, releases/vN what is fixed in an older one.

Not a branch `vN`: a name that a tag has too is ambiguous, and `uses: …@vN` might then get what was never built.
"""

import re
from collections.abc import Iterable
from typing import Final

from releasing.versions import Version

MAIN: Final = "main"


def branch(major: int) -> str:
    """Of an older major version."""
    return f"releases/v{major}"


def major(name: str) -> int | None:
    """The major version that a branch has the fixes of; None of main and of any other branch."""
    found = re.fullmatch(r"releases/v(0|[1-9]\d*)", name)
    return int(found[1]) if found else None


def branch_of(version: Version, released: Iterable[Version]) -> str:
    """`released`: all that is. A candidate of the next major version moves nothing yet."""
    newest = max((each.major for each in released if not each.is_candidate), default=version.major)
    return MAIN if version.major >= newest else branch(version.major)
