"""The volume that data move to, in EC2: found by its tags, so that a later run knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from credex_actions.aws.tags import DATABASE, ENVIRONMENT, RUN, as_list, as_mapping
from credex_actions.core.aws.clients import Clients, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.rollout.moving.world import Volume

MOVE: Final = "credex:move"
"""A tag of the volume: the instance whose data it is for."""
BEFORE: Final = "credex:move-before"
"""What the database was before it moved: a fingerprint's tag."""
MOVED: Final = "credex:moved"
"""When it was proven that it runs from there."""


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """`tags`: of the volume, as the configuration will name them."""

    clients: Clients
    clock: Clock
    name: str
    environment: str
    instance: str
    run: str
    tags: Mapping[str, str]
    kms_key: str

    def look(self) -> Volume | None:
        """Raises Failure where there are several."""
        ours = ((MOVE, self.instance), (DATABASE, self.name), (ENVIRONMENT, self.environment))
        filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in ours]
        pages = self.clients.read("ec2").get_paginator("describe_volumes")
        every = look_again(self.clock, lambda: [each for page in pages.paginate(Filters=filters) for each in page["Volumes"]])
        found = [each for each in every if each["State"] not in {"deleting", "deleted"}]
        if len(found) > 1:
            names = ", ".join(sorted(each["VolumeId"] for each in found))
            what = f"{len(found)} volumes are for the data of {self.name}: {names}"
            raise Failure(
                Exit.REFUSED, Fault(what, f"Delete those that hold nothing, or their tag {MOVE}; then run the same command again.")
            )
        return self._read(found[0]) if found else None

    def _read(self, record: Mapping[str, Any]) -> Volume:
        tags = as_mapping(record.get("Tags"))
        at = next((each for each in record.get("Attachments", ()) if each["State"] != "detached"), None)
        return Volume(
            id=record["VolumeId"],
            state=record["State"],
            at=at["InstanceId"] if at else "",
            attached=bool(at and at["InstanceId"] == self.instance and at["State"] == "attached"),
            before=tags.get(BEFORE, ""),
            moved=MOVED in tags,
        )

    def create(self, size: int, zone: str) -> None:
        tags = {**self.tags, MOVE: self.instance, DATABASE: self.name, ENVIRONMENT: self.environment, RUN: self.run}
        key = {"KmsKeyId": self.kms_key} if self.kms_key else {}
        with one_write():
            self.clients.write("ec2").create_volume(
                AvailabilityZone=zone,
                Size=size,
                VolumeType="gp3",
                Encrypted=True,
                TagSpecifications=[{"ResourceType": "volume", "Tags": as_list(tags)}],
                ClientToken=sha256(f"{self.run} {self.name} {self.instance}".encode()).hexdigest()[:32],
                **key,
            )

    def attach(self, volume: str, device: str) -> None:
        """It outlives the instance: what is attached later is not deleted with it."""
        with one_write():
            self.clients.write("ec2").attach_volume(VolumeId=volume, InstanceId=self.instance, Device=device)

    def note_before(self, volume: str, fingerprint: str) -> None:
        self._tag(volume, {BEFORE: fingerprint})

    def note_moved(self, volume: str) -> None:
        self._tag(volume, {MOVED: f"{self.clock.now():%Y-%m-%dT%H:%M:%SZ}"})

    def _tag(self, volume: str, tags: Mapping[str, str]) -> None:
        with one_write():
            self.clients.write("ec2").create_tags(Resources=[volume], Tags=as_list(tags))
