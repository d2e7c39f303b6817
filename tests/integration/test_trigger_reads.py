"""GitHub's reads lag behind its writes, and something else may answer in its place: what trigger-dev-deploy makes of it."""

import threading
import time
from collections.abc import Iterator

import pytest

from credex_actions.sandbox.github.runs.happenings import Happening, JobEnded, JobQueued, JobStarted, Line, Pause
from tests.integration.called import told
from tests.integration.meddling import Between, Exchange
from tests.integration.test_trigger import long_run
from tests.integration.triggering import NAME, Triggering, job

pytestmark = pytest.mark.slow
READS = (
    "get-installation",
    "create-installation-token",
    "get-commit",
    "get-contents",
    "list-workflow-runs",
    "get-workflow",
    "list-jobs",
    "get-run",
)
FOREIGN = ("empty", "other-shape")
"""Of those that the sandbox knows; tests/unit/test_github_reads.py has all shapes."""


class TestSomebodyElsesAnswers:
    @pytest.mark.parametrize("kind", FOREIGN)
    def test_one_at_every_read_is_looked_past(self, triggering: Triggering, kind: str) -> None:
        for operation in READS:
            triggering.github.fault(operation, 1, kind)
        told(triggering.call("--logs", "none"), 0, "something that is not GitHub's API")
        assert len(triggering.runs) == 1
        assert triggering.github.faults_left == 0

    @pytest.mark.parametrize("operation", READS[:6])
    @pytest.mark.parametrize("kind", ["other-shape", "other-refusal"])
    def test_one_that_stays_is_a_failure_to_look_and_no_fault_of_the_input(self, triggering: Triggering, operation: str, kind: str) -> None:
        for number in range(1, 20):
            triggering.github.fault(operation, number, kind)
        told(triggering.call("--timeout-minutes", "0.03"), 4, "something that is not GitHub's API", "nothing was changed")
        assert triggering.runs == []

    def test_one_to_the_dispatch_is_a_lost_answer(self, triggering: Triggering) -> None:
        triggering.github.fault("create-dispatch", 1, "other-shape")
        ended = triggering.call("--logs", "none")
        told(ended, 4, "dispatch deploy.yml on dev was sent", "--run-id N")
        assert (triggering.count("create-dispatch"), triggering.runs) == (1, [])

    def test_one_to_the_pending_approvals_keeps_nobody_from_following(self, triggering: Triggering) -> None:
        looked = threading.Event()

        def waits(_: object) -> Iterator[Happening]:
            yield JobStarted("build")
            while not looked.is_set():
                yield Pause(0.1)
            yield JobEnded("build", "success")

        triggering.github.script("deploy.yml", waits)
        for number in range(1, 1000):
            triggering.github.fault("list-pending-deployments", number, "page")
        with triggering.started("--logs", "none") as process:
            run = triggering.until_running()
            with triggering.github.hub.lock:
                run.status = "waiting"
            triggering.github.until(lambda: triggering.count("list-pending-deployments") > 0, "the look at who is waited for")
            looked.set()
            told(triggering.ended(process), 0)


class TestReadsThatLag:
    def test_a_run_that_github_answered_with_and_does_not_know_yet(self, triggering: Triggering) -> None:
        triggering.github.lag(4)
        ended = triggering.call("--logs", "all")
        told(ended, 0, "✓ build: success", "doing compile")
        assert ended.outputs["conclusion"] == "success"
        assert len(triggering.runs) == 1

    def test_a_run_that_stays_unknown_is_a_failure_to_look(self, triggering: Triggering) -> None:
        triggering.github.lag(600)
        ended = triggering.call("--logs", "none")
        run = triggering.runs[0]
        told(ended, 4, f"GitHub has not found the run {run.id} for 2", f"--run-id {run.id}")
        assert ended.outputs["run-id"] == str(run.id)

    def test_a_run_that_was_started_a_moment_ago_can_be_followed(self, triggering: Triggering) -> None:
        triggering.github.lag(3)
        number = triggering.call("--no-wait").outputs["run-id"]
        told(triggering.call("--run-id", number, "--logs", "none"), 0)

    @pytest.mark.parametrize("operation", ["list-jobs", "get-run"])
    def test_a_run_that_is_not_there_once_is_still_there(self, triggering: Triggering, operation: str) -> None:
        for number in (1, 3, 4):
            triggering.github.fault(operation, number, "not-found")
        told(triggering.call("--logs", "none"), 0)

    def test_a_token_that_is_not_known_everywhere_yet(self, triggering: Triggering) -> None:
        for operation in ("get-commit", "create-dispatch"):
            triggering.github.fault(operation, 1, "unauthorised")
        told(triggering.call("--logs", "none"), 0)
        assert len(triggering.runs) == 1

    def test_a_token_that_github_never_takes_is_told(self, triggering: Triggering) -> None:
        for number in range(1, 20):
            triggering.github.fault("get-commit", number, "unauthorised")
        told(triggering.call(), 2, "GitHub does not accept the token")
        assert triggering.count("get-commit") == 3

    def test_a_page_s_date_is_not_github_s_time(self, triggering: Triggering) -> None:
        def meddle(exchange: Exchange) -> None:
            if not meddled and "/commits/" in exchange.path:
                meddled.append(exchange.path)
                exchange.status, exchange.data = 200, b"<html>Sign in</html>"
                exchange.headers = [("Date", "Mon, 01 Jan 2035 00:00:00 GMT"), ("Content-Type", "text/html")]

        meddled: list[str] = []
        triggering.github.knows_run_details = False  # so that the run is looked for, by its time among others
        with Between(triggering.github.url, meddle).serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url}
            told(triggering.call("--logs", "none", "--workflow", "plain.yml"), 0)

    def test_a_branch_that_github_lists_and_does_not_find_yet(self, triggering: Triggering) -> None:
        triggering.github.fault("get-commit", 1, "not-found")
        told(triggering.call("--logs", "none"), 0)


class TestLogs:
    def test_an_address_that_is_refused_once(self, triggering: Triggering) -> None:
        triggering.github.fault("download-job-log", 1, "forbidden")
        ended = triggering.call("--logs", "all")
        told(ended, 0, "doing compile")
        assert "cannot be shown" not in ended.stderr

    @pytest.mark.parametrize("kind", ["page", "empty", "other-shape"])
    def test_an_address_that_somebody_else_answers_with(self, triggering: Triggering, kind: str) -> None:
        triggering.github.fault("get-job-log", 1, kind)
        ended = triggering.call("--logs", "all")
        told(ended, 0, "doing compile")
        assert "Sign in" not in ended.stderr

    def test_a_page_in_the_place_of_a_log_is_no_log(self, triggering: Triggering) -> None:
        triggering.github.fault("download-job-log", 1, "page")
        ended = triggering.call("--logs", "all")
        told(ended, 0, "doing compile")
        assert "Sign in" not in ended.stderr

    def test_a_job_that_never_ran_has_none_and_is_not_waited_for(self, triggering: Triggering) -> None:
        def turned_away(_: object) -> Iterator[Happening]:
            yield from job("build", "compile")
            yield JobQueued("production")
            yield JobEnded("production", "failure")

        triggering.github.script("deploy.yml", turned_away)
        ended = triggering.call("--logs", "failed")
        told(ended, 1, "✗ production: failure", "failed: production")
        assert triggering.count("get-job-log") == 0
        assert "cannot be shown" not in ended.stderr
        assert "Waiting for its logs" not in ended.stderr

    def test_logs_that_never_come_are_waited_for_together_and_briefly(self, triggering: Triggering) -> None:
        triggering.github.script("deploy.yml", three_failures)
        for number in range(1, 200):
            triggering.github.fault("get-job-log", number, "not-found")
        with triggering.started("--logs", "failed") as process:
            triggering.github.until(lambda: any(run.status == "completed" for run in triggering.runs), "the run's end", 60)
            began = time.monotonic()
            ended = triggering.ended(process)
        told(ended, 1, "The run has ended: failure.", *(f"the log of {name} cannot be shown" for name in "abc"))
        assert time.monotonic() - began < 20, "one after the other they took 54 s"

    def test_waiting_for_them_counts_into_the_time_out(self, triggering: Triggering) -> None:
        def fails_and_goes_on(_: object) -> Iterator[Happening]:
            yield from three_failures(None)
            yield from long_run(None)

        triggering.github.script("deploy.yml", fails_and_goes_on)
        for number in range(1, 200):
            triggering.github.fault("get-job-log", number, "not-found")
        ended = triggering.call("--logs", "failed", "--timeout-minutes", "0.15")
        told(ended, 4, "timed out after 0.15 min", "the log of a cannot be shown")
        calls = {call.operation: call.at for call in reversed(triggering.github.calls())}
        assert calls["cancel-run"] - calls["create-dispatch"] < 15

    def test_one_that_comes_after_the_run_s_end_is_still_shown(self, triggering: Triggering) -> None:
        for number in (1, 2):
            triggering.github.fault("get-job-log", number, "not-found")
        ended = triggering.call("--logs", "all")
        told(ended, 0, "doing compile")
        assert "cannot be shown" not in ended.stderr


def three_failures(_: object) -> Iterator[Happening]:
    for name in "abc":
        yield JobStarted(name)
        yield Line(name, "at work")
        yield Pause(0.3)
        yield JobEnded(name, "failure")


class TestADisabledWorkflow:
    @pytest.mark.parametrize(
        ("state", "why"),
        [
            ("disabled_manually", "somebody disabled it"),
            ("disabled_inactivity", "60 days"),
            ("disabled_fork", "of a fork"),
            ("disabled_x", "is disabled"),
        ],
    )
    def test_it_is_named_with_why_and_what_to_do(self, triggering: Triggering, state: str, why: str) -> None:
        triggering.github.disable(triggering.repository, "deploy.yml", state)
        told(
            triggering.call("--dry-run"),
            2,
            "the workflow deploy.yml",
            "cannot be dispatched",
            why,
            f"gh workflow enable deploy.yml --repo {NAME}",
        )

    def test_also_where_only_the_dispatch_tells(self, triggering: Triggering) -> None:
        triggering.github.disable(triggering.repository, "deploy.yml")
        triggering.github.fault("get-workflow", 1, "not-found")
        told(triggering.call(), 2, "the workflow deploy.yml", "it is disabled", "gh workflow enable deploy.yml")
        assert triggering.runs == []
