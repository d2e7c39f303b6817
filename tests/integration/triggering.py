"""Runs trigger-dev-deploy as users do: the real command line, in a process of its own, against the sandbox's GitHub."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.runs.happenings import Happening, JobEnded, JobStarted, Line, Pause, StepEnded, StepStarted
from credex_actions.sandbox.github.state import App, Repository, Run
from tests.integration.called import Ended, ended, under_way
from tests.integration.warm import Command

NAME: Final = "Great-Sun-Group/credex-core"
MARKED: Final = """\
name: Deploy
run-name: Deploy to ${{ inputs.environment }} (${{ inputs.distinct_id }})
on:
  push: {branches: [dev]}
  workflow_dispatch:
    inputs:
      distinct_id: {type: string}
      environment: {type: choice, options: [development, staging], default: development}
      force: {type: boolean}
      replicas: {type: number}
jobs: {build: {runs-on: ubuntu-latest, steps: [{run: echo built}]}}
"""
UNMARKED: Final = """\
name: Plain
on: workflow_dispatch
jobs: {build: {runs-on: ubuntu-latest, steps: [{run: echo built}]}}
"""


def job(name: str, *steps: str, conclusion: str = "success", seconds: float = 0.1, lines: tuple[str, ...] = ()) -> Iterator[Happening]:
    """A job whose last step ends as the job does."""
    yield JobStarted(name)
    for step in steps:
        yield StepStarted(name, step)
        yield Line(name, f"##[group]Run {step}")
        yield Line(name, "##[endgroup]")
        yield Line(name, f"doing {step}")
        yield Pause(seconds)
        ends = conclusion if step == steps[-1] else "success"
        for line in lines if step == steps[-1] else ():
            yield Line(name, line)
        if ends == "failure":
            yield Line(name, "##[error]Process completed with exit code 1.")
        yield StepEnded(name, step, ends)
    yield JobEnded(name, conclusion)


@dataclass
class Triggering:
    """One repository to trigger in, as the App."""

    github: GitHub
    folder: Path
    repository: Repository = field(init=False)
    app: App = field(init=False)
    more: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        files: dict[str, str | None] = {".github/workflows/deploy.yml": MARKED, ".github/workflows/plain.yml": UNMARKED}
        self.repository = self.github.repository(NAME, files)
        self.app = self.github.app()
        self.github.script("deploy.yml", lambda _: job("build", "compile", "test"))
        self.github.script("plain.yml", lambda _: job("build", "compile"))

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "GH_", "INPUT_"))}
        who = {"GH_APP_ID": str(self.app.id), "GH_APP_PRIVATE_KEY": self.app.private_key, "GITHUB_REPOSITORY": NAME}
        files = {"GITHUB_STEP_SUMMARY": str(self.folder / "summary.md")}
        both = {**kept, **self.github.environment, **who, **files, **self.more}
        return {name: value for name, value in both.items() if value}

    def started(self, *flags: str, cwd: Path | None = None) -> AbstractContextManager[Command]:
        polls = () if any(flag.startswith("--poll-seconds") for flag in flags) else ("--poll-seconds", "0.2")
        return under_way(Command("trigger-dev-deploy", *flags, *polls, "--json", cwd=cwd or self.folder, env=self.environment))

    def call(self, *flags: str, cwd: Path | None = None) -> Ended:
        with self.started(*flags, cwd=cwd) as process:
            return self.ended(process)

    def ended(self, process: Command) -> Ended:
        return ended(process, self.folder)

    @property
    def runs(self) -> list[Run]:
        return self.repository.runs

    def count(self, operation: str) -> int:
        return sum(1 for call in self.github.calls() if call.operation == operation)

    def until_running(self) -> Run:
        self.github.until(lambda: any(run.status == "in_progress" for run in self.runs), "a run in progress", 60)
        return self.runs[-1]
