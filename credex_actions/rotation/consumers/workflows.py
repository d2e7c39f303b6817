"""Runs of workflows. Repository and organisation secrets are read when a run is queued, environment secrets when a job starts: so its beginning counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credex_actions.github.session import Session
from credex_actions.rotation.state import User

OPEN: Final = ("in_progress", "queued", "waiting", "pending", "requested")


@dataclass
class WorkflowRuns:
    """`files`: names of workflow files, none for all. `own_run`: the run that rotates, which has what it needs."""

    repository: str
    files: Sequence[str]
    own_run: str
    session: Callable[[], Session]

    @property
    def name(self) -> str:
        files = f" ({', '.join(self.files)})" if self.files else ""
        return f"a workflow run of {self.repository}{files}"

    def look(self) -> User:
        api = self.session().api
        began: list[datetime] = []
        for status in OPEN:
            for run in api.pages(f"/repos/{self.repository}/actions/runs", "workflow_runs", status=status):
                file = str(run.get("path", "")).partition("@")[0].rpartition("/")[2]
                if str(run["id"]) != self.own_run and (not self.files or file in self.files):
                    began.append(datetime.fromisoformat(str(run["created_at"])))
        return User(name=self.name, since=min(began, default=None))

    def redeploy(self) -> None:
        raise AssertionError("a run cannot be given another value")
