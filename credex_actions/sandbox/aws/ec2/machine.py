"""Machine: what an instance is besides its record in moto. Its volumes are folders, and its database is a Neo4j server."""

import contextlib
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.ec2 import first_boot, full_disk
from credex_actions.sandbox.aws.ec2.disks import Disks, format_blank
from credex_actions.sandbox.aws.ec2.mounts import MountError, Mounts
from credex_actions.sandbox.neo4j import MissingToolError, Neo4jServer, NoDistributionError, NotStartedError
from credex_actions.sandbox.neo4j.first_password import set_first_password

BOLT: Final = 7687
INSTALLED: Final = Path("usr/share/neo4j/VERSION")
"""On a root volume: the version that is installed there. So a snapshot, an image and a replaced root volume carry it along."""
DISABLED: Final = Path("etc/systemd/system/neo4j.disabled")
"""On a root volume: that its boot does not start the database."""
HOME: Final = Path("var/lib/neo4j")
DATA: Final = f"/{HOME}/data"
"""Where a volume is mounted that holds the databases themselves, as the packages of Neo4j have it. Others hold the whole of HOME, and are mounted nowhere."""
CONFIGURED: Final = Path("etc/neo4j/neo4j.conf")
"""On a root volume, too: an AMI has its own settings."""


class Machine:
    """Running or stopped. `lock`: the cloud's; nothing here waits for a database while it holds it."""

    def __init__(self, record: Any, region: str, address: str, disks: Disks, lock: threading.RLock, servers: type[Neo4jServer]) -> None:
        self.instance_id: str = record.id
        self.account: str = record.owner_id
        self.region = region
        self.address = address
        self.console: list[str] = []
        self.journal: list[str] = []
        """What systemd kept of the unit neo4j."""
        self.full = False
        """Whether its disks are: then nothing that is started on it from now on can write."""
        self.timers: dict[str, threading.Event] = {}
        """Of systemd, by name, until they have run out; the event cancels one."""
        self._record = record
        self._disks = disks
        self._lock = lock
        self._servers = servers
        self._server: Neo4jServer | None = None
        self._off = threading.Event()
        self._off.set()
        self._gate = threading.Lock()
        """Power goes before a database is launched, or after: not in between."""
        self.mounts = Mounts(lambda: self.root, self._others)
        self._turn = threading.Lock()
        """One start or stop after the other."""

    @property
    def root(self) -> Path:
        """The folder of the root volume."""
        return self._folder(self._record.root_device_name)

    def _folder(self, device: str) -> Path:
        """Raises NotStartedError where nothing is attached there."""
        mapping = self._record.block_device_mapping.get(device)
        if mapping is None:
            raise NotStartedError(f"{self.instance_id} has no volume at {device}")
        return self._disks.folder(mapping.volume_id)

    def _attached(self, device: str) -> bool:
        mapping = self._record.block_device_mapping.get(device)
        return mapping is not None and mapping.status != "attaching"

    @property
    def _told(self) -> first_boot.Instructions:
        with contextlib.suppress(NotStartedError, OSError):  # its root volume is detached, or gone
            if taken := first_boot.taken(self.root, self.instance_id):
                return taken
        return first_boot.instructions(self._record.user_data)

    @property
    def home(self) -> Path:
        """Where the database runs; for one that does not, where it would. Raises NotStartedError if the volume for it is not attached."""
        if (server := self._server) is not None:
            return server.home
        device = self._data_device
        if device == self._record.root_device_name or self.mounts.volume_at(DATA):
            return self.root / HOME
        return self._folder(device)

    @property
    def _data_device(self) -> str:
        """A store on the root volume stays in use as long as nothing is mounted over it, and user data name no device."""
        root = self._record.root_device_name
        if mounted := self.mounts.volume_at(DATA):
            return self._device_of(mounted)
        if not self._told.device and (self.root / HOME / "data" / "databases").exists():
            return str(root)
        return self._told.device or next(iter(self._devices()), root)

    def _devices(self) -> list[str]:
        """Besides the root volume's."""
        root = self._record.root_device_name
        return [device for device in list(self._record.block_device_mapping) if device != root and self._attached(device)]

    def _others(self) -> dict[str, Path]:
        """The volumes besides the root volume, and their folders."""
        mapping = self._record.block_device_mapping
        return {mapping[device].volume_id: self._disks.folder(mapping[device].volume_id) for device in self._devices()}

    def _device_of(self, volume: str) -> str:
        mapping = self._record.block_device_mapping
        return next((device for device in self._devices() if mapping[device].volume_id == volume), "")

    def data_volume(self, path: str = "") -> tuple[int, Path]:
        """The size in GiB, and the folder, of the volume that is mounted at `path`, or else of the one with the store. Raises NotStartedError if it is not attached."""
        mounted = self.mounts.volume_at(path)
        device = self._device_of(mounted) if mounted else self._data_device
        folder = self._folder(device)
        with self._lock:
            volume = backend("ec2", self.account, self.region).volumes[self._record.block_device_mapping[device].volume_id]
        return int(volume.size), folder

    @property
    def version(self) -> str:
        """Neo4j's, as installed on the root volume; "" if there is none."""
        try:
            return installed(self.root)
        except NotStartedError:  # it is detached
            return ""

    @property
    def prefix(self) -> tuple[str, ...]:
        """What every command on this instance begins with."""
        return (sys.executable, full_disk.__file__) if self.full else ()

    @property
    def powered(self) -> bool:
        return not self._off.is_set()

    @property
    def database_running(self) -> bool:
        """Whether it answers at `address`, port 7687, or is about to."""
        server = self._server
        return server is not None and server.running

    def boot(self) -> None:
        """Returns at once; the database answers some seconds later."""
        with self._gate:
            self._off = threading.Event()
        threading.Thread(target=self._boot, args=(self._off,), name=f"boot-{self.instance_id}", daemon=True).start()

    def _boot(self, off: threading.Event) -> None:
        try:
            first_boot.once(self.root, self.instance_id, self._record.user_data)
            self.mounts.boot()
            if self.database_enabled:
                self._wait_for_device(off)
                self.start_database()
        except (NotStartedError, OSError) as error:
            if not off.is_set():  # else its volumes went with it
                self.say(str(error))

    def _wait_for_device(self, off: threading.Event) -> None:
        """As a boot script does that mounts a volume which Terraform attaches after it has created the instance."""
        device = self._told.device
        while device and not self._attached(device) and not off.wait(0.05):
            pass

    @property
    def database_enabled(self) -> bool:
        """Whether a boot starts it: the package's unit is enabled, until somebody disables it on this root volume."""
        return bool(self.version) and not (self.root / DISABLED).exists()

    def enable_database(self, *, enabled: bool) -> None:
        mark = self.root / DISABLED
        mark.parent.mkdir(parents=True, exist_ok=True)
        if enabled:
            mark.unlink(missing_ok=True)
        else:
            mark.touch()

    def say(self, line: str) -> None:
        self.console.append(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}")

    def start_database(self) -> None:
        """Systemctl start neo4j. Returns when it answers. Raises NotStartedError, which says what Neo4j said last."""
        password = self._first_password()
        with self._turn:
            if self.database_running:
                return
            self._server = None
            if not self.version:
                raise NotStartedError(f"{self.instance_id} has no Neo4j: its image has none (tag credex:neo4j-version)")
            self._start(password)

    def start_database_after(self, seconds: float, timer: str) -> None:
        """A timer of systemd: a machine that is switched off forgets it."""
        cancelled, off = threading.Event(), self._off
        self.timers[timer] = cancelled

        def run_out() -> None:
            if cancelled.wait(seconds) or off.is_set():
                return
            self.timers.pop(timer, None)
            try:
                self.start_database()
            except NotStartedError as error:
                self.say(str(error))

        threading.Thread(target=run_out, name=f"timer-{self.instance_id}", daemon=True).start()

    def cancel_timer(self, timer: str) -> None:
        if event := self.timers.pop(timer, None):
            event.set()

    def _mount_data(self) -> None:
        """As a boot script does, where the volume holds the databases themselves. Raises NotStartedError where systemd would not start Neo4j."""
        if unmet := self.mounts.unmet():
            raise NotStartedError(unmet)
        device = self._data_device
        if device == self._record.root_device_name or self.mounts.volume_at(DATA) or not (self._folder(device) / "databases").exists():
            return
        (self.root / DATA.lstrip("/")).mkdir(parents=True, exist_ok=True)
        try:
            self.mounts.mount(self._record.block_device_mapping[device].volume_id, DATA)
        except MountError as error:
            raise NotStartedError(str(error)) from error

    def _start(self, password: str) -> None:
        self._mount_data()
        home = self.home
        if home.is_relative_to(self.root):
            home.mkdir(parents=True, exist_ok=True)
        else:
            format_blank(home)
        if first_boot.new(home):
            set_first_password(home, password)
        server = self._servers(home, "", self.version, self.address, BOLT, prefix=self.prefix)
        server.configure(first_boot.settings(self.root / CONFIGURED) | dict(self._told.settings))
        try:
            command = server.command()
        except (MissingToolError, NoDistributionError) as error:
            raise NotStartedError(str(error)) from error
        with self._gate:
            if not self.powered:
                raise NotStartedError(f"{self.instance_id} is not running")
            server.launch(command)
            self._server = server
        try:
            server.wait()
        except NotStartedError as error:
            server.stop()
            self._server = None
            self.journal += str(error).splitlines()
            raise

    def _first_password(self) -> str:
        """Raises NotStartedError if user data name a parameter that does not exist."""
        name = self._told.parameter
        if not name:
            return secrets.token_hex(16)
        with self._lock:
            parameter = backend("ssm", self.account, self.region).get_parameter(name)
        if parameter is None:
            raise NotStartedError(f"Parameter {name} not found: it should have the first password")
        return str(parameter.decrypt(parameter.value))

    def stop_database(self) -> None:
        """Systemctl stop neo4j: the store is closed when this returns."""
        with self._turn:
            if self._server is not None:
                self._server.stop()
                self._server = None

    def shut_down(self) -> Callable[[], bool]:
        """Ends the database as an operating system does, in its own time; what it gives says whether it has ended."""
        with self._gate:
            self._off.set()
        ending = threading.Thread(target=self.stop_database, name=f"shut-down-{self.instance_id}", daemon=True)
        ending.start()
        return lambda: not ending.is_alive()

    def uses(self, volume: str) -> bool:
        """Whether it is mounted, as one is that the database runs on."""
        server = self._server
        return self.mounts.holds(volume) or (
            server is not None and server.running and server.home.is_relative_to(self._disks.folder(volume))
        )

    def lose_database(self) -> None:
        """Its volume is torn away from under it."""
        with self._gate:
            if self._server is not None:
                self._server.kill()
                self._server = None

    def cut_power(self) -> None:
        """Nothing is closed, nothing is said."""
        with self._gate:
            self._off.set()
        self.lose_database()

    def discard(self) -> None:
        """Ends it at once: nobody needs its store any more."""
        with self._gate:
            self._off.set()
        if self._turn.acquire(blocking=False):  # else it starts or stops just now
            try:
                if self._server is not None:
                    self._server.discard()
                    self._server = None
            finally:
                self._turn.release()
        self.lose_database()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing is written meanwhile: a copy of a volume is of one moment, as after a power cut."""
        server = self._server
        with server.paused() if server is not None else contextlib.nullcontext():
            yield

    def admin(self, *words: str) -> str:
        """What neo4j-admin prints on this instance, as Neo4jServer's does. Raises NotStartedError."""
        if not self.powered:
            raise NotStartedError(f"{self.instance_id} is not running")
        if not self.version:
            raise NotStartedError(f"{self.instance_id} has no Neo4j: its image has none (tag credex:neo4j-version)")
        try:
            return Neo4jServer(self.home, "", self.version, prefix=self.prefix).admin(*words)
        except (MissingToolError, NoDistributionError) as error:
            raise NotStartedError(str(error)) from error


def installed(root: Path) -> str:
    """The version of Neo4j on a root volume; "" if there is none."""
    file = root / INSTALLED
    return file.read_text().strip() if file.exists() else ""


class HasMachines(Protocol):
    def machines(self, account: str, region: str) -> Mapping[str, Machine]: ...


def machine_of(cloud: HasMachines, account: str, region: str, instance_id: str) -> Machine | None:
    """Of an instance that has not been terminated."""
    return cloud.machines(account, region).get(instance_id)
