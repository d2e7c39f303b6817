"""One command on one instance: a process in the instance's folder, from Pending to its end."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from credex_actions.sandbox.aws.ec2.machine import Machine

LONGEST_OUTPUT, LONGEST_ERROR = 24_000, 8_000
"""Characters. Source: SSM API, GetCommandInvocation."""
CUT: Final = "\n--output truncated--"
"""Source: the SSM agent's plug-in configuration, OutputTruncatedSuffix."""
GUARDED: Final = """\
exec 3<&0
sh "$1" 3<&- & script=$!
(read -r _ <&3; kill -9 0) & guard=$!
wait $script; code=$?
kill -9 $guard 2>/dev/null
exit $code
"""
"""Its standard input closes when the sandbox ends, however that ends: then the script, and all that it has started, is killed."""
KILLED_WITHIN: Final = 5.0
LOOKS_EVERY: Final = 0.02


class Command:
    """`parameters`: SendCommand's. `token`: by which programs that the script starts are known. Its process runs in a thread of its own."""

    def __init__(self, identifier: str, token: str, machine: Machine, request: Mapping[str, Any]) -> None:
        self.id = identifier
        self.token = token
        self.machine = machine
        self.request = request
        self.requested = time.time()
        self.began: float | None = None
        self.ended: float | None = None
        self.status, self.details = "Pending", "Pending"
        self.code = -1
        self.output = self.error = ""
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def execution_timeout(self) -> float:
        return float((self._parameter("executionTimeout") or ["3600"])[0])

    @property
    def delivery_timeout(self) -> float:
        return float(self.request.get("TimeoutSeconds") or 3600)

    def _parameter(self, name: str) -> list[str]:
        given: list[str] = self.request.get("Parameters", {}).get(name, [])
        return given

    def start(self, environment: Mapping[str, str]) -> None:
        self._thread = threading.Thread(target=self._run, args=(environment,), name=f"command-{self.id}", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Returns at once; the process ends a little later."""
        if self.ended is None:
            self.status = self.details = "Cancelling"
        self._cancelled.set()

    def close(self) -> None:
        """Ends its process, and waits for that."""
        self._cancelled.set()
        if self._thread is not None:
            self._thread.join(KILLED_WITHIN)

    def _run(self, environment: Mapping[str, str]) -> None:
        if not self._delivered():
            return
        self.began = time.time()
        if not self._cancelled.is_set():
            self.status = self.details = "InProgress"
        with (
            tempfile.TemporaryFile() as output,
            tempfile.TemporaryFile() as error,
            tempfile.TemporaryDirectory(prefix="sandbox-command-") as home,
        ):
            script = Path(home) / "_script.sh"
            script.write_text("\n".join(self._parameter("commands")) + "\n")
            folder = self._folder()
            process = subprocess.Popen(
                ["sh", "-c", GUARDED, "sh", str(script)],
                cwd=folder,
                env={**environment, **self._places()},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=error,
                start_new_session=True,
            )
            why = self._wait(process)
            self.output = _shown(output, LONGEST_OUTPUT)
            told = f"\nfailed to run commands: exit status {process.returncode}" if process.returncode else ""
            self.error = _shown(error, LONGEST_ERROR, told)
        match why:
            case "":
                self._end("Success" if process.returncode == 0 else "Failed", code=process.returncode)
            case "Cancelled":
                self._end("Cancelled")
            case _:
                self._end("TimedOut", why)

    def _delivered(self) -> bool:
        """An instance that lost its power is not known to be gone: SSM waits for its agent."""
        end = self.requested + self.delivery_timeout + self.execution_timeout  # the sum. Source: "Understanding command statuses"
        while not self.machine.powered:
            if self._cancelled.wait(LOOKS_EVERY):
                self._end("Cancelled")
                return False
            if time.time() > end:
                self._end("TimedOut", "DeliveryTimedOut")
                return False
        return True

    def _folder(self) -> Path:
        root = self.machine.root
        for name in ("root", "tmp"):
            (root / name).mkdir(exist_ok=True)
        self.machine.mounts.show_devices()
        given = self._parameter("workingDirectory")
        return root / given[0].lstrip("/") if given and given[0] else root

    def _places(self) -> dict[str, str]:
        """DESTDIR: before absolute paths, for scripts that are to stay within the root volume."""
        root = self.machine.root
        return {"HOME": str(root / "root"), "TMPDIR": str(root / "tmp"), "DESTDIR": str(root)}

    def _wait(self, process: "subprocess.Popen[bytes]") -> str:
        """Why it was ended; "" where it ended by itself."""
        end = time.monotonic() + self.execution_timeout
        try:
            while process.poll() is None:
                if self._cancelled.wait(LOOKS_EVERY):
                    return "Cancelled"
                if time.monotonic() > end:
                    return "ExecutionTimedOut"
                if not self.machine.powered:
                    _kill(process)
                    self._cancelled.wait(max(end - time.monotonic(), 0))
                    return "Cancelled" if self._cancelled.is_set() else "ExecutionTimedOut"
        finally:
            _kill(process)
        return ""

    def _end(self, status: str, details: str = "", code: int = -1) -> None:
        self.ended = time.time()
        self.code = code
        self.details = details or status
        self.status = status

    def summary(self) -> dict[str, Any]:
        """As ListCommands has it."""
        over = self.ended is not None
        timeout = int(self.delivery_timeout)
        return {
            "CommandId": self.id,
            "DocumentName": self.request["DocumentName"],
            "DocumentVersion": "$DEFAULT",
            "Comment": self.request.get("Comment", ""),
            "ExpiresAfter": _at(self.requested + timeout + self.execution_timeout),
            "Parameters": self.request.get("Parameters", {}),
            "InstanceIds": [self.machine.instance_id],
            "Targets": [],
            "RequestedDateTime": _at(self.requested),
            "Status": "InProgress" if self.status == "Delayed" else self.status,
            "StatusDetails": self.details,
            "MaxConcurrency": "50",
            "MaxErrors": "0",
            "TargetCount": 1,
            "CompletedCount": int(over),
            "ErrorCount": int(self.status in {"Failed", "TimedOut"}),
            "DeliveryTimedOutCount": int(self.details == "DeliveryTimedOut"),
            "TimeoutSeconds": timeout,
        }

    def invocation(self) -> dict[str, Any]:
        """As GetCommandInvocation has it."""
        began, ended = self.began, self.ended
        return {
            "CommandId": self.id,
            "InstanceId": self.machine.instance_id,
            "Comment": self.request.get("Comment", ""),
            "DocumentName": self.request["DocumentName"],
            "DocumentVersion": "$DEFAULT",
            "PluginName": "aws:runShellScript",
            "ResponseCode": self.code,
            "ExecutionStartDateTime": _at(began).isoformat() if began else "",
            "ExecutionElapsedTime": f"PT{(ended or time.time()) - began:.3f}S" if began else "",
            "ExecutionEndDateTime": _at(ended).isoformat() if ended else "",
            "Status": self.status,
            "StatusDetails": self.details,
            "StandardOutputContent": self.output,
            "StandardOutputUrl": "",
            "StandardErrorContent": self.error,
            "StandardErrorUrl": "",
        }


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """With all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin:
        process.stdin.close()


def _shown(file: IO[bytes], most: int, more: str = "") -> str:
    file.seek(0)
    text = file.read(8 * most).decode(errors="replace") + more
    return text if len(text) <= most else text[: most - len(CUT)] + CUT


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
