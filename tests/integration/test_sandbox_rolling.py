"""The sandbox's ECS rolls services over as the real one does."""

import re
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from credex_actions.sandbox import Provisioned, Sandbox
from tests.integration.rollouts import deploy, ended, health, messages, rollout, service, stopped_tasks


@pytest.fixture
def where(sandbox: Sandbox) -> Provisioned:
    return sandbox.provision()


def test_a_good_image_is_rolled_out_and_serves(sandbox: Sandbox, where: Provisioned) -> None:
    assert ended(sandbox, deploy(sandbox, where, "2.0.0"))["status"] == "SUCCESSFUL"
    answer = health(where.url)
    assert (answer["status"], answer["revision"]) == ("OK", "credex-core:2")
    after = service(sandbox, where)
    assert [(each["status"], each["rolloutState"], each["runningCount"]) for each in after["deployments"]] == [("PRIMARY", "COMPLETED", 2)]
    assert "currentServiceDeployment" not in after


def test_a_rollout_is_told_in_the_words_of_ecs(sandbox: Sandbox, where: Provisioned) -> None:
    before = len(messages(sandbox, where))
    ended(sandbox, deploy(sandbox, where, "2.0.0"))
    sandbox.until(lambda: service(sandbox, where)["events"][0]["message"].endswith("has reached a steady state."), "the steady state")
    told = [re.sub(r"[0-9a-f]{32}", "T", re.sub(r"ecs-svc/\d+", "D", each)) for each in messages(sandbox, where)[before:]]
    group = f"(target-group {where.target_group_arn})"
    assert told == [
        "has started 2 tasks: (task T) (task T).",
        f"registered 2 targets in {group}",
        "has stopped 2 running tasks: (task T) (task T).",
        f"deregistered 2 targets in {group}",
        "has begun draining connections on 2 tasks.",
        "(deployment D) deployment completed.",
        "has reached a steady state.",
    ]


@pytest.mark.parametrize(
    ("tag", "code", "reason"),
    [
        ("crash", 1, "Essential container in task exited"),
        ("exit-3", 3, "Essential container in task exited"),
        ("oom", 137, "Essential container in task exited"),
        ("unhealthy", 143, "Task failed container health checks"),
        ("not-listening", 143, "Task failed container health checks"),
    ],
)
def test_a_bad_image_is_rolled_back_while_the_former_one_serves(
    sandbox: Sandbox, where: Provisioned, tag: str, code: int, reason: str
) -> None:
    former = service(sandbox, where)["deployments"][0]
    arn = deploy(sandbox, where, tag)
    end = ended(sandbox, arn)
    assert end["status"] == "ROLLBACK_SUCCESSFUL"
    assert end["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert end["deploymentCircuitBreaker"]["failureCount"] >= end["deploymentCircuitBreaker"]["threshold"] == 3
    assert end["rollback"]["serviceRevisionArn"] != end["targetServiceRevision"]["arn"]
    after = service(sandbox, where)
    assert (after["deployments"][0]["id"], after["taskDefinition"]) == (former["id"], former["taskDefinition"])
    assert health(where.url)["revision"] == "credex-core:1"
    dead = [each for each in stopped_tasks(sandbox, where) if each["taskDefinitionArn"].endswith(":2")]
    assert {(each["stoppedReason"], each["containers"][0].get("exitCode")) for each in dead} >= {(reason, code)}


def test_the_way_back_is_told_in_the_words_of_ecs(sandbox: Sandbox, where: Provisioned) -> None:
    former = service(sandbox, where)["deployments"][0]["id"]
    ended(sandbox, deploy(sandbox, where, "crash"))
    told = messages(sandbox, where)
    failed = next(index for index, each in enumerate(told) if each.endswith("deployment failed: tasks failed to start."))
    assert told[failed + 1] == f"rolling back to deployment {former}."
    assert f"(deployment {former}) deployment completed." in told[failed:]


def test_a_deployment_forced_onto_the_same_revision_rolls_back_onto_it(sandbox: Sandbox, where: Provisioned) -> None:
    """The image behind the tag went bad; revision ARNs tell nothing here, deployments do."""
    ecr = sandbox.client("ecr")
    ecr.batch_delete_image(repositoryName=where.repository, imageIds=[{"imageTag": "1.0.0"}])
    end = ended(sandbox, deploy(sandbox, where, forceNewDeployment=True))
    assert end["status"] == "ROLLBACK_SUCCESSFUL"
    assert service(sandbox, where)["taskDefinition"] == where.task_definition
    dead = [each for each in stopped_tasks(sandbox, where) if each["stopCode"] == "TaskFailedToStart"]
    assert all("CannotPullContainerError" in each["stoppedReason"] for each in dead)
    assert len(dead) >= 3


def test_a_way_back_on_which_tasks_fail_too_is_a_failed_rollback(sandbox: Sandbox) -> None:
    """Old tasks have to go first here, and meanwhile their image has gone."""
    where = sandbox.provision(deployment={"maximumPercent": 100, "minimumHealthyPercent": 0})
    arn = deploy(sandbox, where, "crash")
    sandbox.client("ecr").batch_delete_image(repositoryName=where.repository, imageIds=[{"imageTag": "1.0.0"}])
    assert ended(sandbox, arn)["status"] == "ROLLBACK_FAILED"
    assert service(sandbox, where)["deployments"][0]["rolloutState"] == "FAILED"


def test_without_rollback_the_failed_deployment_stays_and_the_former_tasks_serve(sandbox: Sandbox) -> None:
    where = sandbox.provision(rollback=False)
    end = ended(sandbox, deploy(sandbox, where, "crash"))
    assert end["status"] == "STOPPED"
    states = [(each["status"], each["rolloutState"]) for each in service(sandbox, where)["deployments"]]
    assert states == [("PRIMARY", "FAILED"), ("ACTIVE", "COMPLETED")]
    assert health(where.url)["revision"] == "credex-core:1"


def test_without_a_circuit_breaker_a_bad_deployment_goes_on_for_ever(sandbox: Sandbox) -> None:
    where = sandbox.provision(circuit_breaker=False)
    arn = deploy(sandbox, where, "crash")
    sandbox.until(lambda: service(sandbox, where)["deployments"][0]["failedTasks"] >= 5, "five failed tasks")
    assert rollout(sandbox, arn)["status"] == "IN_PROGRESS"
    assert rollout(sandbox, arn)["deploymentCircuitBreaker"]["status"] == "DISABLED"


def test_a_second_deployment_supersedes_the_first(sandbox: Sandbox, where: Provisioned) -> None:
    first = deploy(sandbox, where, "slow-start-60s")
    sandbox.until(lambda: rollout(sandbox, first)["status"] == "IN_PROGRESS", "the first deployment")
    second = deploy(sandbox, where, "3.0.0")
    assert ended(sandbox, first)["status"] == "STOPPED"
    assert ended(sandbox, second)["status"] == "SUCCESSFUL"
    assert health(where.url)["revision"] == "credex-core:3"
    assert len(service(sandbox, where)["deployments"]) == 1


def test_scaling_is_no_deployment(sandbox: Sandbox, where: Provisioned) -> None:
    ecs = sandbox.client("ecs")
    before = service(sandbox, where)["deployments"][0]["id"]
    for count in (3, 1, 0, 2):
        ecs.update_service(cluster=where.cluster, service=where.service, desiredCount=count)
        sandbox.until(lambda: service(sandbox, where)["runningCount"] == count, f"{count} tasks")  # noqa: B023 - used at once
    assert [each["id"] for each in service(sandbox, where)["deployments"]] == [before]


def test_a_deployment_of_nothing_succeeds(sandbox: Sandbox) -> None:
    where = sandbox.provision(desired_count=0)
    assert ended(sandbox, deploy(sandbox, where, "crash"))["status"] == "SUCCESSFUL"
    with pytest.raises(urllib.error.HTTPError, match="503"):
        urllib.request.urlopen(f"{where.url}/health")


def test_an_alarm_takes_the_deployment_back(sandbox: Sandbox) -> None:
    where = sandbox.provision(deployment={"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}})
    cloudwatch = sandbox.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        MetricName="5xx",
        Namespace="app",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    arn = deploy(sandbox, where, "slow-start-60s")
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    end = ended(sandbox, arn)
    assert end["status"] == "ROLLBACK_SUCCESSFUL"
    assert end["alarms"] == {"status": "TRIGGERED", "alarmNames": ["errors"], "triggeredAlarmNames": ["errors"]}


@pytest.mark.parametrize(("kind", "status", "serves"), [("ROLLBACK", "ROLLBACK_SUCCESSFUL", 1), ("ABORT", "STOPPED", 1)])
def test_a_deployment_can_be_stopped(sandbox: Sandbox, where: Provisioned, kind: str, status: str, serves: int) -> None:
    arn = deploy(sandbox, where, "slow-start-60s")
    sandbox.client("ecs").stop_service_deployment(serviceDeploymentArn=arn, stopType=kind)
    assert ended(sandbox, arn)["status"] == status
    assert health(where.url)["revision"] == f"credex-core:{serves}"
    with pytest.raises(ClientError, match="ConflictException"):
        sandbox.client("ecs").stop_service_deployment(serviceDeploymentArn=arn)


def test_a_task_that_gets_ill_later_is_replaced_without_a_deployment(sandbox: Sandbox, where: Provisioned) -> None:
    arn = deploy(sandbox, where, "unhealthy-after-1s")
    assert ended(sandbox, arn)["status"] == "SUCCESSFUL"
    sandbox.until(lambda: any("failed container health checks" in each for each in messages(sandbox, where)), "an ill task")
    assert service(sandbox, where)["deployments"][0]["rolloutState"] == "COMPLETED"


def test_without_spare_capacity_old_tasks_go_first(sandbox: Sandbox) -> None:
    where = sandbox.provision(deployment={"maximumPercent": 100, "minimumHealthyPercent": 50})
    assert ended(sandbox, deploy(sandbox, where, "2.0.0"))["status"] == "SUCCESSFUL"
    started = [each for each in messages(sandbox, where) if each.startswith("has started")]
    assert [each.split()[2] for each in started] == ["2", "1", "1"]


def test_the_history_lists_every_deployment_newest_first(sandbox: Sandbox, where: Provisioned) -> None:
    ended(sandbox, deploy(sandbox, where, "2.0.0"))
    ended(sandbox, deploy(sandbox, where, "crash"))
    ecs = sandbox.client("ecs")
    listed = ecs.list_service_deployments(cluster=where.cluster, service=where.service)["serviceDeployments"]
    assert [each["status"] for each in listed] == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"]
    chosen = ecs.list_service_deployments(cluster=where.cluster, service=where.service, status=["ROLLBACK_SUCCESSFUL"])
    assert [each["serviceDeploymentArn"] for each in chosen["serviceDeployments"]] == [listed[0]["serviceDeploymentArn"]]
    revisions = ecs.describe_service_revisions(serviceRevisionArns=[listed[0]["targetServiceRevisionArn"]])["serviceRevisions"]
    assert revisions[0]["taskDefinition"].endswith("credex-core:3")


def test_a_deleted_service_is_inactive_and_its_tasks_end(sandbox: Sandbox, where: Provisioned) -> None:
    ecs = sandbox.client("ecs")
    with pytest.raises(ClientError, match="cannot be stopped while it is scaled above 0"):
        ecs.delete_service(cluster=where.cluster, service=where.service)
    ecs.delete_service(cluster=where.cluster, service=where.service, force=True)
    sandbox.until(lambda: service(sandbox, where)["status"] == "INACTIVE", "the end of the service")
    with pytest.raises(ClientError, match="ServiceNotActiveException"):
        ecs.update_service(cluster=where.cluster, service=where.service, desiredCount=1)
