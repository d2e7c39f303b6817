"""Removes what a killed run left: builders, test instances and clones whose run is over, their volumes, and AMIs that never passed their boot test."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from credex_actions.aws.lease import LEASE, SLACK, Lease, is_over, read_lease
from credex_actions.aws.scratch.instance import delete_volume, terminate
from credex_actions.aws.scratch.machine import ALIVE
from credex_actions.aws.tags import ENVIRONMENT, RUN, SCRATCH, as_mapping
from credex_actions.core.aws.looking import look_again
from credex_actions.core.loop import Decision, Done, Operation, Run, Step, Wait, drive, plan
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.amis import deregister, told
from credex_actions.rollout.image.image_builder.leftovers import Leftovers
from credex_actions.rollout.image.image_builder.names import account_of
from credex_actions.rollout.image.image_builder.steps import CancelBuild, Discard
from credex_actions.rollout.image.image_builder.store import Store
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


@dataclass(frozen=True)
class DeleteLeftoverVolume(Step):
    says = "delete {resource}, a volume of the run {run} that outlived its instance"
    harmless = True
    twice = "nothing: it is gone"
    resource: str
    run: str


SweepStep: TypeAlias = TerminateLeftover | DeleteLeftoverVolume | DeregisterLeftover | CancelBuild | Discard


@dataclass(frozen=True)
class Leftover:
    """`held`: until when its run may still be alive, as its lease says; None if that run is over for certain."""

    step: SweepStep
    held: datetime | None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`first`: the leftovers as they were seen first. `going`: instances that were terminated and are shutting down. `cancelling`: builds of Image Builder that were cancelled and have not ended."""

    now: datetime
    leftovers: tuple[Leftover, ...]
    first: tuple[Leftover, ...]
    going: tuple[str, ...] = ()
    cancelling: tuple[str, ...] = ()


def decide(seen: Seen) -> Decision[SweepStep]:
    """Instances before the AMIs that they run. A run that may be alive is waited for, until its lease ends or is renewed."""
    for each in seen.leftovers:
        if each.held is None:
            return each.step
    if seen.going:
        return Wait(f"{', '.join(seen.going)} {'is' if len(seen.going) == 1 else 'are'} shutting down", POLL)
    if seen.cancelling:
        return Wait(f"Image Builder cancels the build of {', '.join(seen.cancelling)}", POLL)
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
        return replace(seen, going=(), cancelling=(), leftovers=tuple(replace(each, held=None) for each in seen.leftovers))
    return replace(seen, leftovers=tuple(each for each in seen.leftovers if each.step != step))


def in_image_builder(context: Context) -> Leftovers | None:
    if context.asked.image.builder.via != "image-builder":
        return None
    region = context.clients.read("imagebuilder").meta.region_name
    store = Store(context.clients, context.clock)
    return Leftovers(store, context.asked.environment, account_of(context.caller.arn, region), context.run)


@dataclass
class Sweep:
    """`left`: what belongs to a run that is at work. `image_builder`: None where the configuration does not build with it: then the role may not ask it."""

    context: Context
    run: Run
    image_builder: Leftovers | None
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
        claims = self.image_builder.look() if self.image_builder else []
        cancelled = {step.resource for step, sent in self.run.sent.items() if isinstance(step, CancelBuild) and sent.ended}
        in_image_builder = [
            Leftover(step, _still(each.lease, now)) for each in claims if each.building not in cancelled for step in each.steps
        ]
        leases = {each.names.digest: each.lease for each in claims}
        found = (*in_image_builder, *look_again(self.run.clock, lambda: list(self._leftovers(now, leases))))
        known = {each.step for each in self.first}
        self.first += tuple(each for each in found if each.step not in known)
        terminated = [step.resource for step in self.run.sent if isinstance(step, TerminateLeftover)]
        going = look_again(self.run.clock, lambda: self._going(terminated)) if terminated else ()
        cancelling = tuple(each.building for each in claims if each.building in cancelled)
        return Seen(now=now, leftovers=found, first=self.first, going=going, cancelling=cancelling)

    def _going(self, instances: list[str]) -> tuple[str, ...]:
        filters = [{"Name": "instance-id", "Values": instances}, {"Name": "instance-state-name", "Values": ["shutting-down"]}]
        pages = self.context.clients.read("ec2").get_paginator("describe_instances").paginate(Filters=filters)
        return tuple(each["InstanceId"] for page in pages for reservation in page["Reservations"] for each in reservation["Instances"])

    def _leftovers(self, now: datetime, claims: Mapping[str, Lease | None]) -> Iterator[Leftover]:
        """`claims`: leases of those that build with Image Builder, by recipe: an AMI of that is held by them, until it has a lease of its own."""
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
        loose = [*ours, {"Name": "tag-key", "Values": [SCRATCH]}, {"Name": "status", "Values": ["available", "error"]}]
        for page in ec2.get_paginator("describe_volumes").paginate(Filters=loose):
            for record in page["Volumes"]:
                tags = as_mapping(record.get("Tags"))
                yield Leftover(DeleteLeftoverVolume(record["VolumeId"], tags[RUN]), _held(tags, now))
        images = ec2.get_paginator("describe_images").paginate(Owners=["self"], Filters=ours)
        unproven = [record for page in images for record in page["Images"] if not told(record).proven]
        run_by = _run_by_others(ec2, [record["ImageId"] for record in unproven])
        for record in unproven:
            tags = as_mapping(record.get("Tags"))
            if record["ImageId"] not in run_by:
                held = _held(tags, now) or _still(claims.get(tags[RECIPE]), now)
                yield Leftover(DeregisterLeftover(record["ImageId"], tags[RUN]), held)

    def _act(self, step: SweepStep) -> None:
        match step:
            case TerminateLeftover():
                terminate(self.context.clients, step.resource)
            case DeleteLeftoverVolume():
                delete_volume(self.context.clients, step.resource)
            case DeregisterLeftover():
                deregister(self.context, step.resource)
            case CancelBuild() | Discard():
                assert self.image_builder, "only what it has leads to such a step"
                self.image_builder.act(step)


def _run_by_others(ec2: Any, images: Sequence[str]) -> set[str]:
    """Those that somebody has launched an instance of, or rolled out by their ids, though they were never proven: a database may run from them."""
    if not images:
        return set()
    filters = [{"Name": "image-id", "Values": list(images)}, {"Name": "instance-state-name", "Values": list(ALIVE)}]
    pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
    found = [each for page in pages for reservation in page["Reservations"] for each in reservation["Instances"]]
    return {each["ImageId"] for each in found if SCRATCH not in as_mapping(each.get("Tags"))}


def _held(tags: dict[str, str], now: datetime) -> datetime | None:
    return _still(read_lease(tags.get(LEASE, "")), now)


def _still(lease: Lease | None, now: datetime) -> datetime | None:
    return None if lease is None or is_over(lease, now) else lease.until
