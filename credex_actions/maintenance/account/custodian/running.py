"""Cloud Custodian as another program, in an environment of its own: it pins another boto3. One process looks through all policies of a region."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from credex_actions.core.text import one_line
from credex_actions.core.workers import WorkerClock
from credex_actions.maintenance.account.custodian.policies import OwnPolicy
from credex_actions.maintenance.account.reading import Unreadable

SUITE: Final = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))
PACKAGES: Final = "cloud-custodian"
LONGEST: Final = 600.0
"""Seconds for one region, its installation among them."""
LOOK: Final = 0.05
PASSED_ON: Final = (
    "PATH",
    "HOME",
    "RUNNER_TEMP",
    "TMPDIR",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
)
BEGINNINGS: Final = ("AWS_ENDPOINT_URL", "PIP_", "UV_")


def custodian(
    policies: Sequence[OwnPolicy], account: str, region: str, credentials: Mapping[str, str], clock: WorkerClock, ends: float
) -> str:
    """What program.py prints. Raises Unreadable, and Cancelled on a signal."""
    script = os.path.join(SUITE, "actions", "install.sh")
    if not os.path.exists(script):
        raise Unreadable(
            "skipped",
            "Cloud Custodian is set up by the action, or from a checkout of credex-actions; an installed package does not have it",
        )
    request: dict[str, Any] = {"account": account, "region": region, "policies": [dict(each.document) for each in policies]}
    command = ["bash", script, "script", PACKAGES, os.path.join(os.path.dirname(__file__), "program.py")]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        given.write(json.dumps(request, default=str).encode())
        given.seek(0)
        try:
            process = subprocess.Popen(
                command, env=environment(os.environ, credentials), stdin=given, stdout=output, stderr=errors, start_new_session=True
            )
        except OSError as error:
            raise Unreadable("skipped", f"Cloud Custodian cannot be started: {error.strerror}") from None
        try:
            _wait(process, clock, min(ends, clock.monotonic() + LONGEST))
        finally:
            _end(process)
        for file in (output, errors):
            file.seek(0)
        if process.returncode:
            raise Unreadable("failed", f"Cloud Custodian ended with {process.returncode}: {_last_line(errors.read())}")
        return output.read().decode("utf-8", "replace")


def environment(own: Mapping[str, str], credentials: Mapping[str, str]) -> dict[str, str]:
    """Neither the job's secrets nor its inputs: filters may ask for addresses that the policy names."""
    return {key: value for key, value in own.items() if key in PASSED_ON or key.startswith(BEGINNINGS)} | dict(credentials)


def _wait(process: "subprocess.Popen[bytes]", clock: WorkerClock, ends: float) -> None:
    while process.poll() is None:
        if clock.monotonic() > ends:
            raise Unreadable("failed", "Cloud Custodian has not ended in time")
        clock.sleep(LOOK)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # it only reads
        process.wait()


def _last_line(text: bytes) -> str:
    lines = [each for each in text.decode("utf-8", "replace").splitlines() if each.strip()]
    return one_line(lines[-1]) if lines else "without a word"
