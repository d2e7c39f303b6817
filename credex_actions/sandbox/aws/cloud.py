"""The AWS stand-in at work: the one thread that drives all of its regions, and ECS's answers."""

import json
import sys
import threading
import time
import traceback
from datetime import datetime
from typing import Any

from credex_actions.sandbox.aws.ecs import operations as ecs
from credex_actions.sandbox.aws.scheduler import Scheduler
from credex_actions.sandbox.aws.world import World
from credex_actions.sandbox.neo4j import Neo4jServer


class Cloud(World):
    """`pace`: seconds of a scheduler tick. What the scheduler raised, which it never should, is in `troubles`."""

    def __init__(self, pace: float, servers: type[Neo4jServer]) -> None:
        super().__init__(servers)
        self.pace = pace
        self.troubles: list[str] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-scheduler", daemon=True)

    def start(self) -> None:
        self.loopback.start()
        self._thread.start()

    def stop(self) -> None:
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(10)
        self.close()

    def _run(self) -> None:
        while not self._ends.wait(self.pace):
            with self.lock:
                self.tick()

    def tick(self) -> None:
        for region, hosts in list(self.places.values()):
            try:
                Scheduler(region, hosts).tick(time.time())
                self.lag.keep(region, time.time())
            except Exception:  # noqa: BLE001 - the scheduler serves all regions: one's trouble is reported, the others go on
                self.troubles.append(f"{region.account} {region.name}: {traceback.format_exc()}")
                sys.stderr.write(f"sandbox scheduler: {self.troubles[-1]}\n")
        for site in list(self.sites.values()):
            try:
                site.settle()
            except Exception:  # noqa: BLE001 - as above
                self.troubles.append(f"{site.account} {site.region}: {traceback.format_exc()}")
                sys.stderr.write(f"sandbox scheduler: {self.troubles[-1]}\n")

    def answer(self, account: str, region: str, operation: str, request: dict[str, Any]) -> bytes:
        with self.lock:
            now = time.time()
            answer = ecs.answer(self.lag.shown(self.region(account, region), operation, now), operation, request, now)
            return json.dumps(answer, default=_number).encode()


def _number(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} is no JSON")
