"""What the AWS stand-in holds: regions by account, who calls them, and how far reads lag behind. One lock guards it all."""

import threading
import time
from contextvars import ContextVar

from credex_actions.sandbox.aws.backup.records import Backups
from credex_actions.sandbox.aws.callers.callers import Callers
from credex_actions.sandbox.aws.ec2.machine import Machine
from credex_actions.sandbox.aws.ec2.site import Site
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.hosts.hosts import Hosts
from credex_actions.sandbox.aws.hosts.loopback import Loopback
from credex_actions.sandbox.aws.imagebuilder.records import ImageBuilders
from credex_actions.sandbox.aws.lag import Lag
from credex_actions.sandbox.aws.ssm.managed import Managed
from credex_actions.sandbox.neo4j import Neo4jServer

CURRENT: ContextVar["World"] = ContextVar("CURRENT")
"""Whose request moto is answering in this thread: there may be several sandboxes in a process."""


class World:
    """`servers`: what the databases of instances are."""

    def __init__(self, servers: type[Neo4jServer]) -> None:
        self.servers = servers
        self.lock = threading.RLock()
        self.callers = Callers()
        self.lag = Lag()
        self.loopback = Loopback()
        self.sites: dict[tuple[str, str], Site] = {}
        self.ways: dict[tuple[str, str], Managed] = {}
        self._backups: dict[tuple[str, str], Backups] = {}
        self._image_builders: dict[tuple[str, str], ImageBuilders] = {}
        self.slow: dict[str, float] = {}
        """Seconds that EC2 takes, by sandbox.aws.ec2.changes.KINDS."""
        self.places: dict[tuple[str, str], tuple[Region, Hosts]] = {}

    def order_lag(self, seconds: float) -> None:
        with self.lock:
            self.lag.order(seconds)
            for region, _ in self.places.values():
                self.lag.keep(region, time.time())

    def region(self, account: str, name: str) -> Region:
        return self._parts(account, name)[0]

    def hosts(self, account: str, name: str) -> Hosts:
        return self._parts(account, name)[1]

    def site(self, account: str, region: str) -> Site:
        """Of EC2."""
        with self.lock:
            if (account, region) not in self.sites:
                self.sites[account, region] = Site(account, region, self.lock, self.slow, self.servers)
            return self.sites[account, region]

    def backups(self, account: str, region: str) -> Backups:
        """Of AWS Backup."""
        with self.lock:
            if (account, region) not in self._backups:
                self._backups[account, region] = Backups(self.site(account, region))
            return self._backups[account, region]

    def image_builders(self, account: str, region: str) -> ImageBuilders:
        with self.lock:
            if (account, region) not in self._image_builders:
                self._image_builders[account, region] = ImageBuilders(self.site(account, region))
            return self._image_builders[account, region]

    def machines(self, account: str, region: str) -> dict[str, Machine]:
        return self.site(account, region).machines

    def managed(self, account: str, region: str) -> Managed:
        """What SSM has there."""
        with self.lock:
            if (account, region) not in self.ways:
                self.ways[account, region] = Managed(self.site(account, region))
            return self.ways[account, region]

    def _parts(self, account: str, name: str) -> tuple[Region, Hosts]:
        with self.lock:
            if (account, name) not in self.places:
                region = Region(account, name)
                self.places[account, name] = (region, Hosts(region, self.loopback))
            return self.places[account, name]

    def forget(self, account: str) -> None:
        """Ends everything that runs in an account; nobody is denied anything any more, and keys work at once."""
        with self.lock:
            self.callers.forget(account)
            for key in [key for key in self.places if key[0] == account]:
                self.places.pop(key)[1].close()
            for key in [key for key in self._image_builders if key[0] == account]:
                self._image_builders.pop(key).close()
            for key in [key for key in self.ways if key[0] == account]:
                self.ways.pop(key).close()
            for key in [key for key in self.sites if key[0] == account]:
                self.sites.pop(key).close()
                self._backups.pop(key, None)
            self.slow.clear()

    def close(self) -> None:
        with self.lock:
            for _, hosts in self.places.values():
                hosts.close()
            self.places.clear()
            for builders in self._image_builders.values():
                builders.close()
            self._image_builders.clear()
            for way in self.ways.values():
                way.close()
            self.ways.clear()
            for site in self.sites.values():
                site.close()
            self.sites.clear()
            self._backups.clear()
        self.loopback.stop()
