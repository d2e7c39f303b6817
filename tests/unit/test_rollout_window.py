"""Maintenance windows: open, closed, closing too early, and across changes of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.neo4j.configuration.model import Window
from credex_actions.rollout.gates.window import judged, next_opening, opening_at

TUESDAYS = Window(cron="0 2 * * 2", hours=2, time_zone="Africa/Johannesburg")
NIGHTS = Window(cron="30 2 * * *", hours=2, time_zone="Europe/Berlin")
"""At an hour that Berlin skips on 2026-03-29, and repeats on 2026-10-25."""
HOUR = timedelta(hours=1)


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_it_is_open_for_its_hours_and_then_closed() -> None:
    assert judged(TUESDAYS, utc(2026, 12, 1, 0, 0), None).shut is False
    assert judged(TUESDAYS, utc(2026, 12, 1, 1, 59), None).says == "open until Tuesday, 2026-12-01, 04:00 Africa/Johannesburg (02:00 UTC)"
    closed = judged(TUESDAYS, utc(2026, 12, 1, 2, 0), None)
    assert closed.stops
    assert closed.says == "closed; it opens next on Tuesday, 2026-12-08, 02:00 Africa/Johannesburg (00:00 UTC)"


def test_one_that_closes_before_the_expected_downtime_is_over_counts_as_closed() -> None:
    now = utc(2026, 12, 1, 1, 50)
    assert not judged(TUESDAYS, now, timedelta(minutes=10)).shut
    gate = judged(TUESDAYS, now, timedelta(minutes=11))
    assert gate.stops
    assert "before the expected downtime of 11 min would be over" in gate.says


def test_a_reason_passes_a_closed_one_and_is_told() -> None:
    gate = judged(TUESDAYS, utc(2026, 12, 1, 12), None, "the index is corrupt")
    assert gate.shut
    assert not gate.stops
    assert "reason given: the index is corrupt" in str(gate)


def test_without_one_it_is_always_open_and_one_that_no_day_fits_never_is() -> None:
    assert not judged(None, utc(2026, 12, 1), None).shut
    never = judged(Window(cron="0 2 31 2 *"), utc(2026, 12, 1), None)
    assert never.stops
    assert "it never opens" in never.says


def test_an_hour_that_the_clocks_skip_comes_right_after_it() -> None:
    opening = next_opening(NIGHTS, utc(2026, 3, 28, 12))
    assert opening
    assert opening.begins == utc(2026, 3, 29, 1, 0)  # 03:00 there
    assert opening.ends - opening.begins == 2 * HOUR


def test_an_hour_that_the_clocks_repeat_opens_it_once_for_two_real_hours() -> None:
    first = next_opening(NIGHTS, utc(2026, 10, 24, 12))
    assert first
    assert first.begins == utc(2026, 10, 25, 0, 30)
    assert opening_at(NIGHTS, utc(2026, 10, 25, 1, 30)) == first  # 02:30 there for the second time
    assert opening_at(NIGHTS, utc(2026, 10, 25, 2, 30)) is None
    second = next_opening(NIGHTS, first.begins)
    assert second
    assert second.begins == utc(2026, 10, 26, 1, 30)


CHANGES = [
    ("Europe/Berlin", utc(2026, 3, 29, 1)),
    ("Europe/Berlin", utc(2026, 10, 25, 1)),
    ("Australia/Lord_Howe", utc(2026, 4, 4, 15)),
    ("America/New_York", utc(2026, 11, 1, 6)),
    ("Africa/Johannesburg", utc(2026, 6, 1)),
]


@given(
    st.sampled_from(CHANGES),
    st.integers(-2880, 2880),
    st.integers(0, 59),
    st.integers(0, 23),
    st.floats(0.25, 24).map(lambda hours: round(hours, 2)),
)
def test_what_is_said_of_the_next_opening_comes_true(change: tuple[str, datetime], off: int, minute: int, hour: int, hours: float) -> None:
    zone, at = change
    window = Window(cron=f"{minute} {hour} * * *", hours=hours, time_zone=zone)
    now = at + timedelta(minutes=off)
    following = next_opening(window, now)
    assert following
    assert now < following.begins <= now + timedelta(hours=26)
    assert following.ends - following.begins == timedelta(hours=hours)
    assert opening_at(window, following.begins) == following
    before = opening_at(window, following.begins - timedelta(minutes=1))
    assert before is None or before.begins < following.begins
    assert not judged(window, following.begins, None).shut
    current = opening_at(window, now)
    if current:
        assert current.begins <= now < current.ends
    else:
        assert judged(window, now, None).shut
    there = following.begins.astimezone(ZoneInfo(zone))
    skipped = (there.hour, there.minute) != (hour, minute)
    assert not skipped or there.utcoffset() != (there - timedelta(hours=3)).astimezone(UTC).astimezone(ZoneInfo(zone)).utcoffset()


@pytest.mark.parametrize("cron", ["*/15 * * * *", "0 2 1,15 * MON-FRI", "0 2 * JAN-MAR SUN", "0 22-23/1 * * 7", "5/10 * * * *"])
def test_what_the_configuration_takes_the_library_reads(cron: str) -> None:
    assert next_opening(Window(cron=cron), utc(2026, 12, 1))
