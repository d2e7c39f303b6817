"""Finds the instance, and the data volume, of each database that neo4j.yml names, by their tags; of a group's member by the instance. All faults of all databases at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.documents.document import Document
from credex_actions.core.documents.places import Path, json_path
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import listed
from credex_actions.neo4j.configuration.groups import Member, entry_of
from credex_actions.neo4j.configuration.model import Database, OwnVolume, Tags

PRESENT: Final = ("pending", "running", "stopping", "stopped")
"""States of an instance that is not on its way out."""
SERVED_BY: Final = "credex:served-by"
"""A tag of two instances between which a roll-out moves a database: the id of the one that has it, and the address of the other one, which its URL may name for a while. The other one is not
found, though it bears the same tags. It is set on both by one call, so that never two of them count.
"""
ELSEWHERE: Final = "Check the tags, the region (AWS_REGION) and the account."


@dataclass(frozen=True, kw_only=True)
class Found:
    """`volume_id` and what follows from it: of the data volume; "" and 0 for `data: root`. `profile_arn`: "" without an instance profile."""

    name: str
    instance_id: str
    address: str
    zone: str
    state: str
    image_id: str
    instance_type: str
    subnet_id: str
    security_groups: tuple[str, ...]
    profile_arn: str
    tags: Mapping[str, str]
    volume_id: str = ""
    volume_device: str = ""
    volume_size: int = 0
    encrypted: bool = False
    kms_key: str = ""

    @property
    def former_address(self) -> str:
        """Of the instance from which the database has come; "" if it was always here."""
        return self.tags.get(SERVED_BY, "").partition(" ")[2]


class _Wrong(NamedTuple):
    """A fault, before it is placed in the document. `path`: below the database."""

    path: Path
    what: str
    hint: str


@dataclass(frozen=True)
class Finder:
    """Looks once for what the members of a group have in common. `document`: neo4j.yml, for the lines of faults."""

    clients: Clients
    document: Document | None = None
    _instances: dict[tuple[tuple[str, str], ...], list[Any]] = field(default_factory=dict)
    _volumes: dict[tuple[tuple[str, str], ...], list[Any]] = field(default_factory=dict)

    def find(self, name: str, database: Database, *, stopped: bool = False) -> Found:
        """`stopped`: an instance that does not run will do. Raises Failure with every fault."""
        try:
            seen = self._look(name, database)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise explain(error) from None
        wrong = [*seen.wrong, *([] if stopped or not seen.found else _not_running(seen.found))]
        if wrong or not seen.found:
            raise Failure(Exit.BAD_INPUT, *(_placed(self.document, ("databases", entry_of(name), *each.path), each) for each in wrong))
        return seen.found

    def _look(self, name: str, database: Database) -> "_Look":
        of = database.instance if isinstance(database, Member) else ""
        bearing = self._instances_with(database.instances.tags)
        instances = [each for each in bearing if _serves(each) and of in {"", each["InstanceId"]}]
        wrong = list(_not_one(instances, "instance", "InstanceId", ("instances", "tags"), database.instances.tags, of))
        if bearing and not any(map(_serves, bearing)):
            wrong = [_gone(bearing, database.instances.tags)]
        own = database.data if isinstance(database.data, OwnVolume) else None
        volumes = [each for each in self._volumes_with(own.volume.tags) if not of or of in _attached(each)] if own else []
        if own:
            besides = f"attached to {of}" if of else ""
            wrong += _not_one(volumes, "volume", "VolumeId", ("data", "volume", "tags"), own.volume.tags, besides)
        if wrong:
            return _Look(None, wrong)
        instance = instances[0]
        found = _found(name, instance)
        if not own:
            return _Look(found, [])
        return _with_volume(instance, found, volumes[0])

    def _instances_with(self, tags: Tags) -> list[Any]:
        return _once(self._instances, tags, lambda: _bearing(self.clients, tags))

    def _volumes_with(self, tags: Tags) -> list[Any]:
        return _once(self._volumes, tags, lambda: _volumes(self.clients, tags))


def _once(known: dict[tuple[tuple[str, str], ...], list[Any]], tags: Tags, look: Callable[[], list[Any]]) -> list[Any]:
    key = tuple(sorted(tags.items()))
    if key not in known:
        known[key] = look()
    return known[key]


def find(clients: Clients, name: str, database: Database, document: Document | None = None, *, stopped: bool = False) -> Found:
    """Of one. Raises Failure with every fault."""
    return Finder(clients, document).find(name, database, stopped=stopped)


def find_all(
    clients: Clients, databases: Mapping[str, Database], document: Document | None = None, *, stopped: bool = False
) -> dict[str, Found]:
    """Of all `databases`. Raises Failure with every fault of all."""
    finder = Finder(clients, document)
    return all_of(databases, lambda name: finder.find(name, databases[name], stopped=stopped))


def all_of(names: Iterable[str], one: Callable[[str], Found]) -> dict[str, Found]:
    """Raises Failure with every fault of all."""
    found: dict[str, Found] = {}
    failures: list[Failure] = []
    for name in names:
        try:
            found[name] = one(name)
        except Failure as failure:
            failures.append(failure)
    if failures:
        raise Failure(failures[0].code, *(fault for each in failures for fault in each.faults))
    return found


def require_one_each(found: Mapping[str, Found], document: Document | None) -> None:
    """Before what stops a DBMS, or replaces what it runs on: that is done to all of its databases at once. Raises Failure where two are on one instance."""
    owners: dict[str, str] = {}
    faults = []
    for name, each in found.items():
        other = owners.setdefault(each.instance_id, name)
        if other != name:
            what = f"{name} is on {each.instance_id}, as {other} is: what stops the one stops the other, and both at once undo each other"
            faults.append(
                _placed(
                    document, ("databases", entry_of(name)), _Wrong((), what, "Name one of the two in `databases`, or correct the tags.")
                )
            )
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)


def _placed(document: Document | None, path: Path, wrong: _Wrong) -> Fault:
    return document.fault(path, wrong.what, wrong.hint) if document else Fault(wrong.what, wrong.hint, json_path(path))


class _Look(NamedTuple):
    found: Found | None
    wrong: list[_Wrong]


def instances_with(clients: Clients, tags: Tags) -> list[Any]:
    """Records of EC2. Raises AWS's own errors."""
    return [each for each in _bearing(clients, tags) if _serves(each)]


def _bearing(clients: Clients, tags: Tags) -> list[Any]:
    """Also those whose database is on another one."""
    filters = [*_filters(tags), {"Name": "instance-state-name", "Values": list(PRESENT)}]
    pages = clients.read("ec2").get_paginator("describe_instances").paginate(Filters=filters)
    each = [instance for page in pages for reservation in page["Reservations"] for instance in reservation["Instances"]]
    return [one for one in each if _has(one, tags)]


def _serves(record: Mapping[str, Any]) -> bool:
    return bool(_served_by(record) == record["InstanceId"])


def _served_by(record: Mapping[str, Any]) -> str:
    return str(tags_of(record).get(SERVED_BY, record["InstanceId"])).partition(" ")[0]


def _volumes(clients: Clients, tags: Tags) -> list[Any]:
    pages = clients.read("ec2").get_paginator("describe_volumes").paginate(Filters=_filters(tags))
    return [volume for page in pages for volume in page["Volumes"] if _has(volume, tags) and volume["State"] not in {"deleting", "deleted"}]


def _filters(tags: Tags) -> list[dict[str, Any]]:
    """EC2 reads * and ? as wildcards, and a backslash before one takes that away. Source: EC2 user guide, "Filter resources"."""
    escaped = {name: "".join(f"\\{each}" if each in "*?\\" else each for each in value) for name, value in tags.items()}
    return [{"Name": f"tag:{name}", "Values": [value]} for name, value in escaped.items()]


def tags_of(record: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in record.get("Tags", ())}


def _has(record: Mapping[str, Any], tags: Tags) -> bool:
    return tags.items() <= tags_of(record).items()


def in_words(tags: Tags) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(tags.items()))


def _not_one(records: Sequence[Mapping[str, Any]], kind: str, key: str, path: Path, tags: Tags, besides: str) -> Iterator[_Wrong]:
    """`besides`: what was asked of them besides the tags."""
    by = f"{in_words(tags)}{f', {besides}' if besides else ''}"
    if not records:
        yield _Wrong(path, f"no {kind} has the tags {by}", ELSEWHERE)
    elif len(records) > 1:
        names = listed(sorted(record[key] for record in records))
        yield _Wrong(
            path,
            f"{len(records)} {kind}s have the tags {by}: {names}",
            f"One is expected. Remove the tags from the others, or add one that only this {kind} has.",
        )


def _found(name: str, instance: Mapping[str, Any]) -> Found:
    return Found(
        name=name,
        instance_id=instance["InstanceId"],
        address=instance.get("PrivateIpAddress", ""),
        zone=instance["Placement"]["AvailabilityZone"],
        state=instance["State"]["Name"],
        image_id=instance["ImageId"],
        instance_type=instance["InstanceType"],
        subnet_id=instance.get("SubnetId", ""),
        security_groups=tuple(_groups(instance)),
        profile_arn=instance.get("IamInstanceProfile", {}).get("Arn", ""),
        tags=tags_of(instance),
    )


def _groups(instance: Mapping[str, Any]) -> dict[str, None]:
    """Of the instance, and of its network interfaces."""
    interfaces = [group for each in instance.get("NetworkInterfaces", ()) for group in each.get("Groups", ())]
    return dict.fromkeys(group["GroupId"] for group in [*instance.get("SecurityGroups", ()), *interfaces])


def _attached(volume: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Its attachments, by the id of the instance."""
    return {each["InstanceId"]: each for each in volume.get("Attachments", ()) if each.get("State") in {"attached", "attaching", "busy"}}


def _gone(records: Sequence[Mapping[str, Any]], tags: Tags) -> _Wrong:
    """Nothing but instances whose database has gone to another one, which is not there any more."""
    names, there = listed(sorted(each["InstanceId"] for each in records)), listed(sorted(set(map(_served_by, records))))
    what = f"{names} {'has' if len(records) == 1 else 'have'} the tags {in_words(tags)}, and {SERVED_BY} says that the database is on {there}, which does not exist any more, or lacks the tags"
    hint = f"Give {there} the tags. If it is lost: attach the data volume to the instance that had it before, remove {SERVED_BY} from that one, and start it; or restore a backup."
    return _Wrong(("instances", "tags"), what, hint)


def _with_volume(instance: Mapping[str, Any], found: Found, volume: Mapping[str, Any]) -> _Look:
    identifier, path = volume["VolumeId"], ("data", "volume")
    attached = _attached(volume)
    if found.instance_id not in attached:
        where = f"attached to {listed(sorted(attached))}" if attached else f"{volume['State']}, not attached"
        what = f"volume {identifier} is {where}, and the instance is {found.instance_id}"
        return _Look(None, [_Wrong(path, what, "Attach it to the instance, or correct the tags of one of the two.")])
    device = attached[found.instance_id]["Device"]
    if device == instance.get("RootDeviceName"):
        what = f"volume {identifier} is the root volume of {found.instance_id}"
        return _Look(
            None, [_Wrong(path, what, "Write `data: root`, or correct the tags: those of the data volume are on the root volume.")]
        )
    with_volume = replace(
        found,
        volume_id=identifier,
        volume_device=device,
        volume_size=volume["Size"],
        encrypted=bool(volume.get("Encrypted")),
        kms_key=volume.get("KmsKeyId", ""),
    )
    return _Look(with_volume, [])


def _not_running(found: Found) -> Iterator[_Wrong]:
    if found.state != "running":
        yield _Wrong(("instances",), f"instance {found.instance_id} is {found.state}", "Start it, then run the same command again.")
