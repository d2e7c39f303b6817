"""What a message promises of running the same command again, after each kind of end: followed where it continues, judged where it ended, never twice."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from credex_actions.sandbox.aws.ecs.images import behaviour_of
from tests.integration.called import Ended
from tests.integration.deploying import Deploying

ENDS = ["timeout", "SIGINT", "SIGTERM", "SIGKILL"]


def migration(deploying: Deploying, does: str, *more: str) -> list[str]:
    """A deployment that runs a task first, which behaves as `does` says."""
    overrides = [{"name": "credex-core", "environment": [{"name": "SANDBOX", "value": does}]}]
    return [
        *deploying.arguments("next"),
        *("--run-task", "--wait-for-task-stopped", "--run-task-subnets", ",".join(deploying.place.subnets)),
        *("--run-task-container-overrides", json.dumps(overrides), *more),
    ]


def tasks(deploying: Deploying) -> list[dict[str, Any]]:
    """Those of run-task."""
    ecs, cluster = deploying.sandbox.client("ecs"), deploying.place.cluster
    arns = [arn for status in ("RUNNING", "STOPPED") for arn in ecs.list_tasks(cluster=cluster, desiredStatus=status)["taskArns"]]
    found = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    return [task for task in found if task["startedBy"] == "GitHub-Actions"]


def ended_by(deploying: Deploying, end: str, arguments: list[str]) -> Ended:
    """The first run, which ends like that while its task runs."""
    if end == "timeout":
        ended = deploying.call(*arguments, "--wait-for-minutes", "0.01")
        assert (ended.code, ended.outputs["outcome"]) == (4, "timed-out"), ended.stderr
    else:
        with deploying.started(*arguments) as process:
            deploying.sandbox.until(lambda: bool(tasks(deploying)), "the task")
            process.send_signal(signal.Signals[end])
            ended = deploying.ended(process)
    if end != "SIGKILL":
        assert "running the same command again" in ended.stderr, ended.stderr
    assert deploying.count("UpdateService") == 0
    return ended


def called_until_it_follows(deploying: Deploying, arguments: list[str]) -> Ended:
    """The second run; its task does its work as soon as it has been looked at some times."""
    looks = deploying.count("DescribeTasks")
    with deploying.started(*arguments) as process:
        deploying.sandbox.until(lambda: deploying.count("DescribeTasks") > looks + 4 or deploying.count("RunTask") > 1, "looks at the task")
        region = deploying.sandbox._cloud.region(deploying.sandbox.account, deploying.sandbox.region)
        for task in [each for each in region.tasks.values() if not each.service]:
            task.containers[0].behaviour = behaviour_of("", "job")
        return deploying.ended(process)


def until_down(deploying: Deploying) -> None:
    deploying.sandbox.until(lambda: all(task["lastStatus"] == "STOPPED" for task in tasks(deploying)), "the end of the task")


@pytest.mark.parametrize("end", ENDS)
def test_a_task_that_still_runs_is_followed(deploying: Deploying, end: str) -> None:
    arguments = migration(deploying, "job-600s")
    ended_by(deploying, end, arguments)
    again = called_until_it_follows(deploying, arguments)
    assert (again.code, again.outputs["outcome"]) == (0, "completed"), again.stderr
    assert "is still running: no other is started" in again.stderr
    [task] = tasks(deploying)
    assert json.loads(again.outputs["run-task-arn"]) == [task["taskArn"]]
    assert deploying.serving()["taskDefinition"].endswith(":2")


@pytest.mark.parametrize("end", ENDS)
def test_a_task_that_ended_well_meanwhile_is_not_run_a_second_time(deploying: Deploying, end: str) -> None:
    arguments = migration(deploying, "job-4s")
    ended_by(deploying, end, arguments)
    until_down(deploying)
    again = deploying.call(*arguments)
    assert (again.code, again.outputs["outcome"]) == (0, "completed"), again.stderr
    assert "it is not run again" in again.stderr
    assert len(tasks(deploying)) == 1
    assert deploying.serving()["taskDefinition"].endswith(":2")


def test_a_task_that_failed_when_nobody_watched_is_judged(deploying: Deploying) -> None:
    arguments = migration(deploying, "exit-3-after-4s")
    ended_by(deploying, "timeout", arguments)
    until_down(deploying)
    again = deploying.call(*arguments, "--wait-for-minutes", "0.01")
    assert (again.code, again.outputs["outcome"]) == (1, "failed"), again.stderr
    assert "essential container credex-core exited with code 3" in again.stderr
    assert len(tasks(deploying)) == 1
    assert deploying.count("UpdateService") == 0
    again = deploying.call(*arguments, "--wait-for-minutes", "0.01", "--run-task-started-by", "me")
    assert "timed-out" in again.outputs["outcome"]


def test_a_task_that_was_seen_to_fail_is_run_again(deploying: Deploying) -> None:
    arguments = migration(deploying, "exit-3")
    assert deploying.call(*arguments).outputs["outcome"] == "failed"
    again = deploying.call(*arguments)
    assert (again.code, again.outputs["outcome"]) == (1, "failed")
    assert "failed at" in again.stderr
    assert "another one is started" in again.stderr
    assert len(tasks(deploying)) == 2


def test_a_task_that_was_asked_to_stop_is_down_before_another_one_starts(deploying: Deploying) -> None:
    arguments = migration(deploying, "slow-start-60s", "--on-cancel", "rollback")
    with deploying.started(*arguments) as process:
        deploying.sandbox.until(lambda: any(task["lastStatus"] == "RUNNING" for task in tasks(deploying)), "the task")
        process.send_signal(signal.SIGTERM)
        assert "was asked to stop" in deploying.ended(process).stderr
    deploying.call(*arguments, "--wait-for-minutes", "0.02")
    first, second = sorted(tasks(deploying), key=lambda task: task["createdAt"])
    assert second["createdAt"] >= first["stoppedAt"]


@pytest.mark.parametrize("end", ["timeout", "SIGTERM", "SIGKILL"])
def test_a_deployment_that_goes_on_is_followed_and_its_task_not_run_again(deploying: Deploying, end: str) -> None:
    arguments = [*migration(deploying, "job"), "--no-verify"]
    Path(arguments[1]).write_text(json.dumps(deploying.place.definition(deploying.image("slow-start-8s"))))
    if end == "timeout":
        ended = deploying.call(*arguments, "--wait-for-minutes", "0.08")
    else:
        with deploying.started(*arguments) as process:
            deploying.sandbox.until(lambda: deploying.count("UpdateService") == 1, "the update")
            process.send_signal(signal.Signals[end])
            ended = deploying.ended(process)
    if end != "SIGKILL":
        assert "running the same command again follows it" in ended.stderr.lower(), ended.stderr
    again = deploying.call(*arguments)
    assert (again.code, again.outputs["outcome"]) == (0, "completed"), again.stderr
    assert again.outputs["deployment-id"] == deploying.serving()["deployments"][0]["id"]
    assert len(tasks(deploying)) == 1
    started = deploying.sandbox.client("ecs").list_service_deployments(cluster=deploying.place.cluster, service=deploying.place.service)
    assert len(started["serviceDeployments"]) == 2, "the first one, and one of ours"


def test_a_forced_deployment_says_what_running_again_would_do(deploying: Deploying) -> None:
    ended = deploying.deploy("slow-start-6s", "--force-new-deployment", "--wait-for-minutes", "0.01")
    assert ended.code == 4
    assert "running the same command without force-new-deployment follows it; with it, another one is started" in ended.stderr
    again = deploying.deploy("slow-start-6s")
    assert (again.code, again.outputs["deployment-id"]) == (0, ended.outputs["deployment-id"])


def test_a_task_that_does_not_show_yet_is_found_all_the_same(deploying: Deploying) -> None:
    arguments = migration(deploying, "job-600s")
    deploying.sandbox.lag(2)
    with deploying.started(*arguments) as process:
        deploying.sandbox.until(lambda: deploying.count("RunTask") == 1, "the task")
        process.kill()
        process.wait()
    again = called_until_it_follows(deploying, arguments)
    assert (again.code, again.outputs["outcome"]) == (0, "completed"), again.stderr
    assert deploying.count("RunTask") == 1


def test_a_revision_that_is_registered_anew_each_time_finds_the_task_of_its_former_self(deploying: Deploying) -> None:
    arguments = migration(deploying, "job-600s", "--no-skip-unchanged")
    ended_by(deploying, "SIGTERM", arguments)
    again = called_until_it_follows(deploying, arguments)
    assert (again.code, again.outputs["outcome"]) == (0, "completed"), again.stderr
    assert len(tasks(deploying)) == 1


def test_a_role_that_may_not_list_tasks_is_told_what_that_means(deploying: Deploying) -> None:
    arguments = migration(deploying, "exit-3")
    deploying.call(*arguments)
    deploying.sandbox.fault("ListTasks", kind="access-denied")
    again = deploying.call(*arguments)
    assert again.outputs["outcome"] == "failed"
    assert "a task may run twice" in again.stderr
    assert "ecs:ListTasks" in again.stderr


def test_without_a_service_a_cluster_that_is_not_there_is_found_before_anything_is_registered(deploying: Deploying) -> None:
    path = deploying.write(deploying.image("next"))
    subnets = ",".join(deploying.place.subnets)
    ended = deploying.call("--task-definition", str(path), "--cluster", "nowhere", "--run-task", "--run-task-subnets", subnets)
    assert ended.code == 2
    assert "there is no active cluster nowhere" in ended.stderr
    assert len(deploying.revisions()) == 1
