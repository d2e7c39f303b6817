"""A client of a database that logs in ten times a second with what the parameters say, as a service's new connections do."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from neo4j import GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from credex_actions.sandbox import Sandbox

EVERY = 0.1


@dataclass
class Logins:
    """`secret`: of Secrets Manager, a JSON object of user and password, which nobody reads half old. `failures`: what went wrong, and for whom."""

    sandbox: Sandbox
    url: str
    secret: str
    count: int = 0
    failures: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)

    @contextmanager
    def going_on(self) -> Iterator["Logins"]:
        ends = threading.Event()
        thread = threading.Thread(target=self._go_on, args=(ends,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            ends.set()
            thread.join(30)

    def _go_on(self, ends: threading.Event) -> None:
        """As a service does, it reads both when it starts, and continues with what it read; once a second it starts again."""
        read = 0.0
        while not ends.wait(EVERY):
            if time.monotonic() > read + 1:
                held, read = self._read(), time.monotonic()
            try:
                with GraphDatabase.driver(self.url, auth=held) as driver:
                    driver.verify_connectivity()
            except (DriverError, Neo4jError) as error:
                self.failures.append(f"{held[0]}: {error}")
            self.count += 1
            self.users.append(held[0])

    def _read(self) -> tuple[str, str]:
        pair = json.loads(self.sandbox.client("secretsmanager").get_secret_value(SecretId=self.secret)["SecretString"])
        return pair["user"], pair["password"]
