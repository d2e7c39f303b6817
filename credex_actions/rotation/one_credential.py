"""The rotation of one credential from its first look to its result. Whatever happens becomes a result: one bad credential never stops the others."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import botocore.exceptions

from credex_actions.core.aws.clients import explain
from credex_actions.core.clock import Cancelled
from credex_actions.core.command.edge import bug
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.loop import Done, Refuse, Run, Step, Wait, drive, plan
from credex_actions.core.retry import Later
from credex_actions.core.text import one_line
from credex_actions.core.workers import WorkerClock
from credex_actions.github.connection.answers import Refused, Unreachable
from credex_actions.rotation.deciding.state import Seen
from credex_actions.rotation.deciding.steps import Adopt, Create, Install, MakeRoom, NoteIntent, OpenEscrow, Write
from credex_actions.rotation.deciding.steps import Escrow as Escrowed
from credex_actions.rotation.outcome import Result
from credex_actions.rotation.rotation import Rotation
from credex_actions.rotation.targets.place import OPENED

CONTINUES: Final = "Run the same command again: it continues."
BEGINS: Final = (MakeRoom, OpenEscrow, Adopt, NoteIntent, Create, Escrowed, Install, Write)
"""Steps before which everything that could stand in the way is looked for."""


def rotate(result: Result, opened: Callable[[], Rotation], clock: WorkerClock, say: Callable[[str], None]) -> Result:
    run = Run(
        clock,
        on_step=lambda step: say(f"{result.name}: {step}."),
        on_wait=_Once(result.name, say),
        on_found=lambda step: say(f"{result.name}: the response to {step} was lost; it took effect."),
    )
    result.run = run
    with _ends(result, run):
        rotation = _open(result, opened)
        first = rotation.operation().observe()
        result.seen, result.identities_before = first, first.identities
        if any(isinstance(move, BEGINS) for move in plan(rotation.operation(), first)):
            _refuse_unwritable(rotation, first)
        try:
            done = drive(rotation.operation(), run)
        except Cancelled:
            if step := rotation.unsafe():
                with clock.last_asks(), run.sending(step):
                    rotation.act(step)
            raise
        _conclude(result, run, rotation, done)
    return result


def foresee(result: Result, opened: Callable[[], Rotation], clock: WorkerClock, say: Callable[[str], None]) -> Result:
    """What rotate() would do; no write but the harmless tries of preflight."""
    del say
    run = Run(clock)
    with _ends(result, run):
        rotation = _open(result, opened)
        rotation.foresees = True
        first = rotation.operation().observe()
        result.seen, result.identities_before = first, first.identities
        moves = list(plan(rotation.operation(), first))
        end = moves[-1]
        if isinstance(end, Refuse):
            raise Failure(end.code, *end.faults)
        if any(isinstance(move, BEGINS) for move in moves):
            _refuse_unwritable(rotation, first)
        result.plan = tuple(_lines(moves))
        result.outcome = "planned" if any(isinstance(move, Step) for move in moves) else "fresh"
        result.why = end.why if isinstance(end, Done) else ""
        if result.why and result.outcome == "fresh":
            result.outcome = "waiting"
        elif result.outcome == "fresh":
            result.why = rotation.remark
    return result


def look(result: Result, opened: Callable[[], Rotation], clock: WorkerClock, say: Callable[[str], None]) -> Result:
    """What there is, and nothing else."""
    del say
    with _ends(result, Run(clock)):
        rotation = _open(result, opened)
        result.seen = rotation.operation().observe()
        result.outcome = "looked"
    return result


def verify(result: Result, opened: Callable[[], Rotation], clock: WorkerClock, say: Callable[[str], None]) -> Result:
    """Tries the current value as often as the manifest says, and checks whether every place still has it."""
    del say
    with _ends(result, Run(clock)):
        rotation = _open(result, opened)
        seen = rotation.operation().observe()
        result.seen, current = seen, seen.held.current
        if current is None:
            result.outcome, result.why = "looked", "the escrow is empty"
            return result
        for _ in range(rotation.want.successes):
            if trouble := rotation.source.verify(rotation.escrow.values(current.id)):
                raise Failure(Exit.FAILED, Fault(f"{result.name}: its current value does not work: {trouble}", "Rotate it, or restore it."))
        accepted = {each.id for each in (current, seen.held.pending, seen.held.previous) if each}
        apart = [place.key for place in rotation.places if seen.places.get(place.key) not in accepted]
        if apart:
            hint = "--mode apply writes it again, unless the change was intended."
            raise Failure(
                Exit.FAILED, *(Fault(f"{result.name}: mismatch: {place} has another value than the escrow", hint) for place in apart)
            )
        result.outcome, result.tried = "looked", f"works, {rotation.want.successes} times in a row"
    return result


def _open(result: Result, opened: Callable[[], Rotation]) -> Rotation:
    rotation = opened()
    result.source, result.escrow = rotation.source.where, rotation.escrow.where
    result.stamps = lambda: rotation.stamps
    result.places = tuple(place.key for place in rotation.places if not place.key.endswith(OPENED))
    return rotation


def cut_off(result: Result, cancelled: Cancelled) -> Result:
    """The result of one whose thread had not ended when the process had to."""
    left = result.run.state() if result.run else NOTHING_CHANGED
    what = f"{result.name}: {cancelled} was received, and a response did not come in time"
    result.outcome, result.code, result.left = "cancelled", Exit.of(cancelled), left
    result.faults = (Fault(what, CONTINUES),)
    return result


def _refuse_unwritable(rotation: Rotation, seen: Seen) -> None:
    """Everything that stands in the way, found before anything is created. What tries whether it may write is no more begun after a signal than a write."""
    rotation.clock.check()
    faults = list(rotation.source.preflight())
    pending = seen.held.pending
    values = rotation.escrow.values(pending.id) if pending else rotation.source.sample()
    for place in rotation.places:
        rotation.clock.check()
        faults += place.can_write(values and rotation.values_for(place, values))
    for consumer in rotation.consumers:
        consumer.look()  # a cluster, a service or a repository that is not there is reported now, not when the value is everywhere
    if faults:
        named = (fault._replace(what=f"{rotation.want.name}: {fault.what}") for fault in faults)
        raise Failure(Exit.BAD_INPUT, *named)


def _conclude(result: Result, run: Run, rotation: Rotation, done: Done) -> None:
    result.seen = rotation.last
    sent = list(run.sent)
    result.rotated = any(type(step).__name__ == "Promote" for step in sent)
    result.why = done.why
    if done.outcome in {"waiting", "unfinished"}:
        result.outcome = "waiting" if done.outcome == "waiting" else "unfinished"
    elif result.rotated:
        result.outcome = "rotated"
    elif any(isinstance(step, Write) and step.place not in _former(rotation) for step in sent):
        result.outcome = "mended"
    else:
        result.outcome = "ended" if sent else "fresh"
        result.why = "" if sent else rotation.remark


def _former(rotation: Rotation) -> frozenset[str]:
    """Places that hold the previous value while its grace lasts: what is written there then ends it."""
    return frozenset(place.key for place in rotation.places if place.former)


def _lines(moves: Sequence[object]) -> Iterator[str]:
    """Waits of one kind as one line."""
    last = ""
    for move in moves:
        if isinstance(move, Step):
            yield str(move)
            last = ""
        elif isinstance(move, Wait) and (kind := move.why[:24]) != last:
            yield f"wait: {move.why}"
            last = kind
        elif isinstance(move, Done) and move.outcome == "waiting":
            yield f"leave to a later run: {move.why}"


class _Once:
    """Says what is waited for, once for each reason."""

    def __init__(self, name: str, say: Callable[[str], None]) -> None:
        self._name, self._say, self._last = name, say, ""

    def __call__(self, wait: Wait) -> None:
        kind = wait.why[:24]
        if kind != self._last:
            self._last = kind
            self._say(f"{self._name}: waiting: {wait.why}.")


@contextmanager
def _ends(result: Result, run: Run) -> Iterator[None]:
    """Turns whatever happens into the result."""
    try:
        yield
    except Cancelled as cancelled:
        _failed(
            result,
            run,
            Failure(Exit.of(cancelled), Fault(f"{result.name}: {cancelled} was received", CONTINUES), left=run.state()),
        )
        result.outcome = "cancelled"
    except Failure as failure:
        left = failure.left if failure.left.startswith("done so far") else run.state()
        untouched = left == NOTHING_CHANGED or failure.code != Exit.BAD_INPUT
        _failed(result, run, Failure(failure.code if untouched else Exit.REMOTE, *failure.faults, left=left))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        _failed(result, run, _named(result.name, explain(error, run.state())))
    except Refused as error:
        hint = "Correct the manifest, or the permissions of the App or the token; then run this again."
        _failed(
            result,
            run,
            Failure(Exit.FAILED, Fault(f"{result.name}: GitHub rejects the request: {one_line(str(error), 300)}", hint), left=run.state()),
        )
    except (Unreachable, Later) as error:
        _failed(result, run, Failure(Exit.REMOTE, Fault(f"{result.name}: {error}", CONTINUES), left=run.state()))
    except Exception as error:  # noqa: BLE001 - the others continue, and this one is reported
        _failed(result, run, Failure(Exit.REMOTE, _fault_of(result.name, error), left=run.state()))


def _fault_of(name: str, error: Exception) -> Fault:
    fault = bug(error)
    return fault._replace(what=f"{name}: {fault.what}")


def _named(name: str, failure: Failure) -> Failure:
    return Failure(failure.code, *(fault._replace(what=f"{name}: {fault.what}") for fault in failure.faults), left=failure.left)


def _failed(result: Result, run: Run, failure: Failure) -> None:
    result.outcome, result.code, result.faults, result.left = "failed", failure.code, failure.faults, failure.left
    if run.sent and result.code in {Exit.BAD_INPUT, Exit.REFUSED}:
        result.code = Exit.FAILED  # something was changed before
