"""Runs of workflows. Repository and organisation secrets are read when a run is queued, environment secrets when a job starts: so its beginning counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from credex_actions.github.connection.session import Session
from credex_actions.rotation.deciding.state import User

OPEN: Final = ("requested", "pending", "waiting", "queued", "in_progress", "waiting")
"""In the order in which a run moves through them: one that moves between two looks is in the later one."""


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
            for number, file, moment in api.pages(f"/repos/{self.repository}/actions/runs", "workflow_runs", _queued, status=status):
                if number != self.own_run and (not self.files or file in self.files):
                    began.append(moment)
        return User(name=self.name, since=min(began, default=None))

    def redeploy(self) -> None:
        raise AssertionError("a run cannot get another value")


def _queued(document: Mapping[str, Any]) -> tuple[str, str, datetime]:
    """A run's id, the name of its workflow's file, and when it was made."""
    path = str(document.get("path", "")).partition("@")[0]
    return str(document["id"]), path.rpartition("/")[2], datetime.fromisoformat(str(document["created_at"]))
