"""What the sandbox's EC2 decides without a cloud: mappings, first boots, times, and harm."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from credex_actions.sandbox.aws.ec2 import first_boot, full_disk, mappings
from credex_actions.sandbox.aws.ec2.changes import Changes
from credex_actions.sandbox.aws.ec2.disks import FORMATTED, Disks, blank, format_blank
from credex_actions.sandbox.aws.ec2.harm import ROTTEN, spoilt
from credex_actions.sandbox.machines_cli import table
from credex_actions.sandbox.neo4j.first_password import set_first_password


def device(name: str, **ebs: Any) -> dict[str, Any]:
    return {"DeviceName": name, "Ebs": ebs}


ROOT = device("/dev/xvda", SnapshotId="snap-1", VolumeSize=8, DeleteOnTermination=True)
JOINED: dict[str, tuple[list[list[dict[str, Any]]], list[dict[str, Any]]]] = {
    "an image alone": ([[ROOT]], [ROOT]),
    "an image without mappings has a root volume all the same": ([[]], [device("/dev/xvda", DeleteOnTermination=True)]),
    "a request changes members of a device and leaves the others": (
        [[ROOT], [device("/dev/xvda", VolumeSize=20, VolumeType=None)]],
        [device("/dev/xvda", SnapshotId="snap-1", VolumeSize=20, DeleteOnTermination=True)],
    ),
    "a further volume outlives its instance unless somebody says otherwise": (
        [[ROOT], [device("/dev/sdf", VolumeSize=5)], [device("/dev/sdg", VolumeSize=5, DeleteOnTermination=True)]],
        [ROOT, device("/dev/sdf", VolumeSize=5, DeleteOnTermination=False), device("/dev/sdg", VolumeSize=5, DeleteOnTermination=True)],
    ),
    "NoDevice removes a volume of the image, but not the root": (
        [
            [ROOT, device("/dev/sdf", VolumeSize=5)],
            [{"DeviceName": "/dev/sdf", "NoDevice": ""}, {"DeviceName": "/dev/xvda", "NoDevice": ""}],
        ],
        [ROOT],
    ),
    "an instance store is none of ours": ([[ROOT, {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}]], [ROOT]),
}


@pytest.mark.parametrize(("layers", "expected"), JOINED.values(), ids=JOINED)
def test_block_device_mappings(layers: list[list[dict[str, Any]]], expected: list[dict[str, Any]]) -> None:
    assert mappings.joined("/dev/xvda", *layers) == expected


FAULTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a volume has a size": (device("/dev/sdf"), ["MissingParameter"]),
    "or a snapshot's": (device("/dev/sdf", SnapshotId="snap-1"), []),
    "the root volume has the image's": (device("/dev/xvda"), []),
    "a key is for what is encrypted": (device("/dev/sdf", VolumeSize=1, KmsKeyId="k", Encrypted=False), ["InvalidParameterDependency"]),
}


@pytest.mark.parametrize(("mapping", "codes"), FAULTS.values(), ids=FAULTS)
def test_mappings_that_are_refused(mapping: dict[str, Any], codes: list[str]) -> None:
    assert [fault.code for fault in mappings.faults([mapping], "/dev/xvda")] == codes


USER_DATA: dict[str, tuple[bytes, first_boot.Instructions]] = {
    "nothing": (b"", first_boot.Instructions()),
    "both lines of a script": (
        b"#!/bin/sh\nset -e\nNEO4J_INITIAL_PASSWORD_PARAMETER=/db/first\nNEO4J_DATA_DEVICE='/dev/sdf'\n",
        first_boot.Instructions("/db/first", "/dev/sdf"),
    ),
    "exported, indented, with a comment behind it": (
        b'  export NEO4J_INITIAL_PASSWORD_PARAMETER="/db/first" # where it is',
        first_boot.Instructions("/db/first"),
    ),
    "settings of neo4j.conf": (
        b"NEO4J_server_memory_pagecache_size=64M\nNEO4J_server_logs_query_max__parameter__length=10\nNEO4J_AUTH=x\n",
        first_boot.Instructions(settings=(("server.memory.pagecache.size", "64M"), ("server.logs.query.max_parameter_length", "10"))),
    ),
    "a comment says nothing": (b"# NEO4J_DATA_DEVICE=/dev/sdf", first_boot.Instructions()),
    "what is compressed": (b"\x1f\x8b\x08\x00", first_boot.Instructions()),
}


class UserData:
    """As moto's: it decodes itself."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def decode(self) -> str:
        return self.content.decode()


@pytest.mark.parametrize(("content", "expected"), USER_DATA.values(), ids=USER_DATA)
def test_what_user_data_say(content: bytes, expected: first_boot.Instructions) -> None:
    assert first_boot.instructions(UserData(content)) == expected
    assert first_boot.instructions(None) == first_boot.Instructions()


def test_a_root_volume_remembers_what_its_first_boot_on_an_instance_was_told(tmp_path: Path) -> None:
    assert first_boot.taken(tmp_path, "i-1") is None
    for content in (b"NEO4J_a_b=1", b"NEO4J_a_b=2"):
        first_boot.once(tmp_path, "i-1", UserData(content))
        assert first_boot.taken(tmp_path, "i-1") == first_boot.Instructions(settings=(("a.b", "1"),))
    first_boot.once(tmp_path, "i-2", UserData(b"\xff"))  # an image of it is booted on another instance
    assert first_boot.taken(tmp_path, "i-2") == first_boot.Instructions()


def test_the_first_password_is_not_in_the_file_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    set_first_password(tmp_path, "a-password")
    file = tmp_path / "data" / "dbms" / "auth.ini"
    user, _, rest = file.read_text().strip().partition(":")
    kind, digest, salt, rounds = rest.rstrip(":").split(",")
    assert (user, kind, file.stat().st_mode & 0o777) == ("neo4j", "SHA-256", 0o600)
    value = bytes.fromhex(salt) + b"a-password"
    for _ in range(int(rounds)):
        value = hashlib.sha256(value).digest()
    assert value.hex() == digest


def test_changes_happen_when_they_are_due_and_ready_in_the_order_in_which_they_were_asked_for() -> None:
    seconds = {"stop": 5.0}
    changes, done, closed = Changes(seconds), list[str](), list[bool]()
    changes.later("stop", 100, lambda: done.append("stopped"), lambda: bool(closed))
    changes.later("attach", 100, lambda: done.append("attached"))

    def detached() -> None:
        changes.later("volume", 100, lambda: done.append("what follows"))

    changes.later("detach", 100, detached)
    changes.settle(100)
    assert done == ["attached", "what follows"]
    changes.settle(105)
    assert done == ["attached", "what follows"], "it is not ready"
    closed.append(True)
    changes.settle(104.9)
    assert done == ["attached", "what follows"], "it is not due"
    changes.settle(105)
    assert done == ["attached", "what follows", "stopped"]


def test_a_blank_volume_is_formatted_and_another_one_is_left_alone(tmp_path: Path) -> None:
    format_blank(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == [FORMATTED]
    (tmp_path / FORMATTED).rmdir()
    (tmp_path / "data").mkdir()
    format_blank(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_disks_are_made_when_they_are_needed_and_gone_at_the_end() -> None:
    disks = Disks()
    assert disks.all() == []
    (disks.folder("vol-1") / "store").write_text("x")
    copy = disks.copy("vol-1", "snap-1")
    disks.delete("vol-1")
    assert ((copy / "store").read_text(), disks.all(), blank(disks.folder("vol-2"))) == ("x", ["snap-1"], True)
    disks.close()
    assert not copy.parent.exists()


@pytest.mark.parametrize("size", [1, ROTTEN - 1, ROTTEN, 10 * ROTTEN])
def test_what_rots_keeps_its_size(size: int) -> None:
    content = bytes(size)
    changed = spoilt(content)
    assert len(changed) == size
    assert sum(before != after for before, after in zip(content, changed, strict=True)) == min(size, ROTTEN)


def test_nothing_cannot_rot() -> None:
    with pytest.raises(ValueError, match="it is empty"):
        spoilt(b"")


def test_on_a_full_disk_the_kernel_says_so(tmp_path: Path) -> None:
    """Whatever call is used; and what goes to standard output, or wakes a thread, goes through."""
    assert full_disk.supported(), "the tests run on Linux"
    script = """
import json, os, sys
file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
def said(call, *given):
    try:
        return call(*given)
    except OSError as error:
        return error.strerror
print(json.dumps([said(os.write, file, b"12345678"), said(os.write, file, b"123456789"), said(os.pwrite, file, b"123456789", 0),
    said(os.writev, file, [b"1"]), said(os.posix_fallocate, file, 0, 9)]))
"""
    command = [sys.executable, full_disk.__file__, sys.executable, "-c", script, str(tmp_path / "file")]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert said == [8, *["No space left on device"] * 4]


def test_the_filter_is_for_the_machine_that_it_runs_on() -> None:
    assert {name: len(full_disk.program(name)) % 8 for name in full_disk.WRITES} == {"x86_64": 0, "aarch64": 0}


def test_a_table_has_its_heading_without_rows_too() -> None:
    rows = [{"id": "i-1", "name": ""}, {"id": "i-22", "name": "LedgerSpace"}]
    assert table(rows, ("id", "name")) == "ID    NAME\ni-1   -\ni-22  LedgerSpace"
    assert table([], ("id", "name")) == "ID  NAME"
