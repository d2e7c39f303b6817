"""Blue/green, linear and canary deployments, by ECS itself and by CodeDeploy, move real traffic on the sandbox."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from credex_actions.sandbox import Provisioned, Sandbox
from tests.integration.rollouts import deploy, ended, health, register, rollout, service

STRATEGIES: dict[str, dict[str, Any]] = {
    "blue/green": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1},
    "canary": {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 25.0, "canaryBakeTimeInMinutes": 1}},
    "linear": {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 40.0, "stepBakeTimeInMinutes": 1}},
}
WEIGHTS = {"blue/green": [100.0], "canary": [25.0, 100.0], "linear": [40.0, 80.0, 100.0]}


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_deployment_goes_through_its_stages_and_shifts_the_traffic(sandbox: Sandbox, name: str) -> None:
    where = sandbox.provision(deployment=STRATEGIES[name])
    arn = deploy(sandbox, where, "2.0.0")
    stages: list[str] = []
    weights: list[float] = []

    def over() -> bool:
        seen = rollout(sandbox, arn)
        if seen.get("lifecycleStage", "") not in {"", *stages[-1:]}:
            stages.append(seen["lifecycleStage"])
        weight = seen["targetServiceRevision"].get("requestedProductionTrafficWeight", 0.0)
        if weight not in {0.0, *weights[-1:]}:
            weights.append(weight)
        return "finishedAt" in seen

    sandbox.until(over, "the end")
    assert rollout(sandbox, arn)["status"] == "SUCCESSFUL"
    assert [each for each in stages if each in {"SCALE_UP", "BAKE_TIME", "CLEAN_UP"}][-1] == "CLEAN_UP"
    assert stages.index("SCALE_UP") < stages.index("PRODUCTION_TRAFFIC_SHIFT") < stages.index("CLEAN_UP")
    assert weights == WEIGHTS[name]
    assert health(where.url)["revision"] == "credex-core:2"


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_bad_image_never_gets_traffic(sandbox: Sandbox, name: str) -> None:
    where = sandbox.provision(deployment=STRATEGIES[name])
    end = ended(sandbox, deploy(sandbox, where, "crash"))
    assert end["status"] == "ROLLBACK_SUCCESSFUL"
    assert health(where.url)["revision"] == "credex-core:1"


def test_a_deployment_that_is_stopped_while_it_bakes_gives_the_traffic_back(sandbox: Sandbox) -> None:
    where = sandbox.provision(deployment={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 8})
    arn = deploy(sandbox, where, "2.0.0")
    sandbox.until(lambda: rollout(sandbox, arn).get("lifecycleStage") == "BAKE_TIME", "bake time")
    assert health(where.url)["revision"] == "credex-core:2"
    sandbox.client("ecs").stop_service_deployment(serviceDeploymentArn=arn)
    assert ended(sandbox, arn)["status"] == "ROLLBACK_SUCCESSFUL"
    assert health(where.url)["revision"] == "credex-core:1"


class CodeDeploy:
    """An application and a deployment group for a provisioned service."""

    def __init__(self, sandbox: Sandbox, **members: Any) -> None:
        self.sandbox = sandbox
        self.where: Provisioned = sandbox.provision(controller="CODE_DEPLOY")
        self.client = sandbox.client("codedeploy")
        self.client.create_application(applicationName="app", computePlatform="ECS")
        pair = {
            "targetGroups": [{"name": "credex-core-development-blue"}, {"name": "credex-core-development-green"}],
            "prodTrafficRoute": {"listenerArns": [self.where.listener_arn]},
        }
        group = {
            "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            "blueGreenDeploymentConfiguration": {
                "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 0},
                "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
            },
            "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
            "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
            "ecsServices": [{"serviceName": self.where.service, "clusterName": self.where.cluster}],
        }
        role = f"arn:aws:iam::{sandbox.account}:role/codedeploy"
        self.client.create_deployment_group(applicationName="app", deploymentGroupName="group", serviceRoleArn=role, **(group | members))

    def create(self, tag: str, **members: Any) -> str:
        properties = {
            "TaskDefinition": register(self.sandbox, self.where, tag),
            "LoadBalancerInfo": {"ContainerName": self.where.container, "ContainerPort": self.where.container_port},
        }
        content = json.dumps({"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}]})
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
        created = self.client.create_deployment(applicationName="app", deploymentGroupName="group", revision=revision, **members)
        return str(created["deploymentId"])

    def look(self, identifier: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get_deployment(deploymentId=identifier)["deploymentInfo"]
        return found

    def ended(self, identifier: str) -> dict[str, Any]:
        self.sandbox.until(lambda: "completeTime" in self.look(identifier), f"the end of {identifier}")
        return self.look(identifier)


ROLLS_BACK = {"enabled": True, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"]}


def test_codedeploy_swaps_the_task_sets(sandbox: Sandbox) -> None:
    codedeploy = CodeDeploy(sandbox)
    for tag, revision in (("2.0.0", "credex-core:2"), ("3.0.0", "credex-core:3")):
        assert codedeploy.ended(codedeploy.create(tag))["status"] == "Succeeded"
        assert health(codedeploy.where.url)["revision"] == revision
    sets = service(sandbox, codedeploy.where)["taskSets"]
    assert [(each["status"], each["taskDefinition"].rpartition("/")[2]) for each in sets] == [("PRIMARY", "credex-core:3")]


def test_codedeploy_takes_a_failed_deployment_back_by_another_one(sandbox: Sandbox) -> None:
    codedeploy = CodeDeploy(sandbox, autoRollbackConfiguration=ROLLS_BACK)
    failed = codedeploy.ended(codedeploy.create("crash"))
    assert (failed["status"], failed["errorInformation"]["code"]) == ("Failed", "TIMEOUT")
    back = codedeploy.ended(failed["rollbackInfo"]["rollbackDeploymentId"])
    assert (back["status"], back["creator"]) == ("Succeeded", "codeDeployRollback")
    assert back["rollbackInfo"]["rollbackTriggeringDeploymentId"] == failed["deploymentId"]
    assert health(codedeploy.where.url)["revision"] == "credex-core:1"


def test_codedeploy_stops_when_it_is_asked_and_takes_one_deployment_at_a_time(sandbox: Sandbox) -> None:
    codedeploy = CodeDeploy(sandbox)
    first = codedeploy.create("slow-start-60s")
    with pytest.raises(ClientError, match="DeploymentLimitExceededException"):
        codedeploy.create("2.0.0")
    codedeploy.client.stop_deployment(deploymentId=first, autoRollbackEnabled=True)
    stopped = codedeploy.ended(first)
    assert (stopped["status"], stopped["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
    assert codedeploy.ended(stopped["rollbackInfo"]["rollbackDeploymentId"])["status"] == "Succeeded"
    with pytest.raises(ClientError, match="DeploymentAlreadyCompletedException"):
        codedeploy.client.stop_deployment(deploymentId=first)


def test_codedeploy_waits_for_approval_where_the_group_says_so(sandbox: Sandbox) -> None:
    waits = {"deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60}}
    codedeploy = CodeDeploy(sandbox, blueGreenDeploymentConfiguration=waits)
    identifier = codedeploy.create("2.0.0")
    sandbox.until(lambda: codedeploy.look(identifier)["status"] == "Ready", "the wait for approval")
    assert health(codedeploy.where.url)["revision"] == "credex-core:1"
    codedeploy.client.continue_deployment(deploymentId=identifier, deploymentWaitType="READY_WAIT")
    assert codedeploy.ended(identifier)["status"] == "Succeeded"
    assert health(codedeploy.where.url)["revision"] == "credex-core:2"


def test_codedeploy_refuses_an_appspec_that_is_none(sandbox: Sandbox) -> None:
    codedeploy = CodeDeploy(sandbox)
    for content in ("nonsense", "{", "version: 0.0\nResources: []", json.dumps({"Resources": [{"TargetService": {"Properties": {}}}]})):
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
        with pytest.raises(ClientError, match="InvalidRevisionException"):
            codedeploy.client.create_deployment(applicationName="app", deploymentGroupName="group", revision=revision)


def test_a_service_of_codedeploy_takes_no_task_definition_from_update_service(sandbox: Sandbox) -> None:
    codedeploy = CodeDeploy(sandbox)
    with pytest.raises(ClientError, match="Use AWS CodeDeploy to trigger a new deployment"):
        deploy(sandbox, codedeploy.where, "2.0.0")


def test_an_external_service_consists_of_task_sets(sandbox: Sandbox) -> None:
    where = sandbox.provision(controller="EXTERNAL")
    ecs = sandbox.client("ecs")
    call = {"cluster": where.cluster, "service": where.service}
    balancers = [{"targetGroupArn": where.target_group_arn, "containerName": where.container, "containerPort": where.container_port}]
    created = ecs.create_task_set(
        **call,
        taskDefinition=where.task_definition,
        launchType="FARGATE",
        networkConfiguration=where.network,
        loadBalancers=balancers,
        scale={"value": 50.0, "unit": "PERCENT"},
    )["taskSet"]
    assert created["computedDesiredCount"] == 1

    def steady() -> bool:
        found = ecs.describe_task_sets(**call)["taskSets"][0]
        return bool(found["stabilityStatus"] == "STEADY_STATE" and found["runningCount"] == 1)

    sandbox.until(steady, "one task")
    ecs.update_service_primary_task_set(**call, primaryTaskSet=created["taskSetArn"])
    assert health(where.url)["revision"] == "credex-core:1"
    ecs.delete_task_set(**call, taskSet=created["taskSetArn"], force=True)
    sandbox.until(lambda: service(sandbox, where)["runningCount"] == 0, "no task")
