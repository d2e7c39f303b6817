"""The loop: what it tells of a write whose response was lost."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Lost, Operation, Refuse, Run, Step, Wait, drive


@dataclass(frozen=True)
class Write(Step):
    name: str
    twice: ClassVar[str] = "nothing"

    def __str__(self) -> str:
        return f"write {self.name}"


@dataclass(frozen=True)
class Again(Write):
    harmless: ClassVar[bool] = True


@dataclass
class World:
    """Time passes where the loop sleeps. A lost write shows at once, or after `lag` looks."""

    lag: int = 0
    time: float = 0.0
    written: list[str] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time, UTC)

    def check(self) -> None:
        pass

    def see(self) -> list[str]:
        if self.written and self.lag:
            self.lag -= 1
            return []
        return list(self.written)

    def lose(self, step: Any) -> None:
        self.written.append(step.name)
        raise Lost("the connection was reset")


def told(world: World, after_it: Any) -> list[str]:
    found: list[str] = []
    run = Run(world, on_found=lambda step: found.append(str(step)))  # type: ignore[arg-type] # a clock as far as the loop needs one
    moves = iter([after_it, Done("done")])
    operation: Any = Operation(world.see, lambda seen: next(moves) if seen else Write("a"), world.lose, lambda seen, _: seen)
    with suppress(Failure):  # the refusal of one case
        drive(operation, run)
    return found


@pytest.mark.parametrize("lag", [0, 3])
@pytest.mark.parametrize("after_it", [Wait("it follows", 1), Done("done")], ids=["wait", "done"])
def test_a_lost_write_that_a_look_finds_done_is_told_once(lag: int, after_it: Any) -> None:
    assert told(World(lag), after_it) == ["write a"]


def test_nothing_is_told_where_it_is_sent_again_and_answered() -> None:
    world, found = World(), list[str]()
    sent = iter([Lost("HTTP 500"), None])

    def act(step: Any) -> None:
        if error := next(sent):
            raise error
        world.written.append(step.name)

    run = Run(world, on_found=lambda step: found.append(str(step)))  # type: ignore[arg-type] # as above
    operation: Any = Operation(world.see, lambda seen: Done("done") if seen else Again("a"), act, lambda seen, _: seen)
    assert drive(operation, run) == Done("done")
    assert (found, world.written) == ([], ["a"])


def test_nothing_is_told_where_the_the_look_ends_in_a_refusal() -> None:
    assert told(World(), Refuse((Fault("no"),), Exit.FAILED)) == []
