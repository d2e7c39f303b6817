"""What a rehearsal launches: like the database's own instance, of another AMI, with a clone of its data, and found by nobody."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import botocore.exceptions
import msgspec
import pytest

from credex_actions.aws.scratch.launching import Place
from credex_actions.aws.scratch.like import Like
from credex_actions.aws.tags import as_mapping
from credex_actions.backup.archive import Backup
from credex_actions.core.faults import Exit, Failure
from credex_actions.neo4j.configuration.model import Rehearsal
from credex_actions.rollout.rehearsal.candidate import Candidate
from credex_actions.rollout.rehearsal.scratch import scratch_instance
from credex_actions.rollout.versions.version import Version
from tests.undisturbed import Undisturbed

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BACKUP = Backup(id="b", database="ledger", environment="production", method="snapshot", place="snap-1", taken=NOW, state="complete")
OWN = Like(
    "ami-1", Place("t3.large", "subnet-1", ("sg-db",), "arn:aws:iam::1:instance-profile/db", "af-south-1a"), b"#!/bin/sh", "/dev/sda1", 40
)
CANDIDATE = Candidate("ami-2", Version(5, 26, 16), "00ff", "/dev/xvda", 8)


class Clock(Undisturbed):
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing is waited for, {seconds} s")


class Ec2:
    """`trouble`: the code with which EC2 answers."""

    def __init__(self, trouble: str = "") -> None:
        self.trouble = trouble
        self.request: dict[str, Any] = {}

    def run_instances(self, **request: Any) -> dict[str, Any]:
        self.request = request
        if self.trouble:
            raise botocore.exceptions.ClientError({"Error": {"Code": self.trouble, "Message": "in EC2's words"}}, "RunInstances")
        return {"Instances": [{"InstanceId": "i-2"}]}


def launched(ec2: Ec2, **rehearsal: Any) -> dict[str, Any]:
    asked = SimpleNamespace(environment="production", rehearsal=msgspec.convert(rehearsal, Rehearsal))
    clients = SimpleNamespace(read=lambda _: ec2, write=lambda _: ec2)
    context: Any = SimpleNamespace(clients=clients, clock=Clock(), asked=asked, run="r")
    found = SimpleNamespace(instance_id="i-1", volume_device="/dev/sdg", volume_size=20)
    target: Any = SimpleNamespace(name="ledger", found=found)
    scratch_instance(context, target, BACKUP, CANDIDATE, OWN).launch()
    return ec2.request


def test_it_is_like_the_databases_own_but_for_its_ami_its_data_and_its_tags() -> None:
    request = launched(Ec2())
    assert (request["ImageId"], request["InstanceType"], request["SubnetId"]) == ("ami-2", "t3.large", "subnet-1")
    assert (request["SecurityGroupIds"], request["UserData"]) == (["sg-db"], b"#!/bin/sh")
    assert request["InstanceInitiatedShutdownBehavior"] == "terminate"
    assert request["MetadataOptions"]["HttpTokens"] == "required"
    disks = {each["DeviceName"]: each["Ebs"] for each in request["BlockDeviceMappings"]}
    assert disks["/dev/xvda"]["VolumeSize"] == 40
    assert disks["/dev/sdg"]["SnapshotId"] == "snap-1"
    assert all(each["DeleteOnTermination"] for each in disks.values())
    tags = as_mapping(request["TagSpecifications"][0]["Tags"])
    assert {name for name in tags if not name.startswith("credex:")} == {"Name"}
    assert (tags["credex:run"], tags["credex:recipe"], tags["credex:scratch"]) == ("r", "00ff", "rehearsal with b")


def test_it_can_be_given_security_groups_that_let_nothing_in() -> None:
    assert launched(Ec2(), **{"security-groups": ["sg-0123456789abcdef0"]})["SecurityGroupIds"] == ["sg-0123456789abcdef0"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("VcpuLimitExceeded", "increase of the quota"),
        ("InsufficientInstanceCapacity", "has no capacity"),
        ("Unsupported", "not offered"),
    ],
)
def test_a_quota_that_is_reached_says_what_to_do(code: str, words: str) -> None:
    with pytest.raises(Failure) as caught:
        launched(Ec2(code))
    assert caught.value.code is Exit.REMOTE
    assert f"EC2 cannot launch a t3.large: {code}: in EC2's words" in caught.value.faults[0].what
    assert words in caught.value.faults[0].hint


def test_an_ami_that_is_gone_is_a_failure() -> None:
    with pytest.raises(Failure) as caught:
        launched(Ec2("InvalidAMIID.NotFound"))
    assert caught.value.code is Exit.FAILED
