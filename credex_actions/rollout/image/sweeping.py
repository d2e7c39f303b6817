"""Removes what a killed build left: builders and test instances whose run is over, and AMIs that never passed their boot test."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from credex_actions.aws.lease import LEASE, SLACK, is_over, read_lease
from credex_actions.aws.tags import ENVIRONMENT, RUN, SCRATCH, as_mapping
from credex_actions.core.aws.looking import look_again
from credex_actions.core.loop import Decision, Done, Operation, Run, Step, Wait, drive, plan
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.amis import deregister, told
from credex_actions.rollout.image.machines import ALIVE, Machines, Place
from credex_actions.rollout.image.recipe import RECIPE

POLL: Final = 2.0


@dataclass(frozen=True)
class TerminateLeftover(Step):
    says = "terminate the {role} {resource} of the run {run}"
    harmless = True
    twice = "nothing: it is terminated"
    role: str
    resource: str
    run: str


@dataclass(frozen=True)
class DeregisterLeftover(Step):
    says = "deregister {resource}, which the run {run} began and never proved, with its snapshots"
    harmless = True
    twice = "nothing: it is gone"
    resource: str
    run: str


SweepStep: TypeAlias = TerminateLeftover | DeregisterLeftover


@dataclass(frozen=True)
class Leftover:
    """`held`: until when its run may still be alive, as its lease says; None if that run is over for certain."""

    step: SweepStep
    held: datetime | None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`first`: the leftovers as they were seen first. `going`: instances that were terminated and are shutting down."""

    now: datetime
    leftovers: tuple[Leftover, ...]
    first: tuple[Leftover, ...]
    going: tuple[str, ...] = ()


def decide(seen: Seen) -> Decision[SweepStep]:
    """Instances before the AMIs that they run. A run that may be alive is waited for, until its lease ends or is renewed."""
    for each in seen.leftovers:
        if each.held is None:
            return each.step
    if seen.going:
        return Wait(f"{', '.join(seen.going)} {'is' if len(seen.going) == 1 else 'are'} shutting down", POLL)
    for each in seen.leftovers:
        if each.held and not is_alive(each, seen):
            left = each.held + SLACK - seen.now
            why = f"{each.step.resource} may belong to a run at work, {each.step.run}: waiting for its lease to end or to be renewed"
            return Wait(why, max(min(left / timedelta(seconds=1), POLL), 0.1))
    return Done("swept")


def is_alive(leftover: Leftover, seen: Seen) -> bool:
    """Whether its lease was renewed since it was read first."""
    former = next((each.held for each in seen.first if each.step == leftover.step), None)
    return former is not None and leftover.held is not None and leftover.held > former


def after(seen: Seen, step: SweepStep | Wait) -> Seen:
    if isinstance(step, Wait):
        return replace(seen, going=(), leftovers=tuple(replace(each, held=None) for each in seen.leftovers))
    return replace(seen, leftovers=tuple(each for each in seen.leftovers if each.step != step))


@dataclass
class Sweep:
    """`left`: what belongs to a run that is at work."""

    context: Context
    run: Run
    first: tuple[Leftover, ...] = ()

    def sweep(self) -> None:
        drive(self._operation, self.run)

    def plan(self) -> list[str]:
        return [str(move) for move in plan(self._operation, self.observe()) if isinstance(move, Step)]

    @property
    def _operation(self) -> Operation[Seen, SweepStep]:
        return Operation(self.observe, decide, self._act, after)

    @property
    def left(self) -> list[str]:
        return [
            f"left alone: {each.step.resource} belongs to the run {each.step.run}, which is at work" for each in self.observe().leftovers
        ]

    def observe(self) -> Seen:
        now = self.run.clock.now()
        found = tuple(look_again(self.run.clock, lambda: list(self._leftovers(now))))
        known = {each.step for each in self.first}
        self.first += tuple(each for each in found if each.step not in known)
        terminated = [step.resource for step in self.run.sent if isinstance(step, TerminateLeftover)]
        going = look_again(self.run.clock, lambda: self._going(terminated)) if terminated else ()
        return Seen(now=now, leftovers=found, first=self.first, going=going)

    def _going(self, instances: list[str]) -> tuple[str, ...]:
        filters = [{"Name": "instance-id", "Values": instances}, {"Name": "instance-state-name", "Values": ["shutting-down"]}]
        pages = self.context.clients.read("ec2").get_paginator("describe_instances").paginate(Filters=filters)
        return tuple(each["InstanceId"] for page in pages for reservation in page["Reservations"] for each in reservation["Instances"])

    def _leftovers(self, now: datetime) -> Iterator[Leftover]:
        ec2 = self.context.clients.read("ec2")
        ours = [
            {"Name": "tag-key", "Values": [RECIPE]},
            {"Name": "tag-key", "Values": [RUN]},
            {"Name": f"tag:{ENVIRONMENT}", "Values": [self.context.asked.environment]},
        ]
        scratch = [*ours, {"Name": "tag-key", "Values": [SCRATCH]}, {"Name": "instance-state-name", "Values": list(ALIVE)}]
        for page in ec2.get_paginator("describe_instances").paginate(Filters=scratch):
            for record in (each for reservation in page["Reservations"] for each in reservation["Instances"]):
                tags = as_mapping(record.get("Tags"))
                yield Leftover(TerminateLeftover(tags[SCRATCH], record["InstanceId"], tags[RUN]), _held(tags, now))
        for page in ec2.get_paginator("describe_images").paginate(Owners=["self"], Filters=ours):
            for record in page["Images"]:
                tags = as_mapping(record.get("Tags"))
                if not told(record).proven:
                    yield Leftover(DeregisterLeftover(record["ImageId"], tags[RUN]), _held(tags, now))

    def _act(self, step: SweepStep) -> None:
        match step:
            case TerminateLeftover():
                Machines(self.context, "", Place("", "", (), "")).terminate(step.resource)
            case DeregisterLeftover():
                deregister(self.context, step.resource)


def _held(tags: dict[str, str], now: datetime) -> datetime | None:
    lease = read_lease(tags.get(LEASE, ""))
    return None if lease is None or is_over(lease, now) else lease.until
