"""The published policies against what commands called in the sandbox: nothing is called that is not allowed, nothing is allowed that is never called."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import botocore.session
import pytest
from botocore import xform_name

from credex_actions.generation.iam import example as iam_example
from credex_actions.generation.iam.grant import NAMES, PREFIXES, Grant, action_of
from credex_actions.generation.iam.of_reaching import REACHING
from credex_actions.generation.iam.policies import APART, AS_CONFIGURED, JOBS, POLICIES, WITHOUT, policy
from credex_actions.generation.iam.policies import published as policies_of
from tests.recording import IN_PROCESS, RECORD, allowed

ROOT: Final = Path(__file__).resolve().parents[2]
COMMANDS: Final = sorted(path.stem.replace("_", "-") for path in (ROOT / "credex_actions" / "commands").glob("[!_]*.py"))
RECORDED: Final = [(command, *call.split(":")) for command, call in (line.split(" ") for line in RECORD.read_text().splitlines())]
EXAMPLE: Final = sorted(iam_example.files())
LARGEST: Final = 10_240
"""Characters of a role's inline policies, without blanks. Source: IAM quotas."""

LARGEST_MANAGED: Final = 6_144


def granted(command: str) -> set[str]:
    return {action for grant in POLICIES[command] for action in grant.actions}


def unseen(command: str) -> Mapping[str, str]:
    return {action: reason for grant in POLICIES[command] for action, reason in grant.unseen.items()}


def called(command: str) -> set[str]:
    """What reaching a database calls is the same for every command that does: its own tests show it."""
    reaching = {action for grant in REACHING for action in grant.actions} if REACHING[0] in POLICIES[command] else set()
    named = {(name, action_of(service, operation)) for name, service, operation in RECORDED}
    return {action for name, action in named if name == command or (name == IN_PROCESS and action in reaching)} - {""}


def test_every_action_says_what_it_needs() -> None:
    assert set(COMMANDS) == POLICIES.keys() | WITHOUT.keys() == JOBS.keys()
    assert not POLICIES.keys() & WITHOUT.keys()
    assert WITHOUT.keys() > AS_CONFIGURED


def test_nothing_was_called_that_is_not_allowed() -> None:
    assert [call for call in RECORDED if not allowed(*call)] == []


@pytest.mark.parametrize("command", POLICIES)
def test_nothing_is_allowed_that_is_never_called(command: str) -> None:
    assert granted(command) - called(command) - unseen(command).keys() == set()


@pytest.mark.parametrize("command", POLICIES)
def test_a_reason_stands_only_where_no_call_shows_it(command: str) -> None:
    assert unseen(command).keys() <= granted(command) - called(command)


def test_what_was_recorded_is_still_called() -> None:
    """The code that makes a call names it, in Python's spelling; waiters and preflight's table in AWS's."""
    source = "".join(
        path.read_text() for path in (ROOT / "credex_actions").rglob("*.py") if not {"sandbox", "generation"} & set(path.parts)
    )
    calls = {
        (service, operation.replace("GetAccountPublic", "GetPublic"))  # S3 Control's
        for command, service, operation in RECORDED
        if command not in AS_CONFIGURED
    }
    assert {call for call in calls if xform_name(call[1]) not in source and call[1] not in source} == set()


def test_every_action_exists() -> None:
    session = botocore.session.Session()
    known: dict[str, set[str]] = {}
    for service in (
        "accessanalyzer",
        "autoscaling",
        "backup",
        "batch",
        "cloudwatch",
        "codebuild",
        "codedeploy",
        "compute-optimizer",
        "ec2",
        "ecr",
        "ecs",
        "elbv2",
        "events",
        "iam",
        "imagebuilder",
        "kms",
        "lambda",
        "logs",
        "s3",
        "scheduler",
        "secretsmanager",
        "service-quotas",
        "sns",
        "ssm",
        "sts",
    ):
        model = session.get_service_model(service)
        prefix = PREFIXES.get(model.signing_name, model.signing_name)
        known[prefix] = {f"{prefix}:{operation}" for operation in model.operation_names}
    names = (
        {name for operations in known.values() for name in operations}
        | set(NAMES.values())
        | {"iam:PassRole", "kms:ReEncryptFrom", "kms:ReEncryptTo", "s3:GetAccountPublicAccessBlock"}
    )
    assert {action for command in POLICIES for action in granted(command)} - names == set()


@pytest.mark.parametrize(("name", "grants"), [each for command in POLICIES for each in policies_of(command).items()])
def test_a_policy_is_one_that_iam_takes(name: str, grants: tuple[Grant, ...]) -> None:
    published = json.loads((ROOT / "docs" / "reference" / "iam" / f"{name}.json").read_text())
    assert published == json.loads(json.dumps(policy(grants)))
    assert len("".join(json.dumps(published).split())) <= LARGEST
    sids = [statement["Sid"] for statement in published["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)
    for statement in published["Statement"]:
        assert statement["Action"] == sorted(set(statement["Action"]))
        assert all(re.fullmatch(r"\*|arn:aws:[a-z0-9-]+:(\*|REGION)?:(\*|ACCOUNT)?:[\w/*.:-]+", arn) for arn in statement["Resource"])


def test_what_stands_apart_is_all_of_it_and_fits_a_managed_policy() -> None:
    for command, apart in APART.items():
        together = [grant for grants in policies_of(command).values() for grant in grants]
        assert sorted(grant.sid for grant in together) == sorted(grant.sid for grant in POLICIES[command])
        for grants in apart.values():
            assert len("".join(json.dumps(policy(grants)).split())) <= LARGEST_MANAGED


def test_the_example_grants_what_deploying_needs_and_no_more() -> None:
    text = (ROOT / "examples" / "credex-core" / "terraform" / "modules" / "delivery" / "policies.tf").read_text()
    documents = dict(re.findall(r'data "aws_iam_policy_document" "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL))
    deploy = set(re.findall(r'(?<!variable = )"([a-z0-9]+:[A-Za-z]+)"', documents["deploy"]))
    always = {action for grant in (*POLICIES["deploy-task-definition"],) if not grant.when for action in grant.actions}
    assert always <= deploy
    assert deploy <= granted("deploy-task-definition") | granted("verify-deployment")
    assert set(re.findall(r'"(ecs:[A-Za-z]+)"', documents["plan"])) == granted("render-task-definition")


@pytest.mark.parametrize("path", EXAMPLE)
def test_the_example_s_roles_for_schedules_have_no_more_than_is_published(path: str) -> None:
    name = Path(path).name.partition(".")[0].removesuffix("-plan")
    text = (ROOT / path).read_text()
    values = {"partition": "aws", "region": "ap-southeast-1", "account": "123456789012"}
    filled = re.sub(r"\$\{(\w+)\}", lambda found: values.get(found[1], found[1]), text)
    assert not re.search(r"\b[A-Z]{4,}\b|[A-Z]+-[A-Z]+\b", filled), "a name in capitals is left"
    statements = {statement["Sid"]: statement for statement in json.loads(filled)["Statement"]}
    published = {grant.sid: grant for grant in POLICIES[name]}
    for sid, statement in statements.items():
        assert statement["Action"] == list(published[sid].actions)
        own = json.dumps(iam_example.with_own_tags(published[sid].condition)).replace("${environment}", "environment")
        assert statement.get("Condition", {}) == json.loads(own)
    assert len("".join(filled.split())) <= LARGEST


def test_the_example_has_a_role_for_each_of_its_workflows() -> None:
    folder = ROOT / "examples" / "credex-core"
    module = (folder / "terraform" / "modules" / "delivery" / "main.tf").read_text()
    subjects = set(re.findall(r"^    ([a-z0-9-]+) += \[local\.", module, re.MULTILINE))
    assert {Path(path).name.partition(".")[0] for path in EXAMPLE} <= subjects
    named = {
        name
        for file in (folder / ".github" / "workflows").glob("*.yml")
        for name in re.findall(r"vars\.([A-Z0-9_]+_ROLE)\b", file.read_text())
    }
    told = (folder / "README.md").read_text() + (folder / "terraform" / "outputs.tf").read_text()
    assert {name for name in named if name not in told and not name.startswith(("STAGING_", "PRODUCTION_"))} == set()


def test_readmes_say_it_above_their_tables() -> None:
    for command in COMMANDS:
        text = (ROOT / "actions" / command / "README.md").read_text()
        assert text.index("```yaml") < text.index("## Permissions") < text.index("## Inputs"), command
