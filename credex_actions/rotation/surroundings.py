"""What all credentials of a run share: who we are at AWS and GitHub, one session a thread and repository, and what is hidden."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import boto3

from credex_actions.aws.who import who
from credex_actions.core.aws.clients import Clients
from credex_actions.core.aws.sign_in import Role, assumed
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.github.connection.credentials import Credentials
from credex_actions.github.connection.place import Place
from credex_actions.github.connection.session import Session, another, open_session

AT_ONCE: Final = 64
"""Requests to GitHub; it allows 100. Source: GitHub docs, "Rate limits for the REST API", secondary limits."""
PATIENCE: Final = 300.0
"""Seconds for which an outage, or a limit, of GitHub is borne."""


@dataclass(frozen=True)
class Caller:
    """`user`: the IAM user whose key this run uses, "" where it has assumed a role. `ahead`: what AWS's clock is ahead of ours."""

    arn: str
    user: str
    ahead: timedelta


@dataclass
class Surroundings:
    runner: Runner
    clock: Clock
    place: Place | None
    who: Credentials | None
    permissions: Mapping[str, Mapping[str, str]]  # repository -> what an App's token for it has to be allowed
    own: boto3.session.Session | None = None  # of role-to-assume; None: as boto3's own chain finds it
    copied: Mapping[str, str] = field(default_factory=dict)  # variable -> value
    _clients: dict[str, Clients] = field(default_factory=dict)
    _sessions: dict[str, Session] = field(default_factory=dict)
    _own: threading.local = field(default_factory=threading.local)
    _lock: Any = field(default_factory=threading.RLock)
    _gate: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))
    _hidden: set[str] = field(default_factory=set)

    @property
    def environment(self) -> Mapping[str, str]:
        return self.runner.environment

    @property
    def repository(self) -> str:
        return self.place.repository if self.place else ""

    def hide(self, text: str) -> None:
        with self._lock:
            if text not in self._hidden:
                self._hidden.add(text)
                self.runner.mask(text)

    def clients(self, role: str = "") -> Clients:
        """Of the job's own credentials, or of a role that they may assume."""
        with self._lock:
            if role not in self._clients:
                self._clients[role] = Clients(session=self._assumed(role) if role else self.own, before_write=self.clock.check)
            return self._clients[role]

    def _assumed(self, role: str) -> boto3.session.Session:
        """For an hour at most, as a role that a role assumes has it, and then again."""
        return assumed(Role(role, 3600, "credex-actions-rotation"), self.clients().read("sts"), self.hide, self.clients().region)

    def caller(self) -> Caller:
        """Who we are, which proves the credentials before anything else is asked."""
        arn, ahead = who(self.clients())
        return Caller(arn, arn.rpartition("/")[2] if ":user/" in arn else "", ahead)

    def own_key(self) -> str:
        """The access key with which this run signs, even if it assumes a role with it; "" if there is none."""
        if self.own is not None:
            return self.environment.get("AWS_ACCESS_KEY_ID", "")
        credentials = boto3.session.Session().get_credentials()
        return str(credentials.access_key) if credentials else ""

    def session(self, repository: str) -> Session:
        """This thread's own: a connection serves one request at a time."""
        if self.place is None or self.who is None:
            raise Failure(Exit.BAD_INPUT, Fault("no GitHub credentials are provided", "Provide token, or an App.", "token"))
        mine: dict[str, Session] = self._own.__dict__.setdefault("sessions", {})
        if repository not in mine:
            with self._lock:
                if repository not in self._sessions:
                    place = self.place._replace(repository=repository)
                    wanted = self.permissions.get(repository, {"metadata": "read"})
                    session = open_session(place, self.who, wanted, self.clock, self.runner.info, self.hide)
                    for api in session.apis:
                        api.gate, api.bears = self._gate, lambda _: PATIENCE
                    self._sessions[repository] = session
                mine[repository] = another(self._sessions[repository])
        return mine[repository]


Sessions = Callable[[str], Session]
