"""The ECS stand-in as a whole: regions by account, one lock, and the one thread that drives them all."""

import json
import sys
import threading
import time
import traceback
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from credex_actions.sandbox import ecs
from credex_actions.sandbox.hosts import Hosts
from credex_actions.sandbox.identity.callers import Callers
from credex_actions.sandbox.lag import Lag
from credex_actions.sandbox.loopback import Loopback
from credex_actions.sandbox.region import Region
from credex_actions.sandbox.scheduler import Scheduler

CURRENT: ContextVar["Cloud"] = ContextVar("CURRENT")
"""Whose request moto is answering in this thread: there may be several sandboxes in a process."""


class Cloud:
    """`pace`: seconds of a scheduler tick. What the scheduler raised, which it never should, is in `troubles`."""

    def __init__(self, pace: float) -> None:
        self.pace = pace
        self.lock = threading.RLock()
        self.troubles: list[str] = []
        self.callers = Callers()
        self.lag = Lag()
        self._regions: dict[tuple[str, str], tuple[Region, Hosts, Scheduler]] = {}
        self._loopback = Loopback()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-scheduler", daemon=True)

    def start(self) -> None:
        self._loopback.start()
        self._thread.start()

    def stop(self) -> None:
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(10)
        with self.lock:
            for _, hosts, _ in self._regions.values():
                hosts.close()
            self._regions.clear()
        self._loopback.stop()

    def _run(self) -> None:
        while not self._ends.wait(self.pace):
            with self.lock:
                self.tick()

    def tick(self) -> None:
        for region, _, scheduler in list(self._regions.values()):
            try:
                scheduler.tick(time.time())
                self.lag.keep(region, time.time())
            except Exception:  # noqa: BLE001 - the scheduler serves all regions: one's trouble is reported, the others continue
                self.troubles.append(f"{region.account} {region.name}: {traceback.format_exc()}")
                sys.stderr.write(f"sandbox scheduler: {self.troubles[-1]}\n")

    def order_lag(self, seconds: float) -> None:
        with self.lock:
            self.lag.order(seconds)
            for region, _, _ in self._regions.values():
                self.lag.keep(region, time.time())

    def region(self, account: str, name: str) -> Region:
        return self._parts(account, name)[0]

    def hosts(self, account: str, name: str) -> Hosts:
        return self._parts(account, name)[1]

    def _parts(self, account: str, name: str) -> tuple[Region, Hosts, Scheduler]:
        with self.lock:
            if (account, name) not in self._regions:
                region = Region(account, name)
                hosts = Hosts(region, self._loopback)
                self._regions[account, name] = (region, hosts, Scheduler(region, hosts))
            return self._regions[account, name]

    def forget(self, account: str) -> None:
        """Ends everything that runs in an account; nobody is denied anything any more, and keys work at once."""
        with self.lock:
            self.callers.forget(account)
            for key in [key for key in self._regions if key[0] == account]:
                self._regions.pop(key)[1].close()

    def answer(self, account: str, region: str, operation: str, request: dict[str, Any]) -> bytes:
        with self.lock:
            now = time.time()
            answer = ecs.answer(self.lag.shown(self.region(account, region), operation, now), operation, request, now)
            return json.dumps(answer, default=_number).encode()


def _number(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} is not JSON")
