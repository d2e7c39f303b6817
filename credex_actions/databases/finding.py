"""Finds the instance, and the data volume, of each database that neo4j.yml names, by their tags. All faults of all databases at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.documents.document import Document
from credex_actions.core.documents.places import Path, json_path
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import listed, nearest
from credex_actions.neo4j.configuration.model import Database, OwnVolume, Tags
from credex_actions.neo4j.configuration.reading import ReadConfiguration

PRESENT: Final = ("pending", "running", "stopping", "stopped")
"""States of an instance that is not on its way out."""
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


class _Wrong(NamedTuple):
    """A fault, before it is placed in the document. `path`: below the database."""

    path: Path
    what: str
    hint: str


def find(clients: Clients, name: str, database: Database, document: Document | None = None, *, stopped: bool = False) -> Found:
    """`document`: neo4j.yml, for the lines of faults. `stopped`: an instance that does not run will do. Raises Failure with every fault."""
    return _all(clients, {name: database}, document, stopped=stopped)[name]


def find_all(clients: Clients, read: ReadConfiguration, names: Iterable[str] = (), *, stopped: bool = False) -> dict[str, Found]:
    """Of the databases `names`, all of them if there are none. Raises Failure with every fault of all."""
    databases = read.configuration.databases
    wanted = tuple(dict.fromkeys(names)) or tuple(databases)
    unknown = [name for name in wanted if name not in databases]
    if unknown:
        raise Failure(Exit.BAD_INPUT, *(_unknown(name, tuple(databases)) for name in unknown))
    return _all(clients, {name: databases[name] for name in wanted}, read.document, stopped=stopped)


def _unknown(name: str, known: tuple[str, ...]) -> Fault:
    guess = nearest(name, known)
    return Fault(
        f"there is no database {name} in neo4j.yml", f"Did you mean {guess}?" if guess else f"There are {listed(known)}.", "databases"
    )


def _all(clients: Clients, databases: Mapping[str, Database], document: Document | None, *, stopped: bool) -> dict[str, Found]:
    found: dict[str, Found] = {}
    faults: list[Fault] = []
    for name, database in databases.items():
        try:
            seen = _look(clients, name, database)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise explain(error) from None
        wrong = [*seen.wrong, *([] if stopped or not seen.found else _not_running(seen.found))]
        faults += [_placed(document, ("databases", name, *each.path), each) for each in wrong]
        if seen.found:
            found[name] = seen.found
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return found


def _placed(document: Document | None, path: Path, wrong: _Wrong) -> Fault:
    return document.fault(path, wrong.what, wrong.hint) if document else Fault(wrong.what, wrong.hint, json_path(path))


class _Look(NamedTuple):
    found: Found | None
    wrong: list[_Wrong]


def _look(clients: Clients, name: str, database: Database) -> _Look:
    if database.instances.count > 1:
        what = f"is {database.instances.count}: clusters are not supported yet"
        return _Look(None, [_Wrong(("instances", "count"), what, "Only databases of one instance are backed up and rolled.")])
    instances = _instances(clients, database.instances.tags)
    wrong = list(_not_one(instances, "instance", "InstanceId", ("instances", "tags"), database.instances.tags))
    own = database.data if isinstance(database.data, OwnVolume) else None
    volumes = _volumes(clients, own.volume.tags) if own else []
    if own:
        wrong += _not_one(volumes, "volume", "VolumeId", ("data", "volume", "tags"), own.volume.tags)
    if wrong:
        return _Look(None, wrong)
    instance = instances[0]
    found = _found(name, instance)
    if not own:
        return _Look(found, [])
    return _with_volume(instance, found, volumes[0])


def _instances(clients: Clients, tags: Tags) -> list[Any]:
    filters = [*_filters(tags), {"Name": "instance-state-name", "Values": list(PRESENT)}]
    pages = clients.read("ec2").get_paginator("describe_instances").paginate(Filters=filters)
    each = [instance for page in pages for reservation in page["Reservations"] for instance in reservation["Instances"]]
    return [one for one in each if _has(one, tags)]


def _volumes(clients: Clients, tags: Tags) -> list[Any]:
    pages = clients.read("ec2").get_paginator("describe_volumes").paginate(Filters=_filters(tags))
    return [volume for page in pages for volume in page["Volumes"] if _has(volume, tags) and volume["State"] not in {"deleting", "deleted"}]


def _filters(tags: Tags) -> list[dict[str, Any]]:
    """EC2 reads * and ? as wildcards, and a backslash before one takes that away. Source: EC2 user guide, "Filter resources"."""
    escaped = {name: "".join(f"\\{each}" if each in "*?\\" else each for each in value) for name, value in tags.items()}
    return [{"Name": f"tag:{name}", "Values": [value]} for name, value in escaped.items()]


def _tags(record: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in record.get("Tags", ())}


def _has(record: Mapping[str, Any], tags: Tags) -> bool:
    return tags.items() <= _tags(record).items()


def _not_one(records: Sequence[Mapping[str, Any]], kind: str, key: str, path: Path, tags: Tags) -> Iterator[_Wrong]:
    by = ", ".join(f"{name}={value}" for name, value in sorted(tags.items()))
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
        tags=_tags(instance),
    )


def _groups(instance: Mapping[str, Any]) -> dict[str, None]:
    """Of the instance, and of its network interfaces."""
    interfaces = [group for each in instance.get("NetworkInterfaces", ()) for group in each.get("Groups", ())]
    return dict.fromkeys(group["GroupId"] for group in [*instance.get("SecurityGroups", ()), *interfaces])


def _with_volume(instance: Mapping[str, Any], found: Found, volume: Mapping[str, Any]) -> _Look:
    identifier, path = volume["VolumeId"], ("data", "volume")
    attached = {
        each["InstanceId"]: each for each in volume.get("Attachments", ()) if each.get("State") in {"attached", "attaching", "busy"}
    }
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
