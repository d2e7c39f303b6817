"""One scratch instance: launched, looked at, terminated. It is found by its id, or by its tags where the response with its id was lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.scratch.machine import Machine, told
from credex_actions.aws.scratch.steps import may_show
from credex_actions.core.aws.clients import Clients, code_of, message_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Lost, NoEffect

AGENT_WITHIN: Final = 300.0
"""Seconds for the SSM agent of an instance that has just started."""
GONE: Final = "InvalidInstanceID.NotFound"
NO_IMAGE: Final = frozenset(("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"))
NO_ROOM: Final = {
    "VcpuLimitExceeded": "Terminate what is not needed, or request an increase of the quota for Running On-Demand instances.",
    "InstanceLimitExceeded": "Terminate what is not needed, or request an increase of the quota for instances.",
    "VolumeLimitExceeded": "Delete volumes that are not needed, or request an increase of the quota for storage.",
    "InsufficientInstanceCapacity": "Run the same command again later: EC2 has no capacity for this type in this Availability Zone now.",
    "Unsupported": "The type is not offered in this Availability Zone.",
}
"""What keeps EC2 from launching, and what to do. Source: EC2 API, "Error codes"."""


@dataclass
class ScratchInstance:
    """`filters`: what its tags have to be; its volumes have them too. `requested`: what RunInstances is sent. `no_image`: what is said where its AMI is gone.

    `launched`: when that was first sent. `asked`: when it was last sent, None as long as it had no effect for certain.
    """

    clients: Clients
    clock: Clock
    filters: Sequence[Mapping[str, Any]]
    requested: Callable[[], Mapping[str, Any]]
    no_image: Callable[[str], Fault]
    record: Mapping[str, Any] | None = None
    request: Mapping[str, Any] | None = None
    launched: datetime | None = None
    asked: datetime | None = None

    def look(self) -> Machine | None:
        ec2 = self.clients.read("ec2")
        which: dict[str, Any] = {"InstanceIds": [self.record["InstanceId"]]} if self.record else {"Filters": list(self.filters)}
        try:
            answer = look_again(self.clock, lambda: ec2.describe_instances(**which))
        except botocore.exceptions.ClientError as error:
            if code_of(error) != GONE:
                raise
            answer = {"Reservations": []}  # it does not show at once; long after its end, not any more
        found = [each for reservation in answer["Reservations"] for each in reservation["Instances"]]
        self.record = found[0] if found else self.record
        return told(self.record) if self.record else None

    @property
    def address(self) -> str:
        return str(self.record.get("PrivateIpAddress", "")) if self.record else ""

    @property
    def launching(self) -> bool:
        """Whether it may still show, if it does not so far."""
        return may_show(self.asked, self.clock.now())

    def __str__(self) -> str:
        return str(self.record["InstanceId"]) if self.record else "a scratch instance, if it was launched,"

    def leftovers(self, machine: Machine | None) -> tuple[str, ...]:
        """Volumes that outlived it; none as long as it is there. `machine`: as it was looked at."""
        if machine is not None and machine.state != "terminated":
            return ()
        ec2 = self.clients.read("ec2")
        filters = [*self.filters, {"Name": "status", "Values": ["available", "error"]}]
        answer = look_again(self.clock, lambda: ec2.describe_volumes(Filters=filters))
        return tuple(each["VolumeId"] for each in answer["Volumes"])

    def launch(self) -> None:
        self.launched = self.launched or self.clock.now()
        try:
            request = self.request = (
                self.request or self.requested()
            )  # a client token takes no other request than its first: the lease is in it
            self.record = launch(self.clients, request, self.no_image(request["ImageId"]))
        except (NoEffect, Failure, botocore.exceptions.ClientError):
            raise
        except BaseException:
            self.asked = self.clock.now()  # it may have worked
            raise
        self.asked = self.clock.now()


def launch(clients: Clients, request: Mapping[str, Any], no_image: Fault) -> Mapping[str, Any]:
    """The record of the instance."""
    try:
        with one_write():
            launched: Mapping[str, Any] = clients.write("ec2").run_instances(**request)["Instances"][0]
    except (botocore.exceptions.ClientError, Lost) as error:
        said = (
            error.__cause__ if isinstance(error, Lost) else error
        )  # a lack of capacity is a 500, which is certain to have launched nothing
        if isinstance(said, botocore.exceptions.ClientError) and code_of(said) in NO_IMAGE:
            raise Failure(Exit.FAILED, no_image) from None
        if isinstance(said, botocore.exceptions.ClientError) and (hint := NO_ROOM.get(code_of(said))):
            what = f"EC2 cannot launch a {request['InstanceType']}: {code_of(said)}: {message_of(said)}"
            raise Failure(Exit.REMOTE, Fault(what, hint)) from None
        raise
    return launched


def terminate(clients: Clients, instance: str) -> None:
    """One that is gone is a success."""
    try:
        with one_write():
            clients.write("ec2").terminate_instances(InstanceIds=[instance])
    except botocore.exceptions.ClientError as error:
        if code_of(error) != GONE:
            raise


def delete_volume(clients: Clients, volume: str) -> None:
    """One that is gone is a success."""
    try:
        with one_write():
            clients.write("ec2").delete_volume(VolumeId=volume)
    except botocore.exceptions.ClientError as error:
        if code_of(error) != "InvalidVolume.NotFound":
            raise
