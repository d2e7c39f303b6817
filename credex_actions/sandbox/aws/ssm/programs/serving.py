"""The folder with the programs that come first on an instance's PATH, and the socket at which they are answered."""

import json
import shutil
import socketserver
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from credex_actions.sandbox.aws.ssm.programs import (
    aws_cli,
    cypher_shell,
    disk_free,
    file_systems,
    neo4j_admin,
    packages,
    systemctl,
    systemd_journal,
)
from credex_actions.sandbox.aws.ssm.programs.program import Call, Said

PROGRAMS: Final[Mapping[str, Callable[[Call], Said]]] = {
    "aws": aws_cli.aws,
    "blkid": file_systems.blkid,
    "cypher-shell": cypher_shell.cypher_shell,
    "df": disk_free.df,
    "dnf": packages.dnf,
    "journalctl": systemd_journal.journalctl,
    "mkfs.xfs": file_systems.mkfs_xfs,
    "mount": file_systems.mount,
    "mountpoint": file_systems.mountpoint,
    "neo4j-admin": neo4j_admin.neo4j_admin,
    "rpm": packages.rpm,
    "systemctl": systemctl.systemctl,
    "umount": file_systems.umount,
    "wipefs": file_systems.wipefs,
    "systemd-run": systemctl.systemd_run,
}
SHELL: Final = "#!/bin/sh"
AS_ANOTHER_USER: Final = f'{SHELL}\nwhile [ "$1" != "--" ]; do shift; done\nshift\nexec "$@"\n'
"""runuser -u USER -- COMMAND …: an instance of the sandbox has one user, who owns everything."""
NOTHING: Final = f"{SHELL}\nexit 0\n"
LOCALHOST: Final = Path(__file__).with_name("localhost")
"""Its sitecustomize.py is what Python reads first."""
CLIENT: Final = Path(__file__).with_name("call.py")


class Programs:
    """`answer`: a call by its token and what was asked, None for a token that nobody has."""

    def __init__(self, found: Callable[[str, dict[str, Any]], Call | None]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sandbox-ssm-"))
        self.socket = str(self.folder / "socket")
        self.path = self.folder / "bin"
        self.path.mkdir()
        for name in PROGRAMS:
            self._write(name, f"{SHELL}\nexec '{sys.executable}' -I -S '{CLIENT}' {name} \"$@\"\n")
        self._write("runuser", AS_ANOTHER_USER)
        self._write("chown", NOTHING)
        self._write("python3", f"{SHELL}\nPYTHONPATH='{LOCALHOST}' exec '{sys.executable}' \"$@\"\n")
        self._server = _Server(self.socket, _Handler)
        self._server.found = found
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox-programs", daemon=True
        )
        self._thread.start()

    def _write(self, name: str, text: str) -> None:
        file = self.path / name
        file.write_text(text)
        file.chmod(0o755)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False
    found: Callable[[str, dict[str, Any]], Call | None]


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        asked = json.loads(self.rfile.read())
        call = self.server.found(asked["token"], asked)
        said = _run(asked["program"], call) if call else Said("", "sandbox: the command has ended\n", 1)
        try:
            self.wfile.write(json.dumps(said._asdict()).encode())
        except OSError:
            return  # the script was ended meanwhile


def _run(program: str, call: Call) -> Said:
    try:
        return PROGRAMS[program](call)
    except Exception:  # noqa: BLE001 - a script has to get an answer, and whoever reads it has to see why
        return Said("", f"sandbox: {traceback.format_exc()}", 1)
