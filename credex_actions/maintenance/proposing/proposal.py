"""What is proposed, as values."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from credex_actions.maintenance.finding import Finding

DEFAULT: Final = "maintenance.yml"


@dataclass(frozen=True)
class Change:
    """`content`: of the file after it. `done`: findings that it solves. `left`: what cannot be proposed, with the reason."""

    content: str
    done: tuple[Finding, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """`check`: whose findings it solves. `suffix`: of suffix(). `file`: relative to the repository. `make`: from the file as it is on the base branch, "" where there is none. Pure."""

    name: str
    check: str
    title: str
    why: str
    file: str
    findings: tuple[Finding, ...]
    make: Callable[[str, Sequence[Finding]], Change]
    suffix: str = ""

    @property
    def branch(self) -> str:
        return "-".join(filter(None, (f"maintenance/{self.name}", self.suffix)))


def suffix(config: str) -> str:
    """Tells what one configuration proposes from what another does; "" for the usual one. `config`: its path, relative to the checkout."""
    return "" if config == DEFAULT else hashlib.sha256(config.encode()).hexdigest()[:8]
