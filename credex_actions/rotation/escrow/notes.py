"""Notes next to the values, as tags: which place got which version, since when all have it, since when a previous key is inactive. Nothing secret is in them."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

from credex_actions.rotation.escrow.escrow import Note

RECEIPT: Final = "credex:receipt:"
DISTRIBUTED: Final = "credex:distributed"
DEACTIVATED: Final = "credex:deactivated"
NONE: Final = "-"


def receipt_key(place: str) -> str:
    """Of a place's name, which may be longer than a tag's key; it is not a hash of a value."""
    return sha256(place.encode()).hexdigest()[:24]


def receipt(place: str, version: str, stamp: str) -> tuple[str, str]:
    return f"{RECEIPT}{receipt_key(place)}", f"{version} {stamp}"[:256]


def timed(subject: str, time: datetime) -> str:
    return f"{subject} {time.isoformat(timespec='milliseconds')}"


def tags_to_notes(tags: Mapping[str, str]) -> Note:
    receipts = {}
    for key, value in tags.items():
        if key.startswith(RECEIPT):
            version, _, stamp = value.partition(" ")
            receipts[key.removeprefix(RECEIPT)] = (version, stamp)
    return Note(receipts, _timed(tags.get(DISTRIBUTED)), _timed(tags.get(DEACTIVATED)))


def _timed(text: str | None) -> tuple[str, datetime] | None:
    subject, _, time = (text or "").rpartition(" ")
    try:
        return (subject, datetime.fromisoformat(time)) if subject else None
    except ValueError:
        return None
