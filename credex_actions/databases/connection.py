"""The way to a database that neo4j.yml chooses: Bolt, Bolt through SSM port forwarding, or commands on the instance."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from credex_actions.aws.tunnel import tunnel
from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of, explain, message_of
from credex_actions.core.durations import duration
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.databases.around import Around
from credex_actions.databases.by_bolt import by_bolt
from credex_actions.databases.finding import Found
from credex_actions.databases.login import Login
from credex_actions.databases.on_instance import on_instance
from credex_actions.databases.refusals import closed_port, unreachable
from credex_actions.databases.url import moved
from credex_actions.neo4j.configuration.model import Database
from credex_actions.neo4j.queries import Queries

BOLT_URL: Final = re.compile(r"(bolt|neo4j)(\+s|\+ssc)?://[^/@\s]+")


@contextmanager
def reached(found: Found, database: Database, logins: Sequence[Login], around: Around, *, copy: bool = False) -> Iterator[Queries]:
    """A new connection, which has answered. Waits for the database as long as `connect.patience` says. Raises Failure.

    `copy`: `found` is a restored copy. It is reached at its own address: the URLs of neo4j.yml are those of the database in use.
    """
    connect = database.connect
    patience = duration(connect.patience).total_seconds()
    if connect.via == "instance":
        url = _encrypted_alike(found, database, around.clients, "localhost", connect.port)
        yield on_instance(found, database, url, logins, around, patience)
        return
    opened = partial(by_bolt, name=database.database, logins=logins, clock=around.clock, patience=patience)
    if connect.via == "ssm-tunnel":
        with tunnel(around.clients, around.clock, found.instance_id, connect.port, runner=around.runner, within=patience) as port:
            url = _encrypted_alike(found, database, around.clients, "127.0.0.1", port)
            behind = f"and that it listens on port {connect.port} of the instance."
            with opened(url, unreachable=partial(unreachable, url, found, patience, behind)) as queries:
                yield queries
        return
    if copy:
        url = _encrypted_alike(found, database, around.clients, _host(found.address), connect.port)
    else:
        url = bolt_url(found, database, around.clients)
    with opened(url, unreachable=partial(unreachable, url, found, patience, closed_port(found))) as queries:
        yield queries


def _encrypted_alike(found: Found, database: Database, clients: Clients, host: str, port: int) -> str:
    """Encrypted if the URL in use is. No certificate names such an address, so that any is trusted."""
    encrypted = "+s" in bolt_url(found, database, clients).partition("://")[0]
    return f"bolt{'+ssc' if encrypted else ''}://{host}:{port}"


def bolt_url(found: Found, database: Database, clients: Clients) -> str:
    """Where the database in use listens; also before the parameter follows it to another instance. Raises Failure."""
    if isinstance(database.url, str):
        return database.url
    if isinstance(database.url_parameter, str):
        return moved(_of_parameter(clients, database.url_parameter), found.former_address, found.address)
    return f"bolt://{_host(found.address)}:{database.connect.port}"


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _of_parameter(clients: Clients, name: str) -> str:
    try:
        value: str = clients.read("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ClientError as error:
        if code_of(error) == "ParameterNotFound":
            what, hint = f"the parameter {name} does not exist", "Create it, or correct the name, the region or the account."
        elif code_of(error) in NOT_ALLOWED:
            what, hint = f"access denied to the parameter {name}: {message_of(error)}", "Grant the role ssm:GetParameter."
        else:
            raise explain(error) from None
        raise Failure(Exit.BAD_INPUT, Fault(what, hint, "url-parameter")) from None
    except BotoCoreError as error:
        raise explain(error) from None
    if not BOLT_URL.fullmatch(value):
        what = f"the parameter {name} does not hold a Bolt URL"  # its value may be a password in the wrong place
        raise Failure(Exit.BAD_INPUT, Fault(what, "Write it as bolt://10.0.1.5:7687, without user and password.", "url-parameter"))
    return value
