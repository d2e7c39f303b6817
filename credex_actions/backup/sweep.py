"""The mode sweep: each leftover whose run is over is removed; one whose run may be alive is waited for, until its lease ends or is renewed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import botocore.exceptions

from credex_actions.aws.lease import SLACK
from credex_actions.backup.context import Context, Target
from credex_actions.backup.outcome import Result
from credex_actions.backup.sweeping import (
    DeleteFailedSnapshot,
    DeleteScratchVolume,
    Leftover,
    StartAgain,
    SweepStep,
    TerminateInstance,
    going_down,
    leftovers,
    start_if_left_stopped,
    stopped_by,
)
from credex_actions.core.aws.clients import code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.loop import Decision, Done, Operation, Run, Wait, drive, plan

GONE: Final = frozenset(("InvalidInstanceID.NotFound", "InvalidVolume.NotFound", "InvalidSnapshot.NotFound"))
POLL: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`first_held`: until when a leftover's run may be alive, as it was read first. `going`: instances that are shutting down."""

    now: datetime
    leftovers: tuple[Leftover, ...]
    first_held: tuple[tuple[SweepStep, datetime], ...]
    going: tuple[str, ...] = ()


def decide(seen: Seen) -> Decision[SweepStep]:
    over = next((each.step for each in seen.leftovers if each.held is None), None)
    if over is not None:
        return over
    if seen.going:
        return Wait(f"{', '.join(seen.going)} {'is' if len(seen.going) == 1 else 'are'} shutting down", POLL)
    for each in seen.leftovers:
        if each.held and not is_alive(each, seen):
            left = (each.held + SLACK - seen.now).total_seconds()
            return Wait(
                f"{each.step.resource} may belong to a run at work, {each.step.run}: waiting for its lease to end or to be renewed",
                max(min(left, POLL), 0.1),
            )
    return Done("swept")


def is_alive(leftover: Leftover, seen: Seen) -> bool:
    """Whether its lease was renewed since it was read first."""
    return any(step == leftover.step and leftover.held is not None and leftover.held > held for step, held in seen.first_held)


def after(seen: Seen, step: SweepStep | Wait) -> Seen:
    if isinstance(step, Wait):
        return replace(seen, going=(), leftovers=tuple(replace(each, held=None) for each in seen.leftovers))
    return replace(seen, leftovers=tuple(each for each in seen.leftovers if each.step != step))


@dataclass
class _Sweep:
    context: Context
    name: str
    run: Run
    first_held: dict[SweepStep, datetime] = field(default_factory=dict)

    def observe(self) -> Seen:
        clients, now = self.context.clients, self.run.clock.now()
        found = tuple(look_again(self.run.clock, lambda: list(leftovers(clients, self.context.asked.environment, self.name, now))))
        for each in found:
            if each.held:
                self.first_held.setdefault(each.step, each.held)
        terminated = [step.resource for step in self.run.sent if isinstance(step, TerminateInstance)]
        going = look_again(self.run.clock, lambda: going_down(clients, terminated)) if terminated else ()
        return Seen(now=now, leftovers=found, first_held=tuple(self.first_held.items()), going=going)

    def act(self, step: SweepStep) -> None:
        ec2 = self.context.clients.write("ec2")
        try:
            with one_write():
                match step:
                    case TerminateInstance():
                        ec2.terminate_instances(InstanceIds=[step.resource])
                    case DeleteScratchVolume():
                        ec2.delete_volume(VolumeId=step.resource)
                    case DeleteFailedSnapshot():
                        ec2.delete_snapshot(SnapshotId=step.resource)
                    case StartAgain():
                        raise AssertionError("a database is started by start_if_left_stopped")
        except botocore.exceptions.ClientError as error:
            if code_of(error) not in GONE:
                raise


def sweep(result: Result, context: Context, target: Target, say: Callable[[str], None]) -> None:
    result.run = Run(context.clock, on_step=lambda step: say(f"{result.name}: {step}"), on_wait=lambda wait: say(wait.why))
    work = _Sweep(context, result.name, result.run)
    operation: Operation[Seen, SweepStep] = Operation(work.observe, decide, work.act, after)
    if context.asked.dry_run:
        who, _ = stopped_by(target.found.tags, context.clock.now())
        first = [str(StartAgain(target.found.instance_id, who))] * bool(who)
        moves = [str(move) for move in plan(operation, work.observe()) if not isinstance(move, Wait | Done)]
        result.outcome, result.plan = "planned", (*first, *moves)
        return
    started = start_if_left_stopped(context, target, result.run)
    drive(operation, result.run)
    alive = [each for each in work.observe().leftovers if each.held]
    removed = len(result.run.sent) - 2 * started
    result.outcome = "swept"
    told = ["the database was started again"] * started + [f"{removed} {'thing' if removed == 1 else 'things'} removed"] * bool(removed)
    result.says = " and ".join(told) or "nothing was left"
    result.lines += [str(step) for step in result.run.sent]
    result.lines += [f"left alone: {each.step.resource} belongs to the run {each.step.run}, which is at work" for each in alive]
