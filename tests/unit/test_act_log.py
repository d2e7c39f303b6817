"""What is told of a run by act's log and its exit code."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from credex_actions.sandbox.github.act.log import told
from credex_actions.sandbox.github.act.names import Names
from credex_actions.sandbox.github.runs.happenings import JobEnded, Line

WORKFLOW = """\
on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
"""
STARTED = {"job": "w/one", "jobID": "one", "msg": "starts"}
SUCCESS = {"job": "w/one", "jobID": "one", "msg": "", "jobResult": "success"}


def ends(tmp_path: Path, code: int, *said: object) -> tuple[list[str], list[str]]:
    """The conclusions of the jobs, and the lines of their logs, of an act that says this."""
    file = tmp_path / ".github" / "workflows" / "w.yml"
    file.parent.mkdir(parents=True)
    file.write_text(WORKFLOW)
    lines = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in said)
    act = [sys.executable, "-c", "import sys; print(sys.argv[1]); sys.exit(int(sys.argv[2]))", lines, str(code)]
    with subprocess.Popen(act, stdout=subprocess.PIPE, text=True) as process:
        found = list(told(process, Names(file, [file.parent]), (), threading.Event()))
    return [each.conclusion for each in found if isinstance(each, JobEnded)], [each.text for each in found if isinstance(each, Line)]


@pytest.mark.parametrize(
    ("code", "said", "conclusions", "line"),
    [
        (0, [STARTED, SUCCESS], ["success"], ""),
        (
            2,
            [STARTED, SUCCESS, "fatal error: concurrent map writes"],
            ["success", "failure"],
            "exit code 2, and no job had failed: fatal error",
        ),
        (2, [STARTED], ["failure"], ""),
        (1, [STARTED, {**SUCCESS, "jobResult": "failure"}], ["failure"], ""),
        (0, ["nonsense"], ["skipped"], ""),
        (1, ["no such workflow"], ["failure"], "no such workflow"),
    ],
)
def test_a_run_that_act_did_not_end_well_is_no_success(
    tmp_path: Path, code: int, said: list[object], conclusions: list[str], line: str
) -> None:
    found, lines = ends(tmp_path, code, *said)
    assert found == conclusions
    assert line in "\n".join(lines)


def test_what_a_step_wrote_before_it_failed_may_come_after_its_end(tmp_path: Path) -> None:
    """Seen of act on a busy machine: its error comes last."""
    of = {"job": "w/one", "jobID": "one", "stage": "Main", "stepID": ["0"], "step": "true"}
    conclusions, lines = ends(
        tmp_path,
        1,
        STARTED,
        {**of, "msg": "⭐ Run Main true"},
        {**of, "msg": "  ❌  Failure - Main true", "stepResult": "failure"},
        {**of, "msg": "written at last\n", "raw_output": True},
        {**of, "level": "error", "msg": "exit status 3"},
        {**SUCCESS, "jobResult": "failure"},
    )
    assert conclusions == ["failure"]
    assert lines[-2:] == ["written at last", "##[error]Process completed with exit code 3."]
