"""The report of the last run, an artifact of it, against a GitHub on loopback: which one counts, and what is said where there is none."""

from pathlib import Path
from typing import Any, Final

import pytest

from credex_actions.core.secret import Secret
from credex_actions.declarations.maintenance_report import Inputs
from credex_actions.maintenance.finding import Examined
from credex_actions.maintenance.last_run import artifact_name
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.records import artifacts
from credex_actions.sandbox.github.state import Run as WorkflowRun
from tests.integration.triggering import NAME
from tests.unit.maintaining import Fake, Run, found, ran

pytestmark = pytest.mark.slow

WORKFLOW: Final = ".github/workflows/maintenance.yml"
OTHER: Final = ".github/workflows/other.yml"
TEXT: Final = "on: workflow_dispatch\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: echo}]}}\n"


class Past:
    """A repository whose workflow ran before; `ran` keeps a report of what it found."""

    def __init__(self, github: GitHub, folder: Path) -> None:
        self.github, self.folder = github, folder
        self.repository = github.repository(NAME, {WORKFLOW: TEXT, OTHER: TEXT})
        self.fake = Fake()
        self.permissions = {"actions": "read"}
        (folder / "maintenance.yml").write_text("{}\n")

    def ran(
        self, *resources: str, workflow: str = WORKFLOW, event: str = "schedule", branch: str = "dev", content: bytes | None = None
    ) -> int:
        number = self.github.hub.id()
        self.repository.workflow_ids.setdefault(workflow, self.github.hub.id())
        sha = git_store.branches(self.repository.git)[self.repository.default_branch]
        record = WorkflowRun(number, number, workflow, event, branch, sha, "alice", "Maintenance", status="completed", conclusion="success")
        self.repository.runs.append(record)
        if content is None:
            self.fake.found = Examined(tuple(found(each) for each in resources), ran())
            done = Run(self.folder, {"fake": self.fake.group}, Inputs(config=str(self.folder / "maintenance.yml")), {})
            content = Path(done.outputs["report_file"]).read_bytes()
        self.github.keep_artifact(
            number,
            artifact_name(str(self.folder / "maintenance.yml")),
            {"maintenance-report.json": content, "maintenance-report.html": b"<p>"},
        )
        return number

    def now(self, *resources: str, run: int = 0) -> Any:
        self.fake.found = Examined(tuple(found(each) for each in resources), ran())
        about = {
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_RUN_ID": str(run or self.ran(content=b"")),
        }
        token = Secret(self.github.token(self.permissions).text)
        inputs = Inputs(config=str(self.folder / "maintenance.yml"), since="last-run", token=token)
        return Run(self.folder, {"fake": self.fake.group}, inputs, {**self.github.environment, **about})


@pytest.fixture
def past(github: GitHub, tmp_path: Path) -> Past:
    return Past(github, tmp_path)


def test_the_newest_run_of_the_same_workflow_and_branch_counts(past: Past) -> None:
    past.ran("vol-0")
    past.ran("vol-1")
    past.ran("vol-2", event="pull_request")
    past.ran("vol-2", branch="feature")
    past.ran("vol-2", workflow=OTHER)
    done = past.now("vol-2", run=past.ran("vol-2"))
    assert done.failure is None
    assert (done.outputs["new"], done.outputs["solved"]) == (1, 1)


def test_a_run_without_a_report_is_passed_over(past: Past) -> None:
    past.ran("vol-1")
    past.ran("vol-2")
    artifacts(past.repository)[-1].expired = True
    assert past.now("vol-1").outputs["new"] == 0


@pytest.mark.parametrize("content", [b"{", b'{"version": 1}', b"\xff\xfe"])
def test_a_report_that_cannot_be_read_is_told_and_the_checks_go_on(past: Past, content: bytes) -> None:
    past.ran(content=content)
    done = past.now("vol-1")
    assert (done.failure, done.outputs["findings"]) == (None, 1)
    assert "Note: the report of the last run" in done.stdout.getvalue()


def test_without_an_earlier_run_and_without_permission_it_is_told(past: Past) -> None:
    done = past.now("vol-1")
    assert done.failure is None
    assert "no earlier run of this workflow on this branch has kept a report" in done.stdout.getvalue()
    past.permissions = {"contents": "read"}
    done = past.now("vol-1")
    assert done.failure is None
    assert "it needs the permission actions: read" in done.stdout.getvalue()


NAMES = {
    "maintenance.yml": "maintenance-report-maintenance",
    "ops/all things.yml": "maintenance-report-ops-all-things",
    "../other/m.yml": "maintenance-report-other-m",
}


@pytest.mark.parametrize(("config", "name"), NAMES.items())
def test_an_artifact_is_named_for_its_configuration(config: str, name: str) -> None:
    assert artifact_name(config) == name
