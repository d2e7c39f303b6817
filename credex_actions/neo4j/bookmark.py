"""What a bookmark says. Community Edition names the last transaction nowhere else: its `SHOW DATABASES` leaves lastCommittedTxn empty.

Neo4j's documentation calls bookmarks opaque. Since 4.0 they are `FB:` and, in Base64, the PackStream of the database's UUID, the last
transaction, and more; 5.13 to 5.26 were seen to agree with `neo4j-admin database info`. What has another form is not known, rather than guessed.
"""

import binascii
from base64 import b64decode
from typing import Final, NamedTuple
from uuid import UUID

PREFIX: Final = "FB:"
HEAD: Final = 3  # a list or its first member, then the marker and the length of 16 bytes
BYTES_16: Final = b"\xcc\x10"
INTEGERS: Final = {0xC8: 1, 0xC9: 2, 0xCA: 4, 0xCB: 8}
"""Marker -> bytes that follow. Source: Bolt protocol documentation, "PackStream"."""
LARGEST_TINY: Final = 0x7F


class Bookmark(NamedTuple):
    uuid: str
    transaction: int


def read_bookmark(text: str) -> Bookmark | None:
    """None for every form but the one that was seen."""
    if not text.startswith(PREFIX):
        return None
    encoded = text.removeprefix(PREFIX)
    try:
        raw = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    if raw[1:HEAD] != BYTES_16 or len(raw) < HEAD + 17:
        return None
    name, rest = raw[HEAD : HEAD + 16], raw[HEAD + 16 :]
    if rest[0] <= LARGEST_TINY:
        return Bookmark(str(UUID(bytes=name)), rest[0])
    size = INTEGERS.get(rest[0])
    number = rest[1 : 1 + size] if size else b""
    if not size or len(number) < size:
        return None
    transaction = int.from_bytes(number, signed=True)
    return Bookmark(str(UUID(bytes=name)), transaction) if transaction >= 0 else None
