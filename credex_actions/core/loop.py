"""The loop under every operation that changes something: observe, decide, act (architecture.md, idea 1).

    observe()          reads the world into a frozen value; judges nothing
    decide(seen)       pure: the next Step, or Wait, Done, Refuse
    act(step)          exactly one side effect; raises NoEffect or Lost for a write that failed (core/aws.py: one_write)
    after(seen, step)  pure: the world if the step works

A write is sent once in a run. A step that is asked for again has only not shown yet: the loop looks, and never sends it twice.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, TypeAlias, TypeVar

from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault

S = TypeVar("S")


class NoEffect(Exception):
    """The write was turned away or never sent: it may be sent again."""


class Lost(Exception):
    """The write was sent and its answer never came: only a look tells."""


@dataclass(frozen=True)
class Step:
    """One side effect. Equal steps are one intention, and take effect at most once in a run.

    `unseen`: what to do where it was sent and never shows.
    """

    says: ClassVar[str]
    unseen: ClassVar[str] = "Running the same command again looks first, and continues."

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
    raise AssertionError("the plan never ends: decide() and after() do not agree")


@dataclass
class Sent:
    """When a write was sent, and when it was answered: None while, and where, no answer came."""

    began: datetime
    ended: datetime | None


SETTLE_EVERY: Final = 1.0
SETTLE_WITHIN: Final = 30.0
MOST_TRIES: Final = 8


@dataclass
class Waited:
    """A time in which the loop waited for one and the same thing."""

    why: str
    began: datetime
    ended: datetime


@dataclass
class Run:
    """The story of one run: reports and timelines are drawn from it. A step is sent once, so it is the key."""

    clock: Clock
    on_step: Callable[[Step], None] = lambda _: None
    on_wait: Callable[[Wait], None] = lambda _: None
    sent: dict[Step, Sent] = field(default_factory=dict)
    waits: list[Waited] = field(default_factory=list)
    turned_away: dict[Step, int] = field(default_factory=dict)
    looks_for: dict[Step, float] = field(default_factory=dict)  # when the loop began to wait for the step to show

    @contextmanager
    def sending(self, step: Step) -> Iterator[None]:
        self.on_step(step)
        self.sent[step] = Sent(self.clock.now(), None)
        try:
            yield
            self.sent[step].ended = self.clock.now()
        except NoEffect as error:
            del self.sent[step]
            self.turned_away[step] = self.turned_away.get(step, 0) + 1
            if self.turned_away[step] >= MOST_TRIES:
                what = f"to {step} was turned away {MOST_TRIES} times: {error}"
                raise Failure(Exit.REMOTE, Fault(what, "Run the same command again later."), left=self.state()) from None
            self.clock.sleep(min(2.0 ** (self.turned_away[step] - 1), 20.0))
        except Lost:
            pass  # it may have worked: only a look tells
        except Exception:
            del self.sent[step]  # refused for good: act() names every other end NoEffect or Lost
            raise

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
        since = self.looks_for.setdefault(step, self.clock.monotonic())
        if self.clock.monotonic() - since > SETTLE_WITHIN:
            what = f"to {step} was sent, and {SETTLE_WITHIN:.0f} seconds later nothing shows of it"
            raise Failure(Exit.REMOTE, Fault(what, step.unseen), left=self.state())
        self.clock.sleep(SETTLE_EVERY)

    def state(self) -> str:
        """What this run did, for the end of an error message."""
        done = [str(step) if sent.ended else f"{step} (sent, its answer was lost)" for step, sent in self.sent.items()]
        return f"done so far: {'; '.join(done)}" if done else "nothing was changed"


def drive(operation: Operation[S, T], run: Run) -> Done:
    """Runs `operation` to its end. Raises Failure where it is refused or cannot go on, Cancelled on a signal."""
    while True:
        move: Any = operation.decide(operation.observe())
        match move:
            case Done():
                return move
            case Refuse(faults=faults, code=code):
                raise Failure(code, *faults, left=run.state())
            case Wait():
                run.wait(move)
            case step if step in run.sent:
                run.settle(step)
            case step:
                with run.sending(step):
                    operation.act(step)
