"""Groups are rolled in batches: the first instance alone, a failure ends what comes after it, and a service that they share comes back when the last of them has."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Run, Sent
from credex_actions.core.workers import WorkerClock
from credex_actions.neo4j.configuration.groups import entry_of
from credex_actions.rollout.batches import batches, begun_together
from credex_actions.rollout.rolling.in_batches import in_batches
from credex_actions.rollout.rolling.outcome import Result, Rolled
from credex_actions.rollout.rolling.report import say
from credex_actions.rollout.rolling.timeline import bars
from credex_actions.rollout.rolling.together import Together, all_together
from credex_actions.rollout.swap.steps import NoteRoll, StopDatabase

SIX = [f"search/{letter}" for letter in "abcdef"]
CASES: dict[str, tuple[list[str], int, list[list[str]]]] = {
    "databases of their own": (["search", "ledger"], 5, [["search"], ["ledger"]]),
    "a group, one at a time": (SIX[:3], 1, [[SIX[0]], [SIX[1]], [SIX[2]]]),
    "the first one alone": (SIX, 2, [SIX[:1], SIX[1:3], SIX[3:5], SIX[5:]]),
    "all others at once": (SIX, 100, [SIX[:1], SIX[1:]]),
    "two groups and one of its own": (["a/1", "a/2", "b", "c/1", "c/2", "c/3"], 2, [["a/1"], ["a/2"], ["b"], ["c/1"], ["c/2", "c/3"]]),
    "nothing": ([], 3, []),
}


@pytest.mark.parametrize(("names", "size", "expected"), CASES.values(), ids=CASES)
def test_batches(names: list[str], size: int, expected: list[list[str]]) -> None:
    assert [list(each) for each in batches(names, size)] == expected


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=30).map(sorted), st.integers(1, 10))
def test_each_comes_once_in_order_and_no_batch_has_two_groups(of: list[str], size: int) -> None:
    names = [f"{group}/{number}" for number, group in enumerate(of)]
    cut = batches(names, size)
    assert [name for batch in cut for name in batch] == names
    assert all(0 < len(batch) <= size and len({entry_of(name) for name in batch}) == 1 for batch in cut)
    first = {entry_of(batch[0]): batch for batch in reversed(cut)}
    assert all(len(batch) == 1 for batch in first.values())
    assert [name for batch in begun_together(names, size) for name in batch] == names


def test_what_was_begun_together_is_continued_together() -> None:
    assert begun_together(["ledger", *SIX[2:5]], 3) == (("ledger",), tuple(SIX[2:5]))


@pytest.fixture
def clock() -> WorkerClock:
    return WorkerClock(SystemClock())


def around(clock: WorkerClock, drain: str = "none") -> Any:
    rollout = SimpleNamespace(drain=drain)
    asked = SimpleNamespace(given=SimpleNamespace(configuration=SimpleNamespace(rollout=rollout)))
    return SimpleNamespace(clock=clock, runner=SimpleNamespace(in_actions=False), asked=asked)


def rolled_in(
    clock: WorkerClock, one: Callable[[Rolled, Any, Together], None], between: Callable[[Any], None] | None = None, drain: str = "none"
) -> Result:
    result = Result([Rolled(name) for name in SIX])
    members: Sequence[Any] = [SimpleNamespace(name=name) for name in SIX]
    in_batches(result, around(clock, drain), members, batches(SIX, 2), one, lambda *_: None, between)
    return result


def begin(rolled: Rolled) -> None:
    rolled.runs.append(Run(SystemClock()))


def test_a_failure_lets_the_others_of_its_batch_end_and_begins_no_further_one(clock: WorkerClock) -> None:
    def one(rolled: Rolled, member: Any, _: Together) -> None:
        begin(rolled)
        if member.name == SIX[1]:
            raise Failure(Exit.FAILED, Fault(f"{member.name} did not come back"))
        time.sleep(0.05)
        rolled.outcome = "rolled"

    result = rolled_in(clock, one)
    assert [each.outcome for each in result.databases] == ["rolled", "failed", "rolled", "not begun", "not begun", "not begun"]
    assert result.left == "search/a, search/c were rolled; search/d, search/e, search/f were not begun"


def test_a_gate_that_is_shut_for_one_keeps_its_whole_batch_from_being_begun(clock: WorkerClock) -> None:
    asked: list[str] = []

    def between(member: Any) -> None:
        asked.append(member.name)
        if member.name == SIX[4]:
            raise Failure(Exit.REFUSED, Fault("the window is closed"))

    def one(rolled: Rolled, _member: Any, _: Together) -> None:
        begin(rolled)
        rolled.outcome = "rolled"

    result = rolled_in(clock, one, between)
    assert [each.outcome for each in result.databases] == ["rolled", "rolled", "rolled", "not begun", "failed", "not begun"]
    assert sorted(asked) == SIX[1:5]  # not of the first one, which the plan was made for just now
    assert result.left == "search/a, search/b, search/c were rolled; search/d, search/f were not begun"


def test_the_members_of_a_batch_are_moved_at_the_same_time(clock: WorkerClock) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def one(_rolled: Rolled, _member: Any, _: Together) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.05)
        with lock:
            at_once -= 1

    rolled_in(clock, one)
    assert most == 2


class Gate:
    """What keeps writes out: how often it was closed and opened, and how it was left."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def stopped(self) -> Iterator[Done]:
        self.told.append("closed")
        try:
            yield Done("stopped")
        except BaseException as error:
            self.told.append(f"opened after {type(error).__name__}")
            raise
        self.told.append("opened")


@pytest.mark.parametrize("drain", ["service", "stop-writes"])
def test_a_service_that_they_share_is_stopped_once_and_back_when_the_last_one_is(drain: str, clock: WorkerClock) -> None:
    gate, down, lock = Gate(), set(), threading.Lock()

    def one(_rolled: Rolled, member: Any, together: Together) -> None:
        with together.stopped(member.name, gate.stopped):
            with lock:
                down.add(member.name)
            time.sleep(0.1 if member.name == SIX[1] else 0.4)
            with lock:
                down.remove(member.name)
        if drain == "service":
            assert not down  # whoever goes on is watched: its service is back then

    result = rolled_in(clock, one, drain=drain)
    assert all(each.code is Exit.DONE for each in result.databases)
    times = 4 if drain == "service" else 6
    assert (gate.told.count("closed"), gate.told.count("opened")) == (times, times)
    if drain == "service":
        assert gate.told == ["closed", "opened"] * times


def test_one_that_fails_before_it_stops_anything_does_not_hold_up_the_others(clock: WorkerClock) -> None:
    gate = Gate()

    def one(_rolled: Rolled, member: Any, together: Together) -> None:
        if member.name == SIX[1]:
            time.sleep(0.3)
            raise Failure(Exit.REMOTE, Fault("EC2 did not respond"))
        with together.stopped(member.name, gate.stopped):
            pass

    result = rolled_in(clock, one, drain="service")
    assert [each.code for each in result.databases[:4]] == [Exit.DONE, Exit.REMOTE, Exit.DONE, Exit.DONE]
    assert gate.told[:2] == ["closed", "opened"]
    assert gate.told[2:] == ["closed", "opened after Failure"]


def test_what_one_owes_is_done_by_the_last_one_even_if_that_never_comes_so_far(clock: WorkerClock) -> None:
    """A service that a run before has stopped: who fails first leaves it to the others, of which the last may be refused before it lets anybody in."""
    told: list[str] = []

    def one(_rolled: Rolled, member: Any, together: Together) -> None:
        if member.name == SIX[1]:
            together.out(member.name)
            together.owe(lambda: told.append("let in again"))
            assert told == []
            raise Failure(Exit.FAILED, Fault("it did not come back"))
        if member.name == SIX[2]:
            time.sleep(0.3)
            raise Failure(Exit.REFUSED, Fault("it was changed by hand"))

    rolled_in(clock, one, drain="service")
    assert told == ["let in again"]
    alone = Together(clock, {"a"})
    alone.out("a")
    alone.owe(lambda: told.append("at once"))
    assert told[1:] == ["at once"]


def test_after_a_signal_nobody_waits_and_what_was_stopped_is_let_in_by_the_last_one(clock: WorkerClock) -> None:
    heard: list[int] = []
    clock.heard = lambda: heard[0] if heard else 0
    gate, inside = Gate(), threading.Barrier(2)

    def one(_rolled: Rolled, member: Any, together: Together) -> None:
        if member.name == SIX[0]:
            return
        with together.stopped(member.name, gate.stopped):
            inside.wait(5)
            if member.name == SIX[1]:
                return  # it is back, and waits for the other one
            time.sleep(0.3)
            heard.append(15)
            clock.check()

    result = rolled_in(clock, one, drain="service")
    assert [each.code for each in result.databases[1:3]] == [Exit.TERMINATED, Exit.TERMINATED]
    assert gate.told == ["closed", "opened after Cancelled"]


def test_where_the_service_cannot_be_stopped_nothing_is_opened(clock: WorkerClock) -> None:
    together = all_together(["a", "b"], clock)["a"]

    @contextmanager
    def refused() -> Iterator[Done]:
        raise Failure(Exit.REFUSED, Fault("another run is at work"))
        yield

    with pytest.raises(Failure, match="another run"), together.stopped("a", refused):
        raise AssertionError("it was begun")
    assert not together.out("a")
    assert together.out("b")


def test_of_many_databases_the_chart_has_one_bar_each_and_those_side_by_side_overlap() -> None:
    began = datetime(2026, 11, 29, tzinfo=UTC)
    result = []
    for number, name in enumerate(SIX[:4]):
        rolled = Rolled(name, outcome="rolled", code=Exit.FAILED if number == 3 else Exit.DONE)
        begin(rolled)
        for step, minute in ((NoteRoll("i-1", "ami-0", "ami-1", "b"), 0), (StopDatabase("i-1"), 4)):
            at = began + timedelta(minutes=minute + 10 * min(number, 1))
            rolled.runs[0].sent[step] = Sent(at, at + timedelta(minutes=1))
        result.append(rolled)
    drawn = bars([*result, Rolled("ledger")], began, began + timedelta(hours=1))
    assert [(bar.name, bar.begins, bar.ends, bar.failed) for bar in drawn] == [
        ("search/a rolled", 0, 300, False),
        ("search/b rolled", 600, 900, False),
        ("search/c rolled", 600, 900, False),
        ("search/d rolled", 600, 900, True),
    ]


@pytest.mark.parametrize("refused", [[], [Fault("refused: the backup is too old", "Take one.")]])
def test_a_dry_run_whose_gates_are_shut_does_not_read_like_one_that_would_be_done(refused: list[Fault]) -> None:
    said: list[str] = []
    runner = SimpleNamespace(report={}, result=said.append, summary=said.append, redact=str)
    asked = SimpleNamespace(environment="production", mode="apply")
    context: Any = SimpleNamespace(runner=runner, asked=asked, clock=SystemClock())
    result = Result([Rolled("search", outcome="planned")], refused=refused)
    say(context, result, datetime.now(UTC), {"report": {}})
    told, summary = said
    assert ("would be refused (exit code 3)" in told) is bool(refused)
    assert ("would be refused now" in summary) is ("Take one." in summary) is bool(refused)
