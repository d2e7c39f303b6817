"""Tasks of the sandbox run, log, stop and fail for the causes that the account gives them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from credex_actions.sandbox import Provisioned, Sandbox
from tests.integration.rollouts import ended, register, service, stopped_tasks

Account = tuple[Sandbox, Provisioned]


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    return sandbox, sandbox.provision(desired_count=0)


def run(account: Account, definition: str, **given: Any) -> dict[str, Any]:
    """The task that RunTask starts, once it has stopped."""
    sandbox, where = account
    ecs = sandbox.client("ecs")
    started = ecs.run_task(
        cluster=where.cluster, taskDefinition=definition, launchType="FARGATE", networkConfiguration=where.network, **given
    )
    arn = started["tasks"][0]["taskArn"]

    def look() -> dict[str, Any]:
        found: dict[str, Any] = ecs.describe_tasks(cluster=where.cluster, tasks=[arn])["tasks"][0]
        return found

    sandbox.until(lambda: look()["lastStatus"] == "STOPPED", "the end of the task")
    return look()


def with_container(where: Provisioned, **members: Any) -> dict[str, Any]:
    """RegisterTaskDefinition's input, with these members in its container."""
    document = where.definition()
    document["containerDefinitions"][0] |= members
    return document


@pytest.mark.parametrize(
    ("tag", "code"), [("job", 0), ("job-0.2s", 0), ("exit-3", 3), ("exit-9-after-0.2s", 9), ("crash", 1), ("oom", 137)]
)
def test_a_task_runs_and_ends_with_the_exit_code_of_its_image(account: Account, tag: str, code: int) -> None:
    task = run(account, register(*account, tag))
    assert (task["stopCode"], task["stoppedReason"]) == ("EssentialContainerExited", "Essential container in task exited")
    assert task["containers"][0]["exitCode"] == code
    assert task["startedAt"] <= task["stoppedAt"]
    assert task["containers"][0].get("reason", "") == ("OutOfMemoryError: Container killed due to memory usage" if tag == "oom" else "")


def test_the_environment_variable_sandbox_says_how_a_container_behaves(account: Account) -> None:
    _, where = account
    override = {"name": where.container, "environment": [{"name": "SANDBOX", "value": "exit-4"}]}
    task = run(
        account, where.task_definition, overrides={"containerOverrides": [override]}, startedBy="me", tags=[{"key": "a", "value": "b"}]
    )
    assert task["containers"][0]["exitCode"] == 4
    assert task["startedBy"] == "me"
    assert task["overrides"]["containerOverrides"][0]["environment"] == override["environment"]


def test_the_same_client_token_starts_one_task(account: Account) -> None:
    sandbox, where = account
    ecs = sandbox.client("ecs")
    call = {
        "cluster": where.cluster,
        "taskDefinition": where.task_definition,
        "launchType": "FARGATE",
        "networkConfiguration": where.network,
        "clientToken": "once",
    }
    first, second = (ecs.run_task(**call)["tasks"][0]["taskArn"] for _ in range(2))
    assert first == second
    assert len(ecs.list_tasks(cluster=where.cluster)["taskArns"]) == 1


def test_a_task_can_be_stopped(account: Account) -> None:
    sandbox, where = account
    ecs = sandbox.client("ecs")
    arn = ecs.run_task(
        cluster=where.cluster, taskDefinition=where.task_definition, launchType="FARGATE", networkConfiguration=where.network
    )["tasks"][0]["taskArn"]
    sandbox.until(lambda: ecs.describe_tasks(cluster=where.cluster, tasks=[arn])["tasks"][0]["lastStatus"] == "RUNNING", "the start")
    ecs.stop_task(cluster=where.cluster, task=arn, reason="enough")
    sandbox.until(lambda: ecs.describe_tasks(cluster=where.cluster, tasks=[arn])["tasks"][0]["lastStatus"] == "STOPPED", "the end")
    task = ecs.describe_tasks(cluster=where.cluster, tasks=[arn])["tasks"][0]
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "Task stopped by user: enough")
    assert task["containers"][0]["exitCode"] == 143


def test_a_crash_leaves_its_trace_in_the_log(account: Account) -> None:
    sandbox, where = account
    task = run(account, register(*account, "crash"))
    stream = f"ecs/{where.container}/{task['taskArn'].rpartition('/')[2]}"
    events = sandbox.client("logs").get_log_events(logGroupName=where.log_group, logStreamName=stream)["events"]
    lines = [each["message"] for each in events]
    assert lines[1] == "Server is listening on port 5000"
    assert "Error: Cannot find module './config'" in lines


def secret_without_key(sandbox: Sandbox, where: Provisioned) -> dict[str, Any]:
    arn = sandbox.client("secretsmanager").create_secret(Name="db", SecretString=json.dumps({"user": "x"}))["ARN"]
    return with_container(where, secrets=[{"name": "PASSWORD", "valueFrom": f"{arn}:password::"}])


def missing_secret(sandbox: Sandbox, where: Provisioned) -> dict[str, Any]:
    arn = f"arn:aws:secretsmanager:{sandbox.region}:{sandbox.account}:secret:gone-AbCdEf"
    return with_container(where, secrets=[{"name": "PASSWORD", "valueFrom": arn}])


def missing_parameter(sandbox: Sandbox, where: Provisioned) -> dict[str, Any]:
    arn = f"arn:aws:ssm:{sandbox.region}:{sandbox.account}:parameter/credex/gone"
    return with_container(where, secrets=[{"name": "JWT", "valueFrom": arn}])


def missing_image(_: Sandbox, where: Provisioned) -> dict[str, Any]:
    return with_container(where, image=f"{where.repository_uri}:gone")


def other_platform(sandbox: Sandbox, where: Provisioned) -> dict[str, Any]:
    return with_container(where, image=sandbox.push_image(where.repository, "arm", platform="linux/arm64"))


def missing_group(sandbox: Sandbox, where: Provisioned) -> dict[str, Any]:
    options = {"awslogs-group": "/gone", "awslogs-region": sandbox.region, "awslogs-stream-prefix": "ecs"}
    return with_container(where, logConfiguration={"logDriver": "awslogs", "options": options})


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (missing_image, "CannotPullContainerError"),
        (other_platform, "does not contain descriptor matching platform 'linux/amd64'"),
        (missing_secret, "ResourceNotFoundException: Secrets Manager can't find the specified secret"),
        (secret_without_key, "did not contain json key password"),
        (missing_parameter, "invalid ssm parameters: /credex/gone"),
        (missing_group, "The specified log group does not exist"),
    ],
)
def test_a_task_that_misses_something_of_its_account_fails_to_start_and_says_what(
    account: Account, fault: Callable[[Sandbox, Provisioned], dict[str, Any]], reason: str
) -> None:
    sandbox, where = account
    definition = sandbox.client("ecs").register_task_definition(**fault(sandbox, where))["taskDefinition"]["taskDefinitionArn"]
    task = run(account, definition)
    assert task["stopCode"] == "TaskFailedToStart"
    assert reason in task["stoppedReason"]
    assert "exitCode" not in task["containers"][0]


def test_a_secret_and_a_parameter_that_exist_are_no_obstacle(account: Account) -> None:
    sandbox, where = account
    secret = sandbox.client("secretsmanager").create_secret(Name="db", SecretString=json.dumps({"password": "x"}))["ARN"]
    sandbox.client("ssm").put_parameter(Name="/credex/jwt", Value="x", Type="SecureString")
    secrets = [{"name": "PASSWORD", "valueFrom": f"{secret}:password::"}, {"name": "JWT", "valueFrom": "/credex/jwt"}]
    document = with_container(where, secrets=secrets, image=sandbox.push_image(where.repository, "job"))
    definition = sandbox.client("ecs").register_task_definition(**document)["taskDefinition"]["taskDefinitionArn"]
    assert run(account, definition)["containers"][0]["exitCode"] == 0


def test_awslogs_create_group_makes_the_group(account: Account) -> None:
    sandbox, where = account
    options = {"awslogs-group": "/new", "awslogs-region": sandbox.region, "awslogs-stream-prefix": "ecs", "awslogs-create-group": "true"}
    image = sandbox.push_image(where.repository, "job")
    document = with_container(where, image=image, logConfiguration={"logDriver": "awslogs", "options": options})
    run(account, sandbox.client("ecs").register_task_definition(**document)["taskDefinition"]["taskDefinitionArn"])
    assert sandbox.client("logs").describe_log_groups(logGroupNamePrefix="/new")["logGroups"]


def test_a_role_that_is_not_there_stops_run_task_and_is_an_event_of_a_service(account: Account) -> None:
    sandbox, where = account
    ecs = sandbox.client("ecs")
    role = f"arn:aws:iam::{sandbox.account}:role/gone"
    definition = ecs.register_task_definition(**where.definition(executionRoleArn=role))["taskDefinition"]["taskDefinitionArn"]
    with pytest.raises(ClientError, match="ECS was unable to assume the role"):
        run(account, definition)
    updated = ecs.update_service(cluster=where.cluster, service=where.service, taskDefinition=definition, desiredCount=1)["service"]
    assert ended(sandbox, updated["currentServiceDeployment"])["status"] == "ROLLBACK_SUCCESSFUL"
    assert any("unable to assume the role" in each["message"] for each in service(sandbox, where)["events"])


def test_stopped_tasks_of_a_family_can_be_listed(account: Account) -> None:
    sandbox, where = account
    run(account, register(*account, "job"))
    assert len(stopped_tasks(sandbox, where, family=where.family)) == 1
    assert stopped_tasks(sandbox, where, family="other") == []


def test_a_managed_volume_must_be_one_that_the_definition_configures_at_launch(account: Account) -> None:
    sandbox, where = account
    ecs = sandbox.client("ecs")
    volumes = [{"name": "data", "configuredAtLaunch": True}]
    image = sandbox.push_image(where.repository, "job")
    definition = ecs.register_task_definition(**where.definition(image, volumes=volumes))["taskDefinition"]["taskDefinitionArn"]
    settings = {"managedEBSVolume": {"roleArn": where.task_role_arn, "sizeInGiB": 1}}
    task = run(account, definition, volumeConfigurations=[{"name": "data", **settings}])
    assert "AmazonElasticBlockStorage" in [each["type"] for each in task["attachments"]]
    with pytest.raises(ClientError, match="not configured at launch"):
        run(account, definition, volumeConfigurations=[{"name": "other", **settings}])
