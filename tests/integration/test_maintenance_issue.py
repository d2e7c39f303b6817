"""maintenance-report's issue against a GitHub on loopback: one issue, whatever happens to it."""

import os
import signal
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from credex_actions.core.faults import Exit
from credex_actions.core.secret import Secret
from credex_actions.declarations.maintenance_report import Inputs
from credex_actions.maintenance.finding import Examined, Ran
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.records import Issue, issues
from tests.integration.triggering import NAME
from tests.unit.maintaining import Fake, Run, found, ran

pytestmark = pytest.mark.slow

BOT: Final = "maintenance[bot]"


@dataclass
class Maintaining:
    github: GitHub
    folder: Path
    fake: Fake = field(default_factory=Fake)
    permissions: dict[str, str] = field(default_factory=lambda: {"issues": "write"})

    def __post_init__(self) -> None:
        self.repository = self.github.repository(NAME, {"README.md": "one\n"})
        (self.folder / "maintenance.yml").write_text("{}\n")

    def call(self, *resources: str, looked: tuple[Ran, ...] | None = None, **inputs: Any) -> Run:
        self.fake.found = Examined(tuple(found(each) for each in resources), ran() if looked is None else looked)
        environment = {**self.github.environment, "GITHUB_REPOSITORY": NAME}
        token = Secret(self.github.token(self.permissions, actor=BOT).text)
        given: dict[str, Any] = {"config": str(self.folder / "maintenance.yml"), "issue": True, "token": token} | inputs
        return Run(self.folder, {"fake": self.fake.group}, Inputs(**given), environment)

    @property
    def issues(self) -> list[Issue]:
        return list(issues(self.repository))


@pytest.fixture
def maintaining(github: GitHub, tmp_path: Path) -> Maintaining:
    return Maintaining(github, tmp_path)


def test_one_issue_follows_what_is_found(maintaining: Maintaining) -> None:
    planned = maintaining.call("vol-1", dry_run=True)
    assert planned.failure is None
    assert "This would be done: open an issue." in planned.stdout.getvalue()
    assert maintaining.issues == []

    first = maintaining.call("vol-1")
    assert first.failure is None
    (issue,) = maintaining.issues
    assert (issue.user, issue.state, first.outputs["issue"].rpartition("/")[2]) == (BOT, "open", str(issue.number))
    assert "vol-1 is attached to nothing" in issue.body

    maintaining.call("vol-1")
    assert issue.comments == []

    maintaining.call("vol-1", "vol-2")
    (comment,) = issue.comments
    assert "vol-2 is attached to nothing" in comment.body
    assert "vol-1 is" not in comment.body

    maintaining.call("vol-2")
    assert "vol-1 is attached" not in issue.body

    blind = (Ran("volume-unattached", "skipped", "access denied"), *ran("bucket-public", "document-broken"))
    maintaining.call(looked=blind)
    assert issue.state == "open"
    assert "volume-unattached: 1 finding" in issue.body

    closed = maintaining.call()
    assert (issue.state, closed.outputs["issue"]) == ("closed", first.outputs["issue"])

    maintaining.call("vol-3")
    assert issue.state == "open"
    assert len(issue.comments) == 2
    assert len(maintaining.issues) == 1


def test_what_a_person_closed_stays_closed_until_something_is_new(maintaining: Maintaining) -> None:
    maintaining.call("vol-1")
    (issue,) = maintaining.issues
    issue.state = "closed"
    maintaining.call("vol-1")
    assert (issue.state, len(maintaining.issues)) == ("closed", 1)
    maintaining.call("vol-1", "vol-2")
    assert (issue.state, len(issue.comments)) == ("open", 1)


def test_what_others_wrote_is_left_alone_and_duplicates_of_ours_are_closed(maintaining: Maintaining) -> None:
    maintaining.call("vol-1")
    (ours,) = maintaining.issues
    copied = Issue(ours.id + 100, 2, ours.title, ours.body, "mallory")
    twin = Issue(ours.id + 101, 3, ours.title, ours.body, BOT)
    issues(maintaining.repository).extend([copied, twin])
    maintaining.call("vol-2")
    assert (copied.state, copied.body) == ("open", twin.body)
    assert twin.state == "closed"
    assert "vol-2" in ours.body


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
@pytest.mark.parametrize("operation", ["create-issue", "create-comment", "update-issue"])
def test_a_lost_response_does_nothing_twice(maintaining: Maintaining, operation: str, kind: str) -> None:
    if operation != "create-issue":
        maintaining.call("vol-1")
    maintaining.github.fault(operation, kind=kind)
    done = maintaining.call("vol-1", "vol-2")
    assert done.failure is None
    (issue,) = maintaining.issues
    assert len(issue.comments) == (operation != "create-issue")
    assert "vol-2 is attached" in issue.body


def test_a_token_that_may_not_write_leaves_the_report(maintaining: Maintaining) -> None:
    maintaining.permissions = {"contents": "read"}
    done = maintaining.call("vol-1")
    assert done.failure
    assert done.failure.code == Exit.BAD_INPUT
    assert "issues" in done.faults
    assert Path(done.outputs["report_file"]).exists()
    assert done.outputs["findings"] == 1


def test_without_credentials_it_is_told_before_anything_is_examined(maintaining: Maintaining) -> None:
    done = maintaining.call("vol-1", token=None)
    assert done.failure
    assert [each.where for each in done.failure.faults] == ["token"]
    assert maintaining.fake.given is None


def test_after_a_signal_nothing_is_written(maintaining: Maintaining) -> None:
    maintaining.github.fault("list-issues", kind="slow-after", seconds=60)

    def cancel() -> None:
        maintaining.github.until(lambda: not maintaining.github.faults_left, "the list")
        os.kill(os.getpid(), signal.SIGTERM)  # of this process, while the command is in it: later it would end the tests
        maintaining.github.release()

    thread = threading.Thread(target=cancel)
    thread.start()
    done = maintaining.call("vol-1")
    thread.join()
    assert done.failure
    assert done.failure.code == Exit.TERMINATED
    assert "nothing was changed" in done.faults
    assert maintaining.issues == []
    assert Path(done.outputs["report_file"]).exists()
