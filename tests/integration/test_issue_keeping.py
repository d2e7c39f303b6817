"""One issue that is kept current, on a GitHub on loopback."""

import io
from dataclasses import dataclass, field
from typing import Any

import pytest

from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.runner import Runner
from credex_actions.core.secret import Secret
from credex_actions.github.connection.credentials import INPUTS, GivenCredentials
from credex_actions.github.issues.keeping import keep, opened
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.records import issues
from tests.integration.triggering import NAME

pytestmark = pytest.mark.slow
TITLE = "Neo4j: an update is available in production"


@dataclass
class Keeping:
    github: GitHub
    permissions: dict[str, str] = field(default_factory=lambda: {"issues": "write"})
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.repository = self.github.repository(NAME, {"README.md": "one\n"})

    def keep(self, about: str, text: str = "Update.", **more: Any) -> str:
        runner = Runner({**self.github.environment, "GITHUB_REPOSITORY": NAME}, self.log, self.log)
        token = Secret(self.github.token(self.permissions, actor="credex").text)
        session = opened(GivenCredentials(token, None, None, None, INPUTS), None, runner, SystemClock())
        return keep(session, "neo4j-ami-rollout production", TITLE, about, text, runner, SystemClock(), **more)

    @property
    def found(self) -> list[tuple[str, str]]:
        return [(each.state, each.body.partition("-->\n<!-- about ")[2].partition(" -->")[0]) for each in issues(self.repository)]


@pytest.fixture
def keeping(github: GitHub) -> Keeping:
    return Keeping(github)


def test_it_is_opened_once_updated_and_closed_and_opened_again_for_the_next_version(keeping: Keeping) -> None:
    assert keeping.keep("5.26.17 for ledger", dry_run=True) == ""
    assert keeping.found == []
    first = keeping.keep("5.26.17 for ledger")
    assert keeping.keep("5.26.17 for ledger") == first
    assert keeping.keep("5.26.18 for ledger") == first
    assert keeping.found == [("open", "5.26.18 for ledger")]
    keeping.keep("")
    assert keeping.found == [("closed", "5.26.18 for ledger")]
    keeping.keep("")
    assert keeping.keep("5.26.19 for ledger") == first
    assert keeping.found == [("open", "5.26.19 for ledger")]


def test_a_lost_response_opens_no_second_one(keeping: Keeping) -> None:
    keeping.github.fault("create-issue", nth=1, kind="drop-after")
    keeping.keep("5.26.17 for ledger")
    assert keeping.found == [("open", "5.26.17 for ledger")]


def test_somebody_elses_issue_with_our_mark_is_left_alone(keeping: Keeping) -> None:
    keeping.keep("5.26.17 for ledger")
    (ours,) = issues(keeping.repository)
    ours.user = "mallory"
    keeping.keep("5.26.18 for ledger")
    assert sorted(keeping.found) == [("open", "5.26.17 for ledger"), ("open", "5.26.18 for ledger")]


def test_a_token_that_may_not_write_issues_is_told_what_it_lacks(keeping: Keeping) -> None:
    keeping.permissions = {"contents": "read"}
    with pytest.raises(Failure, match="issues: write") as refused:
        keeping.keep("5.26.17 for ledger")
    assert refused.value.code is Exit.BAD_INPUT
