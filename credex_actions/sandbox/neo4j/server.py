"""One Neo4j server: its folder, its process, and the way to its administration."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Self

from neo4j import GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from credex_actions.sandbox.neo4j import class_data, distribution, spare, toolchain
from credex_actions.sandbox.neo4j.first_password import USER, set_first_password

STARTS_WITHIN: Final = 120.0
"""Seconds; it takes about five."""
STOPS_WITHIN: Final = 20.0
DISCARDED_WITHIN: Final = 3.0
SMALL: Final = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")


class NotStartedError(Exception):
    """Says what the server said last."""


@dataclass
class Neo4jServer:
    """`with Neo4jServer(home, password) as server:` runs one on loopback. A new store gets `password` for the user neo4j; one that is there keeps its users.

    It ends with its owner, however that ends: its standard input closes then.
    """

    home: Path
    password: str
    version: str = distribution.DEFAULT
    host: str = "127.0.0.1"
    port: int = 0
    training: str = ""
    """An option of Java for a server that class data are made from."""
    prefix: tuple[str, ...] = ()
    """Of the commands that start it or its administration."""
    _process: "subprocess.Popen[bytes] | None" = field(default=None)
    _command: list[str] = field(default_factory=list)

    @property
    def bolt_url(self) -> str:
        return f"bolt://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> Self:
        """Raises NotStartedError; MissingToolError and NoDistributionError if there is nothing to start."""
        if not (self.home / "data").exists():
            set_first_password(self.home, self.password)
        self.launch(self.command())
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def command(self) -> list[str]:
        """What starts it. Raises MissingToolError and NoDistributionError; the first time for a version, Maven downloads it."""
        tools = toolchain.find(self.version)
        self.port = self.port or _free_port(self.host)
        path = distribution.classpath(self.version, tools)
        return [*self.prefix, tools.java, *self._options(tools), "-cp", path, "Neo4jSandbox"]

    def _options(self, tools: toolchain.Toolchain) -> tuple[str, ...]:
        if self.training:
            return (*SMALL, self.training, class_data.QUIET)
        folder, release = distribution.folder(self.version, tools), toolchain.release(tools.java)
        native = distribution.native(self.version)
        unpacked = (f"-Djna.boot.library.path={native}",) if native else ()
        return (*SMALL, *unpacked, *class_data.options(folder, release, partial(_train, self.version)))

    def launch(self, command: list[str]) -> None:
        """Takes a moment; `wait` says when it is ready."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._command = command
        with self._log.open("wb") as log:
            self._process = spare.take(command) or subprocess.Popen(
                command, bufsize=0, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        self._tell(str(self.home), self.host, str(self.port))

    def _tell(self, *lines: str) -> None:
        process = self._process
        assert process
        assert process.stdin
        with suppress(BrokenPipeError):  # it has ended, and whoever waits for it notices
            process.stdin.write("".join(f"{line}\n" for line in lines).encode())

    @property
    def _log(self) -> Path:
        return self.home / "console.log"

    def wait(self) -> None:
        """Until it is ready. Raises NotStartedError, also if it is killed meanwhile."""
        process = self._process
        assert process
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end:
            said = self._log.read_text(errors="replace")
            if _has(said, "ready"):
                return
            if process.poll() is not None:
                raise NotStartedError(f"Neo4j {self.version} exited immediately: {said.strip()[-1500:]}")
            time.sleep(0.05)
        raise NotStartedError(
            f"Neo4j {self.version} timed out: not ready within {STARTS_WITHIN:.0f} s: {self._log.read_text(errors='replace')[-1500:]}"
        )

    def stop(self, within: float = STOPS_WITHIN) -> None:
        """Lets it close its store; ends it by force after `within` seconds."""
        process = self._process
        if process is None:
            return
        end = time.monotonic() + within
        if self._reusable and self._stopped(process, end):
            self._process = None
            spare.give(self._command, process)
            return
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def _stopped(self, process: "subprocess.Popen[bytes]", end: float) -> bool:
        """Whether it has closed its store before `end`, and its process can run another server."""
        self._tell("")
        while process.poll() is None and time.monotonic() < end:
            with suppress(OSError):  # the folder may have been removed
                if _has(self._log.read_text(errors="replace"), "stopped"):
                    return True
            time.sleep(0.02)
        return False

    @property
    def _reusable(self) -> bool:
        return not self.prefix and not self.training

    def discard(self) -> None:
        """At once, for a store that nobody needs any more; the process is kept if it can run another server."""
        if self._reusable:
            self.stop(DISCARDED_WITHIN)
        else:
            self.kill()

    def kill(self) -> None:
        """At once, as a power cut does."""
        process, self._process = self._process, None
        if process is None:
            return
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin:
            process.stdin.close()

    @property
    def running(self) -> bool:
        process = self._process
        return process is not None and process.poll() is None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It writes nothing until the block ends, or its owner does: a stopped process would not notice that its standard input is closed."""
        process = self._process
        if process is None or process.poll() is not None:
            yield
            return
        waker = subprocess.Popen(
            ["sh", "-c", 'read -r _; kill -CONT "$0"', str(process.pid)], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        try:
            process.send_signal(signal.SIGSTOP)
            if hasattr(os, "waitid"):  # a signal takes effect some time after it was sent
                with suppress(ChildProcessError):
                    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            yield
        finally:
            waker.communicate()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def _conf(self) -> Path:
        return self.home / "conf"

    def configure(self, settings: Mapping[str, str]) -> None:
        """Of neo4j.conf, which the server and neo4j-admin read. One that the version does not know stops both."""
        self._conf.mkdir(parents=True, exist_ok=True)
        (self._conf / "neo4j.conf").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def admin(self, *words: str) -> str:
        """What neo4j-admin prints: `admin("database", "dump", "neo4j", "--to-path=…")`. The server has to be stopped. Raises NotStartedError where it fails."""
        tools = toolchain.find(self.version)
        conf = self._conf
        conf.mkdir(exist_ok=True)
        (conf / "neo4j.conf").touch()
        path = distribution.classpath(self.version, tools)
        command = [*self.prefix, tools.java, *self._options(tools), "-cp", path, "org.neo4j.cli.AdminTool", *words]
        environment = os.environ | {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(conf)}
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if ended.returncode:
            raise NotStartedError(
                f"neo4j-admin {' '.join(words[:2])} exited with code {ended.returncode}: {(ended.stdout + ended.stderr).strip()[-1500:]}"
            )
        return ended.stdout


def _has(said: str, word: str) -> bool:
    return f"\n{word}\n" in f"\n{said}"


def _train(version: str, option: str) -> None:
    """Loads what a server and its first clients need."""
    with TemporaryDirectory(prefix="neo4j-training-") as folder:
        server = Neo4jServer(Path(folder), "never-used-again", version, training=option)
        try:
            server.start()
            with GraphDatabase.driver(server.bolt_url, auth=(USER, server.password)) as driver:
                driver.execute_query("UNWIND range(1, 9) AS i MERGE (n:Node {id: i}) RETURN count(n) AS nodes, collect(keys(n)) AS keys")
        except (NotStartedError, DriverError, Neo4jError) as error:
            server.kill()
            raise OSError(str(error)) from error
        except BaseException:
            server.kill()
            raise
        server.stop(STARTS_WITHIN)


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
