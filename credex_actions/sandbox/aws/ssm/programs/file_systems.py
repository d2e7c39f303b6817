"""mkfs.xfs, blkid, wipefs, mount, umount and mountpoint, for the volumes of the instance."""

from pathlib import Path
from typing import Final

from credex_actions.sandbox.aws.ec2.disks import blank
from credex_actions.sandbox.aws.ec2.mounts import MountError, format_volume, identity_of, label_of
from credex_actions.sandbox.aws.ssm.programs.program import Call, Said, failed

NOTHING_FOUND: Final = 2
"""Source: blkid(8), exit status."""
NOT_ONE: Final = 32
"""Source: mountpoint(1), and mount(8), exit status."""
WITH_VALUES: Final = frozenset(("-L", "-t", "-o", "-s"))


def mkfs_xfs(call: Call) -> Said:
    options, (device, *_) = _words(call)
    folder = call.machine.mounts.folder(call.machine.mounts.volume_of(device))
    if not blank(folder):
        return failed(f"mkfs.xfs: {device} appears to contain an existing filesystem. Use the -f option to force overwrite.")
    format_volume(folder, options.get("-L", ""))
    return Said()


def blkid(call: Call) -> Said:
    options, (device, *_) = _words(call)
    folder = call.machine.mounts.folder(call.machine.mounts.volume_of(device))
    if blank(folder):
        return Said("", "", NOTHING_FOUND)
    value = {"UUID": identity_of, "LABEL": label_of}[options.get("-s", "UUID")](folder)
    return Said(f"{value}\n", "", 0) if value else Said("", "", NOTHING_FOUND)


def wipefs(call: Call) -> Said:
    _, (device, *_) = _words(call)
    folder = call.machine.mounts.folder(call.machine.mounts.volume_of(device))
    return Said("" if blank(folder) else f"0x0 {identity_of(folder)} xfs\n")


def mount(call: Call) -> Said:
    _, words = _words(call)
    try:
        if len(words) == 1:
            call.machine.mounts.mount_by_table(_inside(call, words[0]))
        else:
            call.machine.mounts.mount(call.machine.mounts.volume_of(words[0]), _inside(call, words[1]))
    except MountError as error:
        return failed(f"mount: {error}", NOT_ONE)
    return Said()


def umount(call: Call) -> Said:
    _, (place, *_) = _words(call)
    path = _inside(call, place)
    if call.machine.database_running and call.machine.uses(call.machine.mounts.volume_at(path)):
        return failed(f"umount: {path}: target is busy.", NOT_ONE)
    try:
        call.machine.mounts.unmount(path)
    except MountError as error:
        return failed(f"umount: {error}", NOT_ONE)
    return Said()


def mountpoint(call: Call) -> Said:
    _, (place, *_) = _words(call)
    return Said("", "", 0 if call.machine.mounts.volume_at(_inside(call, place)) else NOT_ONE)


def _words(call: Call) -> tuple[dict[str, str], list[str]]:
    options: dict[str, str] = {}
    words: list[str] = []
    given = list(call.words)
    while given:
        word = given.pop(0)
        if word in WITH_VALUES:
            options[word] = given.pop(0)
        elif not word.startswith("-"):
            words.append(word)
    return options, words


def _inside(call: Call, path: str) -> str:
    """On the instance: scripts have the folder of the root volume before it (DESTDIR)."""
    root = str(call.machine.root)
    return path.removeprefix(root) if Path(path).is_relative_to(root) else path
