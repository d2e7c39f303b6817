"""One database as a plan needs to know it: read from AWS, and from itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import botocore.exceptions

from credex_actions.aws.scratch.like import Like, like
from credex_actions.aws.tags import DATABASE, ENVIRONMENT, as_mapping
from credex_actions.backup.ages import newest_good
from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Target
from credex_actions.backup.reading import of_snapshot
from credex_actions.core.aws.clients import explain
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Failure
from credex_actions.rollout.context import Context
from credex_actions.rollout.gates import reading, room
from credex_actions.rollout.gates.backups import of_store
from credex_actions.rollout.gates.gate import Gate
from credex_actions.rollout.gates.inside import Inside, look
from credex_actions.rollout.gates.instance import Standing
from credex_actions.rollout.rehearsal.candidate import Candidate
from credex_actions.rollout.rehearsal.note import REHEARSED, Pair, Rehearsed, newest, read_note
from credex_actions.rollout.rehearsal.opening import pair_of
from credex_actions.rollout.running import Running, running
from credex_actions.rollout.successor.obstacles import NEW_INSTANCE
from credex_actions.rollout.user_data.content import difference, digest, wanted
from credex_actions.rollout.user_data.restart import Restart
from credex_actions.rollout.user_data.restarting import restart_of
from credex_actions.rollout.versions.version import Version


@dataclass(kw_only=True)
class Situation:
    """`own`: what a new instance would be launched like as it is; `configured`: its new user data, None where none are. `inside`: None where the database does not tell, and `silent` says why.
    `restart`: what its stop would meet, where its user data change or a new instance takes its place. `wrong`: what this run's rehearsal found. `redact`: takes out the secrets that the run knows.
    """

    target: Target
    running: Running
    own: Like
    standing: Standing
    backups: Sequence[Backup]
    offered: bool
    configured: bytes | None = None
    redact: Callable[[str], str] = str
    inside_instance: Sequence[Gate] = ()
    restart: Restart | None = None
    inside: Inside | None = None
    silent: str = ""
    rehearsed: Rehearsed | None = None
    wrong: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.target.name

    @property
    def store(self) -> str:
        """The id of the store that runs; "" if it is not known."""
        return self.inside.store if self.inside else ""

    @property
    def backup(self) -> Backup | None:
        """What is rehearsed with is of the database that runs."""
        return newest_good(of_store(self.backups, self.store))

    @property
    def version(self) -> Version:
        """That it ran before anything is changed."""
        note = self.standing.note
        return note.old.version if note and note.unfinished else self.running.version

    @property
    def half_way(self) -> bool:
        """Whether applying continues a roll-out of it."""
        note = self.standing.note
        return note is not None and note.state == "rolling"

    def is_current(self, candidate: Candidate) -> bool:
        """By the snapshot that its root volume was made of: which AMI EC2 names after a replacement is not certain."""
        known = self.standing.root_of and candidate.root_of
        same = self.standing.root_of == candidate.root_of if known else self.standing.image == candidate.image
        if self.configured is not None and self.standing.booted_with != digest(self.new.user_data):
            return False
        return same and self.running.version == candidate.version and not self.running.doubt and not self.standing.unfinished

    @property
    def new(self) -> Like:
        """What the rehearsal is launched like."""
        return replace(self.own, user_data=wanted(self.own.user_data, self.configured))

    @property
    def difference(self) -> tuple[str, ...]:
        """Of its user data, line by line; secrets are masked."""
        return difference(self.own.user_data, self.new.user_data, self.redact)

    def pair(self, candidate: Candidate) -> Pair:
        return pair_of(candidate, self.new.user_data, str(self.version))


def situation(context: Context, target: Target, candidate: Candidate, backups: Sequence[Backup]) -> Situation:
    """Raises Failure where not even its version is known."""
    found, database = target.found, target.database
    try:
        own = like(context.clients, context.clock, found.instance_id)
        there = Situation(
            target=target,
            running=running(context, found, database),
            own=own,
            standing=reading.standing(context, found, own.user_data),
            backups=backups,
            offered=reading.is_offered(context, found.instance_type, found.zone),
            configured=context.asked.user_data_of(target.name),
            redact=context.runner.redact,
        )
        if there.is_current(candidate):
            return there
        if there.difference or context.asked.configuration.rollout.swap == NEW_INSTANCE:
            there.restart = restart_of(context.clients, context.clock, there.standing.record, database)
        look_inside(context, there)
        there.rehearsed = newest(_notes(context, target.name, there.store), there.pair(candidate), context.clock.now())
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise explain(error) from None
    return there


def look_inside(context: Context, there: Situation) -> None:
    """What changes from one moment to the next. Raises AWS's own errors."""
    found, database = there.target.found, there.target.database
    if there.inside_instance != [room.left_to_apply(found.name)]:  # a role that may not ask is not asked with twice
        there.inside_instance = reading.inside_instance(context, found, database.data)
    try:
        there.inside, there.silent = look(context, found, database), ""
    except Failure as failure:
        there.inside, there.silent = None, failure.faults[0].what


def _notes(context: Context, name: str, store: str) -> list[Rehearsed]:
    """Of all backups of the store: one of yesterday was rehearsed as well as that of today."""
    filters = [
        {"Name": "tag-key", "Values": [REHEARSED]},
        {"Name": f"tag:{DATABASE}", "Values": [name]},
        {"Name": f"tag:{ENVIRONMENT}", "Values": [context.asked.environment]},
    ]
    pages = context.clients.read("ec2").get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=filters)
    records = look_again(context.clock, lambda: [each for page in pages for each in page["Snapshots"]])
    own = of_store([backup for backup in map(of_snapshot, records) if backup], store)
    places = {backup.place for backup in own}
    notes = (read_note(as_mapping(record.get("Tags")).get(REHEARSED, "")) for record in records if record["SnapshotId"] in places)
    return [each for each in notes if each]
