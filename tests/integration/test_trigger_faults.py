"""Bad credentials, missing things, and trouble at every remote call: one sentence that says what to do, one run at most, never key material."""

import re
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from credex_actions.core.clock import SystemClock
from credex_actions.core.loop import Run, drive
from credex_actions.core.secret import Secret
from credex_actions.github.connection.credentials import TokenCredentials
from credex_actions.github.connection.place import Place
from credex_actions.github.connection.session import open_session
from credex_actions.github.runs import stopping
from credex_actions.github.runs.stopping_client import Stopping
from credex_actions.sandbox.github.runs.happenings import Happening, JobStarted, Pause
from tests.integration.called import Ended
from tests.integration.meddling import Between, Exchange
from tests.integration.triggering import MARKED, NAME, Triggering

pytestmark = pytest.mark.slow


class HurriedClock(SystemClock):
    """Waits a hundredth of the time, and says that all of it has gone by."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds / 100)
        self._ahead += seconds


NO_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----"


def other_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def refused(ended: Ended, code: int, *words: str) -> None:
    assert ended.code == code, ended.stderr
    for word in words:
        assert word in ended.stderr
    assert "an error in credex-actions itself" not in ended.stderr
    assert not re.search(r"[A-Za-z0-9+/]{40,}", ended.stderr), "no key material"


class TestCredentials:
    def test_escaped_line_ends_in_a_key_are_fine(self, triggering: Triggering) -> None:
        triggering.more = {"GH_APP_PRIVATE_KEY": triggering.app.private_key.replace("\n", "\\n")}
        assert triggering.call("--dry-run").code == 0

    def test_a_key_whose_line_ends_were_lost_is_fine(self, triggering: Triggering) -> None:
        triggering.more = {"GH_APP_PRIVATE_KEY": f'"{triggering.app.private_key.replace(chr(10), " ")}"'}
        assert triggering.call("--dry-run").code == 0

    def test_another_app_s_key(self, triggering: Triggering) -> None:
        triggering.more = {"GH_APP_PRIVATE_KEY": other_key()}
        refused(triggering.call(), 2, "does not accept this private key", "app-private-key")

    @pytest.mark.parametrize("key", ["secret", NO_KEY, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"])
    def test_what_is_no_key(self, triggering: Triggering, key: str) -> None:
        triggering.more = {"GH_APP_PRIVATE_KEY": key}
        refused(triggering.call(), 2, "is not a readable private key in PEM format", "from -----BEGIN to -----END")
        assert triggering.github.calls() == []

    def test_a_key_of_another_kind(self, triggering: Triggering) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
        triggering.more = {"GH_APP_PRIVATE_KEY": text}
        refused(triggering.call(), 2, "is not a readable private key in PEM format")

    def test_an_app_that_is_not_there(self, triggering: Triggering) -> None:
        triggering.more = {"GH_APP_ID": "42"}
        refused(triggering.call(), 2, "there is no GitHub App 42")

    def test_an_app_that_is_not_installed_here(self, triggering: Triggering) -> None:
        triggering.app.repositories = ("Great-Sun-Group/other",)
        refused(triggering.call(), 2, f"is not installed on {NAME}")

    def test_an_app_without_the_permission_names_it(self, triggering: Triggering) -> None:
        triggering.app.permissions["actions"] = "read"
        refused(triggering.call(), 2, "lacks the permission actions: write")

    def test_the_installation_of_another_account(self, triggering: Triggering) -> None:
        triggering.more = {"GH_INSTALLATION_ID": "7"}
        refused(triggering.call(), 2, "the installation 7 does not include")

    def test_half_an_app_is_not_quietly_a_token(self, triggering: Triggering) -> None:
        triggering.more = {"GH_APP_PRIVATE_KEY": "", "GH_TOKEN": "ghp_abc"}
        refused(triggering.call(), 2, "GH_APP_PRIVATE_KEY: is missing")

    def test_no_credentials_at_all(self, triggering: Triggering) -> None:
        triggering.more = {"GH_APP_ID": "", "GH_APP_PRIVATE_KEY": ""}
        refused(triggering.call(), 2, "no GitHub credentials are provided")

    def test_a_token_that_is_wrong(self, triggering: Triggering) -> None:
        triggering.more = {"GH_APP_ID": "", "GH_APP_PRIVATE_KEY": "", "GH_TOKEN": "ghp_wrong"}
        refused(triggering.call(), 2, "GH_TOKEN", "invalid, revoked or expired")

    def test_a_token_without_the_permission_names_it(self, triggering: Triggering) -> None:
        token = triggering.github.token({"contents": "read", "actions": "read", "metadata": "read"}, kind="actions")
        triggering.more = {"GH_APP_ID": "", "GH_APP_PRIVATE_KEY": "", "GITHUB_TOKEN": token.text}
        refused(triggering.call(), 2, "lacks the permission actions: write", "permissions: { actions: write }")
        assert triggering.runs == []

    def test_an_input_comes_before_the_environment(self, triggering: Triggering) -> None:
        token = triggering.github.token(actor="alice")
        file = triggering.folder / "token"
        file.write_text(f"{token.text}\n")
        assert triggering.call("--token-file", str(file), "--logs", "none").code == 0
        assert triggering.runs[0].actor == "alice"

    def test_a_token_that_dies_on_the_way_is_renewed(self, triggering: Triggering) -> None:
        from tests.integration.test_trigger import long_run

        triggering.github.script("deploy.yml", long_run)
        with triggering.started() as process:
            triggering.until_running()
            time.sleep(1.5)  # a token that dies within its first second is not made again
            with triggering.github.hub.lock:
                for token in triggering.github.hub.tokens.values():
                    assert token.expires
                    token.expires -= timedelta(hours=1)
            triggering.github.until(lambda: triggering.count("create-installation-token") == 2, "a new token", 20)
            process.send_signal(signal.SIGINT)
            ended = triggering.ended(process)
        assert ended.code == 130, ended.stderr
        assert triggering.runs[0].conclusion == "cancelled"


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("flags", "words"),
        [
            (["--repository", "Great-Sun-Group/credex-cor"], ["is not installed on Great-Sun-Group/credex-cor"]),
            (["--repository", "not a name"], ["is not the name of a repository", "OWNER/NAME"]),
            (["--workflow", "deplyo.yml"], ["has no workflow 'deplyo.yml'", "Did you mean deploy.yml?"]),
            (["--workflow", "Nightly"], ["has no workflow 'Nightly'", "deploy.yml, plain.yml"]),
            (["--ref", "devv"], ["has no branch or tag 'devv'", "Did you mean dev?"]),
            (["--ref", "0" * 40], ["is a commit: a workflow is dispatched on a branch or a tag"]),
            (["--ref", "a b"], ["is not the name of a branch or tag"]),
            (["--run-id", "99"], ["has no run 99"]),
            (["--run-id", "x"], ["is not an id"]),
            (["--timeout-minutes", "0"], ["must be more than 0"]),
            (["--log-file", "no such folder/run.log"], ["log-file: cannot be written: its folder does not exist"]),
            (["--log-file", "."], ["log-file: cannot be written: it is a folder"]),
            (["--inputs", "colour=red"], ["has no input 'colour'", "distinct_id, environment, force, replicas"]),
            (["--inputs", "environment=prod"], ["environment is 'prod'; it must be one of the workflow's options", "development, staging"]),
            (["--inputs", "force=yes"], ["force is 'yes'; it must be a boolean", "true, false"]),
            (["--inputs", "replicas=many"], ["replicas is 'many'; it must be a number"]),
            (["--correlation-input", "trace"], ["the workflow has no input 'trace'"]),
        ],
    )
    def test_it_is_named_with_what_is_accepted(self, triggering: Triggering, flags: list[str], words: list[str]) -> None:
        refused(triggering.call(*flags), 2, *words)
        assert triggering.runs == []

    def test_a_token_is_told_that_it_cannot_see_the_repository(self, triggering: Triggering) -> None:
        token = triggering.github.token(repositories=("Great-Sun-Group/other",))
        triggering.more = {"GH_APP_ID": "", "GH_APP_PRIVATE_KEY": "", "GH_TOKEN": token.text}
        refused(triggering.call(), 2, f"the repository {NAME} does not exist", "have no access to it")

    @pytest.mark.parametrize("flags", [[], ["--run-id", "RUN"]])
    def test_a_renamed_repository_is_told_its_new_name_and_nothing_is_started(self, triggering: Triggering, flags: list[str]) -> None:
        token = triggering.github.token()
        triggering.more = {"GH_APP_ID": "", "GH_APP_PRIVATE_KEY": "", "GH_TOKEN": token.text}
        first = triggering.call("--no-wait")
        triggering.github.rename(triggering.repository, "Great-Sun-Group/renamed")
        ended = triggering.call(*(first.outputs["run-id"] if flag == "RUN" else flag for flag in flags))
        refused(ended, 2, f"{NAME} was renamed to Great-Sun-Group/renamed")
        assert "redirection" not in ended.stderr
        assert len(triggering.runs) == 1

    def test_all_faults_of_the_inputs_at_once(self, triggering: Triggering) -> None:
        ended = triggering.call("--inputs", "colour=red\nforce=1\nenvironment=x")
        assert [fault["where"] for fault in ended.report["faults"]] == ["inputs"] * 3

    def test_choices_are_texts_as_they_stand_in_the_file(self, triggering: Triggering) -> None:
        text = "on: {workflow_dispatch: {inputs: {size: {type: choice, options: [1, 2.0, true, on]}}}}\njobs: {}\n"
        triggering.github.push(triggering.repository, "dev", {".github/workflows/plain.yml": text})
        for size in ("1", "true", "on"):
            assert triggering.call("--workflow", "plain.yml", "--no-wait", "--inputs", f"size={size}").code == 0
        refused(triggering.call("--workflow", "plain.yml", "--inputs", "size=2"), 2, "Accepted: 1, 2.0, true, on.")

    def test_an_environment_is_one_that_the_repository_has(self, triggering: Triggering) -> None:
        text = "on: {workflow_dispatch: {inputs: {target: {type: environment}}}}\njobs: {}\n"
        triggering.github.push(triggering.repository, "dev", {".github/workflows/plain.yml": text})
        triggering.github.protect(triggering.repository, "staging")
        refused(triggering.call("--workflow", "plain.yml", "--inputs", "target=prod"), 2, "Accepted: staging.")
        assert triggering.call("--workflow", "plain.yml", "--no-wait", "--inputs", "target=staging").code == 0

    def test_a_list_of_environments_that_is_not_whole_is_left_to_github(self, triggering: Triggering) -> None:
        text = "on: {workflow_dispatch: {inputs: {target: {type: environment}}}}\njobs: {}\n"
        triggering.github.push(triggering.repository, "dev", {".github/workflows/plain.yml": text})
        for number in range(101):
            triggering.github.protect(triggering.repository, f"e{number:03}")

        def meddle(exchange: Exchange) -> None:
            exchange.headers = [(name, value) for name, value in exchange.headers if name.lower() != "link"]

        with Between(triggering.github.url, meddle).serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url}
            assert triggering.call("--workflow", "plain.yml", "--no-wait", "--inputs", "target=e100").code == 0

    def test_the_repository_s_name_has_no_case(self, triggering: Triggering) -> None:
        assert triggering.call("--repository", NAME.upper(), "--logs", "none").code == 0

    def test_more_inputs_than_github_takes(self, triggering: Triggering) -> None:
        ended = triggering.call("--inputs", "\n".join(f"i{n}=x" for n in range(26)))
        refused(ended, 2, "GitHub takes at most 25")

    def test_a_workflow_without_the_trigger(self, triggering: Triggering) -> None:
        triggering.github.push(triggering.repository, "dev", {".github/workflows/push.yml": "on: push\njobs: {}\n"})
        refused(triggering.call("--workflow", "push.yml"), 2, "push.yml has no workflow_dispatch", "Add `workflow_dispatch:`")

    def test_a_workflow_that_only_another_branch_has(self, triggering: Triggering) -> None:
        triggering.github.push(triggering.repository, "feature", {".github/workflows/new.yml": MARKED})
        refused(triggering.call("--workflow", "new.yml", "--ref", "feature"), 2, "does not know the workflow new.yml yet", "default branch")
        refused(triggering.call("--workflow", "new.yml"), 2, "has no workflow 'new.yml' on dev")

    def test_the_workflow_is_read_as_it_is_at_the_ref(self, triggering: Triggering) -> None:
        changed = MARKED.replace("environment: {", "target: {")
        triggering.github.push(triggering.repository, "feature/x", {".github/workflows/deploy.yml": changed})
        refused(triggering.call("--inputs", "target=staging"), 2, "has no input 'target'")
        assert triggering.call("--ref", "feature/x", "--inputs", "target=staging", "--logs", "none").code == 0


class TestTrouble:
    @pytest.mark.parametrize("kind", ["error", "bad-gateway", "drop-before", "drop-after"])
    def test_a_dispatch_whose_answer_is_lost_is_not_sent_again(self, triggering: Triggering, kind: str) -> None:
        triggering.github.fault("create-dispatch", 1, kind)
        with triggering.started("--logs", "none") as process:
            if kind == "drop-after":
                ended = triggering.ended(process)
                assert ended.code == 0, ended.stderr
                assert len(triggering.runs) == 1
            else:
                triggering.github.until(lambda: triggering.count("list-workflow-runs") >= 4, "looks for the run", 30)
                process.send_signal(signal.SIGINT)
                ended = triggering.ended(process)
                assert ended.code == 130
                assert "it is not known whether a run was started" in ended.stderr
                assert triggering.runs == []
        assert triggering.count("create-dispatch") == 1

    @pytest.mark.slow
    def test_a_dispatch_of_which_nothing_shows_ends_after_a_bounded_time(self, triggering: Triggering) -> None:
        triggering.github.fault("create-dispatch", 1, "drop-before")
        ended = triggering.call("--logs", "none")
        refused(ended, 4, "dispatch deploy.yml on dev was sent", "--run-id N follows an existing one")
        assert triggering.count("create-dispatch") == 1

    @pytest.mark.parametrize("kind", ["secondary-rate-limit", "rate-limit"])
    def test_a_dispatch_that_a_limit_turned_away_is_sent_again_after_the_said_wait(self, triggering: Triggering, kind: str) -> None:
        triggering.github.fault("create-dispatch", 1, kind, 1)
        ended = triggering.call("--logs", "none")
        assert ended.code == 0, ended.stderr
        assert "rate limit is exceeded" in ended.stderr
        assert len(triggering.runs) == 1

    @pytest.mark.parametrize("kind", ["error", "bad-gateway", "drop-before", "drop-after", "secondary-rate-limit"])
    @pytest.mark.parametrize(
        "operation",
        ["get-installation", "create-installation-token", "get-commit", "get-contents", "list-workflow-runs", "list-jobs", "get-run"],
    )
    def test_a_look_that_fails_is_repeated(self, triggering: Triggering, operation: str, kind: str) -> None:
        triggering.github.fault(operation, 1, kind, 1)
        ended = triggering.call("--logs", "none")
        assert ended.code == 0, ended.stderr
        assert len(triggering.runs) == 1
        assert "retrying" in ended.stderr or "continuing in" in ended.stderr

    @pytest.mark.parametrize("kind", ["error", "not-found"])
    def test_a_log_that_cannot_be_had_is_a_warning(self, triggering: Triggering, kind: str) -> None:
        triggering.github.fault("get-job-log", 1, kind)
        assert triggering.call("--logs", "all").code == 0, "asked for again"
        for number in range(1, 40):
            triggering.github.fault("download-job-log", number, "not-found")
        ended = triggering.call("--logs", "all")
        assert ended.code == 0
        assert "warning: the log of build cannot be shown" in ended.stderr

    def test_a_rate_limit_that_outlasts_the_time_out(self, triggering: Triggering) -> None:
        triggering.github.fault("get-commit", 1, "rate-limit", 3600)
        began = time.monotonic()
        ended = triggering.call("--timeout-minutes", "1")
        assert time.monotonic() - began < 10
        refused(ended, 4, "rate limit", "60 min more, which is too long to wait here")
        assert triggering.runs == []

    def test_an_outage_that_outlasts_the_time_out_still_says_which_run_was_started(self, triggering: Triggering) -> None:
        for number in range(1, 30):
            triggering.github.fault("list-jobs", number, "bad-gateway")
        ended = triggering.call("--timeout-minutes", "0.1")
        refused(ended, 4, "timed out after 0.1 min: GitHub responds with HTTP 502", "the run has ended: success")
        assert ended.outputs["run-id"] == str(triggering.runs[0].id)
        assert len(triggering.runs) == 1

    def test_no_network(self, triggering: Triggering) -> None:
        triggering.more = {"GITHUB_API_URL": "http://127.0.0.1:9"}
        ended = triggering.call("--timeout-minutes", "0.05")
        refused(ended, 4, "http://127.0.0.1:9 cannot be reached: connection refused", "githubstatus.com")

    def test_a_name_that_does_not_resolve(self, triggering: Triggering) -> None:
        triggering.more = {"GITHUB_API_URL": "http://github.invalid", "HTTP_PROXY": "", "http_proxy": ""}
        refused(triggering.call("--timeout-minutes", "0.02"), 4, "http://github.invalid cannot be reached")

    def test_something_else_than_github_answers(self, triggering: Triggering) -> None:
        triggering.github.fault("get-installation", 1, "bad-gateway")
        assert triggering.call("--dry-run").code == 0

    def test_a_run_that_ignores_the_cancellation_is_cancelled_by_force_after_a_while(self, triggering: Triggering) -> None:
        def stubborn(_: object) -> Iterator[Happening]:
            yield JobStarted("build")
            yield Pause(60, heeds_cancel=False)

        triggering.github.script("deploy.yml", stubborn)
        began = triggering.call("--no-wait")
        run = triggering.until_running()
        clock = HurriedClock()
        place = Place(NAME, triggering.github.url, triggering.github.url)
        token = TokenCredentials(Secret(triggering.github.token().text), "token")
        session = open_session(place, token, {}, clock, lambda _: None, lambda _: None)
        story = Run(clock)
        done = drive(Stopping(session, int(began.outputs["run-id"])).operation(), story)
        assert (done.outcome, run.conclusion) == ("cancelled", "cancelled")
        asked, forced = story.sent
        assert (story.sent[forced].began - story.sent[asked].began).total_seconds() >= stopping.GRACE

    @pytest.mark.parametrize("call", range(1, 12))
    def test_killed_at_any_call_no_second_run_is_started_by_following(self, triggering: Triggering, call: int) -> None:
        triggering.github.fault("*", call, "slow", 1)
        with triggering.started("--logs", "none") as process:
            while process.poll() is None and triggering.github.faults_left:
                time.sleep(0.005)
            process.kill()
            process.wait()
        triggering.github.until_answered()
        assert len(triggering.runs) <= 1
        for run in triggering.runs:
            assert triggering.call("--run-id", str(run.id), "--logs", "none").code == 0
        assert len(triggering.runs) <= 1
