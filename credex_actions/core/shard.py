"""One of several machines that divide the work of a run: 2/5 is the second of five."""

import re
from typing import Final, NamedTuple

from credex_actions.core.faults import Exit, Failure, Fault

FORM: Final = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


class Shard(NamedTuple):
    """`number`: from 1 to `of`."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def read(text: str) -> Shard:
    """Raises Failure(BAD_INPUT)."""
    found = FORM.fullmatch(text.strip())
    if not found or int(found[1]) > int(found[2]):
        raise Failure(Exit.BAD_INPUT, Fault("is not a shard", "Use 2/5 for the second of five.", "shard"))
    return Shard(int(found[1]), int(found[2]))
