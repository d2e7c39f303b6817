"""Removes what a killed run left: scratch instances and volumes with our tag whose run is over, backups that never completed, a database that was left stopped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from credex_actions.aws.lease import LEASE, is_over, read_lease
from credex_actions.aws.run_command import run as run_command
from credex_actions.aws.run_command import succeeded
from credex_actions.aws.scratch.machine import ALIVE
from credex_actions.aws.script import Script
from credex_actions.aws.tags import DATABASE, ENVIRONMENT, RUN, SCRATCH, as_mapping
from credex_actions.backup.archive import BACKUP
from credex_actions.backup.context import Target
from credex_actions.backup.surroundings import Surroundings
from credex_actions.backup.taking.commands import START, STARTS_WITHIN
from credex_actions.backup.taking.stopping import STOPPED_BY, RemoveNote
from credex_actions.core.aws.clients import Clients, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run, Step


@dataclass(frozen=True)
class TerminateInstance(Step):
    says = "terminate the scratch instance {resource} of the run {run}"
    harmless = True
    twice = "nothing: it is terminated"
    resource: str
    run: str


@dataclass(frozen=True)
class DeleteScratchVolume(Step):
    says = "delete the scratch volume {resource} of the run {run}"
    harmless = True
    twice = "nothing: it is gone"
    resource: str
    run: str


@dataclass(frozen=True)
class DeleteFailedSnapshot(Step):
    says = "delete {resource}, which the run {run} began and EBS could not complete"
    harmless = True
    twice = "nothing: it is gone"
    resource: str
    run: str


@dataclass(frozen=True)
class StartAgain(Step):
    says = "start Neo4j on {resource}, which the run {run} stopped"
    harmless = True
    twice = "nothing: it runs already"
    resource: str
    run: str


SweepStep: TypeAlias = TerminateInstance | DeleteScratchVolume | DeleteFailedSnapshot | StartAgain


@dataclass(frozen=True)
class Leftover:
    """`held`: until when its run may still be alive, as its lease says; None if that run is over for certain."""

    step: SweepStep
    held: datetime | None


def leftovers(clients: Clients, environment: str, database: str, now: datetime) -> Iterator[Leftover]:
    """What has our tags and belongs to `database` of `environment`; nothing else is looked at."""
    ec2 = clients.read("ec2")
    ours = [{"Name": "tag-key", "Values": [RUN]}]
    ours += [{"Name": f"tag:{key}", "Values": [value]} for key, value in ((ENVIRONMENT, environment), (DATABASE, database))]
    scratch = [*ours, {"Name": "tag-key", "Values": [SCRATCH]}]
    for record in _instances(ec2, [*scratch, {"Name": "instance-state-name", "Values": list(ALIVE)}]):
        tags = as_mapping(record.get("Tags"))
        yield Leftover(TerminateInstance(record["InstanceId"], tags[RUN]), _held(tags, now))
    for page in ec2.get_paginator("describe_volumes").paginate(Filters=[*scratch, {"Name": "status", "Values": ["available", "error"]}]):
        for record in page["Volumes"]:
            tags = as_mapping(record.get("Tags"))
            yield Leftover(DeleteScratchVolume(record["VolumeId"], tags[RUN]), _held(tags, now))
    failed = [*ours, {"Name": "tag-key", "Values": [BACKUP]}, {"Name": "status", "Values": ["error"]}]
    for page in ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=failed):
        for record in page["Snapshots"]:
            tags = as_mapping(record.get("Tags"))
            yield Leftover(DeleteFailedSnapshot(record["SnapshotId"], tags[RUN]), None)


def going_down(clients: Clients, instances: list[str]) -> tuple[str, ...]:
    """Those of `instances` that are still shutting down: their volumes are not released yet."""
    found = _instances(clients.read("ec2"), [{"Name": "instance-id", "Values": instances}])
    return tuple(each["InstanceId"] for each in found if each["State"]["Name"] != "terminated")


def _held(tags: dict[str, str], now: datetime) -> datetime | None:
    lease = read_lease(tags.get(LEASE, ""))
    return None if lease is None or is_over(lease, now) else lease.until


def _instances(ec2: Any, filters: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for page in ec2.get_paginator("describe_instances").paginate(Filters=filters):
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def stopped_by(tags: Mapping[str, str], now: datetime) -> tuple[str, datetime | None]:
    """The run that stopped the database of an instance with these tags, "" if none has; and until when it may still be alive."""
    run, _, lease = tags.get(STOPPED_BY, "").partition(" ")
    read = read_lease(lease)
    return run, None if read is None or is_over(read, now) else read.until


def start_if_left_stopped(context: Surroundings, target: Target, run: Run) -> bool:
    """Starts a database that a run stopped and, being over, cannot start again. Answers whether there was one. Raises Failure(REFUSED) while it is alive."""
    if STOPPED_BY not in target.found.tags:
        return False
    instance = target.found.instance_id
    ec2 = context.clients.read("ec2")
    answer = look_again(context.clock, lambda: ec2.describe_instances(InstanceIds=[instance]))  # meanwhile it may be another run's
    tags = as_mapping(answer["Reservations"][0]["Instances"][0].get("Tags"))
    who, until = stopped_by(tags, context.clock.now())
    if not who:
        return False
    if until is not None:
        what = f"{target.name} is stopped by the run {who}, which is at work"
        hint = f"Wait for it. If it was killed: from {until:%H:%M:%S} UTC on, --mode sweep starts the database."
        raise Failure(Exit.REFUSED, Fault(what, hint))
    step = StartAgain(instance, who)
    with run.sending(step):
        script = Script(START, context.runner.redact)
        ended = run_command(context.clients, context.clock, instance, script, within=STARTS_WITHIN, comment="start Neo4j after a backup")
        succeeded(ended, "starting Neo4j")
    with run.sending(RemoveNote(instance)), one_write():
        note = {"Key": STOPPED_BY, "Value": tags[STOPPED_BY]}  # with its value, EC2 deletes no other one
        context.clients.write("ec2").delete_tags(Resources=[instance], Tags=[note])
    return True
