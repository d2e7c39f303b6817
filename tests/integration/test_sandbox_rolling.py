"""The sandbox's ECS rolls services over as the real one does."""

import json
import urllib.error
import urllib.request

import pytest

from credex_actions.sandbox import Provisioned, Sandbox


def deploy(sandbox: Sandbox, where: Provisioned, image: str) -> str:
    """The ARN of the service deployment that a new revision of this image starts."""
    ecs = sandbox.client("ecs")
    revision = ecs.register_task_definition(**where.definition(image))["taskDefinition"]["taskDefinitionArn"]
    service = ecs.update_service(cluster=where.cluster, service=where.service, taskDefinition=revision)["service"]
    return str(service["currentServiceDeployment"])


def ended(sandbox: Sandbox, arn: str) -> dict[str, object]:
    ecs = sandbox.client("ecs")
    sandbox.until(lambda: "finishedAt" in ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0], arn)
    found: dict[str, object] = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
    return found


def test_a_good_image_is_rolled_out_and_serves(sandbox: Sandbox) -> None:
    where = sandbox.provision()
    assert ended(sandbox, deploy(sandbox, where, sandbox.push_image(where.repository, "2.0.0")))["status"] == "SUCCESSFUL"
    with urllib.request.urlopen(f"{where.url}/health") as response:
        answer = json.load(response)
    assert answer["status"] == "OK"
    assert answer["revision"] == "credex-core:2"


@pytest.mark.parametrize("tag", ["crash", "unhealthy", "exit-3", "oom"])
def test_a_bad_image_is_rolled_back_while_the_former_one_serves(sandbox: Sandbox, tag: str) -> None:
    where = sandbox.provision()
    ecs = sandbox.client("ecs")
    former = ecs.describe_services(cluster=where.cluster, services=[where.service])["services"][0]["deployments"][0]
    end = ended(sandbox, deploy(sandbox, where, sandbox.push_image(where.repository, tag)))
    assert end["status"] == "ROLLBACK_SUCCESSFUL"
    assert end["deploymentCircuitBreaker"]["status"] == "TRIGGERED"  # type: ignore[index]
    service = ecs.describe_services(cluster=where.cluster, services=[where.service])["services"][0]
    assert service["deployments"][0]["id"] == former["id"]
    assert service["taskDefinition"] == former["taskDefinition"]
    with urllib.request.urlopen(f"{where.url}/health") as response:
        assert json.load(response)["revision"] == "credex-core:1"


def test_a_service_without_healthy_tasks_answers_503(sandbox: Sandbox) -> None:
    where = sandbox.provision(desired_count=0)
    with pytest.raises(urllib.error.HTTPError, match="503"):
        urllib.request.urlopen(f"{where.url}/health")
