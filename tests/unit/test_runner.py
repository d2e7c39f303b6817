"""What reaches GitHub's runner: nothing hostile, nothing secret, and outputs of any text."""

import io
import re
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.faults import Fault
from credex_actions.core.runner import SUMMARY_LIMIT, Runner


def runner(**environment: str) -> Runner:
    return Runner({"GITHUB_ACTIONS": "true", **environment}, io.StringIO(), io.StringIO())


def printed(each: Runner) -> str:
    stream = each.stdout if each.in_actions else each.stderr
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def commands(log: str) -> list[str]:
    """The lines that GitHub's runner would take for commands: `::name::` after blanks, or `##[` anywhere; a lone CR ends a line too."""
    return [line for line in re.split(r"\r\n|\n|\r", log) if line.lstrip().startswith("::") or "##[" in line]


@given(st.text())
def test_no_text_passes_for_a_workflow_command(text: str) -> None:
    each = runner()
    for hostile in (text, f"::set-output name=a::{text}", f"x\r::stop-commands::{text}", f"x ##[group]{text}", f"\u2028::error::{text}"):
        each.info(hostile)
        each.result(hostile)
    assert commands(printed(each)) == []


@given(st.text())
def test_an_annotation_is_one_command_whatever_it_says(text: str) -> None:
    each = runner()
    each.error(Fault(text, text, text, text, 1, 2))
    assert len(commands(printed(each))) == 1
    assert len(printed(each).splitlines()) == 1 or "\n" not in printed(each).rstrip("\n")


def test_an_annotation_has_the_place_where_github_shows_it(tmp_path: Path) -> None:
    each = runner(GITHUB_WORKSPACE=str(tmp_path))
    each.error(Fault("wrong", "fix it", "$.cpu", str(tmp_path / "deploy" / "task.json"), 3, 7))
    assert printed(each) == "::error file=deploy/task.json,line=3,col=7::$.cpu: wrong%0Afix it\n"


def test_an_annotation_without_a_place_has_no_empty_properties() -> None:
    each = runner()
    each.warning(Fault("odd"))
    assert printed(each) == "::warning::odd\n"


def test_a_mask_is_out_before_anything_else_is_printed() -> None:
    program = (
        "import os, sys; from credex_actions.core.runner import this_process\n"
        "runner = this_process(json_on_stdout=False); runner.mask('first-line\\nsecond-line'); os._exit(9)"
    )
    environment = {"GITHUB_ACTIONS": "true", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 9, done.stderr
    assert done.stdout == "::add-mask::first-line\n::add-mask::second-line\n"


SECRET = 'p@ss "word"/ü'


def test_a_secret_shows_nowhere_in_any_form(tmp_path: Path) -> None:
    import base64
    import json
    from urllib.parse import quote

    summary = tmp_path / "summary"
    each = runner(GITHUB_STEP_SUMMARY=str(summary), RUNNER_DEBUG="1")
    each.mask(SECRET)
    forms = [SECRET, json.dumps(SECRET)[1:-1], quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode()]
    before = len(printed(each))
    for form in forms:
        for print_it in (each.info, each.result, each.debug, each.summary):
            print_it(f"seen: {form}!")
        each.error(Fault(form, form, form))
        with each.group(form):
            pass
    everything = printed(each)[before:] + summary.read_text()
    for form in forms:
        assert form not in everything


def test_structure_of_a_long_secret_is_not_blotted_out() -> None:
    each = runner()
    each.mask('{\n  "key": "abc"\n}')
    each.info("{ }")
    assert printed(each).splitlines()[-1] == "{ }"


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_an_output_comes_back_as_it_was_given(value: str) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        runner(GITHUB_OUTPUT=file.name).output("name", value)
        content = Path(file.name).read_bytes().decode()
    head, _, rest = content.partition("\n")
    name, _, delimiter = head.partition("<<")
    assert name == "name"
    assert rest == f"{value}\n{delimiter}\n"


def test_a_summary_that_does_not_fit_is_cut_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    each = runner(GITHUB_STEP_SUMMARY=str(path))
    each.summary("line\n" * SUMMARY_LIMIT)
    assert path.stat().st_size <= SUMMARY_LIMIT
    assert path.read_text().endswith("does not fit into the job summary.\n")
    each.summary("more\n" * 100)
    assert path.stat().st_size <= SUMMARY_LIMIT


def test_outside_actions_only_results_are_on_stdout() -> None:
    each = Runner({}, io.StringIO(), io.StringIO())
    each.info("progress")
    each.error(Fault("wrong", "fix it"))
    each.result("the result")
    assert isinstance(each.stdout, io.StringIO)
    assert each.stdout.getvalue() == "the result\n"
    assert printed(each) == "progress\nerror: wrong\n  fix it\n"


def test_escape_sequences_of_remote_text_do_not_reach_a_terminal() -> None:
    each = Runner({}, io.StringIO(), io.StringIO())
    each.info("\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J back\x08space \u202eright")
    assert printed(each) == "red  2J backspace right\n"
