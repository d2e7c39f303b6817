"""File systems of an instance: a volume that is mounted somewhere is a link to its folder there; what a boot mounts stands in etc/fstab of the root volume."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from credex_actions.sandbox.aws.ec2.disks import FORMATTED, blank

FSTAB: Final = "etc/fstab"
DROPINS: Final = "etc/systemd/system/neo4j.service.d"
BY_ID: Final = "dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_"
"""Source: Amazon EBS User Guide, "Amazon EBS and NVMe"."""


class MountError(Exception):
    """In mount's words."""


class Mounts:
    """`attached`: the folders of the volumes that the instance has besides the root volume, by id."""

    def __init__(self, root: Callable[[], Path], attached: Callable[[], Mapping[str, Path]]) -> None:
        self._root = root
        self._attached = attached
        self._table: dict[str, str] = {}

    def volume_at(self, path: str) -> str:
        """The volume that is mounted there; "" if none is."""
        return self._table.get(path.rstrip("/"), "")

    def holds(self, volume: str) -> bool:
        return volume in self._table.values()

    def show_devices(self) -> None:
        """As udev does: a name for each volume that is attached."""
        folder = self._root() / Path(BY_ID).parent
        folder.mkdir(parents=True, exist_ok=True)
        names = {f"{Path(BY_ID).name}{volume.replace('-', '', 1)}" for volume in self._attached()}
        for file in folder.iterdir():
            if file.name not in names:
                file.unlink()
        for name in names:
            (folder / name).touch()

    def volume_of(self, device: str) -> str:
        """By the name that `show_devices` gives it. Raises MountError."""
        name = Path(device).name.removeprefix(Path(BY_ID).name)
        found = next((each for each in self._attached() if each.replace("-", "", 1) == name), "")
        if not found:
            raise MountError(f"{device}: no such device")
        return found

    def folder(self, volume: str) -> Path:
        return self._attached()[volume]

    def mount(self, volume: str, path: str) -> None:
        """Raises MountError. A folder with anything in it would be hidden; here that is refused."""
        path = path.rstrip("/")
        folder = self._attached()[volume]
        if blank(folder):
            raise MountError(f"wrong fs type, bad option, bad superblock on {volume}")
        if self.volume_at(path) or self.holds(volume):
            raise MountError(f"{volume} already mounted or mount point busy")
        place = self._place(path)
        if not place.is_dir() or any(place.iterdir()):
            raise MountError(f"{path}: mount point does not exist, or is not empty, which the sandbox cannot hide")
        place.rmdir()
        place.symlink_to(folder)
        self._table[path] = volume

    def unmount(self, path: str) -> None:
        path = path.rstrip("/")
        if not self._table.pop(path, ""):
            raise MountError(f"{path}: not mounted")
        self._clear(path)

    def mount_by_table(self, path: str) -> None:
        """What etc/fstab says of `path`. Raises MountError."""
        wanted = {place: identity for identity, place in self._lines()}
        if path not in wanted:
            raise MountError(f"can't find {path} in /etc/fstab")
        found = next(
            (volume for volume, folder in self._attached().items() if not blank(folder) and identity_of(folder) == wanted[path]), ""
        )
        if not found:
            raise MountError(f"can't find UUID={wanted[path]}")
        self.mount(found, path)

    def boot(self) -> None:
        """What was mounted is not any more, also in a copy of another root volume; what etc/fstab names is, as far as it is there (nofail)."""
        left = [str(Path("/mnt") / each.name) for each in (self._root() / "mnt").iterdir()] if (self._root() / "mnt").is_dir() else []
        for path in {*self._table, *left, *(place for _, place in self._lines())}:
            if self._place(path).is_symlink():
                self._clear(path)
        self._table.clear()
        for _, path in self._lines():
            try:
                self.mount_by_table(path)
            except MountError:
                continue

    def unmet(self) -> str:
        """Why systemd does not start Neo4j; "" if it does. What a unit requires is mounted first. Source: systemd.unit(5)."""
        for name, path in self._settings():
            if name == "RequiresMountsFor" and not self.volume_at(path):
                try:
                    self.mount_by_table(path)
                except MountError:
                    continue
        missing = [path for name, path in self._settings() if name == "AssertPathIsMountPoint" and not self.volume_at(path)]
        return f"Assertion failed on job for neo4j.service: AssertPathIsMountPoint={missing[0]}" if missing else ""

    def _lines(self) -> Iterator[tuple[str, str]]:
        file = self._root() / FSTAB
        for line in file.read_text().splitlines() if file.exists() else ():
            words = line.split()
            if len(words) > 1 and words[0].startswith("UUID="):
                yield words[0].removeprefix("UUID="), words[1]

    def _settings(self) -> Iterator[tuple[str, str]]:
        folder = self._root() / DROPINS
        for file in sorted(folder.glob("*.conf")) if folder.is_dir() else ():
            for line in file.read_text().splitlines():
                name, equals, value = line.partition("=")
                if equals:
                    yield name.strip(), value.strip()

    def _place(self, path: str) -> Path:
        return self._root() / path.lstrip("/")

    def _clear(self, path: str) -> None:
        place = self._place(path)
        place.unlink()
        place.mkdir()


def format_volume(folder: Path, label: str) -> None:
    """mkfs: whatever was there is gone."""
    (folder / FORMATTED).mkdir(exist_ok=True)
    (folder / FORMATTED / "label").write_text(label)
    (folder / FORMATTED / "uuid").write_text(str(uuid.uuid4()))


def identity_of(folder: Path) -> str:
    """The UUID of a file system; a snapshot and its volumes have the same."""
    file = folder / FORMATTED / "uuid"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(str(uuid.uuid4()))
    return file.read_text()


def label_of(folder: Path) -> str:
    file = folder / FORMATTED / "label"
    return file.read_text() if file.exists() else ""
