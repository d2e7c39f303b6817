"""run-task-network: service: the task that runs before a deployment runs where the service's tasks do."""

import json
from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.deploying import Deploying

TASK = ("--run-task", "--wait-for-task-stopped")


@pytest.fixture
def deploying(sandbox: Sandbox, tmp_path: Path) -> Deploying:
    return Deploying(sandbox, sandbox.provision(desired_count=0), tmp_path)


def test_the_task_gets_the_services_subnets_and_groups(deploying: Deploying) -> None:
    ended = deploying.deploy("exit-0", *TASK, "--run-task-network", "service")
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed")
    (arn,) = json.loads(ended.outputs["run-task-arn"])
    task = deploying.sandbox.client("ecs").describe_tasks(cluster=deploying.place.cluster, tasks=[arn])["tasks"][0]
    details = {each["name"]: each["value"] for attachment in task["attachments"] for each in attachment["details"]}
    assert details["subnetId"] in deploying.serving()["networkConfiguration"]["awsvpcConfiguration"]["subnets"]


FAULTS = {
    "beside subnets": (("--run-task-subnets", "subnet-1"), "run-task-subnets: is set together with run-task-network"),
    "beside groups": (("--run-task-security-groups", "sg-1"), "run-task-security-groups: is set together with run-task-network"),
}


@pytest.mark.parametrize(("flags", "words"), FAULTS.values(), ids=FAULTS)
def test_one_network_is_enough(deploying: Deploying, flags: tuple[str, ...], words: str) -> None:
    ended = deploying.deploy("exit-0", *TASK, "--run-task-network", "service", *flags)
    assert ended.code == 2
    assert words in ended.stderr


def test_a_network_of_the_service_needs_a_service(deploying: Deploying) -> None:
    path = deploying.write(deploying.image("exit-0"))
    ended = deploying.call("--task-definition", str(path), "--cluster", deploying.place.cluster, *TASK, "--run-task-network", "service")
    assert ended.code == 2
    assert "run-task-network: is set, but no service" in ended.stderr


def test_a_task_definition_without_awsvpc_takes_no_network(deploying: Deploying) -> None:
    members = {"networkMode": "bridge", "requiresCompatibilities": ["EC2"]}
    flags = ["--run-task-launch-type", "EC2", "--run-task-network", "service"]
    ended = deploying.deploy("exit-0", *TASK, *flags, **members)
    assert ended.code == 2
    assert "run-task-network: is set, but the task definition's network mode is bridge" in ended.stderr


def test_a_service_without_subnets_is_told_before_anything_is_registered(deploying: Deploying) -> None:
    ecs, place = deploying.sandbox.client("ecs"), deploying.place
    definition = {**place.definition(deploying.image("exit-0")), "networkMode": "bridge", "requiresCompatibilities": ["EC2"]}
    ecs.register_task_definition(**{**definition, "family": "bridged"})
    ecs.create_service(cluster=place.cluster, serviceName="bridged", taskDefinition="bridged", desiredCount=0, launchType="EC2")
    path, revisions = deploying.write(deploying.image("exit-0")), deploying.revisions()
    flags = ["--cluster", place.cluster, "--service", "bridged", *TASK, "--run-task-network", "service"]
    ended = deploying.call("--task-definition", str(path), *flags)
    assert ended.code == 2
    assert "run-task-network: is service, but the service bridged has no subnets of its own" in ended.stderr
    assert deploying.revisions() == revisions
