"""How long a database was down in its last roll-out: a tag of the instance, from which the next plan knows what to expect. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

LAST_ROLL: Final = "credex:last-roll-out"
FORM: Final = re.compile(r"([0-9T:-]+Z) down=([0-9]{1,7})")


class LastRoll(NamedTuple):
    """`at`: as it is written."""

    at: str
    seconds: int


def downtime_tag(stopped: datetime | None, back: datetime | None) -> dict[str, str]:
    """{} where a run before this one stopped it: then it is not known."""
    if stopped is None or back is None:
        return {}
    return {LAST_ROLL: f"{back.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} down={round((back - stopped).total_seconds())}"}


def last_roll(tags: Mapping[str, str]) -> LastRoll | None:
    found = FORM.fullmatch(tags.get(LAST_ROLL, ""))
    return LastRoll(found[1], int(found[2])) if found else None
