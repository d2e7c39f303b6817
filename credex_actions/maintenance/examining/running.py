"""Runs the groups of checks side by side. What fails, is cut off or cannot be asked is said of its checks; the others go on."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import botocore.exceptions

from credex_actions.core.aws.clients import explain
from credex_actions.core.clock import Cancelled
from credex_actions.core.command.edge import bug
from credex_actions.core.faults import Failure
from credex_actions.core.workers import WorkerClock, side_by_side
from credex_actions.maintenance.accounts import Opened, SignedIn
from credex_actions.maintenance.checking import counted
from credex_actions.maintenance.context import Scope
from credex_actions.maintenance.examining.gathering import Outcome, cleaned
from credex_actions.maintenance.examining.planning import Piece
from credex_actions.maintenance.finding import Examined, Ran
from credex_actions.maintenance.groups import Given
from credex_actions.maintenance.reporting.report import ScopeName

PARALLEL: Final = 16


def run(
    pieces: Sequence[Piece],
    signed: SignedIn,
    given: Callable[[Piece, tuple[Scope, ...]], Given],
    clock: WorkerClock,
    within: float,
    say: Callable[[str], None],
    redact: Callable[[str], str],
    *,
    hurried: bool,
) -> tuple[list[Outcome], Cancelled | None]:
    """What is known when all pieces have ended, or time is up, or a signal has come: an outcome of each piece, cleaned, in their order."""
    places = [_place(piece, signed) for piece in pieces]
    open_ones = [number for number, place in enumerate(places) if not place.why]
    ended: dict[int, Examined] = {}

    def one(number: int) -> None:
        piece = pieces[number]
        try:
            found = _guarded(piece, places[number], given)
        except KeyboardInterrupt:  # a Cancelled: the main thread has it too, and what is missing is told
            return
        ended[number] = found
        say(f"{len(ended)} of {len(open_ones)} groups of checks have ended: {piece} with {counted(len(found.findings), 'finding')}")

    say(f"running {counted(len(open_ones), 'group')} of checks")
    _, cancelled = side_by_side(one, [open_ones], clock, PARALLEL, hurried=hurried, within=within)
    done = dict(ended)  # a thread that was left behind may still write there
    missing = "cancelled before it ended" if cancelled else f"did not end within {within / 60:g} min"
    outcomes = [_outcome(piece, places[number], done.get(number), missing) for number, piece in enumerate(pieces)]
    return [cleaned(each, redact) for each in outcomes], cancelled


def _place(piece: Piece, signed: SignedIn) -> Opened:
    """Where a piece looks. A group that needs no AWS looks nowhere in it, and one that is not run by account in the job's own."""
    if not piece.group.aws:
        return Opened("")
    if piece.group.by_account:
        return signed.account(piece.account)
    return Opened("", (signed.home,) if signed.home else (), signed.why)


def _guarded(piece: Piece, place: Opened, given: Callable[[Piece, tuple[Scope, ...]], Given]) -> Examined:
    """A group tells itself what it cannot read. What it has not foreseen is told here, so that it stops no other."""
    try:
        return piece.group.examine(given(piece, place.scopes))
    except Failure as failure:
        why = "; ".join(fault.what for fault in failure.faults)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        why = explain(error).faults[0].what
    except Exception as error:  # noqa: BLE001 - of one group; its place is enough to find the fault
        why = bug(error).what
    return Examined(ran=tuple(Ran(check, "failed", why, _only_account(piece, place)) for check in piece.checks))


def _outcome(piece: Piece, place: Opened, found: Examined | None, missing: str) -> Outcome:
    if place.why:
        return Outcome(
            group=piece.name, account=piece.account, ran=tuple(Ran(check, "skipped", place.why, place.name) for check in piece.checks)
        )
    found, silent = (found, "it reported no result: please report this") if found else (Examined(), missing)
    return Outcome(
        group=piece.name,
        account=piece.account,
        ran=tuple(_of_each(piece, place, found.ran, silent)),
        findings=tuple((each.id, each) for each in found.findings),
        charts=found.charts,
        notes=found.notes,
        calls=found.calls,
        kept=dict(found.kept),
        scopes=tuple(ScopeName(each.account, each.region, place.name) for each in place.scopes),
    ).only(piece.checks)


def _of_each(piece: Piece, place: Opened, told: Sequence[Ran], silent: str) -> Iterator[Ran]:
    """One or more of each check of the piece."""
    for check in piece.checks:
        of_check = [each for each in told if each.check == check]
        yield from of_check or [Ran(check, "failed", silent, _only_account(piece, place))]


def _only_account(piece: Piece, place: Opened) -> str:
    return place.scopes[0].account if piece.group.by_account and place.scopes else ""
