"""A driver to a database that is waited for, logged in to, and known to answer."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from credex_actions._version import __version__
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line
from credex_actions.databases.login import Login
from credex_actions.databases.refusals import Status, locked, no_tls, not_online, password_expired, wrong_password
from credex_actions.neo4j.queries import DriverQueries, Queries

if TYPE_CHECKING:
    from neo4j import Driver

SLOWEST: Final = 10.0
"""Seconds for one connection."""
EVERY: Final = 1.0
SYSTEM: Final = "system"
AGENT: Final = "credex-actions"
"""By which a DBMS lists our connections."""


class _NotYetError(Exception):
    """It may answer later. `up`: the DBMS has answered, and it is the database that is not available."""

    def __init__(self, why: str, *, up: bool = False) -> None:
        super().__init__(why)
        self.up = up


class _RefusedError(Exception):
    """The database does not accept this login."""


@contextmanager
def by_bolt(
    url: str, name: str, logins: Sequence[Login], clock: Clock, patience: float, unreachable: Callable[[str], Failure]
) -> Iterator[Queries]:
    """Of the database `name`. Waits `patience` seconds for it; each login is tried once. `unreachable`: what is raised then, for a reason."""
    end = clock.monotonic() + patience
    for login in logins:
        try:
            driver = _waited_for(url, name, login, clock, end, unreachable)
        except _RefusedError:
            continue
        try:
            yield DriverQueries(driver)
        finally:
            driver.close()
        return
    raise wrong_password(url, len(logins))


def _waited_for(url: str, name: str, login: Login, clock: Clock, end: float, unreachable: Callable[[str], Failure]) -> "Driver":
    while True:
        try:
            return _open(url, name, login, min(SLOWEST, max(end - clock.monotonic(), EVERY)))
        except _NotYetError as error:
            if clock.monotonic() + EVERY >= end:
                if error.up:
                    _tell_status(url, name, login)
                raise unreachable(str(error)) from None
        clock.sleep(EVERY)


def _open(url: str, name: str, login: Login, seconds: float) -> "Driver":
    """A new driver, which has answered. Raises _NotYetError, _RefusedError and Failure."""
    try:
        driver = _driver(url, login, seconds)
    except Exception as error:
        _explain(url, name, error)
        raise
    try:
        with driver.session(database=name) as session:
            session.run("RETURN 1").consume()
    except Exception as error:
        driver.close()
        _explain(url, name, error)
        if _missing(error):
            _tell_status(url, name, login)
            raise not_online(url, name, ()) from None
        raise
    except BaseException:
        driver.close()
        raise
    return driver


def _driver(url: str, login: Login, seconds: float) -> "Driver":
    from neo4j import GraphDatabase

    return GraphDatabase.driver(
        url,
        auth=(login.user, login.password.reveal()),
        connection_timeout=seconds,
        connection_acquisition_timeout=seconds + 5,
        max_transaction_retry_time=0,
        warn_notification_severity="OFF",
        user_agent=f"{AGENT}/{__version__}",
    )


def _explain(url: str, name: str, error: Exception) -> None:
    """Raises what `error` means, if that is known; its words hold no value."""
    from neo4j import exceptions as known

    tls = next((each for each in _chain(error) if isinstance(each, ssl.SSLError) or type(each).__name__ == "BoltSecurityError"), None)
    if tls is not None:
        raise no_tls(url, str(tls.__cause__ or tls)) from None
    match error:
        case known.Neo4jError(code="Neo.ClientError.Security.AuthenticationRateLimit"):
            raise locked(url) from None
        case known.Neo4jError(code="Neo.ClientError.Security.CredentialsExpired"):
            raise password_expired(url) from None
        case known.AuthError():
            raise _RefusedError from None
        case known.ServiceUnavailable() | known.SessionExpired() | OSError():
            raise _NotYetError(str([*_chain(error)][-1])) from None
        case ValueError() if "resolve" in str(error):
            raise _NotYetError(str(error)) from None
        case known.ConfigurationError() | ValueError():
            what = f"{url} is not a Bolt URL: {one_line(str(error))}"
            raise Failure(Exit.BAD_INPUT, Fault(what, "Write it as bolt://10.0.1.5:7687.")) from None
        case known.Neo4jError(code=str(code)) if "Unavailable" in code:
            raise _NotYetError(f"{name} is not available ({code})", up=True) from None
        case known.Neo4jError() if not _missing(error):
            raise Failure(Exit.REMOTE, Fault(f"{url}: {error.code}", "The code is Neo4j's own.")) from None
        case known.DriverError():
            what = f"{url}: the driver reports {type(error).__name__}: {one_line(str(error))}"
            raise Failure(Exit.REMOTE, Fault(what, "Check the URL, and the version of Neo4j.")) from None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _missing(error: Exception) -> bool:
    return getattr(error, "code", "") == "Neo.ClientError.Database.DatabaseNotFound"


def _tell_status(url: str, name: str, login: Login) -> None:
    """Raises Failure if the DBMS answers, and says what the database is instead of online."""
    try:
        with _driver(url, login, SLOWEST) as driver, driver.session(database=SYSTEM) as session:
            text = "SHOW DATABASES YIELD name, currentStatus, requestedStatus, statusMessage"
            seen = [Status(*record.values()) for record in session.run(text)]
    except Exception:  # noqa: BLE001 - then there is nothing to add to what is known
        return
    if not any(each.name == name and each.current == "online" for each in seen):
        raise not_online(url, name, seen)
