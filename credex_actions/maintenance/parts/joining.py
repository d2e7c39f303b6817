"""The parts of a run in, what all of it has seen out: pure. Where a shard left nothing that counts, its checks have failed: nobody takes them for fine, nor what they once found for solved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from credex_actions._version import __version__
from credex_actions.core.durations import in_words
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.shard import Shard
from credex_actions.maintenance.examining.gathering import Outcome, Seen
from credex_actions.maintenance.examining.planning import Piece, Planned
from credex_actions.maintenance.finding import Ran
from credex_actions.maintenance.parts.part import Heading, Part
from credex_actions.maintenance.parts.reading import Given

AT_ONE_TIME: Final = timedelta(days=1)
"""Within which the shards of one report have begun: jobs wait for machines, but a part of last week is none of this week's report."""
OF_EARLIER_ATTEMPT: Final = timedelta(hours=12)
"""Before the report. A shard whose job was not run again is represented by its earlier part; one that was, and left nothing, has such a part as well: who knows that all have succeeded tells them apart."""
AGED: Final = timedelta(hours=3)
"""Before the report: a reader should know."""
MISSING: Final = "left no part: its job failed, or was cancelled"


class Joining(NamedTuple):
    """The run that makes the report. `digest`: of what is to be examined. `run`, `attempt`: of the workflow, "" outside Actions. `since`: when the earlier report was made that this one is compared with.

    `earlier_attempts`: whether all shards are known to have succeeded, so that a part of an earlier attempt is of a job that was not run again.
    """

    digest: str
    run: str
    attempt: str
    since: datetime | None
    now: datetime
    earlier_attempts: bool


def joined(planned: Planned, given: Given, here: Joining) -> tuple[Seen, list[str]]:
    """What all have seen, and which shards are lacking, wholly or in part: the remarks have that too. Raises Failure(BAD_INPUT) where not one part counts."""
    found = given.found
    why = {each.heading.number: each.damage or _foreign(each.heading, here) for each in found}
    own = [each.heading for each in found if not why[each.heading.number]]
    why |= _of_another_time(max(own, key=lambda each: each.made), own, here) if own else {}
    parts = {part.number: part for part in own if not why[part.number] and isinstance(part, Part)}
    if not parts:
        hint = "Provide the parts of this run, of the same configuration and checks. If they are too old, run all shards again."
        unusable = (Fault(why[each.heading.number], hint, "parts", each.path) for each in found)
        raise Failure(Exit.BAD_INPUT, *unusable, *given.unread)
    count = found[0].heading.count
    lacking = {number: why.get(number, MISSING) for number in range(1, count + 1) if number not in parts}
    troubles = [*_troubles(count, parts, lacking), *(f"a file does not count as a part: {each.file} {each.what}" for each in given.unread)]
    seen = Seen(
        outcomes=_outcomes(planned, count, parts, lacking),
        made=here.now,
        seconds=max(each.seconds for each in parts.values()),
        home=next((each.home for each in parts.values() if each.home), None),
        remarks=tuple(dict.fromkeys((*troubles, *_remarks(parts, here)))),
    )
    return seen, troubles


def _foreign(heading: Heading, here: Joining) -> str:
    """Why a part is not of this report; "" if it is. Outside Actions there is no run that it could be of."""
    if heading.suite != __version__:
        return f"is of credex-actions {heading.suite}, and this is {__version__}"
    if heading.digest != here.digest:
        return "examined another configuration, or other checks"
    return "is of another workflow run" if here.run and heading.run != here.run else ""


def _of_another_time(newest: Heading, own: Sequence[Heading], here: Joining) -> dict[int, str]:
    """By number, why it does not count beside the newest one; "" if it does."""
    attempt = here.attempt or newest.attempt

    def why(each: Heading) -> str:
        if each.run != newest.run:
            return "is of another workflow run"
        if newest.made - each.made > AT_ONE_TIME:
            return f"began at {each.made:%Y-%m-%d %H:%M} UTC, more than a day before shard {newest.shard}"
        if each.attempt == attempt:
            return ""
        if not here.earlier_attempts:
            return f"left no part in attempt {attempt or 1} of this run; that of attempt {each.attempt or 1} does not count, since not all shards are known to have succeeded"
        if here.now - each.made > OF_EARLIER_ATTEMPT:
            return f"left no part in attempt {attempt} of this run; that of attempt {each.attempt or 1} began {in_words(here.now - each.made)} before this report"
        return ""

    return {each.number: why(each) for each in own}


def _outcomes(planned: Planned, count: int, parts: Mapping[int, Part], lacking: Mapping[int, str]) -> list[Outcome]:
    """Each from the part of the shard that it is the share of, and from no other."""
    known = {(part.number, *each.key): each for part in parts.values() for each in part.outcomes}
    return [
        _outcome(
            piece, known.get((owner.number, *piece.key)), f"shard {owner} {lacking.get(owner.number, 'says nothing of it in its part')}"
        )
        for piece, owner in ((piece, planned.owner(index, count)) for index, piece in enumerate(planned.pieces))
    ]


def _outcome(piece: Piece, found: Outcome | None, missing: str) -> Outcome:
    outcome = (found or Outcome(group=piece.name, account=piece.account, ran=())).only(piece.checks)
    told = {each.check for each in outcome.ran}
    silent = tuple(Ran(check, "failed", missing, piece.account) for check in piece.checks if check not in told)
    return replace(outcome, ran=(*outcome.ran, *silent))


def _troubles(count: int, parts: Mapping[int, Part], lacking: Mapping[int, str]) -> Iterator[str]:
    for number, why in lacking.items():
        yield f"shard {Shard(number, count)} {why}"
    for part in parts.values():
        if not part.complete:
            yield f"shard {part.shard} was cancelled: of its checks this is what was known by then"


def _remarks(parts: Mapping[int, Part], here: Joining) -> Iterator[str]:
    for part in parts.values():
        age = here.now - part.made
        if here.attempt and part.attempt != here.attempt:
            yield f"shard {part.shard} began {in_words(age)} before this report, in attempt {part.attempt or 1} of this run"
        elif age > AGED:
            yield f"shard {part.shard} began {in_words(age)} before this report"
        if part.since != here.since:
            yield f"shard {part.shard} compared with {_report(part.since)}, and this report with {_report(here.since)}: patterns in logs may be missing, or new again"
        yield from part.remarks


def _report(since: datetime | None) -> str:
    return f"the report of {since:%Y-%m-%d %H:%M} UTC" if since else "no earlier report"
