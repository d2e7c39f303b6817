"""What a command's edge says of an end that nobody foresaw: what running the same command again does, which is not the same for every command."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import pytest

from credex_actions._commands import COMMANDS
from credex_actions.core.command import edge
from credex_actions.core.command.declaration import Output
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault


class Nothing(NamedTuple):
    """Neither inputs nor outputs."""


class Surprising:
    """A command that ends as it is told to."""

    Inputs = Outputs = Nothing

    def __init__(self, end: BaseException, again: str) -> None:
        self.end, self.AGAIN = end, again

    def run(self, _inputs: Any, _runner: Any) -> Any:
        raise self.end


class Answer(NamedTuple):
    """Someone else's words."""

    text: Annotated[str, Output("what was said")]


class Answering:
    """A command whose outputs and report hold `text`."""

    Inputs, Outputs, AGAIN = Nothing, Answer, "Run it again."

    def __init__(self, text: str) -> None:
        self.text = text

    def run(self, _inputs: Any, runner: Any) -> Any:
        runner.report["diff"] = [self.text]
        return Answer(self.text)


def sentences() -> Iterator[tuple[str, str]]:
    for name in COMMANDS:
        yield name, import_module(f"credex_actions.commands.{name.replace('-', '_')}").AGAIN


@pytest.mark.parametrize(("end", "code"), [(KeyboardInterrupt(), 130), (ZeroDivisionError(), 4)])
@pytest.mark.parametrize(("name", "again"), [*sentences()])
def test_each_command_says_its_own_sentence(
    name: str, again: str, end: BaseException, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert edge.main(name, Surprising(end, again), []) == code
    assert again in capsys.readouterr().err


@pytest.mark.parametrize(
    "end", [Partial(Failure(Exit.INTERRUPTED, Fault("stopped")), Answer("known")), Failure(Exit.REMOTE, Fault("failed"))]
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_failure_is_told_cuts_off_neither_its_words_nor_its_outputs(
    end: Failure, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    class Impatient(io.StringIO):
        def write(self, text: str) -> int:
            os.kill(os.getpid(), number)
            return super().write(text)

    class Ending(Answering):
        def run(self, _inputs: Any, _runner: Any) -> Any:
            raise end

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    with redirect_stderr(Impatient()) as told:
        assert edge.main("greet", Ending(""), ["--json"]) == int(end.code)
    signal.signal(signal.SIGTERM, before)
    assert f"error: {end.faults[0].what}\nState: " in told.getvalue()
    assert json.loads(capsys.readouterr().out)["report"]["faults"][0]["what"] == end.faults[0].what


def test_no_two_commands_have_the_same_sentence_and_trigger_claims_no_continuation() -> None:
    told = dict(sentences())
    assert len(set(told.values())) == len(COMMANDS)
    assert "dispatches another run" in told["trigger-dev-deploy"]
    assert "continues" not in told["trigger-dev-deploy"]


@pytest.mark.parametrize("listens", [True, False])
def test_no_json_that_a_runner_reads_holds_a_workflow_command(
    listens: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", str(listens).lower())
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    text = "##[stop-commands]abc ###[x] \\##[y]\n::stop-commands::abc"
    assert edge.main("answering", Answering(text), ["--json"]) == 0
    printed = capsys.readouterr().out
    assert ("##[" in printed) is not listens
    assert not any(line.lstrip().startswith("::") for line in printed.splitlines())
    assert json.loads(printed) == {"report": {"diff": [text], "faults": []}, "text": text}


ENDING = """
import atexit, os, signal
atexit.register(os.kill, os.getpid(), signal.{number})
from credex_actions.cli import run
run()
"""


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_at_the_very_end_changes_nothing_of_it(number: str) -> None:
    command = [sys.executable, "-c", ENDING.format(number=number), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("credex-actions ")
