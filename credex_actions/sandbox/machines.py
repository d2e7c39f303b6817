"""What the sandbox does with instances and volumes for people and tests: it makes images of Neo4j, lists, slows down, and does harm."""

from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import urlsplit

from credex_actions.sandbox.aws.cloud import Cloud
from credex_actions.sandbox.aws.ec2 import harm, listing
from credex_actions.sandbox.aws.ec2.changes import KINDS
from credex_actions.sandbox.aws.ec2.machine import Machine, machine_of
from credex_actions.sandbox.aws.ec2.site import NEO4J, Site


class Machines(ABC):
    """A part of Sandbox."""

    account: str
    region: str
    _cloud: Cloud

    @abstractmethod
    def client(self, service: str, **settings: Any) -> Any: ...

    @property
    def _site(self) -> Site:
        return self._cloud.site(self.account, self.region)

    def neo4j_image(self, version: str, name: str = "") -> str:
        """The id of an image with this version of Neo4j Community, which is registered if there is none; an instance of it is a real database."""
        ec2, name = self.client("ec2"), name or f"neo4j-community-{version}"
        filters = [{"Name": "name", "Values": [name]}, {"Name": f"tag:{NEO4J}", "Values": [version]}]
        for found in ec2.describe_images(Owners=["self"], Filters=filters)["Images"]:
            known: str = found["ImageId"]
            return known
        tags = [{"ResourceType": "image", "Tags": [{"Key": NEO4J, "Value": version}]}]
        kind = {"RootDeviceName": "/dev/sda1", "Architecture": "x86_64", "VirtualizationType": "hvm"}
        given = {"Name": name, "TagSpecifications": tags, **kind}
        image: str = ec2.register_image(**given)["ImageId"]
        return image

    def machine(self, instance: str) -> Machine | None:
        """What is behind an instance; None if there is none, or none any more."""
        return machine_of(self._cloud, self.account, self.region, instance)

    def slow(self, **seconds: float) -> None:
        """From now on EC2 takes so long to do something, by what it does: `snapshot=2, stop=1`; one of sandbox.aws.ec2.changes.KINDS, with an underscore for a hyphen."""
        for name, each in seconds.items():
            kind = name.replace("_", "-")
            if kind not in KINDS:
                raise ValueError(f"{kind}: nothing of that name takes time; one of {', '.join(KINDS)} does")
            if not 0 <= each < float("inf"):
                raise ValueError("seconds count from 0")
            self._cloud.slow[kind] = each

    def instances(self) -> list[dict[str, Any]]:
        with self._cloud.lock:
            return listing.instances(self._site)

    def volumes(self) -> list[dict[str, Any]]:
        with self._cloud.lock:
            return listing.volumes(self._site)

    def kill_instance(self, instance: str) -> None:
        """A power cut: the database closes nothing, and the instance is stopped. Raises ValueError for one that does not exist."""
        with self._cloud.lock:
            harm.kill(self._site, instance)

    def fill_disk(self, instance: str, full: bool = True) -> None:
        """What is started on the instance from now on finds its disks full, or no longer. Raises ValueError."""
        with self._cloud.lock:
            harm.fill(self._site, instance, full)

    def corrupt_backup(self, backup: str) -> str:
        """Changes bytes of a snapshot's largest store file, or of an object `s3://bucket/key`; gives what it has changed. Raises ValueError."""
        with self._cloud.lock:
            if not backup.startswith("s3://"):
                return harm.corrupt_snapshot(self._site, backup)
            address = urlsplit(backup)
            harm.corrupt_object(self.account, address.netloc, address.path.removeprefix("/"))
            return backup
