"""What a scratch instance is launched with, also when the launch is sent again."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import botocore.exceptions
import pytest

from credex_actions.aws.run_command import Ended
from credex_actions.aws.scratch.instance import ScratchInstance
from credex_actions.backup.archive import Backup
from credex_actions.backup.drill.endings import carried_out, inconsistent, too_small
from credex_actions.backup.drill.scratch import scratch_instance
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Lost
from tests.undisturbed import Undisturbed

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BACKUP = Backup(id="b", database="ledger", environment="production", method="snapshot", place="snap-1", taken=NOW, state="complete")


class Ec2:
    """One client for reading and writing. The response to the first launch is lost."""

    def __init__(self) -> None:
        self.launched: list[dict[str, Any]] = []

    def describe_instances(self, **_: Any) -> dict[str, Any]:
        volumes = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-root"}}, {"DeviceName": "/dev/sdg", "Ebs": {"VolumeId": "vol-1"}}]
        seen = {"InstanceId": "i-1", "ImageId": "ami-1", "InstanceType": "t3.micro", "RootDeviceName": "/dev/xvda"}
        return {"Reservations": [{"Instances": [seen | {"BlockDeviceMappings": volumes}]}]}

    def describe_volumes(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"VolumeIds": ["vol-root"]}
        return {"Volumes": [{"Size": 100}]}

    def describe_instance_attribute(self, **_: Any) -> dict[str, Any]:
        return {}

    def run_instances(self, **request: Any) -> dict[str, Any]:
        self.launched.append(request)
        if len(self.launched) == 1:
            raise botocore.exceptions.ReadTimeoutError(endpoint_url="https://ec2")
        return {"Instances": [{"InstanceId": "i-2"}]}


class Clock(Undisturbed):
    """A minute passes with each look at it."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        self.time += timedelta(minutes=1)
        return self.time

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing is waited for, {seconds} s")


@pytest.fixture
def ec2() -> Ec2:
    return Ec2()


@pytest.fixture
def scratch(ec2: Ec2) -> ScratchInstance:
    clients = SimpleNamespace(read=lambda _: ec2, write=lambda _: ec2)
    context: Any = SimpleNamespace(clients=clients, clock=Clock(), asked=SimpleNamespace(environment="production"), run="r")
    found = SimpleNamespace(instance_id="i-1", volume_device="/dev/sdg", volume_size=20)
    target: Any = SimpleNamespace(name="ledger", found=found, database=SimpleNamespace(data=SimpleNamespace(device="/dev/sdf")))
    return scratch_instance(context, target, BACKUP)


def test_a_launch_that_is_sent_again_is_the_same_request_or_its_client_token_is_refused(scratch: ScratchInstance, ec2: Ec2) -> None:
    with pytest.raises(Lost):
        scratch.launch()
    scratch.launch()
    first, second = ec2.launched
    assert first == second


def test_the_data_is_where_the_database_has_it_whatever_is_configured_and_the_root_volume_is_as_large(
    scratch: ScratchInstance, ec2: Ec2
) -> None:
    with pytest.raises(Lost):
        scratch.launch()
    devices = {each["DeviceName"]: each["Ebs"] for each in ec2.launched[0]["BlockDeviceMappings"]}
    assert devices["/dev/sdg"]["SnapshotId"] == "snap-1"
    assert "/dev/sdf" not in devices
    assert devices["/dev/xvda"]["VolumeSize"] == 100


def test_a_check_that_did_not_run_says_nothing_of_the_backup_and_is_no_success() -> None:
    assert carried_out(Ended(0, "", "", "c"), "checking").code == 0
    killed = Ended(137, "Consistency check 40%", "Killed", "c")
    assert not inconsistent(killed)
    with pytest.raises(Failure) as caught:
        carried_out(killed, "checking")
    assert caught.value.code is Exit.REMOTE
    assert inconsistent(Ended(1, "Inconsistencies found: 3", "", "c"))


def test_an_instance_that_is_too_small_says_nothing_of_the_backup() -> None:
    assert too_small(Ended(66, "", "java.io.IOException: No space left on device", "c"))
    assert too_small(Ended(66, "Exception: java.lang.OutOfMemoryError: Java heap space", "", "c"))
    assert not too_small(Ended(66, "", "Not a valid Neo4j archive: neo4j.dump", "c"))
