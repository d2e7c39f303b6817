"""Deploying: how long after a deployment's end we tell it, and what looking costs meanwhile."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.row import Row
from credex_actions.sandbox import Provisioned, Sandbox

TURNS = 5
LONGER = "slow-start-61s"


def rows(peer: Path | None, folder: Path) -> Iterator[Row]:
    with Sandbox(pace=0.2) as sandbox:
        place = sandbox.provision()
        commands = {"ours": _ours(place, folder)} | ({"theirs": _theirs(peer)} if peer else {})
        lags: dict[str, list[float]] = {whose: [] for whose in commands}
        for turn in range(TURNS):  # 3 s apart: five turns meet a 5 s and a 15 s poll at evenly spread phases
            for whose, command in commands.items():
                lags[whose].append(lag(sandbox, place, folder, command, f"slow-start-{6 + 3 * turn}s-{whose}"))
        ours = median(lags["ours"])
        if peer:
            theirs = median(lags["theirs"])
            yield Row("deploy, lag behind the deployment's end", f"{ours:.1f} s", f"{theirs:.1f} s", ours / theirs, 0.3)
        else:
            yield Row("deploy, lag behind the deployment's end", f"{ours:.1f} s")
        yield Row(
            "deploy, API calls a minute while waiting", f"{(calls := calls_a_minute(sandbox, place, folder)):.0f}", value=calls, limit=30
        )


def _ours(place: Provisioned, folder: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "credex_actions",
        "deploy-task-definition",
        "--task-definition",
        str(folder / "deploy.json"),
        "--service",
        place.service,
        "--cluster",
        place.cluster,
    ]


def _theirs(peer: Path) -> list[str]:
    return ["node", str(peer / "dist" / "index.js")]


def lag(sandbox: Sandbox, place: Provisioned, folder: Path, command: list[str], tag: str) -> float:
    """Seconds between the end of the deployment, as ECS dates it, and the end of `command`."""
    (folder / "deploy.json").write_text(json.dumps(place.definition(sandbox.push_image(place.repository, tag))))
    inputs = {
        "INPUT_TASK-DEFINITION": str(folder / "deploy.json"),
        "INPUT_SERVICE": place.service,
        "INPUT_CLUSTER": place.cluster,
        "INPUT_WAIT-FOR-SERVICE-STABILITY": "true",
        "GITHUB_WORKSPACE": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
    }
    (folder / "output").touch()
    environment = {**os.environ, **sandbox.environment, **(inputs if command[0] == "node" else {})}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    ended = datetime.now(UTC)
    deployments = sandbox.client("ecs").list_service_deployments(cluster=place.cluster, service=place.service)["serviceDeployments"]
    return float((ended - max(each["finishedAt"] for each in deployments)).total_seconds())


def calls_a_minute(sandbox: Sandbox, place: Provisioned, folder: Path) -> float:
    """Calls in the minute that follows UpdateService, at the usual five seconds between polls."""
    (folder / "deploy.json").write_text(json.dumps(place.definition(sandbox.push_image(place.repository, LONGER))))
    sandbox.reset_calls()
    environment = {**os.environ, **sandbox.environment}
    with subprocess.Popen(_ours(place, folder), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        sandbox.until(lambda: any(call.operation == "UpdateService" for call in sandbox.calls()), "the update")
        before = len(sandbox.calls())
        time.sleep(60)
        counted = len(sandbox.calls()) - before
        process.terminate()
    return float(counted)
