"""cypher-shell, as far as scripts use it: a query on standard input or as an argument, `--format plain`, the login in the environment."""

import argparse
import re
from typing import Any, NoReturn
from urllib.parse import urlsplit

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError
from neo4j.graph import Node, Path, Relationship
from neo4j.time import Date, DateTime, Duration, Time

from credex_actions.sandbox.aws.ssm.programs.program import Call, Said, failed

LOCAL = {"localhost", "127.0.0.1", ""}
AGENT = "neo4j-cypher-shell/v5"
"""As a DBMS lists its connections."""
UNAUTHORIZED = "The client is unauthorized due to authentication failure."


class _WrongWordsError(Exception):
    pass


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _WrongWordsError(message)


def cypher_shell(call: Call) -> Said:
    parser = _Parser("cypher-shell", add_help=False, allow_abbrev=False)
    parser.add_argument("-a", "--address", "--uri", default="neo4j://localhost:7687")
    parser.add_argument("-d", "--database", default=None)
    parser.add_argument("--format", choices=["auto", "verbose", "plain"], default="auto")
    parser.add_argument("--non-interactive", action="store_true")
    parser.add_argument("--encryption", choices=["true", "false", "default"], default="default")
    parser.add_argument("cypher", nargs="?", default=None)
    try:
        given = parser.parse_args(call.words)
    except _WrongWordsError as wrong:
        return failed(f"cypher-shell: error: {wrong}")
    if given.format != "plain":
        return failed("sandbox: only --format plain is there")
    where = urlsplit(given.address)
    host = call.machine.address if where.hostname in LOCAL else where.hostname
    auth = (call.environment.get("NEO4J_USERNAME", ""), call.environment.get("NEO4J_PASSWORD", ""))
    try:
        url = f"bolt://{host}:{where.port or 7687}"
        with GraphDatabase.driver(url, auth=auth, max_transaction_retry_time=0, user_agent=AGENT) as driver:
            lines = _answered(driver, statements(given.cypher or call.input), given.database)
    except AuthError:
        return failed(UNAUTHORIZED)
    except Neo4jError as error:
        return failed(error.message or str(error))
    except (DriverError, OSError):
        what = f"Unable to connect to {where.hostname}:{where.port or 7687}, ensure the database is running and that there is a working network connection to it."
        return failed(what)
    return Said("".join(f"{line}\n" for line in lines))


def statements(text: str) -> list[str]:
    """Those of a text, which end with a semicolon at the end of a line; and cypher-shell's own commands, a line each."""
    found: list[str] = []
    open_one = ""
    for line in text.splitlines():
        if not open_one.strip() and line.startswith(":"):
            found.append(line.rstrip("; "))
            continue
        open_one += f"{line}\n"
        if line.rstrip().endswith(";"):
            found.append(open_one.strip().removesuffix(";"))
            open_one = ""
    return [part for each in (*found, open_one) if (part := each.strip())]


def _answered(driver: Any, texts: list[str], database: str | None) -> list[str]:
    lines: list[str] = []
    with driver.session(database=database) as session:
        transaction = None
        for text in texts:
            match text:
                case ":begin":
                    transaction = session.begin_transaction()
                case ":commit" | ":rollback" if transaction:
                    transaction.commit() if text == ":commit" else transaction.rollback()
                    transaction = None
                case _:
                    answer = (transaction or session).run(text)
                    rows = [", ".join(plain(value) for value in record.values()) for record in answer]
                    lines += [", ".join(answer.keys()), *rows] if rows else []
    return lines


def plain(value: Any) -> str:
    """As the Java driver's values print. Source: cypher-shell, OutputFormatter; neo4j-java-driver, the toString of each value."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case str():
            return '"{}"'.format(value.replace('"', '\\"'))
        case float():
            return _float(value)
        case list() | tuple():
            return f"[{', '.join(map(plain, value))}]"
        case dict():
            return f"{{{', '.join(f'{_name(key)}: {plain(each)}' for key, each in value.items())}}}"
        case Node():
            return f"({''.join(f':{_name(label)}' for label in value.labels)} {plain(dict(value))})"
        case Relationship():
            return f"[:{_name(value.type)} {plain(dict(value))}]"
        case Path():
            return f"({plain(value.start_node)}-…)"
        case Date() | DateTime() | Time() | Duration():
            return str(value.iso_format())
        case _:
            return str(value)


def _float(value: float) -> str:
    """As Java writes it: 1.0, 1.0E10, NaN, Infinity."""
    if value != value:  # noqa: PLR0124 - NaN
        return "NaN"
    if value in {float("inf"), float("-inf")}:
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:  # noqa: PLR2004 - Java's bounds
        return repr(value)
    digits, _, exponent = f"{value!r}".partition("e") if "e" in repr(value) else _scientific(value).partition("e")
    return f"{digits if '.' in digits else f'{digits}.0'}E{int(exponent)}"


def _scientific(value: float) -> str:
    return next(text for text in (f"{value:.{places}e}" for places in range(1, 18)) if float(text) == value)


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else "`{}`".format(name.replace("`", "``"))
