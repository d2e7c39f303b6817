"""Versions, which are the tags: X.Y.Z, or X.Y.Z-rc.N for a candidate of it (https://semver.org)."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

FORM: Final = re.compile(r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-rc\.([1-9]\d*))?")
FIRST: Final = "1.0.0"


class Version(NamedTuple):
    major: int
    minor: int
    patch: int
    candidate: float = float("inf")
    """Of a candidate its number; what is released comes after all of them."""

    @property
    def is_candidate(self) -> bool:
        return self.candidate != float("inf")

    @property
    def finished(self) -> "Version":
        """What a candidate is one for; of any other version itself."""
        return Version(self.major, self.minor, self.patch)

    @property
    def tag(self) -> str:
        return f"v{self}"

    @property
    def python(self) -> str:
        """As PEP 440 writes it."""
        return str(self).replace("-rc.", "rc")

    def __str__(self) -> str:
        number = f"{self.major}.{self.minor}.{self.patch}"
        return f"{number}-rc.{self.candidate:.0f}" if self.is_candidate else number


def parsed(text: str) -> Version | None:
    found = FORM.fullmatch(text)
    if found is None:
        return None
    major, minor, patch, candidate = found.groups()
    return Version(int(major), int(minor), int(patch), *([float(candidate)] if candidate else []))


def released(tags: Iterable[str]) -> list[Version]:
    """What the tags say was released, the newest last; `v1` and other people's tags are none of it."""
    return sorted(version for tag in tags if tag.startswith("v") and (version := parsed(tag)) is not None)


def following(previous: Version | None, changes: Mapping[str, list[str]]) -> Version:
    """The version for the changes since `previous`, by section: what is removed, or marked **Breaking**, is a major one, what is only fixed a patch."""
    if previous is None:
        first = parsed(FIRST)
        assert first is not None
        return first
    entries = [entry for section in changes.values() for entry in section]
    if changes.get("Removed") or any(entry.startswith("**Breaking") for entry in entries):
        return Version(previous.major + 1, 0, 0)
    if set(changes) <= {"Fixed", "Security"}:
        return Version(previous.major, previous.minor, previous.patch + 1)
    return Version(previous.major, previous.minor + 1, 0)
