"""Starts one run and follows that one to its end: pure (architecture.md, idea 1).

A dispatch is sent once. Where its answer did not say which run it made, the run is found by what only it has: the unique id that its name
shows; else by who started it, how, from what commit, on what ref and when. Two that fit are not guessed between.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, TypeAlias

from credex_actions.core.documentation import page_at
from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait
from credex_actions.github.refname import short
from credex_actions.github.runs import pace
from credex_actions.github.runs.seen import Gate, Job, Run
from credex_actions.github.runs.waiting import going_on

HOW_TO: Final = page_at("docs/how-to/trigger.md")
ALONE_FOR: Final = 10.0
"""Seconds after a dispatch for which a run without a unique id has to stay the only one that fits: lists lag."""
LAGS: Final = 20.0
"""Seconds by which GitHub's reads may lag behind its writes: a run that it answered with may be unknown, or without its conclusion, for so long."""

CLOCKS_DIFFER: Final = timedelta(seconds=5)
"""A run that is older than the dispatch by more is not ours; GitHub's times have whole seconds."""


@dataclass(frozen=True, kw_only=True)
class Want:
    """`path`: of the workflow file. `ref`: the whole name, where it was given. `mark`: the unique id that the run's name will show; empty if the workflow shows none.

    `before`: the workflow's newest runs when this run began. `follows`: a run that exists and is only followed. `expected`: seconds.
    """

    path: str
    ref: str
    sha: str
    inputs: tuple[tuple[str, str], ...] = ()
    mark: str = ""
    actor: str = ""
    before: frozenset[int] = frozenset()
    follows: int | None = None
    wait: bool = True
    give_up: datetime
    poll: float = 5.0
    expected: float | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`ours`: the run that the dispatch answered with. `listed`: the workflow's newest runs, where ours is looked for.

    `since_sent`: seconds since this run's dispatch left; None before. `run`, `jobs`, `gates`: of our run.
    `missing`: seconds for which GitHub has known no such run; None if it does.
    """

    now: datetime
    ours: int | None = None
    since_sent: float | None = None
    lost: bool = False  # whether the dispatch's answer was
    listed: tuple[Run, ...] = ()
    run: Run | None = None
    jobs: tuple[Job, ...] = ()
    gates: tuple[Gate, ...] = ()
    missing: float | None = None


@dataclass(frozen=True)
class Dispatch(Step):
    says = "dispatch {workflow} on {ref}"
    twice: ClassVar[str] = "a second run of the workflow, which deploys in parallel with the first one or after it"
    unseen = "Check the workflow's page. Running the same command again dispatches another run; --run-id N follows an existing one."
    workflow: str
    ref: str
    inputs: tuple[tuple[str, str], ...]


DispatchStep: TypeAlias = Dispatch


def candidates(want: Want, seen: Seen) -> list[Run]:
    """The runs that can be ours."""
    sent = seen.now - timedelta(seconds=seen.since_sent or 0.0)
    return [run for run in seen.listed if _fits(want, run) and (run.created is None or run.created >= sent - CLOCKS_DIFFER)]


def _fits(want: Want, run: Run) -> bool:
    if run.id in want.before or run.event != "workflow_dispatch" or run.path != want.path:
        return False
    if want.mark:
        return want.mark in run.title
    return run.branch == short(want.ref) and run.sha == want.sha and want.actor in ("", run.actor)


def ours(want: Want, seen: Seen) -> int | None:
    """The id of our run, as soon as it is certain."""
    known = want.follows or seen.ours
    if known or seen.since_sent is None:
        return known
    found = candidates(want, seen)
    certain = len(found) == 1 and (want.mark or (not seen.lost and seen.since_sent >= ALONE_FOR))
    return found[0].id if certain else None


def decide(want: Want, seen: Seen) -> Decision[DispatchStep]:
    mine = ours(want, seen)
    if mine is None:
        return _lookout(want, seen) or Dispatch(want.path.rpartition("/")[2], want.ref, want.inputs)
    if not want.wait:
        return Done("started")
    if seen.missing is not None and seen.missing >= LAGS:
        hint = "Was it or its repository deleted, or did these credentials lose access to it?"
        return Refuse((Fault(f"GitHub has not found the run {mine} for {seen.missing:.0f} s", hint, "run-id"),), Exit.REMOTE)
    if seen.run is None:
        why = "the run is not visible yet"
        return Done("timed-out", why) if seen.now >= want.give_up else Wait(why, min(want.poll, pace.FEWEST_SECONDS))
    if seen.run.done:
        return _concluded(want, seen, seen.run)
    why = going_on(seen.run, seen.jobs, seen.gates, seen.now)
    if seen.now >= want.give_up:
        return Done("timed-out", why)
    if not seen.jobs:
        return Wait(why, min(want.poll, pace.FEWEST_SECONDS))  # its first jobs come soon
    elapsed = (seen.now - (seen.run.started or seen.now)).total_seconds()
    left = (want.give_up - seen.now).total_seconds()
    return Wait(why, min(pace.pause(want.poll, want.expected, elapsed), max(left, 0.1)))


def _concluded(want: Want, seen: Seen, run: Run) -> Done | Wait:
    soon = run.updated is not None and seen.now < min(run.updated + timedelta(seconds=LAGS), want.give_up)
    return Wait("the run's conclusion is not visible yet", 1.0) if soon and not run.conclusion else Done(run.conclusion or "unknown")


def _lookout(want: Want, seen: Seen) -> Refuse | Wait | None:
    found = candidates(want, seen) if seen.since_sent is not None else []
    if len(found) > 1:
        urls = ", ".join(run.url for run in found[:5])
        hint = f"Follow yours with --run-id N. To prevent this, add an input to the workflow that its run-name shows ({HOW_TO}). {urls}"
        return Refuse((Fault(f"{len(found)} runs match the dispatch, and cannot be distinguished", hint, "run-id"),), Exit.REMOTE)
    if found and seen.lost and not want.mark and (seen.since_sent or 0.0) >= ALONE_FOR:
        what = f"the response to the dispatch was lost, and it is not known whether run {found[0].id} is ours"
        return Refuse((Fault(what, f"Check {found[0].url}; --run-id {found[0].id} follows it.", "run-id"),), Exit.REMOTE)
    return Wait("checking that only one run matches the dispatch", 1.0) if found else None


def after(seen: Seen, step: DispatchStep | Wait) -> Seen:
    """The world if the step works; a wait goes by, and the run succeeds."""
    if isinstance(step, Wait):
        ended = replace(seen.run, status="completed", conclusion="success") if seen.run else None
        return replace(seen, run=ended)
    run = Run(id=1, status="queued", conclusion="", url="")
    return replace(seen, ours=run.id, run=run, since_sent=0.0)
