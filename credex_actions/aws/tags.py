"""The tags by which resources of ours are recognised, whichever run of whichever command made them."""

from collections.abc import Iterable, Mapping
from typing import Final

DATABASE: Final = "credex:database"
ENVIRONMENT: Final = "credex:environment"
VERSION: Final = "credex:neo4j-version"
RUN: Final = "credex:run"
ROLL: Final = "credex:roll"
"""A tag of an instance: the state of the last roll-out of its database, the run, and since when."""
HALF_DONE: Final = frozenset(("rolling", "going-back"))
"""States of one that has not ended."""
SCRATCH: Final = "credex:scratch"
"""A tag of what only lives as long as its run; its value says what for."""


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def as_mapping(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in tags or ()}
