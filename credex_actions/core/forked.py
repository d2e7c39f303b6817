"""Runs for a pull request from a fork: whoever wrote it is nobody that the repository knows, so GitHub gives such a run less than any other.

Source: GitHub docs, "Events that trigger workflows", pull_request: no secrets, a GITHUB_TOKEN that only reads; "OpenID Connect reference": no OIDC token.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from credex_actions.core.faults import NO_AWS_CREDENTIALS, Exit, Failure, Fault

CREDENTIALS: Final = frozenset(("role-to-assume", "token", "GH_TOKEN", "GITHUB_TOKEN", "app-id", "app-private-key", "secret-names"))
"""Inputs that are empty, or worth less, in such a run."""
CONDITION: Final = "github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository"
"""Of any other event there is no pull request, and the job has to run."""
EXPLANATION: Final = Fault(
    "this run is for a pull request from a fork: GitHub gives it no secrets, no OIDC token, and a token that only reads",
    f"Skip the job for forks: add `if: {CONDITION}` to it.",
)


def from_fork(environment: Mapping[str, str]) -> bool:
    """By the event that GitHub wrote down for the run; False if it cannot be read."""
    if environment.get("GITHUB_EVENT_NAME") != "pull_request":
        return False
    try:
        with open(environment.get("GITHUB_EVENT_PATH", ""), encoding="utf-8") as file:
            pull = json.load(file)["pull_request"]
        return bool((pull["head"]["repo"] or {}).get("full_name") != pull["base"]["repo"]["full_name"])  # null if the fork was deleted
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def explained(faults: Iterable[Fault], environment: Mapping[str, str]) -> tuple[Fault, ...]:
    """`faults`, and the cause of those about credentials if the run is for a fork."""
    told = tuple(faults)
    about = any(fault.where in CREDENTIALS or fault.what == NO_AWS_CREDENTIALS for fault in told)
    return (*told, EXPLANATION) if about and from_fork(environment) else told


def with_cause(failure: Failure, environment: Mapping[str, str]) -> Failure:
    if failure.code != Exit.BAD_INPUT:
        return failure
    return Failure(failure.code, *explained(failure.faults, environment), left=failure.left)
