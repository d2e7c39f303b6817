"""Terraform's version constraints. Pure. Source: Terraform docs, "Version Constraints"; a pre-release is matched only by itself."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

FORM: Final = re.compile(r"v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?:\.[0-9]+)*(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
PART: Final = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*(\S+)\s*")


class Version(NamedTuple):
    major: int
    minor: int = 0
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def read_version(text: str) -> Version | None:
    """None for a pre-release, and for what is no version."""
    found = FORM.fullmatch(text.strip())
    return Version(*(int(part or 0) for part in found.groups()[:3])) if found and not found[4] else None


def newest(texts: Iterable[str]) -> Version | None:
    return max(filter(None, map(read_version, texts)), default=None)


def allows(constraint: str, version: Version) -> bool:
    """True for what is no constraint: Terraform says so itself."""
    return all(_allows(part, version) for part in constraint.split(",") if part.strip())


def _allows(part: str, version: Version) -> bool:
    found = PART.fullmatch(part)
    bound = read_version(found[2]) if found else None
    if found is None or bound is None:
        return True
    match found[1]:
        case None | "=":
            return version == bound
        case "!=":
            return version != bound
        case ">":
            return version > bound
        case ">=":
            return version >= bound
        case "<":
            return version < bound
        case "<=":
            return version <= bound
    given = found[2].lstrip("v").count(".") + 1  # ~> 1.2 lets the minor one grow, ~> 1.2.0 the patch alone
    kept = max(given - 1, 1)
    return version >= bound and version[:kept] == bound[:kept]


def newest_allowed(constraint: str, versions: Iterable[Version]) -> Version | None:
    return max((each for each in versions if allows(constraint, each)), default=None)
