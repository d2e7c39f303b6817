"""What the published policies allow on which resources: an action touches its own and the configured databases, and nobody can make it own what is yours."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from credex_actions.aws.lease import LEASE
from credex_actions.aws.run_command import DOCUMENT as SCRIPT
from credex_actions.aws.tags import DATABASE, ENVIRONMENT, RUN, SCRATCH, VERSION
from credex_actions.aws.tunnel import DOCUMENT as FORWARDING
from credex_actions.backup.archive import BACKUP, DRILL, UP_TO
from credex_actions.backup.taking.stopping import STOPPED_BY
from credex_actions.databases.finding import SERVED_BY
from credex_actions.generation.iam.conditions import AT_CREATION
from credex_actions.generation.iam.example import FOLDER
from credex_actions.rollout.around.gates import WRITES_STOPPED_BY
from credex_actions.rollout.back.data_volumes import KEPT_DATA, RESTORED
from credex_actions.rollout.image.amis import BOOT_TEST
from credex_actions.rollout.image.recipe import RECIPE
from credex_actions.rollout.moving.volumes import BEFORE, MOVED
from credex_actions.rollout.rehearsal.note import REHEARSED
from credex_actions.rollout.successor.world import UNPROVEN
from credex_actions.rollout.swap.downtime import LAST_ROLL
from credex_actions.rollout.swap.instance import KEPT_ROOT
from credex_actions.rollout.swap.note import KEYS
from tests.policy_language import Request, allows

ROOT: Final = Path(__file__).resolve().parents[2]
PUBLISHED: Final = ROOT / "docs" / "reference" / "iam"
INSTANCE: Final = "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"
VOLUME: Final = "arn:aws:ec2:eu-west-1:123456789012:volume/vol-1"
SNAPSHOT: Final = "arn:aws:ec2:eu-west-1::snapshot/snap-1"
IMAGE: Final = "arn:aws:ec2:eu-west-1::image/ami-1"
OTHERS: Final = {"Role": "Bastion", "Environment": "production"}
DATABASES: Final = {"Role": "LedgerSpace", "Environment": "${environment}", "TAG": "VALUE"}
"""As the example has them, and as the published policies stand for them."""


def policy(name: str) -> Mapping[str, Any]:
    """Published, or of the example: the one before the approval is only there."""
    path = PUBLISHED / f"{name}.json"
    text = path.read_text() if path.exists() else (ROOT / FOLDER / f"{name}.json.tftpl").read_text().replace("${partition}", "aws")
    found: Mapping[str, Any] = json.loads(text.replace("${region}", "*").replace("${account}", "*"))
    return found


def on(action: str, resource: str, tags: Mapping[str, str], **context: Any) -> Request:
    """A request on a resource with these tags."""
    prefix = "ssm:resourceTag/" if action.startswith("ssm:") else "aws:ResourceTag/"
    return Request(action, resource, {**{f"{prefix}{key}": value for key, value in tags.items()}, **context})


def tagging(resource: str, tags: Mapping[str, str], *keys: str, action: str = "ec2:CreateTags") -> Request:
    return on(action, resource, tags, **({"aws:TagKeys": list(keys)} if keys else {}))


PLAN: Final = "neo4j-ami-rollout-plan"
TOUCHING: Final = ("neo4j-backup", PLAN, "neo4j-ami-rollout")

DESTROYING: Final = [
    ("ec2:TerminateInstances", INSTANCE, SCRATCH),
    ("ec2:DeleteVolume", VOLUME, SCRATCH),
]
ROLLING: Final = [
    *DESTROYING,
    ("ec2:CreateImage", INSTANCE, SCRATCH),
    ("ec2:DeregisterImage", IMAGE, RECIPE),
    ("ec2:DisableImageDeregistrationProtection", IMAGE, RECIPE),
    ("ec2:DeleteSnapshot", SNAPSHOT, RECIPE),
]
REMOVALS: Final = [
    *[("neo4j-backup", *each) for each in (*DESTROYING, ("ec2:DeleteSnapshot", SNAPSHOT, BACKUP))],
    *[(name, *each) for name in (PLAN, "neo4j-ami-rollout") for each in ROLLING],
    (PLAN, "ec2:StopInstances", INSTANCE, SCRATCH),
]


@pytest.mark.parametrize(("name", "action", "resource", "tag"), REMOVALS)
def test_what_is_removed_bears_a_tag_of_its_creation(name: str, action: str, resource: str, tag: str) -> None:
    assert tag in AT_CREATION
    assert allows(policy(name), on(action, resource, {tag: "of a run"}))
    for tags in ({}, OTHERS, DATABASES, {RUN: "1"}, {LEASE: "1"}):
        assert not allows(policy(name), on(action, resource, tags))


@pytest.mark.parametrize("resource", [INSTANCE, VOLUME, SNAPSHOT, IMAGE])
@pytest.mark.parametrize("key", sorted(AT_CREATION))
@pytest.mark.parametrize("name", TOUCHING)
def test_nothing_that_exists_can_be_made_one_of_ours(name: str, key: str, resource: str) -> None:
    """Whatever its tags are; a restored volume takes those of the one that it replaces, which are never that of a scratch one."""
    for tags in ({}, OTHERS, DATABASES, {BACKUP: "1"}, {RECIPE: "1"}):
        assert not allows(policy(name), tagging(resource, tags, key))
        assert not allows(policy(name), tagging(resource, tags, key, LEASE))
    assert not allows(policy(name), tagging(resource, {**DATABASES, RESTORED: "1"}, SCRATCH, "Role"))


@pytest.mark.parametrize("action", ["ec2:CreateTags", "ec2:DeleteTags"])
@pytest.mark.parametrize("name", TOUCHING)
def test_a_request_without_keys_is_allowed_nothing(name: str, action: str) -> None:
    """DeleteTags without keys deletes every tag, and `ForAllValues` is true of it."""
    for resource in (INSTANCE, VOLUME, SNAPSHOT):
        assert not allows(policy(name), tagging(resource, DATABASES, action=action))


CREATED: Final = {
    "neo4j-backup": ("CreateSnapshot", "RunInstances"),
    PLAN: ("CreateImage", "RunInstances"),
    "neo4j-ami-rollout": (
        "CreateImage",
        "CreateLaunchTemplate",
        "CreateReplaceRootVolumeTask",
        "CreateSnapshot",
        "CreateVolume",
        "RunInstances",
    ),
}


@pytest.mark.parametrize(("name", "by"), [(name, by) for name, several in CREATED.items() for by in several])
def test_tags_are_set_at_creation(name: str, by: str) -> None:
    assert allows(policy(name), Request("ec2:CreateTags", VOLUME, {"ec2:CreateAction": by, "aws:TagKeys": [RUN, SCRATCH]}))


ROLLED: Final = "neo4j-ami-rollout"
SUCCEEDED: Final = "neo4j-ami-rollout-new-instance"
NOTED: Final = [
    ("neo4j-backup", INSTANCE, {SCRATCH: "1"}, (LEASE,)),
    ("neo4j-backup", VOLUME, {SCRATCH: "1"}, (LEASE,)),
    ("neo4j-backup", INSTANCE, DATABASES, (STOPPED_BY,)),
    ("neo4j-backup", SNAPSHOT, {BACKUP: "1"}, (UP_TO,)),
    ("neo4j-backup", SNAPSHOT, {BACKUP: "1"}, (DRILL,)),
    (PLAN, INSTANCE, {SCRATCH: "1"}, (LEASE,)),
    (PLAN, IMAGE, {RECIPE: "1"}, (LEASE,)),
    (PLAN, IMAGE, {RECIPE: "1"}, (BOOT_TEST,)),
    (PLAN, SNAPSHOT, {BACKUP: "1"}, (REHEARSED,)),
    (PLAN, INSTANCE, DATABASES, (WRITES_STOPPED_BY,)),
    (ROLLED, INSTANCE, DATABASES, (*KEYS, STOPPED_BY)),
    (ROLLED, INSTANCE, DATABASES, (*KEYS, LAST_ROLL)),
    (ROLLED, INSTANCE, DATABASES, (*KEYS, STOPPED_BY, WRITES_STOPPED_BY, SERVED_BY)),
    (ROLLED, INSTANCE, DATABASES, (WRITES_STOPPED_BY,)),
    (ROLLED, VOLUME, {}, (KEPT_ROOT, VERSION, DATABASE, ENVIRONMENT, RUN)),
    (ROLLED, VOLUME, DATABASES, (KEPT_DATA,)),
    (ROLLED, VOLUME, {}, (BEFORE,)),
    (ROLLED, VOLUME, {}, (MOVED,)),
    (ROLLED, VOLUME, {RESTORED: "1"}, ("Name", "Role", "Environment", "Data")),
]


@pytest.mark.parametrize(("name", "resource", "tags", "keys"), NOTED)
def test_what_the_code_notes_later_is_allowed(name: str, resource: str, tags: Mapping[str, str], keys: tuple[str, ...]) -> None:
    assert allows(policy(name), tagging(resource, tags, *keys))


FORGOTTEN: Final = [
    ("neo4j-backup", INSTANCE, (STOPPED_BY,)),
    (PLAN, INSTANCE, (STOPPED_BY,)),
    (PLAN, INSTANCE, (WRITES_STOPPED_BY,)),
    (ROLLED, INSTANCE, (*KEYS, STOPPED_BY)),
    (SUCCEEDED, INSTANCE, (UNPROVEN,)),
    (ROLLED, VOLUME, ("Role", "Environment", "Data")),
]


@pytest.mark.parametrize(("name", "resource", "keys"), FORGOTTEN)
def test_what_the_code_removes_of_a_database_s_tags_is_allowed(name: str, resource: str, keys: tuple[str, ...]) -> None:
    assert allows(policy(name), tagging(resource, DATABASES, *keys, action="ec2:DeleteTags"))
    assert not allows(policy(name), tagging(resource, OTHERS, *keys, action="ec2:DeleteTags"))


CHANGES: Final = (
    "ec2:AttachVolume",
    "ec2:CreateReplaceRootVolumeTask",
    "ec2:DetachVolume",
    "ec2:ModifyInstanceAttribute",
    "ec2:StartInstances",
    "ec2:StopInstances",
)


def test_an_instance_that_takes_the_place_of_another_is_launched_like_a_database_and_terminated_only_until_it_is_proven() -> None:
    """By its tags: TAG, or what the example has in its place, and one that no statement sets later."""
    launched = {f"aws:RequestTag/{key}": value for key, value in {**DATABASES, UNPROVEN: "run", RUN: "run"}.items()}
    assert allows(policy(SUCCEEDED), Request("ec2:RunInstances", INSTANCE, launched))
    assert allows(policy(SUCCEEDED), Request("ec2:RunInstances", VOLUME, {f"aws:RequestTag/{RUN}": "run"}))
    assert not allows(policy(SUCCEEDED), Request("ec2:RunInstances", INSTANCE, launched | {"aws:RequestTag/TAG": "another"}))
    assert not allows(policy(SUCCEEDED), Request("ec2:RunInstances", INSTANCE, {f"aws:RequestTag/{UNPROVEN}": "run"}))
    assert not allows(policy(PLAN), Request("ec2:RunInstances", INSTANCE, launched))
    assert allows(policy(SUCCEEDED), on("ec2:TerminateInstances", INSTANCE, {**DATABASES, UNPROVEN: "run"}))
    assert not allows(policy(SUCCEEDED), on("ec2:TerminateInstances", INSTANCE, {**OTHERS, UNPROVEN: "run"}))
    assert not allows(policy(SUCCEEDED), on("ec2:TerminateInstances", INSTANCE, DATABASES))


@pytest.mark.parametrize("action", CHANGES)
def test_databases_are_changed_after_the_approval_only_and_no_other_instance(action: str) -> None:
    assert allows(policy(ROLLED), on(action, INSTANCE, DATABASES))
    assert not allows(policy(ROLLED), on(action, INSTANCE, OTHERS))
    assert not allows(policy(PLAN), on(action, INSTANCE, DATABASES))


@pytest.mark.parametrize("action", ["ssm:PutParameter", "ecs:UpdateService", "ecs:TagResource", "ec2:CreateVolume", "ec2:CreateSnapshot"])
def test_before_the_approval_nothing_is_written_that_is_not_its_own(action: str) -> None:
    assert action not in {each for statement in policy(PLAN)["Statement"] for each in statement["Action"]}


@pytest.mark.parametrize("name", [*TOUCHING, "maintenance-report"])
def test_commands_are_shell_scripts_on_databases_and_scratch_instances(name: str) -> None:
    document = "arn:aws:ssm:eu-west-1::document"
    assert allows(policy(name), Request("ssm:SendCommand", f"{document}/{SCRIPT}"))
    assert not allows(policy(name), Request("ssm:SendCommand", f"{document}/AWS-RunRemoteScript"))
    assert allows(policy(name), on("ssm:SendCommand", INSTANCE, DATABASES)) == (name != PLAN)
    assert not allows(policy(name), on("ssm:SendCommand", INSTANCE, OTHERS))
    assert allows(policy(name), on("ssm:SendCommand", INSTANCE, {SCRATCH: "1"})) == (name in TOUCHING)


@pytest.mark.parametrize("name", [*TOUCHING, "maintenance-report"])
def test_sessions_forward_a_port_of_databases_and_scratch_instances(name: str) -> None:
    """A session without a document is a shell; SSM says of it that no document was checked."""
    document, checked = "arn:aws:ssm:eu-west-1::document", "ssm:SessionDocumentAccessCheck"
    assert allows(policy(name), Request("ssm:StartSession", f"{document}/{FORWARDING}"))
    assert not allows(policy(name), Request("ssm:StartSession", f"{document}/SSM-SessionManagerRunShell"))
    assert allows(policy(name), on("ssm:StartSession", INSTANCE, DATABASES, **{checked: "true"}))
    assert not allows(policy(name), on("ssm:StartSession", INSTANCE, DATABASES, **{checked: "false"}))
    assert not allows(policy(name), on("ssm:StartSession", INSTANCE, OTHERS, **{checked: "true"}))


@pytest.mark.parametrize("name", TOUCHING)
def test_only_scratch_instances_are_launched(name: str) -> None:
    for resource in (INSTANCE, VOLUME):
        assert allows(policy(name), Request("ec2:RunInstances", resource, {f"aws:RequestTag/{SCRATCH}": "a drill"}))
        assert not allows(policy(name), Request("ec2:RunInstances", resource, {"aws:RequestTag/Name": "mine"}))
    places = [f"arn:aws:ec2:eu-west-1:123456789012:{kind}/1" for kind in ("network-interface", "security-group", "subnet")]
    assert all(allows(policy(name), Request("ec2:RunInstances", each)) for each in (IMAGE, SNAPSHOT, *places))


@pytest.mark.parametrize("name", ["neo4j-backup", "neo4j-ami-rollout"])
def test_a_key_is_used_by_ec2_only(name: str) -> None:
    key, via = "arn:aws:kms:eu-west-1:123456789012:key/KEY", {"kms:ViaService": "ec2.REGION.amazonaws.com"}
    for action in ("kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"):
        assert allows(policy(name), Request(action, key, via))
        assert not allows(policy(name), Request(action, key))
    assert allows(policy(name), Request("kms:CreateGrant", key, {**via, "kms:GrantIsForAWSResource": "true"}))
    assert not allows(policy(name), Request("kms:CreateGrant", key, via))


def test_an_address_that_changes_can_be_written() -> None:
    parameter = "arn:aws:ssm:eu-west-1:123456789012:parameter"
    assert allows(policy(ROLLED), Request("ssm:PutParameter", f"{parameter}/URL-PARAMETER"))
    assert allows(policy(ROLLED), Request("ssm:DescribeParameters", "*"))
    assert not allows(policy(ROLLED), Request("ssm:PutParameter", f"{parameter}/credex/production/password"))


CONTENT: Final = ("secretsmanager:getsecretvalue", "ssm:getparameter", "s3:getobject", "logs:filterlogevents", "logs:getlogevents")
WRITTEN: Final = (
    *("ecs:runtask", "ecs:stoptask", "ecs:updateservice", "events:puttargets", "scheduler:updateschedule", "iam:passrole"),
    *("iam:createaccesskey", "secretsmanager:putsecretvalue", "ssm:putparameter", "backup:startbackupjob", "backup:deleterecoverypoint"),
)


@pytest.mark.parametrize("name", sorted(each.stem for each in PUBLISHED.glob("*.json")))
def test_what_reads_contents_or_changes_something_does_so_where_it_is_told(name: str) -> None:
    statements = [each for each in policy(name)["Statement"] if each["Resource"] == ["*"] and not each.get("Condition")]
    anywhere = {action.lower() for each in statements for action in each["Action"]}
    assert {action for action in anywhere if action.startswith(CONTENT + WRITTEN)} == set()


@pytest.mark.parametrize("name", ["deploy-task-definition", "verify-deployment"])
def test_roles_of_tasks_are_passed_to_ecs_alone(name: str) -> None:
    role, to = "arn:aws:iam::123456789012:role/TASK-ROLE", "iam:PassedToService"
    assert allows(policy(name), Request("iam:PassRole", role, {to: "ecs-tasks.amazonaws.com"}))
    assert not allows(policy(name), Request("iam:PassRole", role, {to: "lambda.amazonaws.com"}))
    assert not allows(policy(name), Request("iam:PassRole", role))
