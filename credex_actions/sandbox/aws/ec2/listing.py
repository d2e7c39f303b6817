"""Instances and volumes for people: what AWS says of them, and what is behind it."""

from typing import Any

from credex_actions.sandbox.aws.ec2.machine import Machine
from credex_actions.sandbox.aws.ec2.site import Site
from credex_actions.sandbox.neo4j import NotStartedError

Row = dict[str, Any]


def instances(site: Site) -> list[Row]:
    return [_instance(record, site.machines.get(record.id)) for record in site.records.all_instances()]


def _instance(record: Any, machine: Machine | None) -> Row:
    database = {"version": "", "database": "", "home": ""}
    if machine is not None:
        try:
            home = str(machine.home)
        except NotStartedError:
            home = ""
        version = machine.version
        running = ("running" if machine.database_running else "stopped") if version else ""
        database = {"version": version, "database": running, "home": home if version else ""}
    return {
        "id": record.id,
        "name": _name(record),
        "state": record.state,
        "zone": record.availability_zone,
        "address": record.private_ip_address,
        "image": record.image_id,
        **database,
        "console": list(machine.console) if machine is not None else [],
    }


def volumes(site: Site) -> list[Row]:
    return [_volume(site, record) for record in site.records.volumes.values()]


def _volume(site: Site, record: Any) -> Row:
    attachment = record.attachment
    return {
        "id": record.id,
        "name": _name(record),
        "state": record.status,
        "size": record.size,
        "zone": record.availability_zone,
        "instance": attachment.instance.id if attachment else "",
        "device": attachment.device if attachment else "",
        "snapshot": record.snapshot_id or "",
        "folder": str(site.disks.folder(record.id)),
    }


def _name(record: Any) -> str:
    return next((str(tag["value"]) for tag in record.get_tags() if tag["key"] == "Name"), "")
