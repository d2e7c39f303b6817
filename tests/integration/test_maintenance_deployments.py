"""Deployments as the sandbox's GitHub has them, read through its API."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.secret import Secret
from credex_actions.github.connection.credentials import TokenCredentials
from credex_actions.github.connection.place import Place
from credex_actions.github.connection.session import Session, open_session
from credex_actions.maintenance.catalogue.deployments import CHECKS
from credex_actions.maintenance.deployments.examining import examine
from credex_actions.maintenance.finding import Examined
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.records import Deployment, DeploymentStatus, deployments
from credex_actions.sandbox.github.state import Repository
from tests.integration.triggering import NAME
from tests.maintaining import context, states

pytestmark = pytest.mark.slow
NOW = datetime.now(UTC)


@dataclass
class Repo:
    github: GitHub
    repository: Repository = field(init=False)

    def __post_init__(self) -> None:
        self.repository = self.github.repository(NAME, {"README.md": "one\n"})

    def commit(self, title: str) -> str:
        return str(git_store.commit_files(self.repository.git, "dev", {"README.md": f"{title}\n"}, title))

    def deployed(self, sha: str, environment: str, days: float, *states: str) -> None:
        at = NOW - timedelta(days=days)
        record = Deployment(self.github.hub.id(), sha, "dev", environment, "developer", created=at)
        record.statuses += [
            DeploymentStatus(self.github.hub.id(), state, "", "developer", at + timedelta(minutes=number))
            for number, state in enumerate(states)
        ]
        deployments(self.repository).append(record)

    def session(self, **permissions: str) -> Session:
        token = self.github.token(permissions or {"deployments": "read", "contents": "read", "metadata": "read"}).text
        place = Place(NAME, self.github.url, self.github.url)
        return open_session(place, TokenCredentials(Secret(token), "token"), {}, SystemClock(), lambda _: None, lambda _: None)

    def look(self, session: Session | None, *environments: str, **settings: float) -> Examined:
        def opened() -> Session:
            if session is None:
                raise Failure(Exit.BAD_INPUT, Fault("no GitHub credentials are provided", "Set GH_TOKEN."))
            return session

        return examine(context(CHECKS, None, **settings), opened, dict.fromkeys(environments, "dev"), timedelta(days=90))


@pytest.fixture
def repo(github: GitHub) -> Repo:
    made = Repo(github)
    first, second, third = (made.commit(title) for title in ("One", "Two", "Three"))
    made.deployed(first, "production", 20, "in_progress", "success", "inactive")
    made.deployed(second, "production", 10, "in_progress", "failure")
    made.deployed(second, "production", 5, "in_progress", "success")
    made.deployed(third, "staging", 3, "success")
    made.deployed(third, "development", 200, "success")
    return made


def test_measures_come_from_what_github_has(repo: Repo) -> None:
    examined = repo.look(repo.session(), "staging", "production")
    assert states(examined) == {"deployment-measures": "ran"}, examined.ran
    assert examined.findings == ()
    notes = [text for _, text in examined.notes]
    assert notes[1].endswith("33% failed, 5 d to restore")
    assert notes[2] == "1 change is in staging and not in production"
    assert examined.calls >= 7
    assert [chart.title for chart in examined.charts][:2] == ["Deployments to staging by week", "Deployments to production by week"]


def test_what_somebody_has_to_decide_is_found(repo: Repo) -> None:
    repo.deployed("0" * 40, "staging", 2, "error")
    examined = repo.look(
        repo.session(),
        "staging",
        "production",
        deployment_measures__waiting=0,
        deployment_measures__failures=33,
        deployment_measures__least=3,
    )
    assert {each.key: each.severity for each in examined.findings} == {"failed": "high", "failures": "medium", "waiting staging": "medium"}


def test_what_may_not_be_read_or_is_not_there_is_said(repo: Repo) -> None:
    denied = repo.look(repo.session(contents="read", metadata="read"), "staging")
    assert states(denied) == {"deployment-measures": "skipped"}
    assert "Grant deployments: read" in denied.ran[0].why
    assert "names of the environments" in repo.look(repo.session(), "stagging", "development").ran[0].why
    nobody = repo.look(None, "staging")
    assert [(each.state, each.why) for each in nobody.ran] == [("skipped", "no GitHub credentials are provided. Set GH_TOKEN.")]


def test_where_no_deployment_says_what_serves_the_branch_is_compared(repo: Repo) -> None:
    notes = [text for _, text in repo.look(repo.session(), "preview", "production").notes]
    assert notes[0] == "preview: nothing was deployed in the time that is looked at"
    assert "1 change is in preview and not in production" in notes
