"""The two instances of a roll-out to a new one: looked at, and what is written to them. The edge of successor/."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.scratch.instance import GONE, launch, terminate
from credex_actions.aws.tags import as_mapping
from credex_actions.backup.taking.stopping import STOPPED_BY
from credex_actions.core.aws.clients import Clients, code_of, message_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Lost
from credex_actions.databases.finding import SERVED_BY, Found
from credex_actions.rollout.around.gates import WRITES_STOPPED_BY
from credex_actions.rollout.successor.launching import Model, request
from credex_actions.rollout.successor.steps import (
    AttachTo,
    ClearNotes,
    DetachFrom,
    Discard,
    HandOver,
    KeepVolume,
    LaunchSuccessor,
    NoteProven,
    Protect,
    SuccessorStep,
)
from credex_actions.rollout.successor.world import ENDED, SUCCESSOR, UNPROVEN, Former, Pair
from credex_actions.rollout.swap import machine
from credex_actions.rollout.swap.instance import Instance
from credex_actions.rollout.swap.note import KEYS, Note, rollback_of

ALREADY: Final = frozenset(("IncorrectState", "IncorrectInstanceState", "InvalidAttachment.NotFound", "VolumeInUse"))
"""What EC2 answers where a volume is attached or detached for the second time: whether by us only a look tells."""
BURSTABLE: Final = re.compile(r"t\d")
"""Not trn1."""


@dataclass
class Succession:
    """`user_data`: by their digest. `records`: DescribeInstances' of both, as they were looked at."""

    instance: Instance
    user_data: Mapping[str, bytes] = field(default_factory=dict)
    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def _clients(self) -> Clients:
        return self.instance.context.clients

    @property
    def _clock(self) -> Clock:
        return self.instance.context.clock

    def look(self, former: Former, volume: str, backup: str) -> Pair:
        """`serving` is the instance that the run is at: it follows the note of who has the database."""
        before, successor = self.describe(former, backup)
        attached = (machine.volume(self._clients, self._clock, volume) or {}).get("Attachments", ())
        link: Mapping[str, Any] = next((each for each in attached if each.get("State") != "detached"), {})
        mapping = _mapping(
            self.records.get(link.get("InstanceId", "")), volume
        )  # the instance's word, which may come later than the volume's
        new = successor["InstanceId"] if successor else ""
        other = former.instance if self.instance.id == new else new
        return Pair(
            former=former.instance,
            former_state=_state(before),
            successor=new,
            successor_state=_state(successor),
            serving=self.instance.id,
            data_on=link.get("InstanceId", ""),
            moving=link.get("State", "attached") != "attached" or mapping is None,
            deleted_with=bool((mapping or {}).get("DeleteOnTermination")),
            left=_bears_notes(self.records.get(other)),
            unproven=UNPROVEN in as_mapping((successor or {}).get("Tags")),
            unprotected=self._unprotected(former.instance, new) if self.instance.id == new else False,
        )

    def describe(self, former: Former, backup: str) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
        """DescribeInstances' records of the former one and its successor; None where there is none."""
        successor = self._successor(former, backup)
        before = describe(self._clients, self._clock, former.instance)
        self.records = {each["InstanceId"]: each for each in (before, successor) if each}
        return before, successor

    def _successor(self, former: Former, backup: str) -> Mapping[str, Any] | None:
        """Also one that has ended; by its tag, so that a later run finds it."""
        ec2 = self._clients.read("ec2")
        asked = [{"Name": f"tag:{SUCCESSOR}", "Values": [f"{former.instance} {backup}"]}]
        answer = look_again(self._clock, lambda: ec2.describe_instances(Filters=asked))
        found = [each for reservation in answer["Reservations"] for each in reservation["Instances"]]
        return min(found, key=lambda each: (_state(each) in ENDED, each["LaunchTime"]), default=None)

    def _unprotected(self, former: str, new: str) -> bool:
        if former not in self.records or _state(self.records[former]) in ENDED:
            return False
        return self._attribute(former, "disableApiTermination") is True and self._attribute(new, "disableApiTermination") is not True

    def _attribute(self, instance: str, name: str) -> Any:
        ec2 = self._clients.read("ec2")
        answer = look_again(self._clock, lambda: ec2.describe_instance_attribute(InstanceId=instance, Attribute=name))
        return answer.get(f"{name[0].upper()}{name[1:]}", {}).get("Value")

    def act(self, step: SuccessorStep, note: Note) -> None:
        match step:
            case LaunchSuccessor():
                self._launch(step, note)
            case HandOver():
                self._hand_over(step, note)
            case AttachTo() | DetachFrom():
                self._move(step)
            case KeepVolume():
                kept = {"DeviceName": self._device(step), "Ebs": {"VolumeId": step.volume, "DeleteOnTermination": False}}
                self._modify(step.instance, BlockDeviceMappings=[kept])
            case Protect():
                self._modify(step.instance, DisableApiTermination={"Value": True})
            case ClearNotes():
                self.instance.untag([step.instance], [*KEYS, STOPPED_BY, WRITES_STOPPED_BY])
            case NoteProven():
                self.instance.untag([step.instance], [UNPROVEN])
            case Discard():
                terminate(self._clients, step.instance)

    def _launch(self, step: LaunchSuccessor, note: Note) -> None:
        """Raises Failure where EC2 has no room, or its user data are not known any more."""
        assert note.former
        user_data = self.user_data.get(note.new.user_data)
        if user_data is None:
            what = f"the user data {note.new.user_data} that the roll-out of {self.instance.found.name} was begun with are not known: the file has others now"
            raise Failure(Exit.REMOTE, Fault(what, f"Run it with the file as it was, or go back: {rollback_of(self.instance.found.name)}."))
        there = self.records[step.instance]
        gone = Fault(
            f"the AMI {step.image} does not exist any more",
            f"Go back: {rollback_of(self.instance.found.name)}. Then build it again: --mode build.",
        )
        launch(self._clients, request(self._model(there, step.image), note.former, step.image, note.backup, user_data), gone)

    def _model(self, record: Mapping[str, Any], image: str) -> Model:
        ec2, clock = self._clients.read("ec2"), self._clock
        which = record["InstanceId"]
        mappings = {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in record.get("BlockDeviceMappings", ()) if "Ebs" in each}
        root = mappings.get(record.get("RootDeviceName", ""), "")
        asked = [{"Name": "image-id", "Values": [image]}]
        images = look_again(clock, lambda: ec2.describe_images(Filters=asked))["Images"]
        kinds: list[Mapping[str, Any]] = []
        if BURSTABLE.match(record["InstanceType"]):  # EC2 rejects the question about another one
            described = look_again(clock, lambda: ec2.describe_instance_credit_specifications(InstanceIds=[which]))
            kinds = described["InstanceCreditSpecifications"]
        device = images[0].get("RootDeviceName", "/dev/xvda") if images else "/dev/xvda"
        inside = images[0].get("BlockDeviceMappings", ()) if images else ()
        return Model(
            record=record,
            root=(machine.volume(self._clients, clock, root) if root else None) or {},
            shuts_down=self._attribute(which, "instanceInitiatedShutdownBehavior") or "stop",
            burst=kinds[0].get("CpuCredits", "") if kinds else "",
            root_device=device,
            root_size=next((each["Ebs"].get("VolumeSize", 0) for each in inside if each.get("DeviceName") == device and "Ebs" in each), 0),
        )

    def _hand_over(self, step: HandOver, note: Note) -> None:
        """The gate of its writes goes along, since it is in the database."""
        now = self.records.get(step.former, {})
        gate = {key: value for key, value in as_mapping(now.get("Tags")).items() if key in {STOPPED_BY, WRITES_STOPPED_BY}}
        self.instance.tag([step.to, step.former], {**note.tags(), **gate, SERVED_BY: f"{step.to} {_address(now)}"})
        there = self.records[step.to]
        self.instance.goes_to(found_at(self.instance, there, _address(now)))

    def _move(self, step: AttachTo | DetachFrom) -> None:
        ec2 = self._clients.write("ec2")
        try:
            with one_write():
                if isinstance(step, AttachTo):
                    ec2.attach_volume(VolumeId=step.volume, InstanceId=step.instance, Device=step.device)
                else:
                    ec2.detach_volume(VolumeId=step.volume, InstanceId=step.instance)
        except botocore.exceptions.ClientError as error:
            if code_of(error) in ALREADY:
                raise Lost(message_of(error)) from error
            raise

    def _device(self, step: KeepVolume) -> str:
        mappings = self.records.get(step.instance, {}).get("BlockDeviceMappings", ())
        return next((str(each["DeviceName"]) for each in mappings if each.get("Ebs", {}).get("VolumeId") == step.volume), step.device)

    def _modify(self, instance: str, **what: Any) -> None:
        with one_write():
            self._clients.write("ec2").modify_instance_attribute(InstanceId=instance, **what)


def _address(record: Mapping[str, Any]) -> str:
    return str(record.get("PrivateIpAddress", ""))


def found_at(instance: Instance, record: Mapping[str, Any], former: str) -> Found:
    """The same database, on the instance of `record`. `former`: the address from where it came."""
    return replace(
        instance.found,
        instance_id=record["InstanceId"],
        address=record.get("PrivateIpAddress", ""),
        state=record["State"]["Name"],
        image_id=record["ImageId"],
        profile_arn=record.get("IamInstanceProfile", {}).get("Arn", ""),
        tags=as_mapping(record.get("Tags")) | {SERVED_BY: f"{record['InstanceId']} {former}"},
    )


def describe(clients: Clients, clock: Clock, instance: str) -> Mapping[str, Any] | None:
    """None where EC2 does not know it, or not any more."""
    ec2 = clients.read("ec2")
    try:
        answer = look_again(clock, lambda: ec2.describe_instances(InstanceIds=[instance]))
    except botocore.exceptions.ClientError as error:
        if code_of(error) != GONE:
            raise
        return None
    found: list[Mapping[str, Any]] = [each for reservation in answer["Reservations"] for each in reservation["Instances"]]
    return found[0] if found else None


def _mapping(record: Mapping[str, Any] | None, volume: str) -> Mapping[str, Any] | None:
    """Of the block devices of an instance; None if it does not show yet. {} where there is nothing that could show."""
    if record is None:
        return {}
    found = (each["Ebs"] for each in record.get("BlockDeviceMappings", ()) if each.get("Ebs", {}).get("VolumeId") == volume)
    return next(found, None)


def _state(record: Mapping[str, Any] | None) -> str:
    return str(record["State"]["Name"]) if record else ""


def _bears_notes(record: Mapping[str, Any] | None) -> bool:
    tags = as_mapping(record.get("Tags")) if record else {}
    return any(key in tags for key in (*KEYS, STOPPED_BY, WRITES_STOPPED_BY))
