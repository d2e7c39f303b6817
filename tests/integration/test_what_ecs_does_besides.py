"""What ECS does while a deployment continues, and how late and in how many pages it tells: the outcome is what happened."""

import copy
import threading
from typing import Any

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.deploying import Deploying


def deny_service_deployments(deploying: Deploying) -> None:
    """Policies made for the AWS action lack these."""
    for operation in ("ListServiceDeployments", "DescribeServiceDeployments"):
        for nth in range(1, 10):
            deploying.sandbox.fault(operation, nth, "access-denied")


@pytest.mark.parametrize("allowed", [True, False])
def test_taken_back_by_a_new_deployment_is_rolled_back_and_not_superseded(deploying: Deploying, allowed: bool) -> None:
    deploying.sandbox.return_anew(deploying.place)
    arguments = deploying.arguments("crash-1")
    if not allowed:
        deny_service_deployments(deploying)
    former = deploying.serving()["deployments"][0]["id"]
    ended = deploying.call(*arguments)
    assert (ended.code, ended.outputs["outcome"]) == (1, "rolled-back"), ended.stderr
    assert "ECS rolled back to credex-core:1" in ended.stderr
    assert deploying.serving()["deployments"][0]["id"] not in {former, ended.outputs["deployment-id"]}


@pytest.mark.parametrize("image", ["first", "next"])
def test_a_number_that_someone_else_sets_meanwhile_is_waited_for_and_no_failure(deploying: Deploying, image: str) -> None:
    deploying.deploy("first")
    ecs, place = deploying.sandbox.client("ecs"), deploying.place
    arguments = deploying.arguments(image, "--desired-count", "2")
    before = deploying.count("UpdateService")

    def autoscale() -> None:
        deploying.sandbox.until(lambda: deploying.count("UpdateService") > before, "the update")
        ecs.update_service(cluster=place.cluster, service=place.service, desiredCount=3)

    scaler = threading.Thread(target=autoscale)
    scaler.start()
    ended = deploying.call(*arguments)
    scaler.join()
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed"), ended.stderr
    assert "the service was scaled to 3 tasks during the deployment, 2 were requested" in ended.stderr
    assert deploying.serving()["desiredCount"] == 3


def test_reasons_of_tasks_beyond_the_first_page_are_told(deploying: Deploying) -> None:
    deploying.deploy("crash-1")
    fill_a_page(deploying)
    ended = deploying.deploy("exit-3")
    assert ended.outputs["outcome"] == "rolled-back"
    assert "essential container credex-core exited with code 3" in ended.stderr
    assert "essential container credex-core exited with code 3" in ended.summary


def fill_a_page(deploying: Deploying) -> None:
    """As after an hour of a crash loop: a hundred stopped tasks of the service are before those to come."""
    region = deploying.sandbox._cloud.region(deploying.sandbox.account, deploying.sandbox.region)
    stopped: Any = next(task for task in region.tasks.values() if task.ended)
    for number in range(100):
        task = copy.deepcopy(stopped)
        task.id = f"{number:032d}"
        task.arn = f"{stopped.arn.rpartition('/')[0]}/{task.id}"
        region.tasks[task.id] = task


@pytest.mark.parametrize(("image", "code", "outcome"), [("next", 0, "completed"), ("crash-1", 1, "rolled-back")])
def test_reads_that_lag_behind_writes_change_no_outcome(deploying: Deploying, image: str, code: int, outcome: str) -> None:
    arguments = deploying.arguments(image)
    deploying.sandbox.lag(2)
    ended = deploying.call(*arguments)
    assert (ended.code, ended.outputs["outcome"]) == (code, outcome), ended.stderr
    assert deploying.count("UpdateService") == 1
    assert deploying.count("RegisterTaskDefinition") == 2  # the first one is the sandbox's


def test_a_number_of_tasks_is_reached_though_reads_lag_behind(deploying: Deploying) -> None:
    arguments = deploying.arguments("next")
    deploying.call(*arguments)
    deploying.sandbox.lag(2)
    ended = deploying.call(*arguments, "--desired-count", "2")
    deploying.sandbox.lag(0)
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed"), ended.stderr
    assert "during the deployment" not in ended.stderr
    assert deploying.serving()["runningCount"] == 2


def test_what_was_made_just_now_does_not_fail_preflight(deploying: Deploying) -> None:
    """Images, roles and log groups show late as well; here one comes after the first look."""
    place, ecr = deploying.place, deploying.sandbox.client("ecr")
    arguments = deploying.arguments(f"{place.repository_uri}:late")

    def push() -> None:
        deploying.sandbox.until(
            lambda: any(call.service == "ecr" and "Boto3" in call.who for call in deploying.sandbox.calls()[before:]), "a look"
        )
        deploying.sandbox.push_image(place.repository, "late")

    before = len(deploying.sandbox.calls())
    pusher = threading.Thread(target=push)
    pusher.start()
    ended = deploying.call(*arguments)
    pusher.join()
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed"), ended.stderr
    assert ecr.list_images(repositoryName=place.repository)["imageIds"]


def test_a_revision_that_was_registered_just_now_can_be_named(deploying: Deploying) -> None:
    place = deploying.place
    deploying.sandbox.lag(2)
    definition = place.definition(deploying.image("next"))
    arn = deploying.sandbox.client("ecs").register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]
    ended = deploying.call("--task-definition-arn", arn, "--service", place.service, "--cluster", place.cluster, "--poll-seconds", "0.2")
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed"), ended.stderr


def test_lag_shows_the_world_as_it_was(sandbox: Sandbox) -> None:
    ecs = sandbox.client("ecs")
    ecs.create_cluster(clusterName="before")
    sandbox.lag(1)
    ecs.create_cluster(clusterName="after")

    def names() -> set[str]:
        return {arn.rpartition("/")[2] for arn in ecs.list_clusters()["clusterArns"]}

    assert names() == {"before"}
    sandbox.until(lambda: names() == {"before", "after"}, "the new cluster", 5)
    with pytest.raises(ValueError, match="from 0"):
        sandbox.lag(-1)
