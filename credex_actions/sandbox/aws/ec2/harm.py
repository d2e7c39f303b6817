"""What can happen to instances and backups that nobody asked for: a power cut, a full disk, bytes that rot."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from moto.core.utils import utcnow
from moto.ec2.models.instances import InstanceState, StateReason

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.ec2 import full_disk
from credex_actions.sandbox.aws.ec2.machine import Machine
from credex_actions.sandbox.aws.ec2.site import CODES, Site

ROTTEN: Final = 4096
"""Bytes that change, in the middle."""


def find(site: Site, instance: str) -> Machine:
    """Raises ValueError if there is none, or none any more."""
    machine = site.machines.get(instance)
    if machine is None:
        raise ValueError(f"the sandbox has no instance {instance}: `credex-actions sandbox instances` lists them")
    return machine


def kill(site: Site, instance: str) -> None:
    """The machine below it fails: nothing is closed, and the instance is stopped. StartInstances starts it again."""
    machine = find(site, instance)
    machine.cut_power()
    record = site.records.get_instance(instance)
    if record.state in {"pending", "running", "stopping"}:
        record.stop()
        record._state = InstanceState("stopped", CODES["stopped"])  # noqa: SLF001 - moto has no other way
        record._reason = f"Server.InternalError ({utcnow():%Y-%m-%d %H:%M:%S} GMT)"  # noqa: SLF001 - as above
        record.state_reason = StateReason("Server.InternalError: Internal error", "Server.InternalError")


def fill(site: Site, instance: str, full: bool = True) -> None:
    """What is started on it from now on can write nothing. Raises ValueError where the machine cannot do that."""
    machine = find(site, instance)
    if full and not full_disk.supported():
        raise ValueError("a full disk needs Linux on x86_64 or aarch64: its kernel answers the writes")
    machine.full = full


def corrupt_snapshot(site: Site, snapshot: str) -> str:
    """Changes bytes of the largest store file; gives its name. Raises ValueError if there is nothing to change."""
    if snapshot not in site.records.snapshots:
        raise ValueError(f"the sandbox has no snapshot {snapshot}")
    folder = site.disks.folder(snapshot)
    files = sorted(_stores(folder), key=lambda each: each.stat().st_size)
    if not files:
        raise ValueError(f"{snapshot} has no Neo4j store")
    files[-1].write_bytes(spoilt(files[-1].read_bytes()))
    return str(files[-1].relative_to(folder))


def _stores(folder: Path) -> Iterator[Path]:
    """Of databases other than system, which is not what a backup is about."""
    for file in folder.rglob("data/databases/*/*"):
        if file.is_file() and file.stat().st_size and file.parent.name != "system":
            yield file


def corrupt_object(account: str, bucket: str, key: str) -> None:
    """The latest version of an object: its content changes, what S3 says about it does not. Raises ValueError if it does not exist."""
    found: Any = backend("s3", account, "aws").buckets.get(bucket)
    stored = found.keys.get(key) if found else None
    if stored is None:
        raise ValueError(f"the sandbox has no object s3://{bucket}/{key}")
    with stored.lock:
        buffer = stored._value_buffer  # noqa: SLF001 - its setter would calculate the checksum anew
        buffer.seek(0)
        content = spoilt(buffer.read())
        buffer.seek(0)
        buffer.write(content)


def spoilt(content: bytes) -> bytes:
    """As long as before. Raises ValueError for no content."""
    if not content:
        raise ValueError("it is empty: there is nothing to change")
    start = max(0, len(content) // 2 - ROTTEN // 2)
    end = min(len(content), start + ROTTEN)
    return content[:start] + bytes(each ^ 0xFF for each in content[start:end]) + content[end:]
