"""What an adversary, a bad network or bad luck does to a trigger: no second run, no foreign run, no secret, and always words."""

import json
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from github import Auth

from credex_actions.core.clock import SystemClock
from credex_actions.github.connection.answers import listed, text_at
from credex_actions.github.connection.api import Api
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.runs.happenings import Happening, JobStarted, Pause
from tests.integration.called import told
from tests.integration.meddling import Between, CutOff, Exchange, log_instead, self_signed
from tests.integration.test_trigger import long_run
from tests.integration.triggering import NAME, Triggering, job

pytestmark = pytest.mark.slow


def as_holder_of(triggering: Triggering, token: str) -> None:
    triggering.more = {**triggering.more, "GH_APP_ID": "", "GH_APP_PRIVATE_KEY": "", "GH_TOKEN": token}


def dispatched_by(github: GitHub, actor: str, workflow: str, **inputs: str) -> None:
    """Somebody else starts the workflow on dev."""
    request = urllib.request.Request(
        f"{github.url}/repos/{NAME}/actions/workflows/{workflow}/dispatches",
        data=json.dumps({"ref": "dev", "inputs": inputs}).encode(),
        headers={"Authorization": f"Bearer {github.token(actor=actor).text}", "Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request):
        pass


class Once:
    """Cuts off the first answer to a dispatch, which GitHub has got."""

    def __init__(self, last: bytes = b"") -> None:
        self.last = last
        self.left = 1

    def __call__(self, exchange: Exchange) -> None:
        if exchange.path.endswith("/dispatches") and self.left:
            self.left -= 1
            raise CutOff(self.last)


class TestTheDispatchIsSentOnce:
    def test_a_proxy_that_breaks_off_after_it_took_the_dispatch(self, triggering: Triggering) -> None:
        with Between(triggering.github.url, Once()).serving() as proxy:
            nobody = dict.fromkeys(("NO_PROXY", "no_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"), "")
            triggering.more = {**nobody, "HTTP_PROXY": proxy.url, "http_proxy": proxy.url, "GITHUB_API_URL": "http://ghes.example"}
            told(triggering.call("--logs", "none"), 0)
            assert proxy.count("POST", "/dispatches") == 1
        assert len(triggering.runs) == 1

    def test_a_tls_connection_that_breaks_off_after_it(self, triggering: Triggering, tmp_path: Path) -> None:
        certificate = self_signed(tmp_path)
        with Between(triggering.github.url, Once(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), certificate).serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url, "REQUESTS_CA_BUNDLE": str(certificate[0])}
            told(triggering.call("--logs", "none"), 0)
            assert server.count("POST", "/dispatches") == 1
        assert len(triggering.runs) == 1


class TestWhoseRunItIs:
    def test_a_run_that_is_older_than_the_dispatch_is_not_ours(self, triggering: Triggering) -> None:
        triggering.github.knows_run_details = False
        former = triggering.call("--workflow", "plain.yml", "--no-wait").outputs["run-id"]
        triggering.github.until(lambda: triggering.runs[0].status == "completed", "the end of the previous run", 20)
        with triggering.github.hub.lock:
            triggering.runs[0].created -= timedelta(minutes=5)
        pushed = {".github/workflows/plain.yml": "on: [push, workflow_dispatch]\njobs: {}\n"}
        triggering.github.push(triggering.repository, "feature", pushed)
        for number in range(30):  # so many that the previous run is not among the newest before the dispatch
            triggering.github.push(triggering.repository, "feature", {"number": str(number)})
        ended = triggering.call("--workflow", "plain.yml", "--logs", "none")
        told(ended, 0)
        assert ended.outputs["run-id"] == str(triggering.runs[-1].id) != former

    def test_an_id_that_the_user_gave_is_no_mark(self, triggering: Triggering) -> None:
        def meanwhile(exchange: Exchange) -> None:
            if exchange.path.endswith("/dispatches") and exchange.status == 204:
                dispatched_by(triggering.github, "colleague", "deploy.yml", distinct_id="42", environment="staging")

        triggering.github.knows_run_details = False
        with Between(triggering.github.url, meanwhile).serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url}
            ended = triggering.call("--inputs", "distinct_id=42", "--inputs", "environment=staging", "--logs", "none")
        told(ended, 0, "the run was identified by actor")
        assert [run.actor for run in triggering.runs] == ["credex-deployer[bot]", "colleague"]
        assert ended.outputs["run-id"] == str(triggering.runs[0].id)

    @pytest.mark.parametrize("flags", [["--workflow", "plain.yml"], ["--inputs", "distinct_id=42"]])
    def test_a_lost_answer_without_a_mark_names_the_candidate_and_does_not_take_it(self, triggering: Triggering, flags: list[str]) -> None:
        triggering.github.fault("create-dispatch", 1, "drop-after")
        ended = triggering.call("--logs", "none", *flags)
        (run,) = triggering.runs
        told(ended, 4, "the response to the dispatch was lost", f"whether run {run.id} is ours", f"--run-id {run.id} follows it")
        assert triggering.count("create-dispatch") == 1

    def test_a_lost_answer_and_a_colleague_with_the_same_credentials(self, triggering: Triggering) -> None:
        triggering.github.fault("create-dispatch", 1, "drop-before")
        with triggering.started("--logs", "none", "--workflow", "plain.yml") as process:
            triggering.github.until(lambda: triggering.count("create-dispatch") == 1, "the dispatch", 30)
            dispatched_by(triggering.github, "credex-deployer[bot]", "plain.yml")
            ended = triggering.ended(process)
        told(ended, 4, f"whether run {triggering.runs[0].id} is ours")

    @pytest.mark.parametrize("answer", [{"message": "ok", "run_id": 1}, {"workflow_run_id": "soon"}, ["ok"]])
    def test_an_answer_to_the_dispatch_that_names_no_run_is_as_good_as_none(self, triggering: Triggering, answer: object) -> None:
        def meddle(exchange: Exchange) -> None:
            if exchange.path.endswith("/dispatches"):
                exchange.document = answer

        with Between(triggering.github.url, meddle).serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url}
            told(triggering.call("--logs", "none"), 0)
        assert len(triggering.runs) == 1


def test_a_remote_on_a_server_that_nobody_trusted_gets_no_credentials(triggering: Triggering, tmp_path: Path) -> None:
    with Between(triggering.github.url, lambda _: None).serving() as server:
        checkout = tmp_path / "checkout"
        subprocess.run(["git", "init", "-q", str(checkout)], check=True)
        subprocess.run(["git", "-C", str(checkout), "remote", "add", "origin", f"{server.url}/{NAME}.git"], check=True)
        triggering.more = {"GITHUB_API_URL": "", "GITHUB_SERVER_URL": "", "GITHUB_REPOSITORY": ""}
        told(triggering.call(cwd=checkout), 2, "to which no credentials are sent by default", "set GITHUB_SERVER_URL to it")
        assert server.passed == []
        triggering.more = {"GITHUB_API_URL": "", "GITHUB_SERVER_URL": server.url, "GITHUB_REPOSITORY": ""}
        triggering.call("--dry-run", cwd=checkout)
        assert server.passed != [], "asked for by name, it is"


class TestStopping:
    @pytest.mark.parametrize("flags", [[], ["--no-wait"], ["--on-cancel", "leave"]])
    @pytest.mark.parametrize(("during", "times"), [("get-contents", 1), ("list-workflow-runs", 1), ("list-workflow-runs", 2)])
    def test_ctrl_c_during_the_looks_before_the_dispatch_starts_nothing(
        self, triggering: Triggering, during: str, times: int, flags: list[str]
    ) -> None:
        before = {"get-contents": "get-commit", "list-workflow-runs": "get-contents"}[during]
        triggering.github.fault(during, 1, "slow", 1.5)
        with triggering.started(*flags) as process:
            triggering.github.until(lambda: triggering.count(before) == 1, "the look before it", 20)
            for _ in range(times):
                time.sleep(0.4)
                process.send_signal(signal.SIGINT)
            ended = triggering.ended(process)
        told(ended, 130, "before anything was dispatched")
        assert triggering.count("create-dispatch") == 0

    def test_a_cancellation_that_a_limit_turned_away_is_sent_again(self, triggering: Triggering) -> None:
        triggering.github.script("deploy.yml", long_run)
        triggering.github.fault("cancel-run", 1, "secondary-rate-limit", 1)
        with triggering.started() as process:
            triggering.until_running()
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            ended = triggering.ended(process)
        told(ended, 130, "the run has ended: cancelled")
        assert (triggering.count("cancel-run"), triggering.count("force-cancel-run")) == (2, 0)

    def test_a_second_signal_says_what_was_asked_for(self, triggering: Triggering) -> None:
        def stubborn(_: object) -> Iterator[Happening]:
            yield JobStarted("build")
            yield Pause(60, heeds_cancel=False)

        triggering.github.script("deploy.yml", stubborn)
        with triggering.started() as process:
            run = triggering.until_running()
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            triggering.github.until(lambda: triggering.count("cancel-run") == 1, "the cancellation", 20)
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            ended = triggering.ended(process)
        told(
            ended,
            143,
            "SIGTERM was received again, so the run's end was not waited for; GitHub was asked to cancel it",
            f"--run-id {run.id}",
        )
        assert ended.outputs["conclusion"] is None, "it is not cancelled before it is"

    @pytest.mark.parametrize("seconds", [0.2, 30.0], ids=["trickles", "stands still"])
    def test_a_slow_log_is_left_when_it_is_asked_to_stop(self, triggering: Triggering, seconds: float) -> None:
        asked_for: list[float] = []
        over = threading.Event()

        def trickle() -> Iterable[bytes]:
            asked_for.append(time.monotonic())
            for _ in range(300):
                yield b"x\n"
                over.wait(seconds)

        def two_jobs(_: object) -> Iterator[Happening]:
            yield from job("first", "compile")
            yield from long_run(None)

        triggering.github.script("deploy.yml", two_jobs)
        between = Between(triggering.github.url, log_instead(lambda: between, trickle))
        with between.serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url}
            with triggering.started("--logs", "all") as process:
                triggering.github.until(lambda: asked_for != [], "the look at the log", 30)
                time.sleep(0.5)
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                ended = triggering.ended(process)
            took = time.monotonic() - began
            over.set()
        assert took < 10, "later a job is killed that GitHub cancels"
        told(ended, 143)
        assert triggering.runs[0].conclusion == "cancelled"


def unknown_jobs(document: dict[str, object]) -> object:
    return {"message": "ok"} if "jobs" in document else document


def odd_times(document: dict[str, object]) -> object:
    for each in document.get("jobs", []):  # type: ignore[attr-defined]
        each["started_at"] = "soon"
    return document


class TestFollowing:
    @pytest.mark.parametrize("kind", ["unauthorised", "not-found"])
    def test_a_refusal_in_the_middle_says_which_run_goes_on(self, triggering: Triggering, kind: str) -> None:
        triggering.github.script("deploy.yml", long_run)
        as_holder_of(triggering, triggering.github.token().text)
        with triggering.started() as process:
            run = triggering.until_running()
            for number in range(1, 400):
                triggering.github.fault("list-jobs", number, kind)
            ended = triggering.ended(process)
        told(ended, 4, "the run was not followed to its end", f"--run-id {run.id}")
        assert ended.outputs["run-id"] == str(run.id)

    @pytest.mark.parametrize("change", [unknown_jobs, odd_times])
    def test_an_answer_that_nobody_can_read_says_which_run_was_started(
        self, triggering: Triggering, change: Callable[[dict[str, object]], object]
    ) -> None:
        def meddle(exchange: Exchange) -> None:
            if "/jobs" in exchange.path and exchange.status == 200:
                exchange.document = change(exchange.document)

        with Between(triggering.github.url, meddle).serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url}
            ended = triggering.call("--logs", "none", "--timeout-minutes", "0.1", "--on-cancel", "leave")
        (run,) = triggering.runs
        told(ended, 4, "timed out after 0.1 min", "something that is not GitHub's API", f"--run-id {run.id}")
        assert ended.outputs["run-id"] == str(run.id)

    def test_logs_that_cannot_be_had_do_not_keep_it_from_the_end(self, triggering: Triggering) -> None:
        for number in range(1, 100):
            triggering.github.fault("get-job-log", number, "error")
        began = time.monotonic()
        told(triggering.call("--logs", "all", "--timeout-minutes", "10"), 0, "the log of build cannot be shown")
        assert time.monotonic() - began < 60


class TestHiding:
    @pytest.mark.parametrize("in_actions", ["", "true"])
    @pytest.mark.parametrize("between", ["\x1b[m\x1b[K", "\0", "\u200e"])
    def test_a_token_that_unprintable_characters_split_is_hidden(self, triggering: Triggering, in_actions: str, between: str) -> None:
        token = triggering.github.token().text
        split = f"{token[:6]}{between}{token[6:]}"
        triggering.github.script("deploy.yml", lambda _: job("build", "show", conclusion="failure", lines=(f"it is {split}",)))
        as_holder_of(triggering, token)
        triggering.more["GITHUB_ACTIONS"] = in_actions
        kept = triggering.folder / "log"
        ended = triggering.call("--logs", "all", "--log-file", str(kept))
        told(ended, 1, "it is ***")
        seen = [line for line in (ended.stdout + ended.stderr).split("\n") if "::add-mask::" not in line]
        assert token not in "\n".join(seen)
        assert token not in ended.summary
        assert "it is ***" in kept.read_text()

    def test_pieces_of_a_key_that_was_not_quoted_are_not_repeated(self, triggering: Triggering) -> None:
        pieces = triggering.app.private_key.split()
        ended = triggering.call("--app-private-key", *pieces)
        told(ended, 2, "follows no flag")
        for piece in (each for each in pieces if len(each) > 20):
            assert piece[:20] not in ended.stderr + ended.stdout + ended.summary

    @pytest.mark.parametrize("flag", ["", "--run-id", "--poll-seconds", "--wait=", "--logs", "--on-cancel"])
    def test_a_token_in_the_wrong_place_is_not_repeated(self, triggering: Triggering, flag: str) -> None:
        token = "ghp_Abcdefghijklmnopqrstuvwxyz0123456789"
        arguments = [f"{flag}{token}"] if flag.endswith("=") or not flag else [flag, token]
        if flag != "--poll-seconds":
            arguments += ["--poll-seconds", "0.2"]
        ended = triggering.call(*arguments)
        told(ended, 2)
        assert token[:12] not in ended.stderr + ended.stdout + ended.summary


class TestTimeIsUp:
    def test_a_limit_that_outlasts_even_the_cancelling_is_left_at_once_and_said(self, triggering: Triggering) -> None:
        triggering.github.script("deploy.yml", long_run)
        with triggering.started("--timeout-minutes", "10") as process:
            run = triggering.until_running()
            triggering.github.fault("list-jobs", 1, "rate-limit", 7200)
            ended = triggering.ended(process)
        told(ended, 4, "120 min more, longer than timeout-minutes", "it is not cancelled: GitHub accepts no requests until then")
        assert f"State: run {run.id} continues" in ended.stderr
        assert f"--run-id {run.id}" in ended.stderr
        assert ended.outputs["run-id"] == str(run.id)
        assert triggering.count("cancel-run") == 0

    @pytest.mark.parametrize(("kind", "seconds"), [("rate-limit", 60), ("bad-gateway", 0)])
    @pytest.mark.parametrize("on_cancel", ["cancel", "leave"])
    def test_trouble_until_the_time_out_is_a_time_out(self, triggering: Triggering, kind: str, seconds: float, on_cancel: str) -> None:
        triggering.github.script("deploy.yml", long_run)
        with triggering.started("--timeout-minutes", "0.15", "--on-cancel", on_cancel) as process:
            run = triggering.until_running()
            for number in range(1, 30):
                triggering.github.fault("list-jobs", number, kind, seconds)
            ended = triggering.ended(process)
        told(ended, 4, "timed out after 0.15 min")
        assert ended.outputs["run-id"] == str(run.id)
        if on_cancel == "cancel":
            assert ended.outputs["conclusion"] == run.conclusion == "cancelled"
            assert f"State: run {run.id} has ended: cancelled" in ended.stderr
        else:
            assert run.status == "in_progress"
            assert f"State: run {run.id} continues" in ended.stderr

    def test_an_outage_is_borne_until_the_time_is_up_and_not_until_half_of_it(self, triggering: Triggering) -> None:
        clock = SystemClock()
        give_up = (
            clock.monotonic() + 13.5
        )  # three waits of at least 1, 2 and 4 seconds, each with up to one more: half of it is less than the seven
        for number in (1, 2, 3):
            triggering.github.fault("list-branches", number, "bad-gateway")
        api = Api(triggering.github.url, Auth.Token(triggering.github.token().text), clock, lambda _: None)
        api.bears = lambda _: give_up - clock.monotonic()
        assert api.get(f"/repos/{NAME}/branches", listed("", text_at("name"))).document[0] == "dev"


class TestSomebodyElsesRun:
    @pytest.fixture
    def run_id(self, triggering: Triggering) -> str:
        triggering.github.script("deploy.yml", long_run)
        number: str = triggering.call("--no-wait").outputs["run-id"]
        triggering.until_running()
        return number

    def test_a_time_out_leaves_it(self, triggering: Triggering, run_id: str) -> None:
        ended = triggering.call("--run-id", run_id, "--timeout-minutes", "0.03")
        told(ended, 4, "timed out", "this command did not dispatch it, so it is left running", f"run {run_id} continues")
        assert triggering.count("cancel-run") == 0

    def test_ctrl_c_leaves_it(self, triggering: Triggering, run_id: str) -> None:
        looks = triggering.count("list-jobs")
        with triggering.started("--run-id", run_id) as process:
            triggering.github.until(lambda: triggering.count("list-jobs") > looks, "looks at the run", 20)
            process.send_signal(signal.SIGINT)
            ended = triggering.ended(process)
        told(ended, 130, "this command did not dispatch it, so it is left running")
        assert triggering.count("cancel-run") == 0

    def test_it_is_cancelled_where_that_is_asked_for(self, triggering: Triggering, run_id: str) -> None:
        ended = triggering.call("--run-id", run_id, "--timeout-minutes", "0.03", "--on-cancel", "cancel")
        told(ended, 4, "the run has ended: cancelled")
