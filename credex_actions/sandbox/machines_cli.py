"""`credex-actions sandbox image, instances, volumes, slow, kill-instance, fill-disk, corrupt-backup`."""

import argparse
import json
from collections.abc import Sequence
from typing import Any, Final

from credex_actions.sandbox import process

ORDERS: Final = {"slow": ("kind", "seconds"), "kill-instance": ("instance",), "fill-disk": ("instance", "free")}
"""Commands that only hand their arguments on."""
COLUMNS: Final = {
    "instances": ("id", "name", "state", "zone", "address", "version", "database"),
    "volumes": ("id", "name", "state", "size", "zone", "instance", "device", "folder"),
}
ANSWERS: Final = frozenset({"image", "corrupt-backup", *COLUMNS})


def add(commands: Any) -> None:
    """The parsers, below argparse's `commands`."""
    image = commands.add_parser(
        "image", help="register an image with a version of Neo4j, and print its ID; its instances are real databases"
    )
    image.add_argument("version", help="for example 5.26.16")
    image.add_argument("--name", default="", help="default: neo4j-community-VERSION")
    for name, what in (("instances", "EC2 instances, and their databases"), ("volumes", "EBS volumes, and their folders")):
        listed = commands.add_parser(name, help=f"print the {what}")
        listed.add_argument("--json", action="store_true", help="as a JSON list")
    slow = commands.add_parser("slow", help="let EC2 take so many seconds for what it does")
    slow.add_argument("kind", help="start, stop, terminate, volume, attach, detach, snapshot, image or replace-root")
    slow.add_argument("seconds", type=float)
    kill = commands.add_parser("kill-instance", help="cut the power of an instance: its database closes nothing, and it is stopped")
    kill.add_argument("instance", help="ID of the instance")
    fill = commands.add_parser("fill-disk", help="let everything that is started on an instance from now on find its disks full")
    fill.add_argument("instance", help="ID of the instance")
    fill.add_argument("--free", action="store_true", help="free the disks again")
    corrupt = commands.add_parser("corrupt-backup", help="change bytes of a snapshot or an S3 object, and print what was changed")
    corrupt.add_argument("backup", help="ID of the snapshot, or s3://BUCKET/KEY")


def answer(given: argparse.Namespace) -> str:
    what = given.what
    if what == "image":
        return str(process.ask(what, version=given.version, name=given.name)["image"])
    if what == "corrupt-backup":
        return str(process.ask(what, backup=given.backup)["changed"])
    rows = process.ask(what)
    return json.dumps(rows, indent=2) if given.json else table(rows, COLUMNS[what])


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> str:
    """Columns as wide as they have to be; a heading also if there is nothing below it."""
    lines = [[column.upper() for column in columns], *([str(row[column]) or "-" for column in columns] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
