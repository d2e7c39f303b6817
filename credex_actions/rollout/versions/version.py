"""A version of Neo4j and the series it belongs to, in numbers, so that 5.26.9 comes before 5.26.16."""

import re
from typing import Final, NamedTuple

FORM: Final = re.compile(r"([0-9]{1,4})\.([0-9]{1,2})\.([0-9]{1,3})")
FIRST_OF_CALENDAR: Final = 2025
"""From here on versions are year, month and patch; the month has two digits. Source: Neo4j upgrade and migration guide, "Version numbers"."""


class Series(NamedTuple):
    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor:02d}" if self.major >= FIRST_OF_CALENDAR else f"{self.major}.{self.minor}"


class Version(NamedTuple):
    major: int
    minor: int
    patch: int

    @property
    def series(self) -> Series:
        return Series(self.major, self.minor)

    def __str__(self) -> str:
        return f"{self.series}.{self.patch}"


def read_version(text: str) -> Version | None:
    """None for what is no release: a milestone, an alpha, a tag such as `latest`, a build for one platform."""
    found = FORM.fullmatch(text)
    return Version(*(int(part) for part in found.groups())) if found else None


def read_series(text: str) -> Series:
    """Of the configuration, whose schema has checked its form."""
    major, minor = text.split(".")
    return Series(int(major), int(minor))
