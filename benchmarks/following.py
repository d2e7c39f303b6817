"""Following a workflow run of five minutes: what it costs of GitHub's quota, and how long after its end we tell it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from benchmarks.row import Row
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.runs.happenings import Happening, JobEnded, JobStarted, Pause, StepEnded, StepStarted
from credex_actions.sandbox.github.state import Repository, Run, now

MINUTES: Final = 5.0
WATCH_EVERY, WATCH_REQUESTS = 3.0, 3
"""Seconds and requests of one look of `gh run watch`: the run, its jobs, and the annotations of those that have ended."""
JOBS: Final = {
    "Build": (("Set up job", 2), ("Check out", 3), ("Sign in", 4), ("Build and push the image", 75), ("Complete job", 1)),
    "Render": (("Set up job", 2), ("Check out", 2), ("Collect the values", 1), ("Render", 5), ("Complete job", 1)),
    "Deploy": (("Set up job", 2), ("Check out", 2), ("Sign in", 2), ("Render again", 4), ("Deploy", 130), ("Complete job", 1)),
    "Verify": (("Set up job", 2), ("Verify", 55), ("Complete job", 1)),
}
WORKFLOW: Final = """\
name: Deploy
run-name: Deploy ${{ inputs.distinct_id }}
on: {workflow_dispatch: {inputs: {distinct_id: {type: string}}}}
jobs: {build: {runs-on: ubuntu-latest, steps: [{run: make}]}}
"""


def script(scale: float) -> Iterator[Happening]:
    for job, steps in JOBS.items():
        yield JobStarted(job)
        for name, seconds in steps:
            yield StepStarted(job, name)
            yield Pause(seconds * scale)
            yield StepEnded(job, name, "success")
        yield JobEnded(job, "success")


def rows() -> Iterator[Row]:
    seconds = sum(length for steps in JOBS.values() for _, length in steps)
    with GitHub() as github:
        repository = github.repository("Great-Sun-Group/credex-core", {".github/workflows/deploy.yml": WORKFLOW})
        _earlier(github, repository, seconds)
        github.script("deploy.yml", lambda _: script(MINUTES * 60 / seconds))
        token = github.token()
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GH_", "GITHUB_"))}
        environment |= github.environment | {"GITHUB_REPOSITORY": repository.full_name, "GH_TOKEN": token.text}
        command = [sys.executable, "-m", "credex_actions", "trigger-dev-deploy", "--logs", "failed"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lag = time.time() - repository.runs[-1].updated.timestamp()
        sent = len(github.calls())
    watched = MINUTES * 60 / WATCH_EVERY * WATCH_REQUESTS
    yield Row("trigger, quota for following a run of 5 minutes", f"{token.used} requests", f"{watched:.0f}", token.used / watched, 0.1)
    yield Row("trigger, requests sent, the free ones included", f"{sent}")
    yield Row("trigger, lag behind the run's end", f"{lag:.1f} s")


def _earlier(github: GitHub, repository: Repository, seconds: float) -> None:
    """Ten runs of the last days, from which the length of this one is learnt."""
    with github.hub.lock:
        sha = subprocess.run(["git", "rev-parse", "dev"], cwd=repository.git, capture_output=True, text=True, check=True).stdout.strip()
        repository.workflow_ids[".github/workflows/deploy.yml"] = github.hub.id()
        for number in range(1, 11):
            began = now() - timedelta(days=11 - number)
            ended = began + timedelta(seconds=seconds + number - 5)
            run = Run(github.hub.id(), number, ".github/workflows/deploy.yml", "workflow_dispatch", "dev", sha, "developer", "Deploy", {})
            run.status, run.conclusion = "completed", "success"
            run.created = run.started = began
            run.updated = ended
            repository.runs.append(run)
