"""Whether the account has room for what a plan would launch, snapshot and replace: before anything is launched."""

from types import SimpleNamespace
from typing import Any

import botocore.exceptions
import pytest

from credex_actions.core.clock import SystemClock
from credex_actions.rollout.gates.quotas import SNAPSHOTS, STANDARD, STORAGE, Room, judged, of_type
from credex_actions.rollout.gates.usage import Needs, Usage
from credex_actions.rollout.planning.needs import needs_of
from credex_actions.rollout.rehearsal.candidate import Candidate
from credex_actions.rollout.versions.version import Version

LIMITS = {"L-1216C47A": 5.0, "L-7A658B76": 1.0, "L-309BACF6": 3.0}
VCPUS = {"t3.large": 2, "m6i.xlarge": 4, "g5.xlarge": 4}


class Pages:
    def __init__(self, *pages: Any) -> None:
        self.pages = pages

    def paginate(self, **_: Any) -> Any:
        return self.pages


class Account:
    """EC2 and Service Quotas in one. `refuses`: GetServiceQuota is not allowed."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses

    def get_service_quota(self, ServiceCode: str, QuotaCode: str) -> Any:  # noqa: N803 - boto3
        assert ServiceCode in {"ec2", "ebs"}
        if self.refuses:
            said: Any = {
                "Error": {"Code": "AccessDeniedException", "Message": "User is not authorized to perform servicequotas:GetServiceQuota"}
            }
            raise botocore.exceptions.ClientError(said, "GetServiceQuota")
        return {"Quota": {"Value": LIMITS[QuotaCode]}}

    def describe_instance_types(self, InstanceTypes: list[str]) -> Any:  # noqa: N803 - boto3
        return {"InstanceTypes": [{"InstanceType": each, "VCpuInfo": {"DefaultVCpus": VCPUS[each]}} for each in InstanceTypes]}

    def get_paginator(self, operation: str) -> Pages:
        running = [
            {"InstanceType": "t3.large"},
            {"InstanceType": "t3.large", "InstanceLifecycle": "spot"},
            {"InstanceType": "m6i.xlarge", "Placement": {"Tenancy": "host"}},
            {"InstanceType": "g5.xlarge"},
        ]
        return {
            "describe_instances": Pages({"Reservations": [{"Instances": running}]}),
            "describe_volumes": Pages({"Volumes": [{"Size": 512}]}, {"Volumes": [{"Size": 256}]}),
            "describe_snapshots": Pages({"Snapshots": [{}, {}]}),
        }[operation]


def rooms(needs: Needs, *, refuses: bool = False) -> list[Room]:
    account: Any = Account(refuses=refuses)
    clients: Any = SimpleNamespace(read=lambda _: account)
    return Usage(clients, SystemClock()).rooms(needs)


def test_what_is_needed_is_held_against_what_is_in_use_and_what_is_granted() -> None:
    found = rooms(Needs(["t3.large"], {"gp3": 128.0, "st1": 500.0}, 1))
    assert found == [Room(STANDARD, 2, 5, 2), Room(STORAGE["gp3"], 0.125, 1, 0.75), Room(SNAPSHOTS, 1, 3, 2)]
    gate = judged(found)
    assert (gate.shut, gate.says) == (False, "there is room for 2 vCPUs, 0.125 TiB of gp3, 1 snapshot")


@pytest.mark.parametrize(
    ("needs", "says", "code"),
    [
        (Needs(["t3.large", "t3.large"], {}, 0), "4 vCPUs are needed, and 2 of 5 are in use", "L-1216C47A"),
        (Needs([], {"gp3": 300.0}, 0), "0.293 TiB of gp3 are needed, and 0.75 of 1 are in use", "L-7A658B76"),
        (Needs([], {}, 2), "2 snapshots are needed, and 2 of 3 are in use", "L-309BACF6"),
    ],
)
def test_a_quota_without_room_shuts_the_gate_and_is_named(needs: Needs, says: str, code: str) -> None:
    gate = judged(rooms(needs))
    assert gate.stops
    assert says in gate.says
    assert code in gate.hint


def test_what_may_not_be_read_is_said_once_and_stops_nothing() -> None:
    gate = judged(rooms(Needs(["t3.large"], {"gp3": 1.0}, 1), refuses=True))
    assert not gate.shut
    assert gate.says.startswith("not known: Running On-Demand Standard")
    assert gate.says.count("AWS does not allow GetServiceQuota") == 1


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("t3.micro", "L-1216C47A"),
        ("im4gn.large", "L-1216C47A"),
        ("x2idn.16xlarge", "L-7295265B"),
        ("u-6tb1.metal", "L-43DA4232"),
        ("mac2.metal", ""),
    ],
)
def test_the_quota_that_a_type_counts_for(kind: str, code: str) -> None:
    quota = of_type(kind)
    assert (quota.code if quota else "") == code


def situation(size: int) -> Any:
    own = SimpleNamespace(root_size=8, place=SimpleNamespace(instance_type="t3.large"))
    return SimpleNamespace(own=own, target=SimpleNamespace(found=SimpleNamespace(volume_size=size)))


def test_what_a_plan_needs_is_what_is_there_at_the_same_time() -> None:
    candidate = Candidate("ami-2", Version(5, 26, 16), "00ff", "/dev/xvda", 10, root_type="gp3")
    five = [situation(size) for size in (100, 200, 300, 400, 500)]
    needs = needs_of(five, five, candidate, 2)
    assert (needs.instances, needs.storage, needs.snapshots) == (["t3.large"] * 2, {"gp3": 20 + 900}, 5)
    assert needs_of(five, [], candidate, 2) == Needs([], {"gp3": 50}, 5)
