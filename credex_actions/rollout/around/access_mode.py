"""The access mode of a database of Enterprise Edition as what keeps writes out of it.

It is kept in the system database, so that it is the same after a restart, on another root volume too.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from neo4j.exceptions import DriverError, Neo4jError

from credex_actions.aws.tags import as_mapping
from credex_actions.core.aws.clients import Clients
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line
from credex_actions.neo4j.queries import SYSTEM, Queries, QueryFailedError
from credex_actions.rollout.around.gates import WRITES_STOPPED_BY, HeldNote, State, read_note, unreadable
from credex_actions.rollout.around.writes import Note

READ_ONLY: Final = "read-only"
READ_WRITE: Final = "read-write"
SHOW: Final = "SHOW DATABASES YIELD name, access"
PATIENCE: Final = 30.0
"""Seconds for a connection, and for what is asked through it."""


@dataclass
class AccessMode:
    """`opened`: a connection, which is waited for as long as it is told, in seconds."""

    clients: Clients
    clock: Clock
    instance: str
    database: str
    opened: Callable[[float], AbstractContextManager[Queries]]

    def __post_init__(self) -> None:
        self.held = HeldNote(self.clock, self._tag, self._untag)

    def noted(self) -> Note | None:
        """Without the database, which may be down."""
        ec2 = self.clients.read("ec2")
        answer = look_again(self.clock, lambda: ec2.describe_instances(InstanceIds=[self.instance]))
        return read_note(as_mapping(answer["Reservations"][0]["Instances"][0].get("Tags")), self.clock.now())

    def look(self) -> State:
        rows = self._asked(lambda queries: list(queries.rows(SHOW, database=SYSTEM, timeout=PATIENCE)))
        mode = next((str(row["access"]) for row in rows if row["name"] == self.database), "")
        if not mode:
            raise Failure(Exit.REMOTE, Fault(f"the DBMS on {self.instance} has no database {self.database}", "Correct `database`."))
        return State(self.noted(), mode, mode == READ_ONLY)

    def close(self) -> None:
        self._set("READ ONLY")

    def open(self, before: str) -> None:
        if before not in {READ_ONLY, READ_WRITE}:
            raise unreadable(
                self.instance, "the access mode", f"ALTER DATABASE `{self.database}` SET ACCESS READ WRITE, unless it was read-only"
            )
        if before != READ_ONLY:
            self._set("READ WRITE")

    def _set(self, mode: str) -> None:
        name = self.database.replace("`", "``")
        self._asked(lambda queries: queries.administer(f"ALTER DATABASE `{name}` SET ACCESS {mode}", timeout=PATIENCE))

    def _asked(self, question: Callable[[Queries], Any]) -> Any:
        try:
            with self.opened(PATIENCE) as queries:
                return question(queries)
        except (DriverError, Neo4jError, QueryFailedError) as error:
            what = f"the access mode of {self.database} on {self.instance}: {one_line(str(error))}"
            hint = "The message is Neo4j's own. The user needs the privilege SET DATABASE ACCESS; or set rollout.drain to service or none."
            raise Failure(Exit.REMOTE, Fault(what, hint)) from None

    def _tag(self, value: str) -> None:
        self.clients.write("ec2").create_tags(Resources=[self.instance], Tags=[{"Key": WRITES_STOPPED_BY, "Value": value}])

    def _untag(self) -> None:
        self.clients.write("ec2").delete_tags(Resources=[self.instance], Tags=[{"Key": WRITES_STOPPED_BY}])
