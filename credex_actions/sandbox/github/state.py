"""What the sandbox's GitHub knows: plain records, changed under one lock by whoever answers a request or executes a run."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from credex_actions.sandbox.github.identity import Speaker

UNDER_WAY: Final = ("requested", "waiting", "pending", "queued", "in_progress")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Step:
    number: int
    name: str
    status: str = "in_progress"
    conclusion: str | None = None
    started: datetime = field(default_factory=now)
    completed: datetime | None = None


@dataclass
class Job:
    """`lines`: the log, each line with its time."""

    id: int
    name: str
    attempt: int
    labels: tuple[str, ...] = ("ubuntu-latest",)
    status: str = "queued"
    conclusion: str | None = None
    created: datetime = field(default_factory=now)
    started: datetime | None = None
    completed: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    lines: list[tuple[datetime, str]] = field(default_factory=list)


@dataclass
class Review:
    """What somebody said about a run's way into environments."""

    environments: tuple[str, ...]
    approved: bool
    comment: str
    user: str


@dataclass
class Gate:
    """A job waits to be let into an environment. `batch`: what the jobs of a matrix have in common."""

    job: str
    environment: str
    batch: str
    answer: Callable[[bool], None]


@dataclass
class Run:
    """One run of a workflow, with the jobs of each of its attempts. `waits_for`: environments that nobody has let it into yet.

    `gates`: the jobs that wait for them; `answered`: what a review said, by environment and batch. `former`: what it was, with when.
    """

    id: int
    number: int
    workflow: str
    event: str
    branch: str
    sha: str
    actor: str
    title: str
    inputs: dict[str, Any] = field(default_factory=dict)
    attempt: int = 1
    status: str = "queued"
    conclusion: str | None = None
    created: datetime = field(default_factory=now)
    started: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    jobs: list[Job] = field(default_factory=list)
    group: str = ""
    waits_for: set[str] = field(default_factory=set)
    reviews: list[Review] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    answered: dict[tuple[str, str], bool] = field(default_factory=dict)
    cancelled: threading.Event = field(default_factory=threading.Event)
    killed: threading.Event = field(default_factory=threading.Event)
    former: list[tuple[float, "Run"]] = field(default_factory=list)

    def keep(self) -> None:
        """What it is now, for reads that lag. The text of its logs is not copied: it only grows."""
        jobs = [replace(job, steps=[replace(step) for step in job.steps]) for job in self.jobs]
        as_it_is = replace(self, jobs=jobs, waits_for=set(self.waits_for), reviews=list(self.reviews), former=[])
        self.former.append((time.monotonic(), as_it_is))

    def as_of(self, moment: float) -> "Run | None":
        """As it was at that time of the clock that only grows; None before there was any."""
        return next((kept for at, kept in reversed(self.former) if at <= moment), None)

    def jobs_of(self, attempt: int) -> list[Job]:
        return [job for job in self.jobs if job.attempt == attempt]


@dataclass
class Vault:
    """Secrets and variables of one scope; secrets' values never leave through the API. `created`, `updated`: by name; what was put in
    without the API was there since `began`.
    """

    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    created: dict[str, datetime] = field(default_factory=dict)
    updated: dict[str, datetime] = field(default_factory=dict)
    visibility: dict[str, str] = field(default_factory=dict)
    selected: dict[str, list[int]] = field(default_factory=dict)
    key: Any = None


@dataclass
class Environment:
    """`reviewers`: logins; with any, a job waits before it enters."""

    id: int
    name: str
    reviewers: tuple[str, ...] = ()
    vault: Vault = field(default_factory=Vault)


@dataclass
class Repository:
    """`git`: a bare repository. `disabled`: the state of workflows that are, by their path. `records`: what topics of their own keep here (pulls, issues, deployments), by topic."""

    id: int
    owner: str
    name: str
    git: Path
    default_branch: str
    workflow_ids: dict[str, int] = field(default_factory=dict)
    disabled: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    environments: dict[str, Environment] = field(default_factory=dict)
    vault: Vault = field(default_factory=Vault)
    dependabot: Vault = field(default_factory=Vault)
    records: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass
class App:
    """A GitHub App with its one installation. `public_key`: PEM; `repositories`: None is all of the account's."""

    id: int
    slug: str
    installation_id: int
    private_key: str
    public_key: str
    permissions: dict[str, str]
    repositories: tuple[str, ...] | None = None


NOT_FOR_JOBS: Final = frozenset(("administration", "dependabot_secrets", "environments", "organization_secrets", "secrets", "variables"))
"""What a job's own token never may. Source: GitHub docs, "Workflow syntax", permissions: it lists all that there are."""


@dataclass
class Token:
    """`kind`: pat, installation, or actions (the GITHUB_TOKEN of a run)."""

    text: str
    kind: str
    actor: str
    permissions: dict[str, str]
    repositories: tuple[str, ...] | None = None
    expires: datetime | None = None
    limit: int = 5000
    used: int = 0
    resets: float = 0.0

    def may(self, permission: str, level: str) -> bool:
        if self.kind == "actions" and permission in NOT_FOR_JOBS:
            return False
        held = self.permissions.get(permission, "")
        return held in ("write", "admin") or held == level == "read"


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
        """What a read sees of a run; None if it is older than the run."""
        return run.as_of(time.monotonic() - self.lag) if self.lag else run

    def find(self, owner: str, name: str) -> Repository | None:
        return self.repositories.get(f"{owner}/{name}".lower())
