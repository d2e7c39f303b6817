"""Volumes and snapshots as folders: what is on a disk. What AWS says about it is in moto's records."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

FORMATTED: Final = "lost+found"
"""What mkfs leaves on a volume; a blank one has nothing at all."""


class Disks:
    """Below one temporary folder, which is made with the first of them and gone after `close`."""

    def __init__(self) -> None:
        self._base: Path | None = None
        self._closed = False

    def folder(self, disk: str) -> Path:
        """Of a volume or a snapshot, by its id; a new one is blank. Raises FileNotFoundError after `close`: a boot may still be in progress then."""
        if self._closed:
            raise FileNotFoundError(f"{disk} was on a sandbox that has ended")
        if self._base is None:
            self._base = Path(tempfile.mkdtemp(prefix="sandbox-ec2-"))
        folder = self._base / disk
        folder.mkdir(exist_ok=True)
        return folder

    def copy(self, source: str, disk: str) -> Path:
        """`disk` is what `source` is now."""
        folder = self.folder(disk)
        shutil.copytree(self.folder(source), folder, symlinks=True, dirs_exist_ok=True)
        return folder

    def receive(self, other: "Disks", source: str, disk: str) -> None:
        """`disk` is what `source` of another region is now."""
        shutil.copytree(other.folder(source), self.folder(disk), symlinks=True, dirs_exist_ok=True)

    def all(self) -> list[str]:
        return [folder.name for folder in self._base.iterdir()] if self._base else []

    def delete(self, disk: str) -> None:
        if self._base is not None:
            shutil.rmtree(self._base / disk, ignore_errors=True)

    def close(self) -> None:
        self._closed = True
        if self._base is not None:
            shutil.rmtree(self._base, ignore_errors=True)
            self._base = None


def blank(folder: Path) -> bool:
    return not any(folder.iterdir())


def format_blank(folder: Path) -> None:
    """As a boot script does: a volume with anything on it is used as it is."""
    if blank(folder):
        (folder / FORMATTED).mkdir()
