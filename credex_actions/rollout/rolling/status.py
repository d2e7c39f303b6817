"""The mode status: what runs where, what is half-done, who is at work, what is kept. It reads only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import botocore.exceptions

from credex_actions.aws.tags import VERSION, as_mapping
from credex_actions.core.aws.clients import CONNECTIONS, explain
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.workers import side_by_side
from credex_actions.databases.finding import SERVED_BY, Finder
from credex_actions.rollout.around.gates import read_note
from credex_actions.rollout.around.writes import Note as GateNote
from credex_actions.rollout.back.data_volumes import KEPT_DATA
from credex_actions.rollout.context import Context
from credex_actions.rollout.lock.bids import Head, TornHistoryError
from credex_actions.rollout.lock.holding import look, name_of
from credex_actions.rollout.rolling.locating import locate_one
from credex_actions.rollout.running import Running, running
from credex_actions.rollout.swap.instance import KEPT_ROOT, Instance
from credex_actions.rollout.swap.machine import ALIVE, Machine
from credex_actions.rollout.swap.note import Note


@dataclass(frozen=True)
class Kept:
    """A volume that was replaced, and is not deleted. `what`: root volume of Neo4j 5.26.0, say."""

    volume: str
    what: str
    since: datetime


@dataclass
class Status:
    """`writes`: what the run that has stopped the writes to it has noted on the instance. `others`: the states of instances whose place this one has taken, or that took its place for a while, by id."""

    name: str
    machine: Machine | None = None
    runs: Running | None = None
    image: str = ""
    note: Note | None = None
    writes: GateNote | None = None
    kept: list[Kept] = field(default_factory=list)
    others: Mapping[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    fault: Fault | None = None
    code: Exit = Exit.DONE

    @property
    def unfinished(self) -> bool:
        return self.note is not None and self.note.unfinished


@dataclass
class Statuses:
    """`lock`: the bid that counts; None where that cannot be read."""

    databases: list[Status]
    lock: Head | None
    lock_name: str

    @property
    def outcome(self) -> str | None:
        if any(each.fault for each in self.databases):
            return None
        return "stopped" if any(each.unfinished or each.writes for each in self.databases) else "current"


def status(context: Context) -> Statuses:
    name = name_of(context.asked.environment)
    try:
        head: Head | None = look(context, name)[0]
    except TornHistoryError:
        head = None
    finder, names = Finder(context.clients, context.asked.given.document), list(context.asked.databases)
    told, cancelled = side_by_side(
        lambda each: _of(context, finder, each), [names], context.clock, CONNECTIONS, hurried=context.runner.in_actions
    )
    if cancelled:
        raise cancelled
    return Statuses(sorted(told, key=lambda each: names.index(each.name)), head, name)


def _of(context: Context, finder: Finder, name: str) -> Status:
    """Never raises but Cancelled: one that is not found keeps nobody from hearing about the others."""
    told = Status(name)
    try:
        _look(context, finder, told)
    except Failure as failure:
        told.fault, told.code = failure.faults[0], failure.code
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        explained = explain(error)
        told.fault, told.code = explained.faults[0], explained.code
    return told


def _look(context: Context, finder: Finder, told: Status) -> None:
    database = context.asked.databases[told.name]
    found = locate_one(finder, told.name, database)
    instance = Instance(context, found, database)
    told.machine = instance.look()
    told.note = instance.read_note(told.machine.tags)
    told.writes = read_note(told.machine.tags, context.clock.now())
    told.image = _image(told.note, told.machine.root, found.image_id)
    told.kept = list(_kept(context, found.instance_id))
    told.others = _others(context, found.instance_id)
    try:
        told.runs = running(context, found, database)
    except Failure as failure:
        told.doubts.append(failure.faults[0].what)


def _image(note: Note | None, root: str, launched: str) -> str:
    """EC2 may name the AMI of the launch after the root was replaced: the note knows better."""
    sides = (note.new, note.old) if note else ()
    return next((side.image for side in sides if side.root == root), launched)


def _others(context: Context, instance: str) -> dict[str, str]:
    ec2 = context.clients.read("ec2")
    asked = [{"Name": f"tag:{SERVED_BY}", "Values": [instance, f"{instance} *"]}, {"Name": "instance-state-name", "Values": list(ALIVE)}]
    answer = look_again(context.clock, lambda: ec2.describe_instances(Filters=asked))
    found = [each for reservation in answer["Reservations"] for each in reservation["Instances"]]
    return {each["InstanceId"]: each["State"]["Name"] for each in found if each["InstanceId"] != instance}


def _kept(context: Context, instance: str) -> Iterator[Kept]:
    ec2 = context.clients.read("ec2")
    for key, what in ((KEPT_ROOT, "root volume"), (KEPT_DATA, "data volume")):
        asked = [{"Name": f"tag:{key}", "Values": [instance]}, {"Name": "status", "Values": ["available"]}]
        for record in look_again(context.clock, lambda asked=asked: ec2.describe_volumes(Filters=asked))["Volumes"]:  # type: ignore[misc]
            version = as_mapping(record.get("Tags")).get(VERSION, "")
            yield Kept(record["VolumeId"], f"{what}{f' of Neo4j {version}' if version else ''}", record["CreateTime"])
