"""How much of the account's quotas is in use, and how large they are: read from Service Quotas and EC2."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.rollout.gates.quotas import SNAPSHOTS, STORAGE, Quota, Room, of_type

AT_ONCE: Final = 100
"""Instance types of one DescribeInstanceTypes. Source: EC2 API reference."""
GIB: Final = 1024
"""Of a TiB, in which Service Quotas counts storage."""


@dataclass(frozen=True)
class Needs:
    """At the same time, at most. `instances`: types of what is launched. `storage`: GiB by type of volume."""

    instances: Sequence[str]
    storage: Mapping[str, float]
    snapshots: int


@dataclass(frozen=True)
class Usage:
    clients: Clients
    clock: Clock

    def rooms(self, needs: Needs) -> list[Room]:
        """Raises Cancelled alone: what cannot be read is no room that is known."""
        found: list[Room] = []
        for quota in dict.fromkeys(filter(None, map(of_type, needs.instances))):
            wanted = [each for each in needs.instances if of_type(each) == quota]
            found.append(self._room(quota, lambda wanted=wanted: self._vcpus(wanted), lambda quota=quota: self._running(quota)))  # type: ignore[misc]
        for kind, gib in needs.storage.items():
            if kind in STORAGE and gib:
                found.append(self._room(STORAGE[kind], lambda gib=gib: gib / GIB, lambda kind=kind: self._stored(kind)))  # type: ignore[misc]
        if needs.snapshots:
            found.append(self._room(SNAPSHOTS, lambda: needs.snapshots, self._snapshots))
        return found

    def _room(self, quota: Quota, needs: Callable[[], float], used: Callable[[], float]) -> Room:
        try:
            return Room(quota, needs(), self._limit(quota), used())
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            return Room(quota, 0, trouble=explain(error).faults[0].what)

    def _limit(self, quota: Quota) -> float:
        quotas = self.clients.read("service-quotas")
        answer = look_again(self.clock, lambda: quotas.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code))
        return float(answer["Quota"]["Value"])

    def _running(self, quota: Quota) -> float:
        """Spot instances have quotas of their own, and those on Dedicated Hosts count with their host."""
        states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        records = [
            each
            for page in self._pages("describe_instances", Filters=states)
            for group in page["Reservations"]
            for each in group["Instances"]
        ]
        counted = [each for each in records if "InstanceLifecycle" not in each and each.get("Placement", {}).get("Tenancy") != "host"]
        return self._vcpus(each["InstanceType"] for each in counted if of_type(each["InstanceType"]) == quota)

    def _vcpus(self, types: Iterable[str]) -> float:
        """A quota counts those that a type has by default, whatever the CPU options. Source: Amazon EC2 User Guide, "On-Demand Instance quotas"."""
        counted = list(types)
        known = sorted(set(counted))
        ec2 = self.clients.read("ec2")
        each_has: dict[str, int] = {}
        for begin in range(0, len(known), AT_ONCE):
            some = known[begin : begin + AT_ONCE]
            answer = look_again(self.clock, lambda some=some: ec2.describe_instance_types(InstanceTypes=some))  # type: ignore[misc]
            each_has |= {record["InstanceType"]: record["VCpuInfo"]["DefaultVCpus"] for record in answer["InstanceTypes"]}
        return float(sum(each_has.get(each, 0) for each in counted))

    def _stored(self, kind: str) -> float:
        filters = [{"Name": "volume-type", "Values": [kind]}]
        return float(sum(each["Size"] for page in self._pages("describe_volumes", Filters=filters) for each in page["Volumes"])) / GIB

    def _snapshots(self) -> float:
        return float(sum(len(page["Snapshots"]) for page in self._pages("describe_snapshots", OwnerIds=["self"])))

    def _pages(self, operation: str, **asked: Any) -> list[Mapping[str, Any]]:
        pages = self.clients.read("ec2").get_paginator(operation)
        found: list[Mapping[str, Any]] = look_again(self.clock, lambda: list(pages.paginate(**asked)))
        return found
