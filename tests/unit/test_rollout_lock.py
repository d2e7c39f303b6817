"""Who holds the lock of a roll-out, read off the versions of one parameter."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.loop import Done, Refuse, Wait
from credex_actions.rollout.lock import steps
from credex_actions.rollout.lock.bids import FREE, LASTS, Bid, Entry, Head, Kind, TornHistoryError, head_of, read_bid
from credex_actions.rollout.lock.holding import name_of

START = datetime(2026, 11, 28, 12, tzinfo=UTC)


def bid(kind: Kind, run: str, follows: int, *, machine: str = "", dead: bool = False) -> Bid:
    return Bid(kind=kind, follows=follows, run=run, holder=f"arn of {run}", machine=machine, dead=dead)


def history(*bids: tuple[Bid | None, float], first: int = 1) -> list[Entry]:
    """Each with the seconds since the start at which AWS received it."""
    return [Entry(version=first + at, at=START + timedelta(seconds=after), bid=each) for at, (each, after) in enumerate(bids)]


def holder(entries: Sequence[Entry]) -> str:
    head = head_of(entries)
    return head.run if head.until else ""


CASES: dict[str, tuple[list[Entry], str]] = {
    "nobody has ever taken it": ([], ""),
    "whoever bids first holds it": (history((bid("take", "a", 0), 0), (bid("take", "b", 0), 0)), "a"),
    "it is renewed by its holder": (history((bid("take", "a", 0), 0), (bid("renew", "a", 1), 30)), "a"),
    "it is released by its holder": (history((bid("take", "a", 0), 0), (bid("release", "a", 1), 30)), ""),
    "nobody else releases it": (history((bid("take", "a", 0), 0), (bid("release", "b", 1), 30)), "a"),
    "nobody else renews it": (history((bid("take", "a", 0), 0), (bid("renew", "b", 1), 30)), "a"),
    "it is not taken from one that holds it": (history((bid("take", "a", 0), 0), (bid("take", "b", 1), 119)), "a"),
    "it is taken from one that has let it expire": (history((bid("take", "a", 0), 0), (bid("take", "b", 1), 121)), "b"),
    "a renewal that follows an older bid counts for nothing": (
        history((bid("take", "a", 0), 0), (bid("take", "b", 1), 121), (bid("renew", "a", 1), 122)),
        "b",
    ),
    "a renewal may come late if nobody was faster": (history((bid("take", "a", 0), 0), (bid("renew", "a", 1), 500)), "a"),
    "one whose process is gone loses it on its own machine": (
        history((bid("take", "a", 0, machine="m"), 0), (bid("take", "b", 1, machine="m", dead=True), 5)),
        "b",
    ),
    "and on no other one": (history((bid("take", "a", 0, machine="m"), 0), (bid("take", "b", 1, machine="n", dead=True), 5)), "a"),
    "after a release it is anybody's": (
        history((bid("take", "a", 0), 0), (bid("release", "a", 1), 1), (bid("take", "b", 2), 2), (bid("take", "c", 2), 2)),
        "b",
    ),
    "a bid that follows an old one counts for nothing, even if the one that was faster has expired meanwhile": (
        history((bid("take", "a", 0), 0), (bid("take", "b", 1), 121), (bid("take", "c", 1), 300)),
        "b",
    ),
    "what is no bid counts for nothing": (history((bid("take", "a", 0), 0), (None, 1), (bid("renew", "a", 1), 30)), "a"),
    "a bid cannot follow one that comes after it": (history((bid("take", "b", 9), 0), (bid("take", "a", 0), 1)), "a"),
    "older versions are not needed": (
        history((bid("take", "x", 3), 0), (bid("renew", "a", 6), 10), (bid("renew", "a", 8), 40), first=7),
        "a",
    ),
}


@pytest.mark.parametrize(("entries", "who"), CASES.values(), ids=CASES)
def test_who_holds_it(entries: list[Entry], who: str) -> None:
    assert holder(entries) == who


def test_versions_that_are_missing_leave_it_open_who_holds_it() -> None:
    entries = history((bid("take", "a", 0), 0), (bid("renew", "a", 1), 30), (bid("renew", "a", 2), 60))
    with pytest.raises(TornHistoryError):
        head_of([entries[0], entries[2]])
    with pytest.raises(TornHistoryError):  # the one that is followed is gone, and with it what would have followed it, too
        head_of(history((bid("take", "b", 3), 0), first=9))


@st.composite
def races(draw: st.DrawFn) -> list[Entry]:
    """Runs that each see a prefix of the history, and bid what they may or may not: what AWS does is to number and to date it."""
    entries: list[Entry] = []
    now = START
    for number in range(draw(st.integers(1, 25))):
        now += timedelta(seconds=draw(st.sampled_from([0, 1, 29, 119, 121, 300])))
        seen = entries[: draw(st.integers(max(len(entries) - 3, 0), len(entries)))]
        kind: Kind = draw(st.sampled_from(["take", "renew", "release"]))
        own = bid(kind, draw(st.sampled_from("abc")), head_of(seen).version)
        entries.append(Entry(version=number + 1, at=now, bid=own))
    return entries


@given(races())
def test_it_is_never_held_by_two_and_every_prefix_agrees_on_the_past(entries: list[Entry]) -> None:
    """Who holds it changes only by a release, or after it has expired; and what was read once stays true for those who read it later."""
    before = FREE
    for at in range(1, len(entries) + 1):
        head = head_of(entries[:at])
        if head.version != before.version:
            assert head.version == at  # nothing that has lost counts later on
            if before.until is not None and head.run != before.run:
                assert entries[at - 1].at > before.until
        before = head


@given(races(), st.integers(1, 20))
def test_what_parameter_store_forgets_does_not_change_who_holds_it(entries: list[Entry], kept: int) -> None:
    """Of the last versions alone the same holder is read, or it is said that they are not enough."""
    try:
        head = head_of(entries[-kept:])
    except TornHistoryError:
        return
    assert (head.version, head.run) in {(head_of(entries).version, head_of(entries).run), (0, "")}
    if head == FREE:
        assert not any(each.bid and each.bid.follows < each.version for each in entries[-kept:]) or head_of(entries) == FREE


def test_a_bid_is_read_as_it_was_written_and_nothing_else_is() -> None:
    written = bid("take", "a", 3, machine="m", dead=True)
    assert read_bid(str(written)) == written
    for text in (
        "",
        "x",
        "[]",
        '{"kind": "take"}',
        json.dumps(json.loads(str(written)) | {"follows": True}),
        str(written).replace("take", "steal"),
    ):
        assert read_bid(text) is None


WANT = steps.Want(name="/lock", run="a")


def seen(head: Head = FREE, newest: int = 0, **others: object) -> steps.Seen:
    return steps.Seen(**({"now": START, "head": head, "newest": newest} | others))  # type: ignore[arg-type]


HELD = Head(version=4, run="b", holder="somebody", at=START, until=START + LASTS)


def test_taking() -> None:
    assert steps.take(WANT, seen()) == steps.Take("/lock", 0)
    assert steps.take(WANT, seen(Head(version=4, run="b"), 4)) == steps.Take("/lock", 4)
    refused = steps.take(WANT, seen(HELD, 4))
    assert isinstance(refused, Refuse)
    assert "somebody (run b) holds the lock /lock until 2026-11-28 12:02:00 UTC" in refused.faults[0].what
    assert steps.take(WANT, seen(HELD, 4, dead=True)) == steps.Take("/lock", 4)
    assert steps.take(WANT, seen(HELD, 4, now=START + LASTS + timedelta(seconds=1))) == steps.Take("/lock", 4)
    assert isinstance(steps.take(WANT, seen(HELD, 4, bid=5)), Wait)
    assert isinstance(steps.take(WANT, seen(torn=True)), Wait)
    assert steps.take(WANT, seen(Head(version=5, run="a", until=START + LASTS), 5)) == Done("held")


def test_releasing() -> None:
    assert steps.release(WANT, seen(Head(version=5, run="a", until=START), 5)) == steps.Release("/lock", 5)
    assert steps.release(WANT, seen(HELD, 4)) == Done("released")


def test_a_lock_has_the_name_of_its_environment() -> None:
    assert name_of("production") == "/credex-actions/production/neo4j-ami-rollout/lock"
    assert name_of("") == "/credex-actions/neo4j-ami-rollout/lock"
