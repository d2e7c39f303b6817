"""Rotations side by side: what a signal stops, and whom the end of the process does not wait for."""

import threading
import time
from datetime import UTC, datetime

import pytest

from credex_actions.core.clock import Cancelled
from credex_actions.core.workers import WorkerClock, side_by_side
from tests.undisturbed import Undisturbed


class Signalled(Undisturbed):
    """A main thread's clock, to which a signal comes when `number` is set."""

    number = 0
    told = False

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def check(self) -> None:
        if self.number and not self.told:
            self.told = True
            raise Cancelled(self.number)


@pytest.fixture
def main() -> Signalled:
    return Signalled()


@pytest.fixture
def clock(main: Signalled) -> WorkerClock:
    return WorkerClock(main, heard=lambda: main.number)


def test_a_worker_hears_of_a_signal_before_the_main_thread_has_looked(main: Signalled, clock: WorkerClock) -> None:
    clock.check()
    main.number = 15
    with pytest.raises(Cancelled) as caught:
        clock.check()
    assert caught.value.signal_number == 15
    with pytest.raises(Cancelled):
        clock.check()  # each thread is to hear of it


def test_what_makes_safe_is_asked_for_by_its_own_thread_alone(main: Signalled, clock: WorkerClock) -> None:
    main.number = 2
    seen: list[str] = []

    def other() -> None:
        try:
            clock.check()
        except Cancelled:
            seen.append("cancelled")

    with clock.last_asks():
        clock.check()
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == ["cancelled"]
    with pytest.raises(Cancelled):
        clock.check()


def test_a_signal_ends_the_sleep_of_all_and_begins_no_more(main: Signalled, clock: WorkerClock) -> None:
    begun: list[int] = []

    def work(number: int) -> str:
        begun.append(number)
        try:
            clock.sleep(60)
        except Cancelled:
            return f"{number} cancelled"
        return f"{number} done"

    threading.Timer(0.2, setattr, (main, "number", 15)).start()
    since = time.monotonic()
    results, cancelled = side_by_side(work, [[1, 2, 3], [4]], clock, parallel=2)
    assert cancelled is not None
    assert sorted(begun) == [1, 2]
    assert sorted(results) == ["1 cancelled", "2 cancelled"]
    assert time.monotonic() - since < 10


def test_a_hurried_process_leaves_behind_who_does_not_end(main: Signalled, clock: WorkerClock) -> None:
    hangs = threading.Event()

    def work(number: int) -> int:
        if number == 1:
            hangs.wait(60)
        return number

    main.number = 15
    since = time.monotonic()
    results, cancelled = side_by_side(work, [[1, 2]], clock, parallel=2, hurried=True)
    took = time.monotonic() - since
    hangs.set()
    assert cancelled is not None
    assert results == [2]
    assert 2.9 < took < 4.5


def test_groups_come_one_after_the_other(clock: WorkerClock) -> None:
    order: list[int] = []

    def work(number: int) -> int:
        time.sleep(0.05 if number == 1 else 0)
        order.append(number)
        return number

    results, cancelled = side_by_side(work, [[1, 2], [3]], clock, parallel=8)
    assert (cancelled, order[-1], sorted(results)) == (None, 3, [1, 2, 3])


def test_work_that_raises_does_not_pass_for_work_that_has_no_result(clock: WorkerClock) -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 1:
            raise KeyError("RecoveryPointArn")
        done.append(number)

    with pytest.raises(KeyError, match="RecoveryPointArn"):
        side_by_side(work, [[1, 2]], clock, 2)
    assert done == [2]


def test_after_the_time_what_has_not_ended_is_left_behind(clock: WorkerClock) -> None:
    over = threading.Event()

    def work(name: str) -> str:
        if name == "slow":
            over.wait(60)
        return name

    try:
        results, cancelled = side_by_side(work, [["quick", "slow"], ["never"]], clock, 2, within=0.3)
    finally:
        over.set()
    assert (results, cancelled) == (["quick"], None)
