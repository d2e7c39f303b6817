"""What running Terraform is made of, as values: events, diagnostics, ids, variables, and what is decided."""

import io
import json
import os
import stat
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

import credex_actions
from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Refuse
from credex_actions.core.runner import Runner
from credex_actions.core.secret import Secret
from credex_actions.github.commenting import steps as commenting
from credex_actions.terraform.running import child, diagnostics, endings, events, program, saved_plan, variables
from credex_actions.terraform.running.changes import HIDDEN, Changes, without
from credex_actions.terraform.running.program import lock_timeout
from credex_actions.terraform.running.saved_plan import Basis
from credex_actions.terraform.running.steps import Apply, Seen, Want, after, decide
from credex_actions.terraform.running.story import Story

LOCK: Final = """Error message: resource temporarily unavailable
Lock Info:
  ID:        35a44ed6-7955-00d3-ac44-a90de44c9b08
  Path:      terraform.tfstate
  Operation: OperationTypeApply
  Who:       alice@laptop
  Version:   1.11.4
  Created:   2026-11-28 20:39:31.324255695 +0000 UTC
  Info:


Terraform acquires a state lock to protect the state from being written
by multiple users at the same time."""


def hook(kind: str, address: str, action: str, **more: Any) -> str:
    return json.dumps({"@message": "words", "type": kind, "hook": {"resource": {"addr": address}, "action": action, **more}})


def told(*lines: str) -> tuple[Story, list[str]]:
    story = Story("infra")
    return story, [sentence for line in lines if (event := events.read(line)) for sentence in story.take(event)]


def test_the_story_of_an_apply() -> None:
    story, sentences = told(
        hook("apply_start", "a.one", "create"),
        hook("apply_start", "a.two", "update"),
        hook("apply_progress", "a.one", "create", elapsed_seconds=10),
        hook("apply_complete", "a.one", "create", id_key="id", id_value="canary", elapsed_seconds=12),
        hook("provision_progress", "a.two", "", output="canary"),
        hook("apply_errored", "a.two", "update", elapsed_seconds=3),
        hook("apply_start", "a.three", "delete"),
        hook("apply_complete", "a.data", "read"),
        json.dumps(
            {
                "type": "outputs",
                "outputs": {"url": {"sensitive": False, "value": "x"}, "key": {"sensitive": True}, "old": {"value": "canary"}},
            }
        ),
        "",
        "panic: something that is no event",
    )
    assert sentences == [
        "a.one: creating",
        "a.two: modifying",
        "a.one: created after 12 s",
        "a.two: failed after 3 s",
        "a.three: destroying",
        "a.data: read",
        "panic: something that is no event",
    ]
    assert story.left() == (
        "applied: a.one (created); failed, so that it may exist in part: a.two (modifying); begun, and its end is not known: a.three (destroying)"
    )
    assert (story.outputs, story.hidden) == ({"url": "x"}, ["key", "old"])
    assert "canary" not in str(vars(story))


def failed(summary: str) -> str:
    return json.dumps({"type": "diagnostic", "diagnostic": {"severity": "error", "summary": summary, "detail": "words"}})


def test_a_state_that_was_not_saved_is_not_called_written() -> None:
    done = hook("apply_complete", "a.one", "create")
    story, _ = told(done, failed("Wrong"))
    assert endings.left(story) == "applied: a.one (created). Terraform has written the state; plan again to see what is left to do"
    story, _ = told(
        done, failed("Failed to save state"), failed("Failed to persist state to backend"), failed("Error releasing the state lock")
    )
    assert endings.left(story).startswith("applied: a.one (created). The state was not saved: it is in errored.tfstate and nowhere else.")
    assert endings.left(story).endswith("before anything else. The lock may still be held: terraform force-unlock releases it")
    story, _ = told(failed("Wrong"))
    assert endings.left(story) == "nothing was changed"


@pytest.mark.parametrize(
    "line",
    ["[1]", "null", "{}", '{"type": 3}', '{"type": "apply_start", "hook": 3}', '{"type": "diagnostic"}', "[" * 100_000, "\x1b[31mred"],
)
def test_a_line_of_another_shape_is_no_accident(line: str) -> None:
    told(line)


def test_a_diagnostic_has_its_place_and_a_lock_its_holder() -> None:
    start = {"filename": "main.tf", "start": {"line": 4, "column": 7, "byte": 9}}
    words = {"severity": "error", "summary": "Wrong", "detail": "in two\nlines", "address": "a.one", "range": start}
    assert diagnostics.fault(words, "infra") == Fault("Wrong: in two lines", "", "a.one", "infra/main.tf", 4, 7)
    assert diagnostics.fault({"summary": "", "range": {"start": 3}}, ".").what == "Terraform reports an error without words"
    locked = {"type": "diagnostic", "diagnostic": {"severity": "error", "summary": diagnostics.LOCKED, "detail": LOCK}}
    story, _ = told(json.dumps(locked))
    assert str(story.locked) == "alice@laptop since 2026-11-28 20:39:31 UTC, for apply"
    failure = diagnostics.failure(story.faults, story.locked, "plan", left="nothing was changed")
    assert failure.code == Exit.REMOTE
    assert "terraform force-unlock 35a44ed6-7955-00d3-ac44-a90de44c9b08" in str(failure)


def test_errors_that_are_text_have_their_places_too() -> None:
    text = """\x1b[31m╷\x1b[0m
│ Error: Invalid multi-line string
│\x20
│   on main.tf line 2, in resource "terraform_data" "one":
│    2:   input = "x
│    3: }
│\x20
│ Quoted strings may not be split
│ over lines.
╵
╷
│ Warning: Old
│ words
╵
╷
│ Error: No provider
╵
"""
    assert diagnostics.of_text(text, "infra") == [
        Fault("Invalid multi-line string Quoted strings may not be split over lines.", "", "", "infra/main.tf", 2),
        Fault("No provider"),
    ]
    assert diagnostics.of_text("nothing of the kind", ".") == []
    many = diagnostics.failure([Fault(str(number)) for number in range(30)], None, "plan", left="nothing was changed")
    assert (len(many.faults), many.faults[-1].what) == (21, "10 more errors of Terraform")


def archive(folder: Path, **members: str) -> str:
    path = folder / "tfplan"
    with zipfile.ZipFile(path, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
    return str(path)


def test_the_id_of_a_plan_changes_with_the_file_and_with_the_state_that_it_rests_on(tmp_path: Path) -> None:
    state = {"version": 4, "serial": 7, "lineage": "a-b", "resources": [{"much": "x" * 100_000}]}
    first = saved_plan.read(archive(tmp_path, tfplan="changes", tfstate=json.dumps(state)))
    assert first.basis == Basis("a-b", 7)
    ids = {first.id, saved_plan.read(archive(tmp_path, tfplan="other", tfstate=json.dumps(state))).id}
    for change in ({"serial": 8}, {"lineage": "c-d"}):
        ids.add(saved_plan.read(archive(tmp_path, tfplan="changes", tfstate=json.dumps({**state, **change}))).id)
    assert len(ids) == 4
    assert saved_plan.plan_id("f", Basis("a", 1)) != saved_plan.plan_id("f", Basis("a1", 1))


@pytest.mark.parametrize(
    "members", [{}, {"tfstate": "{"}, {"tfstate": "[]"}, {"tfstate": '{"serial": "7", "lineage": "a"}'}, {"tfplan": "x"}]
)
def test_what_is_no_saved_plan_is_said(tmp_path: Path, members: dict[str, str]) -> None:
    with pytest.raises(Failure, match="is not a saved plan") as failure:
        saved_plan.read(archive(tmp_path, **members))
    assert failure.value.code == Exit.BAD_INPUT


def test_files_that_cannot_be_plans(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("Plan: 1 to add")
    for path, words in ((tmp_path / "log", "is not a saved plan"), (tmp_path / "missing", "does not exist"), (tmp_path, "cannot be read")):
        with pytest.raises(Failure, match=words):
            saved_plan.read(str(path))


def entry(address: str, actions: list[str], before: Any, after: Any, **more: Any) -> dict[str, Any]:
    return {"address": address, "type": "t", "mode": "managed", "change": {"actions": actions, "before": before, "after": after, **more}}


def identity(*entries: Any, outputs: Any = None, basis: Basis = Basis("a", 1)) -> str:  # noqa: B008 - a value
    changes = Changes()
    for each in entries:
        changes.change(each)
    changes.outputs(outputs)
    return changes.id(basis)


def test_the_id_of_changes_is_about_what_a_reviewer_may_see() -> None:
    hidden = {"before_sensitive": {"key": True}, "after_sensitive": {"key": True, "list": [{}, True]}}
    one = entry("t.one", ["update"], {"key": "old", "size": 1, "list": [1, 2]}, {"key": "new", "size": 2, "list": [1, 3]}, **hidden)
    same = identity(one)
    assert (
        identity(
            entry("t.one", ["update"], {"key": "old", "size": 1, "list": [1, 2]}, {"key": "else", "size": 2, "list": [1, 4]}, **hidden)
        )
        == same
    )
    unlike = (
        entry(
            "t.one", ["update"], {"key": "old", "size": 1, "list": [1, 2]}, {"key": "old", "size": 2, "list": [1, 3]}, **hidden
        ),  # the key stays
        entry("t.one", ["update"], {"key": "old", "size": 1, "list": [1, 2]}, {"key": "new", "size": 3, "list": [1, 3]}, **hidden),
        entry("t.two", ["update"], {"key": "old", "size": 1, "list": [1, 2]}, {"key": "new", "size": 2, "list": [1, 3]}, **hidden),
        entry(
            "t.one", ["delete", "create"], {"key": "old", "size": 1, "list": [1, 2]}, {"key": "new", "size": 2, "list": [1, 3]}, **hidden
        ),
    )
    assert len({same, *map(identity, unlike)}) == 5
    two = entry("t.two", ["create"], None, {"size": 1})
    assert identity(one, two) == identity(two, one) != same
    assert identity(one, entry("t.idle", ["no-op"], {}, {})) == same
    assert identity(one, basis=Basis("a", 2)) != same
    assert identity(one, outputs={"url": {"actions": ["update"], "before": 1, "after": 2}}) != same
    assert identity(one, outputs={"url": {"actions": ["no-op"], "before": 1, "after": 1}}) == same
    assert identity({"what": "is this"}) != identity()


def test_changes_are_told_without_values() -> None:
    changes = Changes()
    changes.change(
        entry("t.one", ["update"], {"a": "canary", "b": 1, "same": 1}, {"a": "new", "b": 1, "same": 1}, after_unknown={"b": [True]})
    )
    changes.change(entry("t.two", ["create", "delete"], {"ami": 1}, {"ami": 2}, replace_paths=[["ami"]]))
    changes.change(entry("t.new", ["create"], None, {"a": "canary"}))
    assert [str(each) for each in changes.planned] == ["~ t.one: update (a, b)", "± t.two: replace (ami; forced by ami)", "+ t.new: create"]
    assert without({"a": {"b": [1, 2]}, "c": 3}, {"a": {"b": [False, True]}}) == {"a": {"b": [1, HIDDEN]}, "c": 3}


FRESH: Final = Seen("plan", "changes", Basis("a", 3), Basis("a", 3), applyable=True)
REVIEWED: Final = Want("plan", "changes", "tfplan")
LOSS: Final = Fault("delete loses all", "", "t.one")
DECISIONS: Final = {
    "a fresh plan that was reviewed is applied": (REVIEWED, FRESH, Apply("plan")),
    "what was applied is done": (REVIEWED, after(FRESH, Apply("plan")), Done("applied")),
    "a plan without changes is not applied": (REVIEWED, replace(FRESH, applyable=False), Done("nothing-to-do")),
    "another file is refused": (Want("other", None, "tfplan"), FRESH, "is not the reviewed plan"),
    "other changes are refused": (Want("plan", "other", "tfplan"), FRESH, "the plan changes something else than the reviewed one"),
    "nothing that was reviewed is refused": (Want(None, None, "tfplan"), FRESH, "no plan was named"),
    "a loss is refused": (REVIEWED, replace(FRESH, refusals=(LOSS,)), "delete loses all"),
    "a loss is refused even if nothing is applyable": (REVIEWED, replace(FRESH, applyable=False, refusals=(LOSS,)), "delete loses all"),
    "a state that has moved is refused": (REVIEWED, replace(FRESH, state=Basis("a", 4)), "stale: the state was changed"),
    "a state that has come is refused": (REVIEWED, replace(FRESH, basis=Basis("", 0)), "rests on no state"),
    "another state is refused": (REVIEWED, replace(FRESH, state=Basis("b", 3)), "made from another state"),
}


@pytest.mark.parametrize(("want", "seen", "then"), DECISIONS.values(), ids=DECISIONS)
def test_decide(want: Want, seen: Seen, then: object) -> None:
    decision = decide(want, seen)
    if isinstance(then, str):
        assert isinstance(decision, Refuse)
        assert then in decision.faults[0].what
    else:
        assert decision == then


def test_variables_go_where_they_belong(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfvars").write_text('size = 1\n  password = "x"\n')
    (tmp_path / "more.auto.tfvars.json").write_text('{\n  "token": "x"\n}\n')
    (tmp_path / "prod.tfvars").write_text("# password = 1\n")
    secret = {"password": Secret("canary"), "token": Secret("canary"), "size": Secret("canary"), "bad name": Secret("canary")}
    files = (str(tmp_path / "prod.tfvars"), "missing.tfvars")
    found = {
        (each.where, Path(each.file).name, each.line) for each in variables.faults({"size": "1", "-x": ""}, secret, files, str(tmp_path))
    }
    assert found == {
        ("vars", "", 0),
        ("secret-vars", "", 0),
        ("var-files", "missing.tfvars", 0),
        ("secret-vars", "terraform.tfvars", 1),
        ("secret-vars", "terraform.tfvars", 2),
        ("secret-vars", "more.auto.tfvars.json", 2),
    }
    assert variables.arguments({"size": "a=b"}, ("a.tfvars",)) == [f"-var-file={os.path.abspath('a.tfvars')}", "-var=size=a=b"]
    assert variables.environment({"size": Secret("3")}) == {"TF_VAR_size": "3"}


@pytest.mark.parametrize(
    ("text", "good"), [("0s", True), ("0", True), ("5m", True), ("1h30m", True), ("90", False), ("5 m", False), ("-1s", False)]
)
def test_durations_are_terraforms(text: str, good: bool) -> None:
    assert (lock_timeout(text) is None) is good


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    inputs: dict[str, Any] = {
        "directory": str(tmp_path / "missing"),
        "lock_timeout": "soon",
        "environment": {"PATH": str(tmp_path)},
        "log": io.StringIO(),
    }
    with pytest.raises(Failure) as failure:
        credex_actions.plan_terraform(var_files="gone.tfvars", allow="(plan)", **inputs)
    assert {each.where for each in failure.value.faults} == {"directory", "lock-timeout", "binary", "var-files", "allow"}
    with pytest.raises(Failure) as failure:
        credex_actions.apply_terraform(plan_file=str(tmp_path / "tfplan"), config=str(tmp_path / "guard.yml"), **inputs)
    assert {each.where for each in failure.value.faults} == {"directory", "lock-timeout", "binary", "plan-file", "plan-id", "config"}
    assert failure.value.code == Exit.BAD_INPUT


@pytest.mark.parametrize(
    ("programs", "given", "then"),
    [(("terraform", "tofu"), None, "terraform"), (("tofu",), None, "tofu"), (("terraform", "tofu"), "tofu", "tofu"), ((), "tofu", "")],
)
def test_which_program_is_run(tmp_path: Path, programs: tuple[str, ...], given: str | None, then: str) -> None:
    for name in programs:
        (tmp_path / name).touch(mode=0o755)
    missing = {
        "PATH": str(tmp_path),
        "TF_CLI_CONFIG_FILE": "/missing",
        "INPUT_SECRET_VARS": "canary",
        "TF_LOG": "trace",
        "TF_WORKSPACE": "w",
    }
    runner = Runner(missing, io.StringIO(), io.StringIO())
    opened = program.opened(given, ".", {"TF_VAR_a": "1"}, runner, SystemClock())
    if isinstance(opened, Fault):
        assert (opened.where, then) == ("binary", "")
        return
    assert opened.path == str(tmp_path / then)
    assert {name for name in opened.environment if name.startswith(("TF_", "INPUT_"))} == {
        "TF_VAR_a",
        "TF_IN_AUTOMATION",
        "TF_INPUT",
        "TF_WORKSPACE",
    }


class HastyClock:
    """A signal comes at the third look, and each wait takes a second."""

    def __init__(self) -> None:
        self.looks = 0

    def now(self) -> Any:
        raise NotImplementedError

    def monotonic(self) -> float:
        return float(self.looks)

    def sleep(self, seconds: float) -> None:
        import time

        time.sleep(min(seconds, 0.05))
        self.looks += 1
        if self.looks in (20, 25):
            raise Cancelled(15)

    def check(self) -> None:
        pass

    def last_asks(self) -> Any:
        raise NotImplementedError


def test_what_does_not_end_in_time_is_left_to_itself_and_hears_one_signal(tmp_path: Path) -> None:
    heard, begun = tmp_path / "heard", tmp_path / "begun"
    script = f"trap 'echo x >>{heard}' INT; touch {begun}; echo started; while [ ! -e {tmp_path}/end ]; do sleep 0.05; done; echo done"
    lines: list[str] = []
    signals: list[Cancelled] = []
    environment = {"PATH": os.environ["PATH"]}
    ended = child.run(["sh", "-c", script], str(tmp_path), environment, HastyClock(), lines.append, hurried=True, on_signal=signals.append)
    assert ended.code is None
    assert ended.cancelled is signals[0]
    assert lines == ["started"]
    assert ended.process.poll() is None  # it still runs, and may write as much as it likes
    (tmp_path / "end").touch()
    assert ended.process.wait(30) == 0
    assert heard.read_text() == "x\n"


def test_lines_come_whole_and_errors_are_kept(tmp_path: Path) -> None:
    lines: list[str] = []
    script = "printf 'one\\ntw'; sleep 0.2; printf 'o\\n\\303\\244'; echo trouble >&2; exit 3"
    ended = child.run(["sh", "-c", script], str(tmp_path), {"PATH": os.environ["PATH"]}, HastyClock(), lines.append, hurried=False)
    assert (ended.code, ended.told, lines) == (3, "trouble\n", ["one", "two", "ä"])
    assert stat.S_ISDIR(os.stat(tmp_path).st_mode)
    assert list(tmp_path.iterdir()) == []


OURS: Final = commenting.Comment(5, "u", "text")
COMMENTS: Final = {
    "the first one is created": (commenting.Seen(()), commenting.Create(1, "text")),
    "another text is updated": (commenting.Seen((replace(OURS, body="old"),)), commenting.Update(5, "text")),
    "line ends of a web form are no difference": (commenting.Seen((replace(OURS, body="text"),)), Done("written")),
    "what was written and does not show yet is not written again": (commenting.Seen((replace(OURS, body="old"),), "text"), Done("written")),
    "a duplicate goes": (commenting.Seen((OURS, replace(OURS, number=9))), commenting.Delete(9)),
}


@pytest.mark.parametrize(("seen", "then"), COMMENTS.values(), ids=COMMENTS)
def test_comments(seen: commenting.Seen, then: object) -> None:
    assert commenting.decide(1, "text", seen) == then
