"""Records of the topics around a repository's code: pull requests and issues (one numbering), deployments, statuses, uploaded analyses."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from credex_actions.sandbox.github.state import Repository, now


@dataclass
class Comment:
    id: int
    user: str
    body: str
    created: datetime = field(default_factory=now)


@dataclass
class Issue:
    """An issue; with `head`, a pull request. `merged`: the merge commit."""

    id: int
    number: int
    title: str
    body: str
    user: str
    state: str = "open"
    labels: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    closed: datetime | None = None
    head: str = ""
    base: str = ""
    draft: bool = False
    reviewers: list[str] = field(default_factory=list)
    merged: str = ""


@dataclass
class DeploymentStatus:
    id: int
    state: str
    description: str
    creator: str
    created: datetime = field(default_factory=now)


@dataclass
class Deployment:
    """`made_by`: run, attempt and job; of those that a client made there is none. `url`: where the environment can be looked at."""

    id: int
    sha: str
    ref: str
    environment: str
    creator: str
    task: str = "deploy"
    description: str = ""
    url: str = ""
    made_by: tuple[int, int, str] | None = None
    created: datetime = field(default_factory=now)
    statuses: list[DeploymentStatus] = field(default_factory=list)


@dataclass
class Status:
    id: int
    sha: str
    context: str
    state: str
    description: str
    target: str
    creator: str
    created: datetime = field(default_factory=now)


@dataclass
class Artifact:
    """`run`: whose it is. `files`: by their path in the archive."""

    id: int
    run: int
    name: str
    files: dict[str, bytes]
    expired: bool = False
    created: datetime = field(default_factory=now)


def issues(repository: Repository) -> list[Issue]:
    """Issues and pull requests."""
    return repository.records.setdefault("issues", [])


def deployments(repository: Repository) -> list[Deployment]:
    return repository.records.setdefault("deployments", [])


def statuses(repository: Repository) -> list[Status]:
    return repository.records.setdefault("statuses", [])


def uploads(repository: Repository) -> list[dict[str, Any]]:
    return repository.records.setdefault("uploads", [])


def artifacts(repository: Repository) -> list[Artifact]:
    return repository.records.setdefault("artifacts", [])
