"""run-task under trouble: whenever an response is lost or a call rejected, the run ends as it would have without."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from credex_actions.core.faults import Failure
from credex_actions.core.loop import Done, Lost, NoEffect, Operation, Run, Wait, drive, plan
from credex_actions.ecs.run_task.steps import AskAgain, RunStep, Seen, Stop, Task, Want, after, after_stop, decide, decide_stop
from tests.undisturbed import Undisturbed

BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
WANT = Want(revision="core:7", wait=True, give_up=BEGAN + timedelta(minutes=30), poll=5)


@dataclass
class World(Undisturbed):
    """ECS and the clock. Trouble strikes before or after the n-th call takes effect."""

    troubles: dict[str, type[Exception]] = field(default_factory=dict)
    seen: Seen = field(default_factory=partial(Seen, now=BEGAN))
    asked: list[str] = field(default_factory=list)
    ends: bool = True

    def now(self) -> datetime:
        return self.seen.now

    def monotonic(self) -> float:
        return (self.seen.now - BEGAN).total_seconds()

    def sleep(self, seconds: float) -> None:
        tasks = tuple(replace(task, status="STOPPED") for task in self.seen.tasks) if self.ends else self.seen.tasks
        self.seen = replace(self.seen, now=self.seen.now + timedelta(seconds=seconds), tasks=tasks)

    def act(self, step: RunStep) -> None:
        self.asked.append(str(step))
        nth = len(self.asked)
        self._strike(f"before {nth}")
        self._strike(f"after {nth}")
        self.seen = after(self.seen, step)

    def _strike(self, moment: str) -> None:
        trouble = self.troubles.pop(moment, None)
        if trouble is Lost:
            self.seen = replace(self.seen, asked=self.seen.asked + 1, asked_at=self.seen.now)
        if trouble:
            raise trouble

    def run(self) -> Done:
        return drive(Operation(lambda: self.seen, partial(decide, WANT), self.act, after), Run(self))


@pytest.mark.parametrize(("moment", "trouble"), [("before 1", Lost), ("after 1", Lost), ("before 1", NoEffect)])
def test_trouble_makes_no_difference_in_the_end(moment: str, trouble: type[Exception]) -> None:
    world = World({moment: trouble})
    assert world.run() == Done("stopped")
    assert len(world.asked) == 2


def test_answers_lost_again_and_again_are_asked_for_by_steps_of_their_own() -> None:
    world = World({f"after {nth}": Lost for nth in range(1, 5)})
    assert world.run() == Done("stopped")
    assert len(set(world.asked)) == len(world.asked) == 5


def test_a_run_without_any_answer_ends_as_unfinished_and_asks_no_more_than_six_times() -> None:
    world = World({f"before {nth}": Lost for nth in range(1, 50)})
    with pytest.raises(Failure, match="6 times without a response"):
        world.run()
    assert len(world.asked) == 6


def test_a_task_that_never_ends_is_left_after_the_time_that_was_given() -> None:
    world = World(ends=False)
    assert world.run().outcome == "timed-out"
    assert WANT.give_up <= world.now() <= WANT.give_up + timedelta(seconds=WANT.poll)


def test_the_plan_is_to_start_wait_and_be_done() -> None:
    moves = list(plan(Operation(lambda: Seen(now=BEGAN), partial(decide, WANT), lambda _: None, after), Seen(now=BEGAN)))
    assert [str(move) for move in moves[:1]] == ["run a task of core:7"]
    assert moves[-1] == Done("stopped")


def test_a_task_that_was_started_was_asked_for_once_more_than_before() -> None:
    started = after(Seen(now=BEGAN, asked=1), AskAgain("core:7", 2))
    assert (started.asked, started.asked_at, started.answered) == (2, BEGAN, True)
    assert after(started, Wait("", 5)).now == BEGAN + timedelta(seconds=5)


def test_the_plan_to_take_tasks_back_stops_each_that_still_runs_once() -> None:
    tasks = (Task(arn="a", status="RUNNING"), Task(arn="b", status="PENDING"), Task(arn="c", status="RUNNING", stopping=True))
    seen = Seen(now=BEGAN, tasks=tasks)
    assert list(plan(Operation(lambda: seen, decide_stop, lambda _: None, after_stop), seen)) == [Stop("a"), Stop("b"), Done("stopped")]
    assert after_stop(seen, Wait("", 1)) == seen


def test_a_write_that_was_refused_for_good_is_not_told_as_one_whose_answer_was_lost() -> None:
    world = World({"before 1": PermissionError})
    run = Run(world)
    with pytest.raises(PermissionError):
        drive(Operation(lambda: world.seen, partial(decide, WANT), world.act, after), run)
    assert run.state() == "nothing was changed"
