"""A team's own policies for Cloud Custodian: what is wrong in them is said at once, and nothing in them writes."""

from pathlib import Path

import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.maintenance.account import examining
from credex_actions.maintenance.account.custodian.policies import read
from credex_actions.maintenance.account.custodian.running import environment
from credex_actions.maintenance.account.custodian.translating import NotAnAnswer, answered, belonging, findings, is_denied
from credex_actions.maintenance.account.prices import Prices
from credex_actions.maintenance.account.reading import Reading
from credex_actions.maintenance.account.survey import Survey
from credex_actions.maintenance.catalogue.account import CHECKS
from credex_actions.maintenance.context import Scope
from credex_actions.maintenance.finding import Examined, Ran
from tests.maintaining import NOW, context

GOOD = """
policies:
  - name: volumes-without-cost-centre
    description: every volume has a cost centre
    resource: aws.ebs
    metadata: {severity: high, title: has no cost centre, fix: tag it}
    filters: [{"tag:CostCentre": absent}]
  - name: all-users
    resource: iam-user
"""


def written(folder: Path, text: str, name: str = "own.yml") -> str:
    file = folder / name
    file.write_text(text)
    return str(file)


def test_policies_are_read_with_what_they_say_of_themselves(tmp_path: Path) -> None:
    given = read([written(tmp_path, GOOD)])
    assert given.faults == ()
    first, second = given.policies
    assert (first.severity, first.title, first.why, first.fix) == ("high", "has no cost centre", "every volume has a cost centre", "tag it")
    assert "metadata" not in first.document
    assert (second.severity, second.title) == ("medium", "matches all-users")


@pytest.mark.parametrize(
    ("policy", "fault"),
    [
        ("{name: a, resource: ebs, actions: [delete]}", ".actions: are not run here"),
        ("{name: a, resource: ebs, mode: {type: periodic}}", ".mode: is not used here"),
        ("{name: ../a, resource: ebs}", ".name: has to be"),
        ("{resource: ebs}", ".name: has to be"),
        ("{name: a}", ".resource: is missing"),
        ("{name: a, resource: gcp.instance}", ".resource: is not one of AWS"),
        ("{name: a, resource: ebs, metadata: {severity: urgent}}", ".metadata.severity: has to be"),
        ("nothing", ": is not a policy"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, policy: str, fault: str) -> None:
    file = written(tmp_path, f"policies:\n- {{name: fine, resource: ebs}}\n- {policy}\n")
    assert [each for each in read([file]).faults if each.startswith(f"{file}: $.policies[1]{fault}")]


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files = [
        written(tmp_path, "policies: [", "a.yml"),
        written(tmp_path, "rules: []", "b.yml"),
        str(tmp_path / "missing.yml"),
        written(tmp_path, GOOD, "c.yml"),
        written(tmp_path, GOOD, "d.yml"),
    ]
    faults = "\n".join(read(files).faults)
    for each in ("a.yml: is not YAML", "b.yml: has no list `policies`", "missing.yml: No such file", "all-users is already used in"):
        assert each in faults


@pytest.mark.parametrize("text", ["start: 2024-02-30", "[" * 5000], ids=["no such day", "nested too deeply"])
def test_what_yaml_cannot_read_is_a_fault(tmp_path: Path, text: str) -> None:
    (fault,) = read([written(tmp_path, text)]).faults
    assert "own.yml: is not YAML" in fault


def test_findings_keep_their_policy(tmp_path: Path) -> None:
    first, _ = read([written(tmp_path, GOOD)]).policies
    answer = answered(
        '{"volumes-without-cost-centre": {"found": [{"id": "vol-1", "arn": "arn:1", "region": "eu-west-1", "tags": {"Owner": "a"}}]}}'
    )
    (finding,) = findings(first, answer[first.name]["found"])
    assert (finding.resource, finding.key, finding.severity, finding.title) == ("arn:1", first.name, "high", "vol-1: has no cost centre")


def test_what_belongs_to_no_region_is_told_by_the_first() -> None:
    found = [{"region": ""}, {"region": "eu-west-1"}, {"region": "us-east-1"}]
    assert belonging(found, "eu-west-1", is_first=True) == found[:2]
    assert belonging(found, "us-east-1", is_first=False) == found[2:]


@pytest.mark.parametrize("text", ["", "Traceback", "[]", '{"a": 1}'])
def test_what_is_no_answer(text: str) -> None:
    with pytest.raises(NotAnAnswer):
        answered(text)


def test_the_job_s_secrets_are_not_passed_on() -> None:
    own = {
        "PATH": "/bin",
        "GITHUB_TOKEN": "ghs",
        "INPUT_TOKEN": "t",
        "AWS_SECRET_ACCESS_KEY": "job",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    }
    given = environment(own, {"AWS_SECRET_ACCESS_KEY": "role"})
    assert given == {"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "role", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}


def test_denials_are_known() -> None:
    assert is_denied("ClientError: An error occurred (AccessDenied) when calling …")
    assert not is_denied("PolicyValidationError: …")


def test_a_fault_of_this_check_ends_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> tuple[Examined, ...]:
        raise TypeError("no answer of any kind")

    monkeypatch.setattr(examining, "examine_own", broken)
    given = context(CHECKS)
    scope = Scope("000000000000", "af-south-1", Clients())
    survey = Survey(scope, Reading(scope.clients, given.clock), NOW, {}, Prices({}))
    (examined,) = examining._own(given, [survey], ["own.yml"])
    assert examined.ran == (Ran("policy-own", "failed", "the check itself failed: TypeError", "000000000000", "af-south-1"),)
