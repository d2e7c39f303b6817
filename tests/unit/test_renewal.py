"""Whether a service's tasks have the address of the database as it is now."""

from datetime import UTC, datetime, timedelta

import pytest

from credex_actions.rollout.around.renewal import Move, Tasks, decide

SINCE = datetime(2026, 11, 29, 2, tzinfo=UTC)
BEFORE, LATER = SINCE - timedelta(minutes=1), SINCE + timedelta(seconds=1)

CASES: dict[str, tuple[Tasks, Move]] = {
    "older tasks are replaced": (Tasks("core:7", 2, BEFORE, None), "redeploy"),
    "newer ones are not started again": (Tasks("core:7", 2, LATER, None), "proven"),
    "a deployment that began since is followed": (Tasks("core:7", 2, BEFORE, LATER), "follow"),
    "one that began before may start tasks with the former address": (Tasks("core:7", 2, BEFORE, BEFORE), "redeploy"),
    "a service that is to run no task proves nothing": (Tasks("core:7", 0, None, None), "idle"),
    "one whose tasks are about to start is waited for": (Tasks("core:7", 2, None, None), "follow"),
}


@pytest.mark.parametrize(("seen", "move"), CASES.values(), ids=CASES)
def test_what_is_done(seen: Tasks, move: Move) -> None:
    assert decide(SINCE, seen) == move
