"""Rotating a hundred credentials next to each other, against one alone: the way of one is what nobody can shorten."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.row import Row
from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub

MANY: Final = 100
LATENCY: Final = 0.5
"""Seconds that every answer of AWS and GitHub takes."""
REPOSITORIES: Final = 10


def rows() -> Iterator[Row]:
    with Sandbox() as sandbox, GitHub() as github, tempfile.TemporaryDirectory() as folder:
        for number in range(REPOSITORIES):
            github.repository(f"Great-Sun-Group/service-{number}", {"README.md": "one of ten"})
        credentials = {f"value-{number:03}": _credential(sandbox, number) for number in range(MANY + 1)}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GH_", "GITHUB_", "AWS_"))}
        environment |= sandbox.environment | github.environment | github.app_environment(github.app())
        environment |= {"GITHUB_REPOSITORY": "Great-Sun-Group/service-0"}
        sandbox.latency(LATENCY)
        github.latency(LATENCY)
        alone = _timed(Path(folder), {"value-100": credentials.pop("value-100")}, environment)
        sandbox.reset_calls()
        together = _timed(Path(folder), credentials, environment)
        calls = len(sandbox.calls())
    what = f"rotation of {MANY} credentials, {LATENCY:g} s an answer"
    yield Row(what, f"{together:.1f} s", f"{alone:.1f} s", together / alone, 1.15)
    yield Row("rotation, AWS calls for one of them", f"{calls / MANY:.0f}")


def _credential(sandbox: Sandbox, number: int) -> dict[str, Any]:
    """A value drawn again, in a parameter and in a secret of one of ten repositories."""
    name = f"/bench/value-{number:03}"
    sandbox.client("ssm").put_parameter(Name=name, Value="as it was", Type="SecureString")
    secret = {
        "to": "github-secret",
        "repository": f"Great-Sun-Group/service-{number % REPOSITORIES}",
        "names": {"value": f"VALUE_{number}"},
    }
    return {"kind": "generated", "targets": [{"to": "ssm-parameter", "names": {"value": name}}, secret]}


def _timed(folder: Path, credentials: dict[str, Any], environment: dict[str, str]) -> float:
    manifest = folder / "rotation.json"
    manifest.write_text(json.dumps({"credentials": credentials}))
    command = [
        sys.executable,
        "-m",
        "credex_actions",
        "rotate-secrets",
        "--mode",
        "apply",
        "--manifest",
        str(manifest),
        "--parallel",
        str(MANY),
    ]
    began = time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began
