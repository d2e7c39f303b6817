"""Passwords of a Neo4j database. Two users take turns: one serves while the other gets its next password, so that no login ever fails."""

import secrets
import string
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from credex_actions.core.clock import Cancelled, Clock, OutOfTime
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Lost, NoEffect
from credex_actions.core.retry import looks
from credex_actions.core.secret import Secret
from credex_actions.core.text import one_line
from credex_actions.rotation.deciding.state import Held, Identity, Version
from credex_actions.rotation.escrow.escrow import Document
from credex_actions.rotation.kinds.source import Nature, SourceLook
from credex_actions.rotation.values import Values

if TYPE_CHECKING:
    from typing import LiteralString

    from neo4j import Driver, Session

USER, PASSWORD = "user", "password"
PARTS = (USER, PASSWORD)
ALPHABET: Final = string.ascii_letters + string.digits
PATIENCE: Final = 15.0
"""Seconds for a connection."""


@dataclass
class Neo4jPasswordSource:
    """Both users need the same rights; in an Enterprise database the second gets the roles of the first. Everything is done as the user that serves."""

    url: str
    users: Sequence[str]
    length: int
    query: str
    values_of: Callable[[str], Values]
    clock: Clock
    nature: ClassVar[Nature] = Nature(installs=True, adopts=True, revokes="login")
    _works: dict[str, bool] = field(default_factory=dict)
    _held: Held = field(default_factory=Held)

    @property
    def where(self) -> str:
        return f"Neo4j at {self.url}"

    def preflight(self) -> Iterator[Fault]:
        current = self._held.current
        if current and not self._logs_in(current):
            trouble = self.verify(self.values_of(current.id)) or "it works now"
            hint = "Check that the database is up. If its password was changed manually, put the right one into a target and delete the escrow."
            yield Fault(f"{self.url}: the current password of {current.identity} does not work: {trouble}", hint)

    def look(self, held: Held) -> SourceLook:
        """Who logs in with what the escrow has. A login is tried once a run: three that fail lock the user for five seconds."""
        self._held = held
        tried = [each for each in (held.previous, held.current, held.pending) if each]
        alive = {each.identity: Identity(name=each.identity, created=each.created) for each in tried if self._logs_in(each)}
        return SourceLook(tuple(alive.values()), installed=held.pending is None or self._logs_in(held.pending))

    def _logs_in(self, version: Version) -> bool:
        if version.id not in self._works:
            try:
                trouble = looks(_Locked, sleep=self.clock.sleep, within=LOCKED)(self._tried, self.values_of(version.id))
            except _Locked as error:
                trouble = str(error)
            if trouble and not trouble.startswith(REFUSED):
                raise Failure(
                    Exit.REMOTE,
                    Fault(f"{self.url}: {trouble}", "Check that the database is up and reachable from here, then run this again."),
                )
            self._works[version.id] = not trouble
        return self._works[version.id]

    def make(self, held: Held, version: str) -> Document:
        """Of the user whose turn it is."""
        del version
        serving = held.current.identity if held.current else self.users[1]
        user = next((each for each in self.users if each != serving), self.users[0])
        password = "".join(secrets.choice(ALPHABET) for _ in range(self.length))
        return Document({USER: Secret(user), PASSWORD: Secret(password)}, identity=user)

    def sample(self) -> Values:
        return {USER: Secret(max(self.users, key=len)), PASSWORD: Secret("x" * self.length)}

    def install(self, values: Values) -> None:
        """Sent once: a lost response is told by whether the password logs in. Raises OutOfTime where a signal comes between two of its statements."""
        self._works.clear()
        with self._as_serving() as session:
            user, password = values[USER].reveal(), values[PASSWORD].reveal()
            self._send(session, "CREATE USER $user IF NOT EXISTS SET PASSWORD $password CHANGE NOT REQUIRED", user=user, password=password)
            with _begun():
                for role in self._roles(session):
                    self._send(session, f"GRANT ROLE `{role.replace('`', '``')}` TO $user", user=user)
                if self.verify(values):
                    self._send(session, "ALTER USER $user SET PASSWORD $password CHANGE NOT REQUIRED", user=user, password=password)

    def _send(self, session: "Session", statement: "LiteralString", **parameters: str) -> None:
        """One write. Raises Cancelled where a signal has come, and nothing is sent."""
        self.clock.check()
        session.run(statement, parameters).consume()

    def _roles(self, session: "Session") -> list[str]:
        """Those of the user that serves; a Community database has none."""
        current = self._held.current
        for record in session.run("SHOW USERS"):
            if current and record["user"] == current.identity:
                return [str(each) for each in record["roles"] or () if each != "PUBLIC"]
        return []

    def adopted(self, found: Values) -> Document | None:
        """Where no place holds the user's name, it is the first of the two."""
        if PASSWORD not in found:
            return None
        values = {USER: found.get(USER, Secret(self.users[0])), PASSWORD: found[PASSWORD]}
        trouble = self.verify(values)
        user = values[USER].reveal()
        if user not in self.users:
            what, hint = f"the user in use, {one_line(user, 60)}, is not one of {', '.join(self.users)}", "Add it to users."
            raise Failure(Exit.BAD_INPUT, Fault(f"{self.url}: {what}", hint))
        if trouble:
            hint = "Put the working password into the target that can be read (SSM, Secrets Manager); then run this again."
            raise Failure(Exit.BAD_INPUT, Fault(f"{self.url}: the password in its targets does not work: {trouble}", hint))
        return Document(values, identity=user)

    def verify(self, values: Values) -> str:
        try:
            return self._tried(values)
        except _Locked as error:
            return str(error)

    def _tried(self, values: Values) -> str:
        try:
            with self._driver(values) as driver, driver.session() as session:
                session.run(self.query).consume()
        except Exception as error:  # noqa: BLE001 - named by _kind, which knows the driver's classes
            return _kind(error)
        return ""

    def deactivate(self, identity: str) -> None:
        raise AssertionError(identity)

    activate = deactivate

    def delete(self, identity: str) -> None:
        """Its password becomes one that nobody knows, so that its roles stay for its next turn; what it had open is ended."""
        self._works.clear()
        with self._as_serving() as session:
            nobody_knows = "".join(secrets.choice(ALPHABET) for _ in range(40))
            self._send(session, "ALTER USER $user SET PASSWORD $password CHANGE REQUIRED", user=identity, password=nobody_knows)

    def _driver(self, values: Values) -> "Driver":
        from neo4j import GraphDatabase

        auth = (values[USER].reveal(), values[PASSWORD].reveal())
        return GraphDatabase.driver(self.url, auth=auth, connection_timeout=PATIENCE, max_transaction_retry_time=0)

    @contextmanager
    def _as_serving(self) -> Iterator[Any]:
        """A session on the system database, where users live. Raises NoEffect if nothing can have been sent, Lost else."""
        assert self._held.current
        sent = False
        try:
            with self._driver(self.values_of(self._held.current.id)) as driver:
                driver.verify_connectivity()
                sent = True
                with driver.session(database="system") as session:
                    yield session
        except Exception as error:  # noqa: BLE001 - named by _kind, which raises again what it does not know
            try:
                kind = _kind(error)
            except _Locked as locked:
                raise NoEffect(str(locked)) from None
            if kind.startswith(REFUSED):
                raise Failure(
                    Exit.FAILED, Fault(f"{self.url}: {kind}", "Check that the current user is allowed to manage users.")
                ) from None
            raise (Lost if sent else NoEffect)(kind) from None


@contextmanager
def _begun() -> Iterator[None]:
    """A part of it was sent: who is cancelled here may not say that it had no effect."""
    try:
        yield
    except Cancelled as cancelled:
        raise OutOfTime(cancelled.signal_number) from None


REFUSED: Final = "refused: "
LOCKED: Final = 30.0
"""Seconds for which a locked user is waited for; a lock lasts five. Source: Neo4j operations manual, dbms.security.auth_lock_time."""


class _Locked(Exception):
    """Too many logins of this user failed a moment ago: whether this one is right, nobody can tell yet."""

    def __init__(self) -> None:
        super().__init__("the database has locked the user for a few seconds after failed logins")


def _kind(error: Exception) -> str:
    """In words that hold no value: the driver's messages may repeat parts of a query."""
    from neo4j import exceptions as known

    match error:
        case known.Neo4jError(code="Neo.ClientError.Security.AuthenticationRateLimit"):
            raise _Locked
        case known.AuthError():
            return f"{REFUSED}the database does not accept user and password"
        case known.ServiceUnavailable() | known.SessionExpired():
            return "the database does not answer"
        case known.Neo4jError():
            return f"{REFUSED}{error.code}"
        case known.DriverError():
            return f"the driver reports {type(error).__name__}"
    raise error
