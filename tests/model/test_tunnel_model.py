"""A session to an instance: opened, waited for while the instance is not connected, and ended."""

from datetime import UTC, datetime, timedelta

import pytest

from credex_actions.aws.command_steps import unknown_instance
from credex_actions.aws.tunnel import End, Open, Seen, after, decide, decide_end
from credex_actions.core.faults import Exit
from credex_actions.core.loop import Done, Refuse, Wait

BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
WITHIN = timedelta(seconds=30)


def seen(seconds: float = 0, rejected: int = 0, rejected_at: float | None = None, session: str = "") -> Seen:
    at = None if rejected_at is None else BEGAN + timedelta(seconds=rejected_at)
    return Seen(now=BEGAN + timedelta(seconds=seconds), began=BEGAN, session=session, rejected=rejected, rejected_at=at)


DECISIONS = {
    "what is not open is opened": (seen(), Open("i-1", 7687, 1)),
    "what is open is used": (seen(session="s-1"), Done("open")),
    "what was not connected is given some time": (seen(1, 1, 0), Wait("i-1 is not connected to SSM yet", 4.0)),
    "and tried again": (seen(5, 1, 0), Open("i-1", 7687, 2)),
    "but not for ever": (seen(30, 6, 30), Refuse((unknown_instance("i-1"),), Exit.REMOTE)),
}


@pytest.mark.parametrize(("given", "then"), DECISIONS.values(), ids=DECISIONS)
def test_decide(given: Seen, then: object) -> None:
    assert decide("i-1", 7687, WITHIN, given) == then


def test_what_is_open_is_ended_once() -> None:
    opened = after(seen(), Open("i-1", 7687, 1))
    assert decide_end(opened) == End(opened.session)
    assert decide_end(after(opened, End(opened.session))) == Done("ended")
    assert after(opened, Wait("", 5)).now == BEGAN + timedelta(seconds=5)
