"""Asking a database by commands on its instance: cypher-shell there, with a login that the instance reads by its own role.

The password is never here: it is neither in the text of the command, which SSM keeps, nor in its output, nor an argument of a program. It goes
from AWS into a variable of the shell, and from there into the environment of cypher-shell, which only root can read.
"""

import inspect
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Any, Final
from urllib.parse import urlsplit

from credex_actions.aws.run_command import LONGEST_OUTPUT, Ended, run
from credex_actions.aws.script import Script
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line
from credex_actions.databases.around import Around
from credex_actions.databases.finding import Found
from credex_actions.databases.login import USERS, InParameters, InSecret, Login, Source
from credex_actions.databases.refusals import locked, unreachable, wrong_password
from credex_actions.neo4j import last_bookmark, plain_rows
from credex_actions.neo4j.configuration.model import Database
from credex_actions.neo4j.queries import NONE, SYSTEM, QueryFailedError

NO_LOGIN: Final = 90
"""Exit code of our own, for a login that cannot be read on the instance."""
TIMED_OUT, NOT_FOUND = 124, 127
"""Exit codes of timeout(1), and of a shell."""
EVERY: Final = 2.0
LIMITS: Final = f"commands on the instance return {LONGEST_OUTPUT:,} characters at most: connect by ssm-tunnel or bolt to compare content"
UNAUTHORIZED: Final = "unauthorized due to authentication failure"
RATE: Final = "authentication details too many times"
UNCONNECTED: Final = (
    "Unable to connect to",
    "Connection refused",
    "Connection to the database terminated",
    "is unavailable",
    "is not available",
)
OF_JSON: Final = "import json,sys; d=json.load(sys.stdin); sys.stdout.write(next((d[k] for k in sys.argv[1:] if k in d), ''))"


@dataclass(frozen=True)
class InstanceQueries:
    """Each query is a command of its own, which takes a second or two. Queries with parameters need another way."""

    around: Around
    found: Found
    url: str  # as the instance reaches it
    source: Source
    limits: str = LIMITS

    def rows(self, text: str, parameters: Mapping[str, Any] = NONE, *, database: str, timeout: float) -> Iterator[dict[str, Any]]:
        if parameters:
            raise QueryFailedError("queries with parameters do not go through commands on the instance")
        if any(part.lstrip().startswith(":") for line in text.splitlines() for part in line.split(";")):
            raise QueryFailedError("a line begins with a colon, or a semicolon is followed by one: that would be a command of cypher-shell")
        ended = self.asked(text, database, timeout)
        if ended.code:
            raise QueryFailedError(self._why(ended, timeout))
        if ended.cut:
            raise QueryFailedError(f"the answer is longer than the {LONGEST_OUTPUT:,} characters that SSM returns")
        try:
            yield from plain_rows.rows(ended.output)
        except plain_rows.UnreadableError as error:
            raise QueryFailedError(f"the answer cannot be read: {error}") from None

    def last_bookmark(self, database: str) -> str:
        """By a program of ours, since cypher-shell shows none; "" where that does not work, for example because the server no longer speaks its version of Bolt."""
        ended = self._ran(
            (*_login(self.source, self.around.clients.region or ""), *_bookmark(database, self.url)), f"bookmark of {database}", 20
        )
        return ended.output.strip() if ended.code == 0 else ""

    def administer(self, text: str, *, timeout: float) -> None:
        """Committed at once, unlike a query."""
        lines = (*_login(self.source, self.around.clients.region or ""), *_command(text, self.url, timeout))
        ended = self._ran(lines, "administer the DBMS", timeout)
        if ended.code:
            raise QueryFailedError(self._why(ended, timeout))

    def asked(self, text: str, database: str, timeout: float, online_within: float = 0.0) -> Ended:
        """How cypher-shell ended. `online_within`: seconds for which the instance's agent is waited for. Raises Failure where it never ran."""
        lines = (*_login(self.source, self.around.clients.region or ""), *_query(text, database, self.url, timeout))
        ended = self._ran(lines, f"query {database}", timeout, online_within)
        if ended.code == NO_LOGIN:
            raise _no_login(self.found, self.source, ended)
        if ended.code == NOT_FOUND:
            what = f"{self.found.instance_id}: {_last(ended)}"
            raise Failure(Exit.FAILED, Fault(what, "connect.via: instance needs cypher-shell, the AWS CLI and Python 3 on the instance."))
        return ended

    def _ran(self, lines: Sequence[str], comment: str, timeout: float, online_within: float = 0.0) -> Ended:
        clients, clock, runner = self.around
        script = Script("\n".join(lines), runner.redact)
        return run(clients, clock, self.found.instance_id, script, within=timeout + 30, comment=comment, online_within=online_within)

    def _why(self, ended: Ended, timeout: float) -> str:
        if ended.code == TIMED_OUT:
            return f"timed out after {timeout:.0f} s"
        return self.around.runner.redact(_last(ended))


def on_instance(found: Found, database: Database, url: str, logins: Sequence[Login], around: Around, patience: float) -> InstanceQueries:
    """`url`: as the instance reaches it. Waits `patience` seconds for the database; each login is tried once. Raises Failure."""
    where, port = f"{found.instance_id}, on the instance", database.connect.port
    end = around.clock.monotonic() + patience
    for login in logins:
        queries = InstanceQueries(around, found, url, login.source)
        while True:
            ended = queries.asked("RETURN 1", database.database, 20, max(end - around.clock.monotonic(), 0))
            if ended.code == 0:
                return queries
            if UNAUTHORIZED in ended.error:
                break
            if RATE in ended.error:
                raise locked(where)
            passing = ended.code == TIMED_OUT or any(each in ended.error for each in UNCONNECTED)
            why = around.runner.redact(_last(ended))
            if not passing:
                raise Failure(
                    Exit.BAD_INPUT, Fault(f"{where}: {why}", "The message is cypher-shell's own; check `database`, `port` and `login`.")
                )
            if around.clock.monotonic() + EVERY >= end:
                raise unreachable(where, found, patience, f"and that it listens on port {port} of the instance.", why)
            around.clock.sleep(EVERY)
    raise wrong_password(where, len(logins))


def _login(source: Source, region: str) -> Iterator[str]:
    """Shell lines that put user and password into the environment. printf is the shell's own: nothing of it is in the list of processes."""
    trouble = f"{{ echo 'the login cannot be read on this instance' >&2; exit {NO_LOGIN}; }}"
    yield "set -u"
    yield f"export AWS_DEFAULT_REGION={quote(region)}"
    match source:
        case InSecret(name, version):
            which = f"{quote(name)}{f' --version-id {quote(version)}' if version else ''}"
            yield f'login="$(aws secretsmanager get-secret-value --secret-id {which} --query SecretString --output text)" || {trouble}'
            for variable, keys in (("NEO4J_USERNAME", " ".join(USERS)), ("NEO4J_PASSWORD", "password")):
                yield f'{variable}="$(printf %s "$login" | python3 -c {quote(OF_JSON)} {keys} 2>/dev/null)" || {trouble}'
        case InParameters(user, password):
            for variable, name in (("NEO4J_USERNAME", user), ("NEO4J_PASSWORD", password)):
                request = f"aws ssm get-parameter --name {quote(name)} --with-decryption --query Parameter.Value --output text"
                yield f'{variable}="$({request})" || {trouble}'
    yield f'[ -n "$NEO4J_USERNAME" ] && [ -n "$NEO4J_PASSWORD" ] || {trouble}'
    yield "export NEO4J_USERNAME NEO4J_PASSWORD"


def _query(text: str, database: str, url: str, timeout: float) -> Iterator[str]:
    # cypher-shell has no access mode: what writes is undone
    yield from _shell((":begin", text.strip().rstrip(";"), ";", ":rollback"), database, url, timeout)


def _command(text: str, url: str, timeout: float) -> Iterator[str]:
    yield from _shell((f"{text.strip().rstrip(';')};",), SYSTEM, url, timeout)


def _shell(lines: Sequence[str], database: str, url: str, timeout: float) -> Iterator[str]:
    end = f"END_{secrets.token_hex(8)}"  # no query can hold it
    words = f"--address {quote(url)} --database {quote(database)} --format plain --non-interactive"
    yield f"timeout {max(int(timeout), 1)} cypher-shell {words} <<'{end}'"
    yield from (*lines, end)


def _bookmark(database: str, url: str) -> Iterator[str]:
    end = f"END_{secrets.token_hex(8)}"
    where = urlsplit(url)
    encrypted = "encrypted" if "+" in where.scheme else "plain"
    yield f"timeout 20 python3 - {where.hostname} {where.port} {quote(database)} {encrypted} <<'{end}'"
    yield from (inspect.getsource(last_bookmark), end)


def _last(ended: Ended) -> str:
    """The first line of what went wrong: cypher-shell repeats the query below it, and the agent adds a line of its own."""
    lines = [line.strip() for line in ended.error.splitlines() if line.strip() and not line.startswith("failed to run commands")]
    return one_line(lines[0]) if lines else f"cypher-shell ended with code {ended.code}"


def _no_login(found: Found, source: Source, ended: Ended) -> Failure:
    name = source.name if isinstance(source, InSecret) else source.password
    said = one_line(" ".join(line for line in ended.error.splitlines() if not line.startswith("failed to run commands")))
    what = f"the login {name} cannot be read on {found.instance_id}: {said}"
    hint = (
        "Give the role of its instance profile secretsmanager:GetSecretValue for the secret, or ssm:GetParameter for the parameters, and kms:Decrypt for "
        'the key. A secret has to be {"user": "…", "password": "…"}; the instance needs the AWS CLI and Python 3.'
    )
    return Failure(Exit.BAD_INPUT, Fault(what, hint))
