"""Who we are on GitHub: one session for each repository, and a connection of its own for each thread."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.declarations.maintenance_report import Inputs
from credex_actions.github.connection.credentials import INPUTS, Credentials, GivenCredentials, choose, masked
from credex_actions.github.connection.place import API_OF_GITHUB, Place, place
from credex_actions.github.connection.session import Session, another, open_session

PATIENCE: Final = 120.0
"""Seconds for which an outage or a rate limit is borne."""
READS: Final = {"metadata": "read"}
WISHED: Final = {"deployments": "read", "contents": "read", "pull_requests": "read", "actions": "read"}
"""What checks read; where an App has it not, they say so."""


@dataclass
class GitHubAccess:
    """`wanted`: what an App's token has to be allowed."""

    where: Place | Fault
    who: Credentials | list[Fault]
    wanted: Mapping[str, str]
    runner: Runner
    clock: Clock
    _sessions: dict[str, Session] = field(default_factory=dict)
    _own: threading.local = field(default_factory=threading.local)
    _lock: Any = field(default_factory=threading.RLock)

    @property
    def faults(self) -> list[Fault]:
        return [*([self.where] if isinstance(self.where, Fault) else []), *(self.who if isinstance(self.who, list) else [])]

    def session(self, repository: str = "") -> Session:
        """Of the run's own repository where none is named. Raises Failure(BAD_INPUT) where there are no credentials."""
        if isinstance(self.where, Fault) or isinstance(self.who, list):
            raise Failure(Exit.BAD_INPUT, *self.faults)
        name = repository or self.where.repository
        mine: dict[str, Session] = self._own.__dict__.setdefault("sessions", {})
        if name not in mine:
            with self._lock:
                if name not in self._sessions:
                    own = name == self.where.repository
                    wanted = self.wanted if own else READS
                    session = open_session(
                        self.where._replace(repository=name), self.who, wanted, self.clock, self.runner.info, self.runner.mask, WISHED
                    )
                    for api in session.apis:
                        api.bears = lambda _: PATIENCE
                    self._sessions[name] = session
                mine[name] = another(self._sessions[name])
        return mine[name]

    @property
    def api(self) -> str:
        """Its address."""
        return API_OF_GITHUB if isinstance(self.where, Fault) else self.where.api

    @property
    def run_address(self) -> str:
        """Of the workflow run; "" outside Actions."""
        number = self.runner.environment.get("GITHUB_RUN_ID", "")
        if not self.runner.in_actions or not number.isdecimal() or isinstance(self.where, Fault):
            return ""
        return f"{self.where.site}/{self.where.repository}/actions/runs/{number}"


def access(inputs: Inputs, runner: Runner, clock: Clock) -> GitHubAccess:
    given = GivenCredentials(inputs.token, inputs.app_id, inputs.app_private_key, inputs.app_installation_id, INPUTS)
    for secret in masked(given, runner.environment):
        runner.mask(secret.reveal())
    where, who = place(inputs.repository, runner.environment), choose(given, runner.environment)
    return GitHubAccess(where, who, wanted(inputs), runner, clock)


def wanted(inputs: Inputs) -> dict[str, str]:
    """The least that the inputs need."""
    needed = dict(READS)
    if inputs.issue:
        needed["issues"] = "write"
    if inputs.mode == "propose":
        needed |= {"contents": "write", "pull_requests": "write"}
    return needed
