"""The time in which a database is stopped for a backup: noted on its instance before, held by a lease, and ended whatever happens."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import botocore.exceptions

from credex_actions.aws.heartbeat import held
from credex_actions.aws.lease import own_lease
from credex_actions.aws.run_command import Ended, succeeded
from credex_actions.aws.run_command import run as run_command
from credex_actions.aws.script import Script
from credex_actions.aws.tags import HALF_DONE, ROLL, as_mapping
from credex_actions.backup.context import Context, Target
from credex_actions.backup.live import Live
from credex_actions.backup.taking.commands import RUNS, RUNS_ALREADY, START, STARTS_WITHIN, STOPS_WITHIN, stop
from credex_actions.backup.taking.stopping import STOPPED_BY, DowntimeStep, NoteStop, RemoveNote, StartDatabase, StopDatabase
from credex_actions.core.aws.clients import explain, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault


@dataclass
class Downtime:
    """`answers` is asked only after the database was stopped: before, its fingerprint was read. `found_running`: whether Neo4j ran when it was to be started."""

    context: Context
    target: Target
    live: Live
    running: bool = True
    stopped_by: str = ""
    rolled_by: str = ""
    down_since: datetime | None = None
    found_running: bool = False
    lease: ExitStack = field(default_factory=ExitStack)

    def look(self) -> None:
        """At the instance: whether somebody has stopped its database, and whether it runs."""
        tags = self._tags()
        self.stopped_by = tags.get(STOPPED_BY, "").partition(" ")[0]
        state, _, rest = tags.get(ROLL, "").partition(" ")
        self.rolled_by = rest.partition(" ")[0] or "somebody" if state in HALF_DONE else ""
        self.running = self.command(RUNS, 60, "is Neo4j active").output.strip() == "active"

    def _tags(self) -> dict[str, str]:
        ec2, instance = self.context.clients.read("ec2"), self.target.found.instance_id
        answer = look_again(self.context.clock, lambda: ec2.describe_instances(InstanceIds=[instance]))
        return as_mapping(answer["Reservations"][0]["Instances"][0].get("Tags"))

    @property
    def answers(self) -> bool:
        return self.running and (self.down_since is None or not self.live.answers())

    def act(self, step: DowntimeStep) -> None:
        ec2, clock = self.context.clients.write("ec2"), self.context.clock
        match step:
            case NoteStop():
                with one_write():
                    ec2.create_tags(Resources=[step.instance], Tags=[{"Key": STOPPED_BY, "Value": f"{step.run} {own_lease(clock.now())}"}])
                self.stopped_by = step.run
                self.lease.enter_context(held(self.context.clients, clock, [step.instance], STOPPED_BY, f"{step.run} "))
            case StopDatabase():
                self.down_since = clock.now()
                self.running = False  # also where it is not known: it is started then, which changes nothing where it runs
                succeeded(self.command(stop(), STOPS_WITHIN, "stop Neo4j for a backup"), "stopping Neo4j")
            case StartDatabase():
                ended = succeeded(self.command(START, STARTS_WITHIN, "start Neo4j after a backup"), "starting Neo4j")
                self.found_running = ended.output.strip() == RUNS_ALREADY
                self.running, self.down_since = True, clock.now()
            case RemoveNote():
                self.lease.close()
                value = self._tags().get(STOPPED_BY, "")
                if value.partition(" ")[0] == self.stopped_by:
                    with one_write():  # with its value: another run may note its own stop just now
                        ec2.delete_tags(Resources=[step.instance], Tags=[{"Key": STOPPED_BY, "Value": value}])
                self.stopped_by = ""

    @contextmanager
    def way_back(self) -> Iterator[None]:
        """Around what starts the database again, also after a signal. Raises Failure that says it is down, before anything else."""
        name, instance = self.target.name, self.target.found.instance_id
        try:
            with self.context.clock.last_asks():
                yield
        except (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            why = error if isinstance(error, Failure) else explain(error)
            what = f"{name} may be down: Neo4j on {instance} was stopped for the backup, and is not known to run again"
            hint = f"Start it now: --mode sweep, or systemctl start neo4j on {instance}."
            besides = "" if why.left == NOTHING_CHANGED else f"; {why.left}"
            raise Failure(Exit.FAILED, Fault(what, hint), *why.faults, left=f"{name} may be down{besides}") from None

    def command(self, text: str, within: float, comment: str) -> Ended:
        script = Script(text, self.context.runner.redact)
        clients, instance = self.context.clients, self.target.found.instance_id
        return run_command(clients, self.context.clock, instance, script, within=within, comment=comment)
