"""What becomes of a run when trigger-dev-deploy is stopped, and what is said of it: nothing is called cancelled before it is."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.runs.happenings import Happening, JobEnded, JobQueued, JobStarted, Pause
from tests.integration.called import Ended
from tests.integration.test_trigger import long_run
from tests.integration.triggering import Triggering

pytestmark = pytest.mark.slow
IN_ACTIONS = 10.0
"""Seconds after a signal after which a runner kills; five are enough on a machine that does nothing else."""


def hangs_in_its_queue(_: object) -> Iterator[Happening]:
    yield JobQueued("build")
    yield Pause(60)


def cleans_up(_: object) -> Iterator[Happening]:
    yield JobStarted("build")
    yield Pause(30, heeds_cancel=False)
    yield JobEnded("build", "cancelled")


@pytest.fixture
def triggering(github: GitHub, tmp_path: Path) -> Triggering:
    return Triggering(github, tmp_path, more={"GITHUB_ACTIONS": "true"})


def stopped(triggering: Triggering, script: Callable[[object], Iterator[Happening]], number: int = signal.SIGTERM) -> tuple[Ended, float]:
    """How it ended that was stopped while it followed the run, and how many seconds later."""
    triggering.github.script("deploy.yml", script)
    with triggering.started("--logs", "none") as process:
        triggering.github.until(lambda: any(run.jobs for run in triggering.runs), "a job", 60)
        looks = triggering.count("list-jobs")
        triggering.github.until(lambda: triggering.count("list-jobs") > looks + 1, "looks at the run", 60)
        process.send_signal(number)
        began = time.monotonic()
        ended = triggering.ended(process)
        return ended, time.monotonic() - began


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("kind", ["error", "bad-gateway", "drop-before", "drop-after", "page"])
def test_a_cancellation_whose_answer_is_lost_is_asked_for_again_at_once(triggering: Triggering, kind: str, number: int, code: int) -> None:
    triggering.github.fault("cancel-run", 1, kind)
    ended, took = stopped(triggering, long_run, number)
    assert (ended.code, ended.outputs["conclusion"], triggering.runs[0].conclusion) == (code, "cancelled", "cancelled"), ended.stderr
    assert "the run has ended: cancelled" in ended.stderr
    assert took < IN_ACTIONS
    assert triggering.count("force-cancel-run") == 0


def test_a_github_that_never_answers_a_cancellation_is_not_believed(triggering: Triggering) -> None:
    for number in (1, 2, 3):
        triggering.github.fault("cancel-run", number, "bad-gateway")
    ended, took = stopped(triggering, long_run)
    run = triggering.runs[0]
    assert (ended.code, ended.outputs["conclusion"], run.status) == (143, None, "in_progress")
    assert "it is not known whether GitHub received the cancellation" in ended.stderr
    assert f"run {run.id} continues (in_progress)" in ended.stderr
    assert ": cancelled after" not in ended.stderr
    assert took < IN_ACTIONS


def test_a_run_that_hangs_in_its_queue_cannot_be_cancelled_and_that_is_said(triggering: Triggering) -> None:
    for number in (1, 2, 3):
        triggering.github.fault("cancel-run", number, "not-queued")
        triggering.github.fault("force-cancel-run", number, "not-queued")
    ended, took = stopped(triggering, hangs_in_its_queue)
    run = triggering.runs[0]
    assert (ended.code, ended.outputs["conclusion"]) == (143, None)
    assert (
        "it could not be cancelled, and continues: GitHub says 'Cannot cancel a workflow run that has not been queued yet.'" in ended.stderr
    )
    assert f"/actions/runs/{run.id}" in ended.stderr
    assert triggering.count("force-cancel-run") == 1
    assert took < IN_ACTIONS


def test_a_run_that_is_queued_meanwhile_is_cancelled(triggering: Triggering) -> None:
    triggering.github.fault("cancel-run", 1, "not-queued")
    ended, _ = stopped(triggering, hangs_in_its_queue)
    assert (ended.code, ended.outputs["conclusion"]) == (143, "cancelled"), ended.stderr


def test_a_run_that_ends_meanwhile_has_its_own_conclusion(triggering: Triggering) -> None:
    def ends(_: object) -> Iterator[Happening]:
        yield JobStarted("build")
        yield Pause(60, heeds_cancel=False)
        yield JobEnded("build", "success")

    triggering.github.script("deploy.yml", ends)
    triggering.github.fault("cancel-run", 1, "slow", 1)
    with triggering.started("--logs", "none") as process:
        run = triggering.until_running()
        looks = triggering.count("list-jobs")
        triggering.github.until(lambda: triggering.count("list-jobs") > looks + 1, "looks at the run", 60)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with triggering.github.hub.lock:
            run.status, run.conclusion = "completed", "success"
        ended = triggering.ended(process)
        with triggering.github.hub.lock:
            run.status, run.conclusion = "in_progress", None
    assert (ended.code, ended.outputs["conclusion"]) == (143, "success"), ended.stderr
    assert "the run has ended: success" in ended.stderr


def test_a_run_that_still_cleans_up_is_told_as_asked(triggering: Triggering) -> None:
    ended, took = stopped(triggering, cleans_up)
    run = triggering.runs[0]
    assert (ended.code, ended.outputs["conclusion"], run.status) == (143, None, "in_progress")
    assert "GitHub was asked to cancel it and it had not ended" in ended.stderr
    assert f"--run-id {run.id}" in ended.stderr
    assert took < IN_ACTIONS


def test_a_signal_after_the_time_is_up_goes_on_with_the_same_cancellation(triggering: Triggering) -> None:
    triggering.github.script("deploy.yml", cleans_up)
    with triggering.started("--logs", "none", "--timeout-minutes", "0.05") as process:
        triggering.github.until(lambda: triggering.count("cancel-run") == 1, "the cancellation", 60)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        ended = triggering.ended(process)
    assert time.monotonic() - began < IN_ACTIONS
    assert ended.code == 143
    assert "GitHub was asked to cancel it and it had not ended" in ended.stderr
    assert triggering.count("cancel-run") == 1
