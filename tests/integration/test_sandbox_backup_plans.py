"""What the example's Terraform asks of AWS Backup and IAM, and moto lacks."""

import pytest

from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow


def test_a_plan_has_selections_and_tags(sandbox: Sandbox) -> None:
    backup = sandbox.client("backup")
    vault = backup.create_backup_vault(BackupVaultName="credex", BackupVaultTags={"Environment": "production"})
    assert backup.list_tags(ResourceArn=vault["BackupVaultArn"])["Tags"] == {"Environment": "production"}
    rule = {"RuleName": "nightly", "TargetBackupVaultName": "credex"}
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "credex", "Rules": [rule]})["BackupPlanId"]
    wanted = {"SelectionName": "data", "IamRoleArn": f"arn:aws:iam::{sandbox.account}:role/backup", "Resources": ["*"]}
    made = backup.create_backup_selection(BackupPlanId=plan, BackupSelection=wanted)
    assert backup.get_backup_selection(BackupPlanId=plan, SelectionId=made["SelectionId"])["BackupSelection"] == wanted
    (listed,) = backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    assert (listed["SelectionId"], listed["SelectionName"]) == (made["SelectionId"], "data")
    backup.delete_backup_selection(BackupPlanId=plan, SelectionId=made["SelectionId"])
    assert backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"] == []
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.get_backup_selection(BackupPlanId=plan, SelectionId=made["SelectionId"])
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.create_backup_selection(BackupPlanId="none", BackupSelection=wanted)


def test_policies_that_aws_manages_are_there_once_they_are_named(sandbox: Sandbox) -> None:
    iam = sandbox.client("iam")
    iam.create_role(RoleName="instance", AssumeRolePolicyDocument="{}")
    arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    iam.attach_role_policy(RoleName="instance", PolicyArn=arn)
    assert iam.list_attached_role_policies(RoleName="instance")["AttachedPolicies"] == [
        {"PolicyName": "AmazonSSMManagedInstanceCore", "PolicyArn": arn}
    ]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    assert "ssm:UpdateInstanceInformation" in str(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.attach_role_policy(RoleName="instance", PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")
