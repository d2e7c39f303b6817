"""What a rehearsal leaves: a tag of the snapshot that it was done with. Plans rely on it, whichever runner made it. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

REHEARSED: Final = "credex:rehearsed"
NO_RECIPE: Final = "-"
FORM: Final = re.compile(
    r"v1 (passed|failed) at=([0-9T:-]+Z) image=(ami-[0-9a-f]+) recipe=([0-9a-f]+|-) user-data=([0-9a-f]+) version=([0-9.]+) seconds=([0-9]+|-)"
)
CLOCKS_AGREE: Final = timedelta(hours=1)
"""A rehearsal later than that from now never was: a clock was wrong, or a person wrote the tag."""

Verdict: TypeAlias = Literal["passed", "failed"]


class Pair(NamedTuple):
    """What is rehearsed with a backup, and what a rehearsal has to agree on to count. `recipe`: of the AMI, "-" without one. `version`: the backup's, which the AMI's replaces."""

    image: str
    recipe: str
    user_data: str
    version: str


@dataclass(frozen=True)
class Rehearsed:
    """`seconds`: from the launch until Bolt answered; None if it never did."""

    verdict: Verdict
    at: datetime
    pair: Pair
    seconds: int | None

    def __str__(self) -> str:
        image, recipe, user_data, version = self.pair
        took = "-" if self.seconds is None else self.seconds
        return (
            f"v1 {self.verdict} at={self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} image={image} recipe={recipe} user-data={user_data} "
            f"version={version} seconds={took}"
        )


def read_note(text: str) -> Rehearsed | None:
    """Anybody may have written the tag: what cannot be read was no rehearsal."""
    found = FORM.fullmatch(text)
    if not found:
        return None
    verdict, at, image, recipe, user_data, version, seconds = found.groups()
    try:
        when = datetime.fromisoformat(at)
    except ValueError:
        return None
    took = None if seconds == "-" else int(seconds)
    return Rehearsed("passed" if verdict == "passed" else "failed", when, Pair(image, recipe, user_data, version), took)


def newest(notes: Iterable[Rehearsed], pair: Pair, now: datetime) -> Rehearsed | None:
    """The last one of the pair, whatever became of it."""
    return max((each for each in notes if each.pair == pair and each.at <= now + CLOCKS_AGREE), key=lambda each: each.at, default=None)
