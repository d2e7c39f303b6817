"""What is proposed: entries for Dependabot, resources of Terraform, and what is done with the branch and the pull request."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import pytest
import yaml

from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Done, Operation, plan
from credex_actions.core.runner import Runner
from credex_actions.github.connection.answers import Unreachable
from credex_actions.maintenance.configuration.reading import read_configuration
from credex_actions.maintenance.finding import Finding
from credex_actions.maintenance.proposing import dependabot, terraform
from credex_actions.maintenance.proposing.proposal import Kind
from credex_actions.maintenance.proposing.proposing import kinds, propose
from credex_actions.maintenance.proposing.steps import (
    Branch,
    Close,
    Open,
    ProposalStep,
    PullRequest,
    Push,
    Seen,
    Update,
    Wanted,
    after,
    decide,
)
from credex_actions.maintenance.reporting.judging import Gathered, judged
from tests.maintaining import NOW
from tests.unit.maintaining import VOLUME, found, ran

if TYPE_CHECKING:
    from credex_actions.github.connection.session import Session


def _worded(ecosystem: str, directories: tuple[str, ...]) -> Finding:
    value = f"- {{package-ecosystem: {ecosystem}, directories: {json.dumps(directories)}, schedule: {{interval: weekly}}, groups: {{{ecosystem}: {{patterns: ['*']}}}}}}"
    return found(
        ".github/dependabot.yml", check="dependabot-uncovered", key=ecosystem, fix=f"Add to `updates` in .github/dependabot.yml: {value}"
    )


ONE: Final = {
    "package-ecosystem": "pip",
    "directories": ["/", "/api"],
    "schedule": {"interval": "weekly"},
    "groups": {"pip": {"patterns": ["*"]}},
}
EXISTING: Final = """\
# Our updates.
version: 2
updates:
  # actions
  - package-ecosystem: github-actions # all of them
    directory: /
    schedule: {interval: weekly}
"""


def test_a_missing_file_is_written() -> None:
    change = dependabot.make("", [_worded("pip", ("/", "/api"))])
    assert yaml.safe_load(change.content) == {"version": 2, "updates": [ONE]}
    assert len(change.done) == 1


def test_an_entry_joins_those_that_are_there() -> None:
    change = dependabot.make(EXISTING, [_worded("pip", ("/", "/api")), _worded("npm", ("/web",))])
    assert change.content.startswith(EXISTING)
    assert [each["package-ecosystem"] for each in yaml.safe_load(change.content)["updates"]] == ["github-actions", "pip", "npm"]
    assert change.left == ()


ODD: Final = {
    "entries in one line": "version: 2\nupdates: [{package-ecosystem: npm, directory: /, schedule: {interval: daily}}]\n",
    "another member at the end": f"{EXISTING}registries:\n  own: {{type: npm-registry, url: x}}\n",
    "no YAML": "version: [\n",
}


@pytest.mark.parametrize("given", ODD.values(), ids=ODD)
def test_a_file_of_another_form_is_left_alone(given: str) -> None:
    change = dependabot.make(given, [_worded("pip", ("/",))])
    assert (change.content, change.done, len(change.left)) == (given, (), 1)


def test_entries_without_indentation_stay_so() -> None:
    given = "updates:\n- package-ecosystem: npm\n  directory: /\n  schedule:\n    interval: daily\n"
    change = dependabot.make(f"version: 2\n{given}", [_worded("pip", ("/",))])
    assert len(yaml.safe_load(change.content)["updates"]) == 2
    assert "\n- package-ecosystem: pip\n" in change.content


ALARM: Final = (
    "aws cloudwatch put-metric-alarm --alarm-name i-0a1b-cpu --namespace AWS/EC2 --metric-name CPUUtilization --dimensions Name=InstanceId,Value=i-0a1b "
    "--statistic Maximum --period 300 --evaluation-periods 2 --threshold 90 --comparison-operator GreaterThanOrEqualToThreshold "
    "--alarm-actions arn:aws:sns:af-south-1:123456789012:TOPIC --region af-south-1"
)
TOPIC: Final = "arn:aws:sns:af-south-1:123456789012:alarms"


def test_an_alarm_becomes_a_resource() -> None:
    change = terraform.alarms(TOPIC, "")(
        "", [found("i-0a1b", check="alarm-missing", title="database i-0a1b has no alarm on the CPU", fix=ALARM)]
    )
    assert change.content == (
        "# database i-0a1b has no alarm on the CPU\n"
        'resource "aws_cloudwatch_metric_alarm" "i_0a1b_cpu" {\n'
        '  alarm_name          = "i-0a1b-cpu"\n'
        '  namespace           = "AWS/EC2"\n'
        '  metric_name         = "CPUUtilization"\n'
        '  statistic           = "Maximum"\n'
        "  period              = 300\n"
        "  evaluation_periods  = 2\n"
        "  threshold           = 90\n"
        '  comparison_operator = "GreaterThanOrEqualToThreshold"\n'
        '  dimensions          = { InstanceId = "i-0a1b" }\n'
        f'  alarm_actions       = ["{TOPIC}"]\n'
        "}\n"
    )


def retained(name: str) -> Finding:
    return found(
        name,
        check="log-group-without-retention",
        fix=f"aws logs put-retention-policy --log-group-name '{name}' --retention-in-days 365 --region af-south-1",
    )


def test_a_log_group_is_taken_over() -> None:
    change = terraform.retention("")("", [retained("/ecs/core")])
    assert 'import {\n  to = aws_cloudwatch_log_group.ecs_core\n  id = "/ecs/core"\n}' in change.content
    assert '  name              = "/ecs/core"\n  retention_in_days = 365\n' in change.content


def test_names_are_not_evaluated() -> None:
    change = terraform.retention("")("", [retained('a${file("/etc/passwd")}%{if true}')])
    assert '"a$${file(\\"/etc/passwd\\")}%%{if true}"' in change.content


def test_what_terraform_has_already_is_not_written_again() -> None:
    first = terraform.retention("")("", [retained("/ecs/core")])
    again = terraform.retention("")(first.content, [retained("/ecs/core"), retained("/ecs/web")])
    assert again.content.startswith(first.content)
    assert [each.resource for each in again.done] == ["/ecs/web"]
    assert "it has to be applied" in again.left[0]
    elsewhere = terraform.retention('name = "/ecs/core"')("", [retained("/ecs/core")])
    assert (elsewhere.content, len(elsewhere.left)) == ("", 1)


COMPUTED: Final = {
    "in its name": 'resource "aws_cloudwatch_log_group" "x" {\n  name = "/ecs/${local.name}"\n}\n',
    "in its name, all of it": 'resource "aws_cloudwatch_log_group" "x" {\n  name              = "${var.a}/${var.b}"\n}\n',
    "in a prefix": 'resource "aws_cloudwatch_log_group" "x" {\n  name_prefix = "/${var.a}/c"\n}\n',
    "with a string in the gap": 'locals {\n  group = "/ecs/${lookup(var.names, "core", "{")}"\n}\n',
    "given to a module": 'module "logs" {\n  log_group_name = "/ecs/${var.name}"\n}\n',
}


@pytest.mark.parametrize("text", COMPUTED.values(), ids=COMPUTED)
def test_what_a_computed_name_may_be_is_left_to_a_person(text: str) -> None:
    change = terraform.retention(text)("", [retained("/ecs/core")])
    assert (change.content, change.done, len(change.left)) == ("", (), 1)
    assert "computed name" in change.left[0]


OTHERS: Final = {
    "another text": 'resource "aws_cloudwatch_log_group" "x" {\n  name = "/lambda/${local.name}"\n}\n',
    "a resource of another kind": 'resource "aws_iam_role" "x" {\n  name = "/${var.a}"\n}\n',
    "a text without a word": 'locals {\n  id = "${var.a}/${var.b}"\n}\n',
    "no gap": 'resource "aws_cloudwatch_log_group" "x" {\n  name = "/ecs/$${core}"\n}\n',
    "a comment": '# the "end\nlocals {\n  a = 1\n}\n',
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_what_no_computed_name_can_be_is_proposed(text: str) -> None:
    assert len(terraform.retention(text)("", [retained("/ecs/core")]).done) == 1


def test_labels_differ() -> None:
    change = terraform.retention("")("", [retained("/ecs/a-b"), retained("/ecs/a/b")])
    labels = re.findall(r'resource "aws_cloudwatch_log_group" "(\w+)"', change.content)
    assert labels[0] == "ecs_a_b"
    assert len(set(labels)) == 2
    assert re.findall(r"to = aws_cloudwatch_log_group\.(\w+)", change.content) == labels
    elsewhere = terraform.retention('resource "aws_cloudwatch_log_group" "ecs_a_b" {}')("", [retained("/ecs/a-b")])
    assert '"ecs_a_b"' not in elsewhere.content


def test_an_alarm_on_a_disk_names_all_dimensions_of_its_metric() -> None:
    dimensions = '[{"Name": "InstanceId", "Value": "i-0a1b"}, {"Name": "path", "Value": "/"}, {"Name": "fstype", "Value": "xfs${x}"}]'
    fix = ALARM.replace("AWS/EC2", "CWAgent").replace("Name=InstanceId,Value=i-0a1b", f"'{dimensions}'")
    change = terraform.alarms(TOPIC, "")("", [found("i-0a1b", check="alarm-missing", fix=fix)])
    assert '  dimensions          = { InstanceId = "i-0a1b", path = "/", fstype = "xfs$${x}" }\n' in change.content
    assert change.left == ()


UNCLEAR: Final = {
    "two commands": f"{ALARM} && rm -rf /",
    "an unknown flag": f"{ALARM} --unit Percent",
    "an unknown number": ALARM.replace("90", "ninety"),
    "a metric of the agent without its path": ALARM.replace("AWS/EC2", "CWAgent"),
    "a dimension that is no name": ALARM.replace("Name=InstanceId,Value=i-0a1b", """'[{"Name": "a b", "Value": "c"}]'"""),
    "dimensions of another form": ALARM.replace("Name=InstanceId,Value=i-0a1b", """'{"Name": "path"}'"""),
    "words": "Add an alarm.",
    "a quote that does not end": "aws cloudwatch 'put",
}


@pytest.mark.parametrize("fix", UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_not_understood_is_left_to_a_person(fix: str) -> None:
    change = terraform.alarms(TOPIC, "")("", [found("i-0a1b", check="alarm-missing", fix=fix)])
    assert (change.content, change.done, len(change.left)) == ("", (), 1)


def kinds_of(tmp_path: Path, config: str, *findings: Finding) -> list[Kind]:
    (tmp_path / "infrastructure").mkdir(exist_ok=True)
    (tmp_path / config).write_text(f"repository: .\npropose:\n  directory: infrastructure\n  alarm-topic: {TOPIC}\n")
    names = ("dependabot-uncovered", "alarm-missing", "log-group-without-retention")
    checks = {name: replace(VOLUME, name=name) for name in names}
    gathered = Gathered(findings=[(each.id, each) for each in findings], ran=ran(*names))
    report = judged(checks, gathered, [], None, made=NOW, seconds=1, scopes=[])
    return kinds(report, read_configuration(config, checks, NOW.date()), None)


def test_each_configuration_has_its_own_branches_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    usual, other, third = (kinds_of(tmp_path, name) for name in ("maintenance.yml", "b.yml", "c.yml"))
    assert [each.branch for each in usual] == ["maintenance/dependabot", "maintenance/alarms", "maintenance/log-retention"]
    assert [each.file for each in usual[1:]] == ["infrastructure/maintenance_alarms.tf", "infrastructure/maintenance_log_retention.tf"]
    assert len({each.branch for some in (usual, other, third) for each in some}) == 9
    assert len({each.file for some in (usual, other, third) for each in some[1:]}) == 6


def test_the_file_of_dependabot_is_the_one_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert kinds_of(tmp_path, "maintenance.yml")[0].file == ".github/dependabot.yml"
    there = replace(_worded("pip", ("/",)), resource=".github/dependabot.yaml")
    assert kinds_of(tmp_path, "maintenance.yml", there)[0].file == ".github/dependabot.yaml"


class Away:
    """A GitHub that does not answer."""

    path = "/repos/a/b"

    def get(self, *_: object, **__: object) -> None:
        raise Unreachable("no answer")

    @property
    def api(self) -> "Away":
        return self


def test_a_kind_that_cannot_be_proposed_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = kinds_of(tmp_path, "maintenance.yml")
    with pytest.raises(Failure) as failed:
        propose(
            chosen, "maintenance.yml", cast("Session", Away()), "", Runner({}, io.StringIO(), io.StringIO()), SystemClock(), dry_run=False
        )
    assert failed.value.code == Exit.REMOTE
    assert [each.what for each in failed.value.faults] == ["dependabot: no answer", "alarms: no answer", "log-retention: no answer"]


BRANCH: Final = "maintenance/alarms"
PULL: Final = PullRequest(3, "url", "Alarms", "body", open=True, refused=False, ids=frozenset(("aaaaaaaa",)))
GONE: Final = replace(PULL, open=False, refused=True)


def want(*ids: str) -> Wanted:
    return Wanted("Alarms", "body", "".join(ids), frozenset(ids))


def wanting(*ids: str) -> Callable[[str, frozenset[str]], Wanted]:
    def make(_: str, refused: frozenset[str]) -> Wanted:
        return want(*(each for each in ids if each not in refused))

    return make


PUSH: Final = Push(BRANCH, "a.tf", "base", "aaaaaaaa", "Alarms", new=True)
DECISIONS: Final[dict[str, tuple[tuple[str, ...], Seen, ProposalStep | Done]]] = {
    "nothing to propose": ((), Seen("base", "", None, ()), Done("nothing")),
    "a branch comes first": (("aaaaaaaa",), Seen("base", "", None, ()), PUSH),
    "then a pull request": (("aaaaaaaa",), Seen("base", "", Branch("aaaaaaaa", True), ()), Open(BRANCH, "Alarms", "body")),
    "then nothing": (("aaaaaaaa",), Seen("base", "", Branch("aaaaaaaa", True), (PULL,)), Done("proposed")),
    "another text is written": (
        ("aaaaaaaa",),
        Seen("base", "", Branch("aaaaaaaa", True), (replace(PULL, body="old"),)),
        Update(3, "Alarms", "body"),
    ),
    "more is found": (
        ("aaaaaaaa", "bbbbbbbb"),
        Seen("base", "", Branch("aaaaaaaa", True), (PULL,)),
        replace(PUSH, content="aaaaaaaabbbbbbbb", new=False),
    ),
    "what a person committed stays": (
        ("aaaaaaaa",),
        Seen("base", "", Branch("other", False), (PULL,)),
        Done("left", f"somebody else has committed to the branch {BRANCH}"),
    ),
    "what a person committed is not closed": (
        (),
        Seen("base", "", Branch("other", False), (PULL,)),
        Done("left", f"somebody else has committed to the branch {BRANCH}"),
    ),
    "what is solved is closed": ((), Seen("base", "", Branch("aaaaaaaa", True), (PULL,)), Close(3, "body")),
    "what was refused is not proposed again": (("aaaaaaaa",), Seen("base", "", Branch("aaaaaaaa", True), (GONE,)), Done("nothing")),
    "but what is new is": (
        ("aaaaaaaa", "bbbbbbbb"),
        Seen("base", "", Branch("aaaaaaaa", True), (GONE,)),
        replace(PUSH, content="bbbbbbbb", new=False),
    ),
    "after a merge it begins again": (
        ("bbbbbbbb",),
        Seen("base", "", None, (replace(PULL, open=False),)),
        replace(PUSH, content="bbbbbbbb"),
    ),
}


@pytest.mark.parametrize(("ids", "seen", "then"), DECISIONS.values(), ids=DECISIONS)
def test_decide(ids: tuple[str, ...], seen: Seen, then: object) -> None:
    assert decide(BRANCH, "a.tf", wanting(*ids), seen) == then


@pytest.mark.parametrize(("ids", "seen"), [each[:2] for each in DECISIONS.values()], ids=DECISIONS)
def test_every_way_ends(ids: tuple[str, ...], seen: Seen) -> None:
    operation: Operation[Seen, ProposalStep] = Operation(
        lambda: seen, lambda now: decide(BRANCH, "a.tf", wanting(*ids), now), lambda _: None, after
    )
    *steps, end = plan(operation, seen)
    assert isinstance(end, Done)
    assert len(steps) <= 3
