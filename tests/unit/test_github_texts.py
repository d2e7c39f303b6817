"""What the GitHub part reads: remotes, keys, workflow files, logs, limits. Pure, and with hostile texts."""

import io
import json
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import requests.exceptions
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from credex_actions.core.faults import Fault
from credex_actions.core.secret import Secret
from credex_actions.ecs.definition.secrets.guard import why_secret
from credex_actions.github.connection import refusals
from credex_actions.github.connection.answers import Refused
from credex_actions.github.connection.credentials import INPUTS, AppCredentials, GivenCredentials, TokenCredentials, choose, pem
from credex_actions.github.connection.limits import asked_to_wait
from credex_actions.github.connection.outages import never_sent
from credex_actions.github.connection.place import Place, located, parse_remote, place
from credex_actions.github.dispatching.steps import Seen
from credex_actions.github.dispatching.workflow_file import NotDispatchable, misfits, parse
from credex_actions.github.logs import job_log
from credex_actions.github.promotion.promoting import BRANCHES, source_and_target
from credex_actions.github.promotion.text import BEGIN, END, merged_body
from credex_actions.github.refname import is_refname
from credex_actions.github.runs import pace, waiting
from credex_actions.github.runs.seen import Gate, Job, Run, Step
from credex_actions.github.triggering import story

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()


class TestPlace:
    @pytest.mark.parametrize(
        ("url", "repository", "site"),
        [
            ("https://github.com/acme/app.git", "acme/app", "https://github.com"),
            ("https://github.com/acme/app", "acme/app", "https://github.com"),
            ("https://token@github.com/acme/app.git/", "acme/app", "https://github.com"),
            ("git@github.com:acme/app.git", "acme/app", "https://github.com"),
            ("ssh://git@github.com/acme/app.git", "acme/app", "https://github.com"),
            ("ssh://git@ssh.github.com:443/acme/app.git", "acme/app", "https://github.com"),
            ("git@ghe.acme.com:acme/app.js.git", "acme/app.js", "https://ghe.acme.com"),
            ("https://ghe.acme.com:8443/acme/app", "acme/app", "https://ghe.acme.com:8443"),
            ("http://127.0.0.1:4000/acme/app.git", "acme/app", "http://127.0.0.1:4000"),
        ],
    )
    def test_a_remote_tells_repository_and_server(self, url: str, repository: str, site: str) -> None:
        remote = parse_remote(url)
        assert remote is not None
        assert (remote.repository, remote.site) == (repository, site)

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "/srv/git/app.git",
            "../app",
            "file:///srv/app.git",
            "https://github.com/acme",
            "https://github.com/a/b/c",
            "C:\\app",
            "C:/a/b",
            "http://ho st/a/b",
            "https://github.com/a/..",
        ],
    )
    def test_what_is_no_repository_s_url_is_none(self, url: str) -> None:
        assert parse_remote(url) is None

    @given(st.text())
    def test_no_text_breaks_it(self, url: str) -> None:
        parse_remote(url)

    @pytest.mark.parametrize(
        ("site", "environment", "api"),
        [
            ("https://github.com", {}, "https://api.github.com"),
            ("https://ghe.acme.com", {}, "https://ghe.acme.com/api/v3"),
            ("https://acme.ghe.com", {}, "https://api.acme.ghe.com"),
            ("", {"GITHUB_SERVER_URL": "https://GitHub.com"}, "https://api.github.com"),
            ("https://github.com:443", {}, "https://api.github.com"),
            ("https://www.github.com", {}, "https://api.github.com"),
            (
                "",
                {"GITHUB_SERVER_URL": "https://ghe.acme.com", "GITHUB_API_URL": "https://ghe.acme.com/api/v3/"},
                "https://ghe.acme.com/api/v3",
            ),
        ],
    )
    def test_each_kind_of_server_has_its_api(self, site: str, environment: dict[str, str], api: str) -> None:
        found = located("acme/app", site, environment)
        assert isinstance(found, Place)
        assert found.api == api

    def test_an_address_that_is_none_is_a_fault(self) -> None:
        for url in ("https://user:pass@host", "https://h:99999", "https://h/\0", "ftp://h", "https://", "h"):
            assert isinstance(located("acme/app", "", {"GITHUB_API_URL": url}), Fault), url

    @pytest.mark.parametrize(
        ("remote", "trusted"),
        [
            ("https://github.com/acme/app.git", True),
            ("https://www.GitHub.com/acme/app", True),
            ("git@github.com:acme/app.git", True),
            ("ssh://git@ssh.github.com:443/acme/app", True),
            ("https://acme.ghe.com/acme/app", True),
            ("http://github.com/acme/app", False),
            ("https://github.com:8443/acme/app", False),
            ("https://github.com.evil.com/acme/app", False),
            ("https://evil.com/acme/app?https://github.com", False),
            ("https://notgithub.com/acme/app", False),
            ("https://evilghe.com/acme/app", False),
            ("git@ghe.acme.com:acme/app.git", False),
            ("http://127.0.0.1:4000/acme/app", False),
        ],
    )
    def test_only_github_s_own_servers_are_trusted_because_a_checkout_says_so(
        self, remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
    ) -> None:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", remote], check=True)
        monkeypatch.chdir(tmp_path)
        assert isinstance(place(None, {}), Place) == trusted
        server = {"GITHUB_SERVER_URL": "https://ghe.acme.com"}
        assert isinstance(place(None, server), Place), "whoever sets the variable has said which server is meant"

    def test_a_given_url_is_taken_as_a_repository(self) -> None:
        found = place("https://ghe.acme.com/acme/app.git", {})
        assert isinstance(found, Place)
        assert (found.repository, found.api) == ("acme/app", "https://ghe.acme.com/api/v3")


class TestCredentials:
    NOTHING = GivenCredentials(None, None, None, None, INPUTS)

    def test_inputs_before_the_environment_an_app_before_a_token(self, key: str) -> None:
        token = self.NOTHING._replace(token=Secret("ghp_input"))
        app = {"GH_APP_ID": "7", "GH_APP_PRIVATE_KEY": key}
        chosen = choose(token, app)
        assert isinstance(chosen, TokenCredentials)
        assert chosen.token.reveal() == "ghp_input"
        assert isinstance(choose(self.NOTHING, {**app, "GH_TOKEN": "ghp_x"}), AppCredentials)
        found = choose(self.NOTHING, {"GITHUB_TOKEN": "second", "GH_TOKEN": "first"})
        assert isinstance(found, TokenCredentials)
        assert (found.token.reveal(), found.source) == ("first", "GH_TOKEN")

    def test_an_input_s_id_takes_the_key_of_the_environment(self, key: str) -> None:
        chosen = choose(self.NOTHING._replace(app_id="7"), {"GH_APP_PRIVATE_KEY": key})
        assert isinstance(chosen, AppCredentials)
        assert chosen.installation is None

    @pytest.mark.parametrize("text", [" ", "\n", "a b", "\u2028x", "caf\u00e9", "a\0b"])
    def test_what_no_token_can_be_is_a_fault(self, text: str) -> None:
        assert isinstance(choose(self.NOTHING._replace(token=Secret(text)), {}), list)

    def test_all_faults_at_once_and_no_key_in_them(self, key: str) -> None:
        given = self.NOTHING._replace(app_id="seven", key=Secret(key[:-40]), installation="x")
        faults = choose(given, {})
        assert isinstance(faults, list)
        assert [fault.where for fault in faults] == ["app-id", "app-private-key", "app-installation-id"]
        assert not [line for line in key.splitlines()[1:-1] if any(line in str(fault) for fault in faults)]

    @pytest.mark.parametrize(
        "change",
        [lambda key: key, lambda key: key.replace("\n", "\\n"), lambda key: key.replace("\n", "\r\n"), lambda key: key.replace("\n", " ")],
    )
    def test_a_key_survives_what_copying_does_to_it(self, key: str, change: "object") -> None:
        assert callable(change)
        assert pem(Secret(change(key))) == key

    @given(st.text())
    def test_no_text_breaks_the_key_s_reader(self, text: str) -> None:
        assert pem(Secret(text)) is None


class TestLimits:
    DATE = "Thu, 01 Jan 2026 12:00:00 GMT"

    @pytest.mark.parametrize(
        ("status", "headers", "message", "seconds"),
        [
            (403, {"retry-after": "30"}, "", 30.0),
            (429, {"retry-after": "0"}, "", 1.0),
            (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 100), "date": DATE}, "", 101.0),
            (403, {"x-ratelimit-remaining": "0"}, "", 60.0),
            (403, {"x-ratelimit-remaining": "10"}, "You have exceeded a secondary rate limit", 60.0),
            (429, {}, "", 60.0),
            (403, {"x-ratelimit-remaining": "10"}, "Resource not accessible by integration", None),
            (404, {"retry-after": "30"}, "", None),
            (429, {"retry-after": "nan"}, "", 60.0),
            (403, {"retry-after": "inf", "x-ratelimit-remaining": "9"}, "secondary rate limit", 60.0),
            (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1", "date": "Thu, 99 Jan 99999 12:00:00 +9999"}, "", 60.0),
        ],
    )
    def test_how_long_github_asks_to_wait(self, status: int, headers: dict[str, str], message: str, seconds: float | None) -> None:
        assert asked_to_wait(status, headers, message) == seconds


class TestOutages:
    @pytest.mark.parametrize(
        ("error", "never"),
        [
            (requests.exceptions.ConnectTimeout(), True),
            (requests.exceptions.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))), True),  # type: ignore[arg-type]
            (requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), True),
            (requests.exceptions.SSLError("[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]"), False),
            (requests.exceptions.ProxyError(MaxRetryError(None, "/", OSError("Tunnel connection failed"))), False),  # type: ignore[arg-type]
            (requests.exceptions.ReadTimeout(), False),
            (requests.exceptions.ConnectionError(ProtocolError("Connection aborted.")), False),
        ],
    )
    def test_what_may_have_arrived_is_not_called_unsent(self, error: Exception, *, never: bool) -> None:
        assert never_sent(error) == never


class TestRefusals:
    @pytest.mark.parametrize(("hour", "words"), [("11:40:00", "20 minutes ahead of"), ("12:20:00", "20 minutes behind")])
    def test_a_clock_that_is_wrong_is_told_from_a_key_that_is(self, hour: str, words: str) -> None:
        app = AppCredentials("7", Secret("key"), None)
        error = Refused(401, "'Expiration time' claim ('exp') is too far in the future", {"date": f"Thu, 01 Jan 2026 {hour} GMT"})
        assert words in refusals.about_the_app(error, app, "acme/app", NOW.timestamp()).what

    def test_a_single_sign_on_s_address_is_given(self) -> None:
        error = Refused(
            403,
            "Resource protected by organization SAML enforcement.",
            {"x-github-sso": "required; url=https://github.com/orgs/acme/sso?x=1"},
        )
        fault = refusals.about_the_token(error, TokenCredentials(Secret("t"), "GH_TOKEN"), "repository")
        assert "https://github.com/orgs/acme/sso?x=1" in fault.hint


class TestWorkflowFile:
    @pytest.mark.parametrize(
        "text",
        [
            "on: workflow_dispatch",
            "on: [push, workflow_dispatch]",
            "on: {workflow_dispatch: }",
            "'on': {workflow_dispatch: {}}",
            "true: workflow_dispatch",
        ],
    )
    def test_the_trigger_is_found_in_every_way_to_write_it(self, text: str) -> None:
        assert parse(text, "x.yml").inputs == {}

    @pytest.mark.parametrize("text", ["on: push", "jobs: {}", "", "[1]", "a: [", "on:", "on: 3", "on: {workflow_call: {}}"])
    def test_without_it_the_file_cannot_be_started(self, text: str) -> None:
        with pytest.raises(NotDispatchable):
            parse(text, "x.yml")

    @given(st.text())
    def test_no_text_breaks_it(self, text: str) -> None:
        with suppress(NotDispatchable):
            parse(text, "x.yml")

    @pytest.mark.parametrize(
        ("run_name", "shown"),
        [
            ("Deploy ${{ inputs.distinct_id }}", True),
            ("${{ github.event.inputs.distinct_id || 'x' }}", True),
            ("Deploy ${{ inputs.distinct_id_2 }}", False),
            ("Deploy inputs.distinct_id", False),
            ("${{ inputs['distinct_id'] }}", True),
            ("${{ inputs.distinct_id && 'a' || 'b' }}", False),
            ("${{ 'inputs.distinct_id' }}", False),
            ("${{ steps.inputs.distinct_id }}", False),
            ("${{ inputs.distinct_id-x }}", False),
            ("${{ inputs." * 50_000, False),
            ("${{" * 50_000, False),
            ("", False),
        ],
    )
    def test_whether_a_run_s_name_shows_an_input(self, run_name: str, shown: bool) -> None:
        text = f"run-name: {json.dumps(run_name)}\non: {{workflow_dispatch: {{inputs: {{distinct_id: {{}}}}}}}}"
        assert parse(text, "x.yml").shows("distinct_id") == shown

    @pytest.mark.parametrize(
        "text",
        [
            "on: workflow_dispatch\nx: " + "[" * 200_000 + "]" * 200_000,
            "on: workflow_dispatch\nx: " + "{a: " * 101 + "}" * 101,
            "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10) if n else 'x'}]\n" for n in range(60))
            + "name: *a59\non: workflow_dispatch\n",
        ],
        ids=["deep", "deeper than any workflow", "bomb"],
    )
    def test_one_that_would_burst_is_refused_before_it_is_built(self, text: str) -> None:
        with pytest.raises(NotDispatchable, match=r"x\.yml is nested too deeply, or has too many aliases, for a workflow"):
            parse(text, "x.yml")

    @pytest.mark.parametrize(
        "text",
        [
            "on: workflow_dispatch\nname: [a]\nrun-name: {b: c}",
            "on: {workflow_dispatch: {inputs: {a: {type: [x], default: {y: z}, options: [[1]]}}}}",
        ],
    )
    def test_what_is_no_text_where_one_belongs_is_passed_over(self, text: str) -> None:
        workflow = parse(text, "x.yml")
        assert (workflow.name, workflow.run_name) == ("x.yml", "")
        assert all((each.kind, each.default, each.options) == ("string", None, ()) for each in workflow.inputs.values())

    def test_defaults_and_required_inputs(self) -> None:
        text = (
            "on: {workflow_dispatch: {inputs: {a: {required: true}, b: {required: true, default: 1}, c: {type: boolean, default: false}}}}"
        )
        workflow = parse(text, "x.yml")
        assert [fault.what for fault in misfits(workflow, {}, why_secret)] == ["a is required by the workflow and has no default"]
        assert misfits(workflow, {"a": "x", "c": "true"}, why_secret) == []

    MISREAD = parse(
        "on: {workflow_dispatch: {inputs: {stage: {type: choice, options: [dev, prod]}, size: {type: number}, api_token: {type: boolean}}}}",
        "x.yml",
    )

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("stage", "AKIA" + "IOSFODNN7EXAMPLE"),
            ("stage", "neo4j://user:hunter2@host"),
            ("size", "c1a2n3a4r5y6c1a2n3a4r5y6"),
            ("stage", "wJalrXUtnFEMI-K7MDENG-bPxRfiCYKEY"),
            ("api_token", "canary"),
            ("nowhere", "canary"),
            ("stage", "Tr0ub4dor&3xyz!"),
            ("stage", "xK9mQ2vL8nR4pT7w"),
            ("stage", "abcd efgh ijkl mnop"),
            ("stage", "4111-1111-1111-1111"),
            ("stage", "123456-654321"),
            ("stage", "ABCDE-FGHIJ-KLMNO-PQRST-UVWXY"),
            ("stage", "correct-horse-battery-staple"),
        ],
    )
    def test_a_wrong_value_that_may_be_a_secret_is_not_repeated(self, name: str, value: str) -> None:
        [fault] = misfits(self.MISREAD, {name: value}, why_secret)
        assert value not in str(fault)

    @pytest.mark.parametrize("value", ["dve", "the blue one", "production-eu-west-1-blue"])
    def test_a_wrong_value_that_looks_like_no_secret_is_named(self, value: str) -> None:
        [fault] = misfits(self.MISREAD, {"stage": value}, why_secret)
        assert fault.what == f"stage is '{value}'; it must be one of the workflow's options"
        assert fault.hint.endswith("Accepted: dev, prod.")

    def test_a_misspelt_option_is_guessed(self) -> None:
        [fault] = misfits(self.MISREAD, {"stage": "prodd"}, why_secret)
        assert fault.hint == "Did you mean prod? Accepted: dev, prod."


class TestJobLog:
    def stamped(self, *lines: str) -> str:
        return "\ufeff" + "".join(f"{NOW + timedelta(seconds=at):%Y-%m-%dT%H:%M:%S}.0000000Z {line}\r\n" for at, line in enumerate(lines))

    def test_times_go_sections_fold_marks_become_words(self) -> None:
        lines = job_log.read(
            self.stamped("##[group]Run make", "a", "b", "c", "d", "##[endgroup]", "made", "##[error]It broke", "##[warning]careful")
        )
        assert list(job_log.shown(lines, folded=True)) == ["▸ Run make (4 lines)", "made", "Error: It broke", "Warning: careful"]
        assert list(job_log.shown(lines, folded=False))[:3] == ["▾ Run make", "  a", "  b"]

    def test_a_section_that_is_never_closed_is_shown_all_the_same(self) -> None:
        assert list(job_log.shown(job_log.read(self.stamped("##[group]Run make", "a", "##[group]Run test", "b")), folded=False)) == [
            "▾ Run make",
            "  a",
            "▾ Run test",
            "  b",
        ]

    def test_the_failed_step_s_error_is_found_not_a_later_one_s(self) -> None:
        text = self.stamped(
            "##[group]Run test",
            "##[endgroup]",
            "test 1 ok",
            "test 2 broke",
            "##[error]Process completed with exit code 1.",
            "cleaning",
            "##[error]and again",
        )
        step = Step(1, "test", "completed", "failure", NOW, NOW + timedelta(seconds=4))
        job = Job(1, "build", "completed", "failure", steps=(step,))
        assert job_log.failing_part(job_log.read(text), job) == ["test 1 ok", "test 2 broke", "Error: Process completed with exit code 1."]

    @given(st.lists(st.binary(max_size=30), max_size=20), st.integers(1, 40))
    def test_in_parts_it_is_the_same_log(self, lines: list[bytes], size: int) -> None:
        whole = b"\n".join(lines)
        parts = list(job_log.parts(io.BytesIO(whole), size))
        assert "".join(parts) == whole.decode("utf-8", "replace").removeprefix("\ufeff")
        assert all(part.endswith("\n") for part in parts[:-1])

    @pytest.mark.parametrize("rest", [b"", b"\n", b"\nlast", b"\nlast\n"])
    def test_a_line_that_is_too_long_is_left_out_as_a_whole(self, rest: bytes) -> None:
        parts = job_log.parts(io.BytesIO(b"first\n" + b"x" * 500 + rest), 20, longest=100)
        assert "".join(parts) == f"first\n… a line of {500 + len(rest[:1])} bytes is omitted\n{rest[1:].decode()}"

    @pytest.mark.parametrize("between", ["", "\x1b[m\x1b[K", "\0", "\u200e", "\x1b]0;t\x07"])
    def test_a_secret_is_hidden_also_where_something_unprintable_splits_it(self, between: str) -> None:
        def redact(text: str) -> str:
            return text.replace("canary", "***")

        text = f"\x1b[31mred\x1b[m\na can{between}ary\nlast"
        assert job_log.hidden(text, redact) == "\x1b[31mred\x1b[m\na ***\nlast"

    @given(st.text())
    def test_no_text_breaks_it(self, text: str) -> None:
        lines = job_log.read(text)
        assert len(list(job_log.shown(lines, folded=False))) >= len([line for line in lines if not line.text.startswith("##[")])
        job_log.failing_part(lines, Job(1, "build", "completed", "failure"))

    @pytest.mark.parametrize("stamp", ["2026-02-30T12:00:00.0Z", "2026-01-01T12:00:60Z", "\u0662\u0660\u0662\u0666-01-01T12:00:00Z"])
    def test_what_only_looks_like_a_time_is_a_line(self, stamp: str) -> None:
        assert [line.text for line in job_log.read(f"{stamp} printed by a job")] == [f"{stamp} printed by a job"]

    def test_lines_that_were_written_at_once_stay_with_their_first(self) -> None:
        text = (
            self.stamped("##[group]Run test", "##[endgroup]")
            + f"{NOW + timedelta(seconds=2):%Y-%m-%dT%H:%M:%S}.0Z Error: multi\n    at a.js:1\n    at b.js:2\n"
        )
        job = Job(1, "build", "completed", "failure", steps=(Step(1, "test", "completed", "failure", NOW, NOW + timedelta(seconds=4)),))
        assert job_log.failing_part(job_log.read(text), job) == ["Error: multi", "    at a.js:1", "    at b.js:2"]

    def test_a_failed_step_is_blamed_before_a_cancelled_one(self) -> None:
        steps = (Step(1, "stopped", "completed", "cancelled"), Step(2, "broke", "completed", "failure"))
        assert Job(1, "build", "completed", "failure", steps=steps).failed_step == steps[1]

    def test_a_huge_line_is_read_quickly(self) -> None:
        assert len(job_log.read(self.stamped("x" * 10_000_000))) == 1


class TestPace:
    def test_it_learns_from_runs_that_succeeded_on_the_branch(self) -> None:
        runs = [finished(60, "dev"), finished(70, "dev"), finished(80, "dev"), finished(500, "stage"), finished(5, "dev", "failure")]
        assert pace.expected_seconds(runs, "dev") == 70
        assert pace.expected_seconds(runs, "new") == 75
        assert pace.expected_seconds([], "dev") is None
        assert pace.expected_seconds([finished(-50, "dev")], "dev") is None

    @given(st.floats(0.1, 300), st.one_of(st.none(), st.floats(1, 10_000)), st.floats(0, 20_000))
    def test_a_pause_is_never_longer_than_twice_the_poll_nor_nothing(self, poll: float, expected: float | None, elapsed: float) -> None:
        assert 0 < pace.pause(poll, expected, elapsed) <= poll * 2

    def test_it_looks_more_often_near_the_end(self) -> None:
        assert pace.pause(5, 300, 60) == 10
        assert pace.pause(5, 300, 290) < 5
        assert pace.pause(5, 300, 600) == 5


def finished(seconds: float, branch: str, conclusion: str = "success") -> Run:
    return Run(1, "completed", conclusion, "", branch=branch, started=NOW, updated=NOW + timedelta(seconds=seconds))


class TestWaiting:
    def job(self, *labels: str, status: str = "queued", waited: float = 200) -> Job:
        return Job(1, "build", status, created=NOW - timedelta(seconds=waited), labels=labels)

    @pytest.mark.parametrize(
        ("labels", "words"),
        [
            (("ubuntu-latest",), "limit of concurrent jobs"),
            (("self-hosted", "gpu"), "no self-hosted runner"),
            (("ubunut-latest",), "it may be misspelt"),
            ((), "no labels"),
        ],
    )
    def test_the_likely_reason_goes_by_the_labels(self, labels: tuple[str, ...], words: str) -> None:
        assert words in waiting.unattended([self.job(*labels)], NOW)

    def test_a_job_that_was_just_queued_is_not_complained_of(self) -> None:
        assert waiting.unattended([self.job("ubuntu-latest", waited=10)], NOW) == ""
        assert waiting.unattended([self.job("ubuntu-latest", status="in_progress")], NOW) == ""

    def test_gates_come_first(self) -> None:
        run = Run(1, "waiting", "", "")
        assert "production waits for an approval by alice or team ops" in waiting.going_on(
            run, [], [Gate("production", ("alice", "team ops"))], NOW
        )
        assert "wait timer of 30 min" in waiting.going_on(run, [], [Gate("production", (), 30)], NOW)

    def test_a_pending_run_waits_for_its_group(self) -> None:
        assert "concurrency group" in waiting.going_on(Run(1, "pending", "", ""), [], [], NOW)


class TestStory:
    """What is new between two looks is reported once."""

    def seen(self, *jobs: Job, attempt: int = 1) -> Seen:
        return Seen(now=NOW, run=Run(1, "in_progress", "", "", attempt=attempt), jobs=jobs)

    def test_each_change_is_told_once(self) -> None:
        going = Step(1, "compile", "in_progress", "")
        done = Step(1, "compile", "completed", "success", NOW, NOW + timedelta(seconds=3))
        looks = [
            self.seen(Job(1, "build", "queued")),
            self.seen(Job(1, "build", "in_progress", runner="linux-1", steps=(going,))),
            self.seen(Job(1, "build", "in_progress", steps=(done,))),
            self.seen(Job(1, "build", "completed", "success", started=NOW, ended=NOW + timedelta(seconds=5), steps=(done,))),
        ]
        told = [list(story.news(before, seen)) for before, seen in pairwise([None, *looks, looks[-1]]) if seen]
        assert told == [[], ["● build started on linux-1"], ["  ✓ build: compile (0:03)"], ["✓ build: success (0:05)"], []]

    def test_what_happened_between_two_looks_is_told_all_the_same(self) -> None:
        steps = (
            Step(1, "compile", "completed", "success"),
            Step(2, "notify", "completed", "skipped"),
            Step(3, "test", "completed", "failure"),
        )
        lines = list(story.news(None, self.seen(Job(1, "build", "completed", "failure", steps=steps))))
        assert lines == ["  ✓ build: compile", "  ✗ build: test", "✗ build: failure"]

    def test_a_new_attempt_is_told(self) -> None:
        assert "attempt 2 is followed now" in next(story.news(self.seen(), self.seen(attempt=2)))


class TestPromotion:
    @pytest.mark.parametrize(
        ("source", "target", "ends"),
        [
            (None, None, ("dev", "stage")),
            ("stage", None, ("stage", "prod")),
            (None, "prod", ("stage", "prod")),
            ("hotfix", "prod", ("hotfix", "prod")),
        ],
    )
    def test_each_end_is_told_by_the_other(self, source: str | None, target: str | None, ends: tuple[str, str]) -> None:
        assert source_and_target(source, target, BRANCHES) == ends

    @given(st.text(), st.text())
    def test_our_part_is_renewed_and_the_rest_stays(self, before: str, after: str) -> None:
        before, after = (each.replace(BEGIN, "").replace(END, "").replace("\r", "") for each in (before, after))
        body = merged_body(f"{before}{BEGIN}\nold\n{END}{after}", "new")
        assert body == f"{before}{BEGIN}\nnew\n{END}{after}"
        assert merged_body(body, "new") == body


@pytest.mark.parametrize(
    ("name", "good"),
    [("dev", True), ("feature/x", True), ("a..b", False), ("-x", False), ("x.lock", False), ("a b", False), ("@", False), ("", False)],
)
def test_what_git_takes_as_a_name(name: str, good: bool) -> None:
    assert is_refname(name) == good


def test_a_text_that_another_run_replaced_meanwhile_is_not_put_again() -> None:
    from credex_actions.core.loop import Done
    from credex_actions.github.promotion.steps import PullRequest, Seen, Update, Want, decide
    from credex_actions.github.promotion.text import merged_body

    theirs = PullRequest(1, "", "Promote", merged_body("", "what another run saw"))
    seen = Seen("sha", (), 1, 0, "what this run saw", theirs)
    move = decide(Want("dev", "stage", "Promote"), seen)
    assert isinstance(move, Update)
    again = Seen("sha", (), 1, 0, "what this run saw", theirs, written=move.body)
    assert decide(Want("dev", "stage", "Promote"), again) == Done("open")


def test_what_a_promotion_quotes_pings_nobody_and_closes_no_issue() -> None:
    """A pull request that says `Fixes #12` closes it with its merge."""
    from credex_actions.github.promotion import text as promotion_text
    from credex_actions.github.promotion.promoted import Change, Check

    changes = [Change("a" * 40, "Fixes #12 as @octocat says on https://e.io and www.e.io", "@hubot")]
    body = promotion_text.text("dev", "stage", changes, 1, 0, [], [Check("@ci #7", "success")], "https://github.com/o/r")
    assert "[`aaaaaaa`](https://github.com/o/r/commit/" in body
    assert "Fixes \\#<wbr>12 as &#64;<wbr>octocat says on https&#58;//e.io and www&#46;e.io (&#64;<wbr>hubot)" in body
    assert "&#64;<wbr>ci \\#<wbr>7" in body
