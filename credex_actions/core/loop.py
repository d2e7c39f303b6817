"""The loop under every operation that changes something: observe, decide, act (architecture.md, idea 1).

    observe()          reads the world into a frozen value; judges nothing
    decide(seen)       pure: the next Step, or Wait, Done, Refuse
    act(step)          exactly one side effect; raises NoEffect or Lost for a write that failed (core/aws/clients.py: one_write)
    after(seen, step)  pure: the world if the step works

Every step has a class. One that is sent once is never sent again in a run: where it is requested again, it has only not shown yet, and
the loop looks. A harmless one whose response was lost is looked for briefly, then sent again. After a signal nothing is sent at all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, TypeAlias, TypeVar

from credex_actions.core.clock import Cancelled, Clock, OutOfTime
from credex_actions.core.faults import Exit, Failure, Fault

S = TypeVar("S")


class NoEffect(Exception):
    """The write was rejected or never sent: it may be sent again."""


class Lost(Exception):
    """The write was sent and its answer never came: only a look tells."""


@dataclass(frozen=True)
class Step:
    """One side effect. Equal steps are one intention.

    `twice`: what is left where the step takes effect twice, for people. `harmless`: that is nothing, or something that is tidied up, so
    that it may be sent again where its response was lost. `unseen`: what to do where it was sent and never shows.
    """

    says: ClassVar[str]
    harmless: ClassVar[bool] = False
    twice: ClassVar[str] = ""
    unseen: ClassVar[str] = "Running the same command again checks first, then continues."

    def __str__(self) -> str:
        return self.says.format(**vars(self))


T = TypeVar("T", bound=Step)


@dataclass(frozen=True)
class Wait:
    why: str
    seconds: float


@dataclass(frozen=True)
class Done:
    outcome: str
    why: str = ""


@dataclass(frozen=True)
class Refuse:
    faults: tuple[Fault, ...]
    code: Exit = Exit.REFUSED


Decision: TypeAlias = T | Wait | Done | Refuse


@dataclass(frozen=True)
class Operation(Generic[S, T]):
    """Four functions, bound to their clients at the edge."""

    observe: Callable[[], S]
    decide: Callable[[S], Decision[T]]
    act: Callable[[T], None]
    after: Callable[[S, T | Wait], S]


LONGEST_PLAN: Final = 1000


def plan(operation: Operation[S, T], seen: S) -> Iterator[T | Wait | Done | Refuse]:
    """The way to the end if every step works, the end included. A dry run prints it."""
    for _ in range(LONGEST_PLAN):
        move = operation.decide(seen)
        yield move
        if isinstance(move, Done | Refuse):
            return
        seen = operation.after(seen, move)
    raise AssertionError("the plan never ends: decide() and after() disagree")


@dataclass
class Sent:
    """When a write was first sent, how often, and when it was answered: None while, and where, no answer came."""

    began: datetime
    ended: datetime | None
    times: int = 1


SETTLE_EVERY: Final = 1.0
SETTLE_WITHIN: Final = 30.0
SENT_AGAIN_AFTER: Final = 5.0
"""Seconds in which a harmless step whose response was lost is looked for before it is sent again."""

MOST_SENT: Final = 3
MOST_TRIES: Final = 8


@dataclass
class Waited:
    """A time in which the loop waited for one and the same thing."""

    why: str
    began: datetime
    ended: datetime


@dataclass
class Run:
    """The story of one run: reports and timelines are drawn from it. Equal steps are one intention, so the step is the key."""

    clock: Clock
    on_step: Callable[[Step], None] = lambda _: None
    on_wait: Callable[[Wait], None] = lambda _: None
    on_found: Callable[[Step], None] = lambda _: None  # a write whose response was lost, and which a look found done
    sent: dict[Step, Sent] = field(default_factory=dict)
    waits: list[Waited] = field(default_factory=list)
    turned_away: dict[Step, int] = field(default_factory=dict)
    looks_for: dict[Step, float] = field(default_factory=dict)  # when the loop began to wait for the step to show

    def awaits(self, step: Step) -> bool:
        """Whether `step` was sent and is still looked for. False: it is to be sent, for the first time or again."""
        sent = self.sent.get(step)
        if sent is None:
            return False
        if sent.ended or not step.harmless or sent.times >= MOST_SENT:
            return True
        return self.clock.monotonic() - self._looked_for_since(step) < SENT_AGAIN_AFTER

    @contextmanager
    def sending(self, step: Step) -> Iterator[None]:
        """Around the act. Raises Cancelled, and the act is not begun, where a signal has come."""
        self.clock.check()
        self.on_step(step)
        former = self.sent.get(step)
        self.sent[step] = Sent(former.began, None, former.times + 1) if former else Sent(self.clock.now(), None)
        self.looks_for.pop(step, None)
        try:
            yield
            self.sent[step].ended = self.clock.now()
        except NoEffect as error:
            self._had_no_effect(step, former)
            self.turned_away[step] = self.turned_away.get(step, 0) + 1
            if self.turned_away[step] >= MOST_TRIES:
                what = f"to {step} was rejected {MOST_TRIES} times: {error}"
                raise Failure(Exit.REMOTE, Fault(what, "Run the same command again later."), left=self.state()) from None
            self.clock.sleep(min(2.0 ** (self.turned_away[step] - 1), 20.0))
        except Lost:
            pass  # it may have worked: only a look tells
        except OutOfTime:
            raise  # cut off in progress: it may have worked
        except (Exception, Cancelled):
            self._had_no_effect(step, former)  # refused for good, or never sent: act() names every other end NoEffect or Lost
            raise

    def _had_no_effect(self, step: Step, former: Sent | None) -> None:
        if former:
            self.sent[step] = former
        else:
            del self.sent[step]

    def _looked_for_since(self, step: Step) -> float:
        return self.looks_for.setdefault(step, self.clock.monotonic())

    def wait(self, move: Wait) -> None:
        self.on_wait(move)
        if not self.waits or self.waits[-1].why != move.why:
            self.waits.append(Waited(move.why, self.clock.now(), self.clock.now()))
        try:
            self.clock.sleep(move.seconds)
        finally:
            self.waits[-1].ended = self.clock.now()

    def settle(self, step: Step) -> None:
        """Wait for a step that was sent to show. Raises Failure when it does not in time."""
        if self.clock.monotonic() - self._looked_for_since(step) > SETTLE_WITHIN:
            times = f" {self.sent[step].times} times" if self.sent[step].times > 1 else ""
            what = f"to {step} was sent{times}, and {SETTLE_WITHIN:.0f} seconds later it has no visible effect"
            raise Failure(Exit.REMOTE, Fault(what, step.unseen), left=self.state())
        self.clock.sleep(SETTLE_EVERY)

    def state(self) -> str:
        """What this run did, for the end of an error message."""
        done = [str(step) if sent.ended else f"{step} (sent, but its response was lost)" for step, sent in list(self.sent.items())]
        return f"done so far: {'; '.join(done)}" if done else "nothing was changed"


def drive(operation: Operation[S, T], run: Run) -> Done:
    """Runs `operation` to its end. Raises Failure where it is refused or cannot continue, Cancelled on a signal."""
    lost: list[Step] = []
    while True:
        move: Any = operation.decide(operation.observe())
        if not isinstance(move, Refuse) and move not in lost:
            for each in lost:
                run.on_found(each)
            lost.clear()
        match move:
            case Done():
                return move
            case Refuse(faults=faults, code=code):
                raise Failure(code, *faults, left=run.state())
            case Wait():
                run.wait(move)
            case step if run.awaits(step):
                run.settle(step)
            case step:
                with run.sending(step):
                    operation.act(step)
                sent = run.sent.get(step)
                lost = [each for each in lost if each != step] + ([step] if sent and not sent.ended else [])
