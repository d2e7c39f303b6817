"""The local GitHub's memory as a whole: one lock, and everything that it guards."""

import itertools
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from credex_actions.sandbox.github.state import App, Repository, Run, Token, Vault

if TYPE_CHECKING:
    from credex_actions.sandbox.github.speaker import Speaker


class Hub:
    """Everything. `lock` guards it; `changed` is notified when a run has moved. `lag`: seconds by which reads of runs are old."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.repositories: dict[str, Repository] = {}
        self.former_names: dict[str, Repository] = {}
        self.apps: dict[int, App] = {}
        self.tokens: dict[str, Token] = {}
        self.organisations: dict[str, Vault] = {}
        self.speakers: dict[str, Speaker] = {}
        self.misfits: list[str] = []
        self.lag = 0.0
        self._ids = itertools.count(1_000_001)

    def id(self) -> int:
        return next(self._ids)

    def as_read(self, run: Run) -> Run | None:
        """What a read sees of a run; None where it is older than the run."""
        return run.as_of(time.monotonic() - self.lag) if self.lag else run

    def find(self, owner: str, name: str) -> Repository | None:
        return self.repositories.get(f"{owner}/{name}".lower())
