"""What keeps writes out, and the note that says what was before."""

from typing import Any

import pytest

from credex_actions.core.faults import Failure
from credex_actions.rollout.around.access_mode import AccessMode
from credex_actions.rollout.around.desired_count import DesiredCount

NOTHING: Any = None


@pytest.mark.parametrize("before", ["", "two", "-1", "\u0662"])
@pytest.mark.parametrize(
    "gate", [DesiredCount(NOTHING, NOTHING, "main", "core"), AccessMode(NOTHING, NOTHING, "i-1", "neo4j", NOTHING)], ids=["service", "mode"]
)
def test_what_somebody_has_written_over_the_note_is_not_guessed(gate: DesiredCount | AccessMode, before: str) -> None:
    with pytest.raises(Failure, match=r"writes are still stopped: the tag credex:writes-stopped-by of (core|i-1) does not say"):
        gate.open(before)
