"""What a promotion brings, and what is known of it: changes, deployments and checks, as its text shows them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Change:
    sha: str
    title: str
    author: str


@dataclass(frozen=True)
class Deployed:
    """The newest deployment to an environment. `when`: of its newest status."""

    environment: str
    sha: str
    state: str
    when: datetime | None
    url: str = ""


@dataclass(frozen=True)
class Check:
    """`state`: success, failure, pending … of a check run or a commit status."""

    name: str
    state: str
    url: str = ""
