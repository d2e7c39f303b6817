"""A client that writes to a database all the time, as a process of its own: what it was told is committed has to be found afterwards.

Each write is a node with a number, in a transaction of its own, sent once. Its journal has a line for each: when it was sent, and when Neo4j acknowledged it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import boto3
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

PASSWORD: Final = "WRITING_CLIENT_PASSWORD"
WRITE: Final = "CREATE (w:Written {client: $client, number: $number}) RETURN w.number"
FOUND: Final = "MATCH (w:Written {client: $client}) RETURN w.number AS number ORDER BY number"
NOT_SERVED: Final = (DriverError, Neo4jError, OSError)
ANSWERS_WITHIN: Final = 5.0
"""Seconds for a connection; also a request that is answered later counts as failed for the client that waits for it."""


class Write(NamedTuple):
    """Times are of time.time(). `acknowledged`: None where the client was never told that it is committed, which does not say that it is not."""

    number: int
    sent: float
    acknowledged: float | None
    error: str = ""


class Journal(NamedTuple):
    client: str
    writes: tuple[Write, ...]

    @property
    def acknowledged(self) -> list[int]:
        return [each.number for each in self.writes if each.acknowledged is not None]

    @property
    def longest_without_service(self) -> float:
        """Seconds between two acknowledged writes, the pause between them included."""
        times = [each.acknowledged for each in self.writes if each.acknowledged is not None]
        return max((later - earlier for earlier, later in pairwise(times)), default=float("inf"))

    @property
    def errors(self) -> set[str]:
        return {each.error for each in self.writes if each.error}

    def lost(self, driver: Driver, database: str = "neo4j") -> list[int]:
        """Acknowledged numbers that the database does not have. A number that it has twice is an AssertionError: each was sent once."""
        records = driver.execute_query(FOUND, client=self.client, database_=database).records
        found = [record["number"] for record in records]
        assert len(found) == len(set(found)), "a write that was sent once is there twice"
        return sorted(set(self.acknowledged) - set(found))


def read(file: Path, client: str) -> Journal:
    """Also while it is written: the last line may not be whole yet."""
    writes = []
    for line in file.read_text().splitlines() if file.exists() else ():
        with suppress(ValueError):
            writes.append(Write(**json.loads(line)))
    return Journal(client, tuple(writes))


@dataclass
class WritingClient:
    client: str
    process: "subprocess.Popen[bytes]"
    file: Path

    @property
    def journal(self) -> Journal:
        return read(self.file, self.client)

    def until_acknowledged(self, more: int = 5, within: float = 60) -> None:
        """Until that many further writes are committed: it is served now."""
        wanted, end = len(self.journal.acknowledged) + more, time.monotonic() + within
        while len(self.journal.acknowledged) < wanted:
            assert self.process.poll() is None, f"the writing client ended with code {self.process.returncode}"
            assert time.monotonic() < end, f"no {more} writes within {within} s; it was told: {self.journal.errors}"
            time.sleep(0.05)

    def stop(self) -> Journal:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
        return self.journal


@contextmanager
def writing(
    where: str, password: str, folder: Path, client: str = "client", *, every: float = 0.05, environment: Mapping[str, str] | None = None
) -> Iterator[WritingClient]:
    """Around what is done to the database meanwhile. `where`: a Bolt URL, or the name of the SSM parameter with it, which is read anew for each connection.

    `environment`: with which the parameter is read. The client ends with the block, and with this process, however that ends.
    """
    file = folder / f"{client}.journal"
    file.unlink(missing_ok=True)
    own = {"PATH": os.environ["PATH"], PASSWORD: password, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        [sys.executable, __file__, where, str(file), client, str(every)],
        env={**own, **(environment or {})},
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for who started it, and who stops it then
    )
    made = WritingClient(client, process, file)
    try:
        made.until_acknowledged(1)
        yield made
    finally:
        made.stop()


def main(where: str, journal: str, client: str, every: str) -> None:
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    threading.Thread(target=_until_orphaned, args=(over,), daemon=True).start()
    number, driver = 0, None
    with Path(journal).open("w", buffering=1) as lines:
        while not over.is_set():
            number += 1
            sent, acknowledged, error = time.time(), None, ""
            try:
                driver = driver or _driver(where)
                _write(driver, client, number)
                acknowledged = time.time()
            except NOT_SERVED as trouble:
                error = getattr(trouble, "code", None) or type(trouble).__name__
                if driver:
                    driver.close()
                driver = None
            lines.write(json.dumps(Write(number, sent, acknowledged, error)._asdict()) + "\n")
            over.wait(float(every))
    if driver:
        driver.close()


def _until_orphaned(over: threading.Event) -> None:
    """Standard input ends with who started this."""
    os.read(sys.stdin.fileno(), 1)  # a buffered read could not be ended together with the interpreter
    over.set()


def _driver(where: str) -> Driver:
    url = where if "://" in where else _of_parameter(where)
    return GraphDatabase.driver(url, auth=("neo4j", os.environ[PASSWORD]), connection_timeout=ANSWERS_WITHIN, max_transaction_retry_time=0)


def _of_parameter(name: str) -> str:
    ssm: Any = boto3.client("ssm")
    return str(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])


def _write(driver: Driver, client: str, number: int) -> None:
    """Not execute_query, which would send it again."""
    with driver.session(database="neo4j") as session:
        session.run(WRITE, client=client, number=number).consume()


if __name__ == "__main__":
    main(*sys.argv[1:5])
