"""What a trigger finds around it: logs and workflow files of any size, odd files, refs with the same name, a machine without git or certificates."""

import base64
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from credex_actions.sandbox.github.git import store as git_store
from tests.integration.called import Ended, told
from tests.integration.meddling import Between, Exchange, log_instead
from tests.integration.triggering import MARKED, Triggering, job

pytestmark = pytest.mark.slow


STAMP = b"2026-01-01T12:00:00.0000000Z "


class TestLogs:
    def test_of_a_log_of_any_size_the_end_is_shown_and_all_is_kept(self, triggering: Triggering, tmp_path: Path) -> None:
        block = (STAMP + b"a line of the log with some text in it\n") * 20_000

        def pieces() -> Iterator[bytes]:
            yield b"\xef\xbb\xbf" + STAMP + b"the first line\n"
            for _ in range(70 * 1024 * 1024 // len(block)):
                yield block
            yield STAMP + b"THE REAL ERROR\n" + STAMP + b"##[error]Process completed with exit code 1.\n"

        triggering.github.script("deploy.yml", lambda _: job("build", "compile", conclusion="failure"))
        between = Between(triggering.github.url, log_instead(lambda: between, pieces))
        kept = tmp_path / "kept.log"
        with between.serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url}
            ended = triggering.call("--logs", "failed", "--log-file", str(kept))
        told(ended, 1, "│ THE REAL ERROR", "earlier characters are at", f"and in {kept}")
        assert "the first line" not in ended.stderr
        assert len(ended.stderr) < 6_000_000
        title, first, *rest = kept.read_text().splitlines()
        assert title.startswith("===== build (failure)")
        assert first.endswith("Z the first line")
        assert len(rest) == 20_000 * (70 * 1024 * 1024 // len(block)) + 2

    def test_of_a_huge_last_line_the_end_is_shown(self, triggering: Triggering) -> None:
        between = Between(
            triggering.github.url, log_instead(lambda: between, lambda: [STAMP + b"first\n", STAMP, b"y" * 5_000_000, b" the end\n"])
        )
        with between.serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url}
            told(triggering.call("--logs", "all"), 0, "yyy the end", "earlier characters are at")

    def test_an_existing_log_file_is_closed_to_others(self, triggering: Triggering, tmp_path: Path) -> None:
        kept = tmp_path / "kept.log"
        kept.write_text("of another step\n")
        kept.chmod(0o644)
        told(triggering.call("--logs", "none", "--log-file", str(kept)), 0)
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert kept.read_text().startswith("of another step\n===== build (success)")

    @pytest.mark.parametrize("kind", ["fifo", "/dev/null", "/dev/full"])
    def test_a_pipe_or_a_device_is_no_log_file(self, triggering: Triggering, tmp_path: Path, kind: str) -> None:
        if kind == "fifo":
            os.mkfifo(tmp_path / kind)
        told(triggering.call("--log-file", str(tmp_path / kind)), 2, "log-file: cannot be written: it is a pipe or a device")
        assert triggering.runs == []

    def test_a_log_file_that_cannot_be_written_any_more_stops_nothing(self, triggering: Triggering, tmp_path: Path) -> None:
        folder = tmp_path / "logs"
        folder.mkdir()
        triggering.github.fault("create-dispatch", 1, "slow", 1)
        with triggering.started("--log-file", str(folder / "kept.log"), "--logs", "all") as process:
            triggering.github.until(lambda: triggering.count("list-workflow-runs") >= 1, "the look before the dispatch", 20)
            folder.rmdir()
            ended = triggering.ended(process)
        told(ended, 0, "the log cannot be written", "doing compile")
        assert ended.stderr.count("the log cannot be written") == 1


class TestWorkflowFiles:
    def entry(self, triggering: Triggering, entry: object) -> Ended:
        """What becomes of it where the look at the workflow file is answered so."""

        def meddle(exchange: Exchange) -> None:
            if "/contents/" in exchange.path and "raw" not in exchange.sent["accept"]:
                exchange.document = {**exchange.document, **entry} if isinstance(entry, dict) else entry

        with Between(triggering.github.url, meddle).serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url}
            return triggering.call("--logs", "none", "--inputs", "environment=staging")

    def test_one_that_github_gives_only_raw_is_read_all_the_same(self, triggering: Triggering) -> None:
        told(self.entry(triggering, {"content": "", "encoding": "none", "size": 1_200_000}), 0)
        assert triggering.runs[0].inputs["environment"] == "staging"

    @pytest.mark.parametrize(
        ("entry", "words"),
        [
            ([{"type": "file", "name": "x"}], "is a folder, not a workflow file"),
            ({"type": "submodule"}, "is a submodule, not a workflow file"),
            ({"content": "", "encoding": "none", "size": 50_000_000}, "is larger than 10 MB, not a workflow file"),
        ],
        ids=["folder", "submodule", "huge"],
    )
    def test_what_is_none_is_named(self, triggering: Triggering, entry: object, words: str) -> None:
        told(self.entry(triggering, entry), 2, words)
        assert triggering.runs == []

    def test_a_folder_with_a_workflow_s_name(self, triggering: Triggering) -> None:
        triggering.github.push(triggering.repository, "odd", {".github/workflows/deploy.yml": None, ".github/workflows/deploy.yml/x": "y"})
        told(triggering.call("--ref", "odd"), 2, ".github/workflows/deploy.yml is a folder")

    @pytest.mark.parametrize(
        "text",
        [
            "on: workflow_dispatch\nx: " + "[" * 20_000 + "]" * 20_000,
            "on: &a [*a]\n",
            "a: &a [x, x]\nb: [" + "*a, " * 900 + "]\non: workflow_dispatch\n",
        ],
    )
    def test_one_that_would_burst_is_bad_input(self, triggering: Triggering, text: str) -> None:
        encoded = {"content": base64.b64encode(text.encode()).decode(), "encoding": "base64"}
        told(self.entry(triggering, encoded), 2, "workflow: deploy.yml")
        assert triggering.runs == []


class TestRefs:
    @pytest.fixture
    def both(self, triggering: Triggering) -> dict[str, str]:
        """A tag and a branch of the same name, and their commits."""
        folder = triggering.repository.git
        tagged = git_store.resolve(folder, "dev")
        git_store.git(folder, "tag", "v1", tagged)
        triggering.github.push(triggering.repository, "v1", {".github/workflows/deploy.yml": MARKED, "README.md": "new"})
        return {"refs/tags/v1": tagged, "refs/heads/v1": git_store.branches(folder)["v1"]}

    @pytest.mark.parametrize("ref", ["refs/tags/v1", "refs/heads/v1"])
    @pytest.mark.parametrize("knows", [True, False])
    def test_a_whole_name_is_taken_at_its_word(self, triggering: Triggering, both: dict[str, str], ref: str, *, knows: bool) -> None:
        triggering.github.knows_run_details = knows
        told(triggering.call("--ref", ref, "--logs", "none", "--workflow", "deploy.yml" if knows else "plain.yml"), 0)
        assert (triggering.runs[-1].branch, triggering.runs[-1].sha) == ("v1", both[ref])

    @pytest.mark.parametrize(
        ("ref", "words"),
        [
            ("refs/tags/dev", "has no tag 'dev'"),
            ("refs/heads/devv", "has no branch 'devv'"),
            ("refs/pull/1/head", "is not the name of a branch or tag"),
            ("refs/heads/", "is not the name of a branch or tag"),
        ],
    )
    def test_one_that_is_not_there(self, triggering: Triggering, ref: str, words: str) -> None:
        told(triggering.call("--ref", ref), 2, words)
        assert triggering.runs == []


EARLY = ("credex_actions._commands", "credex_actions.core.command.edge")
"""Loaded before the command is."""


class TestTheMachine:
    def test_a_bundle_of_certificates_that_is_missing(self, triggering: Triggering) -> None:
        triggering.more = {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem", "GITHUB_API_URL": "https://127.0.0.1:9"}
        told(triggering.call(), 2, "REQUESTS_CA_BUNDLE: the certificate bundle that it names cannot be read")

    @pytest.mark.parametrize(("flags", "words"), [([], "git cannot be run"), (["--ref", "."], "git cannot be run")])
    def test_a_git_that_is_no_program(self, triggering: Triggering, tmp_path: Path, flags: list[str], words: str) -> None:
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / "git").write_text("this is not a program")
        (programs / "git").chmod(0o755)
        triggering.more = {"PATH": str(programs)} | ({} if flags else {"GITHUB_REPOSITORY": ""})
        told(triggering.call(*flags), 2, words)

    @pytest.mark.parametrize("flag", ["--timeout-minutes", "--poll-seconds"])
    @pytest.mark.parametrize("value", ["-5", "-0", "1e3", "nan", "inf", ""])
    def test_a_time_that_is_none(self, triggering: Triggering, flag: str, value: str) -> None:
        told(triggering.call(flag, value, *(() if flag == "--poll-seconds" else ("--poll-seconds", "1"))), 2, f"{flag[2:]}: ")
        told(triggering.call(f"{flag}={value}", *(() if flag == "--poll-seconds" else ("--poll-seconds", "1"))), 2, f"{flag[2:]}: ")
        assert triggering.github.calls() == []

    def test_a_reader_of_json_who_has_gone_costs_the_result_and_is_told(self, triggering: Triggering) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        command = [sys.executable, "-m", "credex_actions", "trigger-dev-deploy", "--poll-seconds", "0.2", "--logs", "none", "--json"]
        with os.fdopen(writer, "w") as gone:
            done = subprocess.run(
                command, stdout=gone, stderr=subprocess.PIPE, text=True, cwd=triggering.folder, env=triggering.environment, check=False
            )
            assert done.returncode == 4
            assert f"run-id is {triggering.runs[0].id}" in done.stderr
            assert "Traceback" not in done.stderr
            refused = subprocess.run(
                [*command, "--ref", "a b"],
                stdout=gone,
                stderr=subprocess.PIPE,
                text=True,
                cwd=triggering.folder,
                env=triggering.environment,
                check=False,
            )
            assert refused.returncode == 2

    @pytest.mark.parametrize("module", [*EARLY, "requests", "credex_actions.github.runs.seen"])
    def test_ctrl_c_while_python_still_loads_is_no_traceback(self, triggering: Triggering, module: str) -> None:
        command = [sys.executable, "-X", "importtime", "-m", "credex_actions", "trigger-dev-deploy"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=triggering.folder, env=triggering.environment) as process:
            assert process.stderr
            for line in process.stderr:
                if re.search(rf"\| +{re.escape(module)}$", line):
                    process.send_signal(signal.SIGINT)
                    break
            rest = process.stderr.read()
        assert process.returncode == 130, rest
        assert "Traceback" not in rest
        assert "error: interrupted" in rest
        assert triggering.runs == []
        loaded = re.search(r"\| +credex_actions\.commands\.trigger_dev_deploy$", rest, re.MULTILINE)
        if loaded and not re.search(r"\| +(?!atexit$)\S+$", rest[loaded.end() :], re.MULTILINE):  # atexit is loaded by the end of all
            return  # the signal came as the command was just loaded, and what is told of it was known or not
        assert ("running the same command again dispatches another run" in rest) == bool(loaded or module not in EARLY)
