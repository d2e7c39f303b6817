"""How a deployment can end, each provoked: the exit code, the outcome, the words, and what is left in ECS."""

import json
import re
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.deploying import Deploying


@pytest.fixture
def deploying(sandbox: Sandbox, tmp_path: Path) -> Deploying:
    return Deploying(sandbox, sandbox.provision(desired_count=2), tmp_path)


def until_under_way(deploying: Deploying) -> None:
    def under_way() -> bool:
        return len(deploying.serving()["deployments"]) > 1

    deploying.sandbox.until(under_way, "the deployment")


def test_completed(deploying: Deploying) -> None:
    ended = deploying.deploy("next")
    serving = deploying.serving()
    assert ended.code == 0
    assert ended.outputs["outcome"] == "completed"
    assert ended.outputs["task-definition-arn"] == serving["taskDefinition"] == f"{deploying.place.task_definition[:-1]}2"
    assert ended.outputs["former-task-definition-arn"] == deploying.place.task_definition
    assert ended.outputs["deployment-id"] == serving["deployments"][0]["id"]
    assert "✅ deployment completed: credex-core:2 serves" in ended.summary
    assert "```mermaid" in ended.summary


def test_a_secret_that_a_container_writes_before_it_dies_is_hidden(deploying: Deploying) -> None:
    definition = json.loads(deploying.write(deploying.image("crash-1")).read_text())
    definition["containerDefinitions"][0]["environment"] = [{"name": "DB_PASSWORD", "value": "Cannot find module"}]
    path = deploying.folder / "with-secret.json"
    path.write_text(json.dumps(definition))
    flags = ["--service", deploying.place.service, "--cluster", deploying.place.cluster, "--poll-seconds", "0.2"]
    ended = deploying.call("--task-definition", str(path), *flags)
    assert "Error: *** './config'" in ended.stderr
    assert "Cannot find module" not in ended.stdout + ended.stderr + ended.summary


def test_rolled_back_by_ecs_shows_why_the_tasks_died_and_fails(deploying: Deploying) -> None:
    ended = deploying.deploy("crash-1")
    assert (ended.code, ended.outputs["outcome"]) == (1, "rolled-back")
    assert "essential container credex-core exited with code 1" in ended.stderr
    assert "Error: Cannot find module './config'" in ended.stderr
    assert "ECS rolled back to credex-core:1" in ended.stderr
    assert "State: credex-core:1 serves; credex-core:2 stays registered and unused." in ended.stderr
    assert "Error: Cannot find module './config'" in ended.summary
    assert deploying.serving()["taskDefinition"] == deploying.place.task_definition


def test_tasks_that_die_of_one_cause_are_reported_once_with_their_number_and_one_log(deploying: Deploying) -> None:
    ended = deploying.deploy("crash-1")
    stopped = [line for line in ended.stderr.splitlines() if "(credex-core:2) stopped" in line or line.strip().startswith("tasks: ")]
    named = re.findall(r"\b\w{32}\b", "\n".join(stopped))
    assert len(named) == len(set(named)) >= 2
    assert f"{len(named)} tasks (credex-core:2) stopped for the same cause" in ended.summary
    assert ended.stderr.count("Error: Cannot find module './config'") == 1
    assert ended.summary.count("Error: Cannot find module './config'") == 1


def test_rolled_back_onto_the_same_revision_is_no_success(sandbox: Sandbox, tmp_path: Path) -> None:
    place = sandbox.provision(desired_count=1)
    deploying = Deploying(sandbox, place, tmp_path)
    sandbox.client("ecr").batch_delete_image(repositoryName=place.repository, imageIds=[{"imageTag": place.image.rpartition(":")[2]}])
    flags = ["--task-definition-arn", place.task_definition, "--service", place.service, "--cluster", place.cluster]
    ended = deploying.call(*flags, "--force-new-deployment", "--no-verify", "--poll-seconds", "0.2")
    assert (ended.code, ended.outputs["outcome"]) == (1, "rolled-back")
    assert ended.outputs["task-definition-arn"] == ended.outputs["former-task-definition-arn"] == place.task_definition
    assert "image" in ended.stderr


def test_failed_where_nothing_is_put_back(sandbox: Sandbox, tmp_path: Path) -> None:
    deploying = Deploying(sandbox, sandbox.provision(rollback=False), tmp_path)
    ended = deploying.deploy("crash-1")
    assert (ended.code, ended.outputs["outcome"]) == (1, "failed")
    assert "was not rolled back" in ended.stderr


def test_failed_and_put_back_by_us(sandbox: Sandbox, tmp_path: Path) -> None:
    deploying = Deploying(sandbox, sandbox.provision(rollback=False), tmp_path)
    ended = deploying.deploy("crash-1", "--on-failure", "rollback")
    assert (ended.code, ended.outputs["outcome"]) == (1, "failed")
    assert "State: rolled back to credex-core:1, which serves." in ended.stderr
    assert deploying.serving()["taskDefinition"] == deploying.place.task_definition
    assert deploying.serving()["deployments"][0]["rolloutState"] == "COMPLETED"


def test_superseded_by_another_revision(deploying: Deploying) -> None:
    with deploying.started(*deploying.arguments("slow-start-20s")) as process:
        until_under_way(deploying)
        other = deploying.place.definition(deploying.image("other"))
        arn = deploying.sandbox.client("ecs").register_task_definition(**other)["taskDefinition"]["taskDefinitionArn"]
        deploying.sandbox.client("ecs").update_service(cluster=deploying.place.cluster, service=deploying.place.service, taskDefinition=arn)
        ended = deploying.ended(process)
    assert (ended.code, ended.outputs["outcome"]) == (1, "superseded")
    assert "another deployment replaced that of" in ended.stderr


def test_superseded_by_another_deployment_of_the_same_revision(deploying: Deploying) -> None:
    with deploying.started(*deploying.arguments("slow-start-20s")) as process:
        until_under_way(deploying)
        arn = deploying.serving()["taskDefinition"]
        deploying.sandbox.client("ecs").update_service(
            cluster=deploying.place.cluster, service=deploying.place.service, taskDefinition=arn, forceNewDeployment=True
        )
        ended = deploying.ended(process)
    assert (ended.code, ended.outputs["outcome"]) == (1, "superseded")


def test_scaled_to_zero_meanwhile(deploying: Deploying) -> None:
    with deploying.started(*deploying.arguments("slow-start-20s")) as process:
        until_under_way(deploying)
        deploying.sandbox.client("ecs").update_service(cluster=deploying.place.cluster, service=deploying.place.service, desiredCount=0)
        ended = deploying.ended(process)
    assert (ended.code, ended.outputs["outcome"]) == (1, "scaled-to-zero")
    assert "Nothing serves" in ended.stderr


def test_no_tasks_where_none_are_asked_for_is_a_success(deploying: Deploying) -> None:
    ended = deploying.deploy("next", "--desired-count", "0")
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed")
    assert deploying.serving()["runningCount"] == 0


def test_timed_out_says_that_ecs_goes_on_and_running_again_follows(deploying: Deploying) -> None:
    flags = deploying.arguments("slow-start-3s")
    ended = deploying.call(*flags, "--wait-for-minutes", "0.01")
    assert (ended.code, ended.outputs["outcome"]) == (4, "timed-out")
    assert "running the same command again follows it" in ended.stderr
    again = deploying.call(*flags)
    assert (again.code, again.outputs["outcome"]) == (0, "unchanged")
    assert "its deployment, which was in progress, completed" in again.stderr
    assert again.outputs["deployment-id"] == ended.outputs["deployment-id"]
    assert deploying.serving()["deployments"][0]["rolloutState"] == "COMPLETED"
    assert len(deploying.revisions()) == 2


def test_a_time_out_puts_the_former_revision_back_where_that_is_asked_for(deploying: Deploying) -> None:
    ended = deploying.deploy("slow-start-30s", "--wait-for-minutes", "0.02", "--on-failure", "rollback")
    assert (ended.code, ended.outputs["outcome"]) == (4, "timed-out")
    assert "rolled back to credex-core:1, which serves" in ended.stderr
    assert deploying.serving()["taskDefinition"] == deploying.place.task_definition


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_cancelled_leaves_the_deployment_to_ecs(deploying: Deploying, number: signal.Signals, code: int) -> None:
    with deploying.started(*deploying.arguments("slow-start-20s")) as process:
        until_under_way(deploying)
        process.send_signal(number)
        ended = deploying.ended(process)
    assert (ended.code, ended.outputs["outcome"]) == (code, "cancelled")
    assert "continues in ECS" in ended.stderr
    assert deploying.serving()["taskDefinition"].endswith(":2")


def test_cancelled_puts_the_former_revision_back_where_that_is_asked_for(deploying: Deploying) -> None:
    with deploying.started(*deploying.arguments("slow-start-20s", "--on-cancel", "rollback")) as process:
        until_under_way(deploying)
        process.send_signal(signal.SIGINT)
        ended = deploying.ended(process)
    assert (ended.code, ended.outputs["outcome"]) == (130, "cancelled")
    assert "rolled back to credex-core:1, which serves" in ended.stderr
    assert deploying.serving()["taskDefinition"] == deploying.place.task_definition


def test_started_where_nobody_waits(deploying: Deploying) -> None:
    ended = deploying.deploy("slow-start-20s", "--no-wait-for-service-stability")
    assert (ended.code, ended.outputs["outcome"]) == (0, "started")
    assert ended.outputs["deployment-id"] == deploying.serving()["deployments"][0]["id"]


def test_registered_where_there_is_no_service(deploying: Deploying) -> None:
    path = deploying.write(deploying.image("next"))
    ended = deploying.call("--task-definition", str(path))
    assert (ended.code, ended.outputs["outcome"]) == (0, "registered")
    again = deploying.call("--task-definition", str(path))
    assert (again.code, again.outputs["outcome"]) == (0, "unchanged")
    assert len(deploying.revisions()) == 2


def test_an_image_that_was_pushed_again_under_its_tag_is_deployed(deploying: Deploying) -> None:
    """A tag such as `latest` leaves the file as it was: nothing differs but what it would start."""
    first = deploying.deploy("latest")
    assert first.outputs["outcome"] == "completed"
    deploying.sandbox.push_image(deploying.place.repository, "latest", behaviour="healthy")
    planned = deploying.deploy("latest", "--dry-run")
    assert "latest was pushed again since its tasks were started" in planned.stderr, planned.stderr
    again = deploying.deploy("latest")
    assert (again.code, again.outputs["outcome"]) == (0, "completed")
    assert again.outputs["task-definition-arn"] == first.outputs["task-definition-arn"]
    assert again.outputs["deployment-id"] != first.outputs["deployment-id"]
    assert deploying.deploy("latest").outputs["outcome"] == "unchanged"
    assert len(deploying.revisions()) == 2


def test_an_image_that_was_pushed_again_leaves_nothing_to_roll_back_to(deploying: Deploying) -> None:
    """The same revision once more would be the same new image, and no rollback."""
    deploying.deploy("latest")
    deploying.sandbox.push_image(deploying.place.repository, "latest", behaviour="slow-start-30s")
    ended = deploying.deploy("latest", "--wait-for-minutes", "0.02", "--on-failure", "rollback")
    assert (ended.code, ended.outputs["outcome"]) == (4, "timed-out")
    assert (
        f"{ended.outputs['deployment-id']} continues in ECS; nothing to roll back to: credex-core:2 served before, and its tag names the new image by now"
        in ended.stderr
    )
    assert deploying.count("UpdateService") == 2


def test_an_image_that_was_pushed_again_is_deployed_next_to_what_else_is_requested(deploying: Deploying) -> None:
    """Another count, or a task that is run first, starts no deployment of the revision that serves: the new image would migrate, and the old one serve."""
    deploying.deploy("latest")
    task = ("--run-task", "--run-task-subnets", ",".join(deploying.place.subnets))
    for behaviour, more in (("healthy", ("--desired-count", "3")), ("slow-start-1s", task)):
        deploying.sandbox.push_image(deploying.place.repository, "latest", behaviour=behaviour)
        before = deploying.serving()["deployments"][0]["id"]
        ended = deploying.deploy("latest", *more)
        assert (ended.code, ended.outputs["outcome"]) == (0, "completed"), ended.stderr
        assert "latest was pushed again since its tasks were started" in ended.stderr
        assert deploying.serving()["deployments"][0]["id"] != before
    assert deploying.deploy("latest").outputs["outcome"] == "unchanged"
    assert len(deploying.revisions()) == 2


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--force-new-deployment",), "nothing to roll back to: credex-core:2 served before, and its tag names the new image by now"),
        (
            ("--service-update", '{"healthCheckGracePeriodSeconds": 77}'),
            "rolled back to credex-core:2, which serves; only its settings are those from before: its tag names the new image by now",
        ),
    ],
)
def test_no_image_from_before_is_claimed_to_serve(deploying: Deploying, more: tuple[str, ...], told: str) -> None:
    deploying.deploy("latest")
    deploying.sandbox.push_image(deploying.place.repository, "latest", behaviour="slow-start-3s")
    ended = deploying.deploy("latest", *more, "--wait-for-minutes", "0.02", "--on-failure", "rollback")
    assert (ended.code, ended.outputs["outcome"]) == (4, "timed-out")
    assert told in ended.stderr, ended.stderr


def test_unchanged_writes_nothing(deploying: Deploying) -> None:
    deploying.deploy("next")
    deploying.sandbox.reset_calls()
    ended = deploying.deploy("next")
    assert (ended.code, ended.outputs["outcome"]) == (0, "unchanged")
    assert not [call for call in deploying.sandbox.calls() if call.operation in {"RegisterTaskDefinition", "UpdateService"}]


def test_what_ecs_rolled_back_is_deployed_again_and_not_called_unchanged(deploying: Deploying) -> None:
    deploying.deploy("crash-1")
    again = deploying.deploy("crash-1")
    assert (again.code, again.outputs["outcome"]) == (1, "rolled-back")
    assert len(deploying.revisions()) == 2, "the revision that already exists is used"


def test_another_number_of_tasks_is_a_change_that_registers_nothing(deploying: Deploying) -> None:
    deploying.deploy("next")
    ended = deploying.deploy("next", "--desired-count", "3")
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed")
    assert deploying.serving()["runningCount"] == 3
    assert len(deploying.revisions()) == 2


def test_a_former_revision_is_returned_to(deploying: Deploying) -> None:
    deploying.deploy("next")
    place = deploying.place
    ended = deploying.call(
        "--task-definition-arn", "credex-core:1", "--service", place.service, "--cluster", place.cluster, "--poll-seconds", "0.2"
    )
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed")
    assert deploying.serving()["taskDefinition"] == place.task_definition


def test_a_dry_run_reads_and_writes_nothing(deploying: Deploying) -> None:
    deploying.sandbox.reset_calls()
    ended = deploying.deploy("next", "--dry-run")
    assert ended.code == 0
    assert "register a revision of credex-core" in ended.stderr
    assert "roll it out to credex-core-service-development" in ended.stderr
    assert {
        call.operation for call in deploying.sandbox.calls() if not call.operation.startswith(("Describe", "List", "Get", "BatchGet"))
    } <= {"PutImage"}


STRATEGIES: dict[str, dict[str, Any]] = {
    "BLUE_GREEN": {"bakeTimeInMinutes": 0},
    "LINEAR": {"linearConfiguration": {"stepPercent": 50.0, "stepBakeTimeInMinutes": 0}},
    "CANARY": {"canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 0}},
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_service_keeps_the_strategy_it_is_configured_with(sandbox: Sandbox, tmp_path: Path, strategy: str) -> None:
    deploying = Deploying(sandbox, sandbox.provision(deployment={"strategy": strategy, **STRATEGIES[strategy]}), tmp_path)
    ended = deploying.deploy("next")
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed")
    failed = deploying.deploy("crash-1")
    assert (failed.code, failed.outputs["outcome"]) == (1, "rolled-back")
    assert deploying.serving()["taskDefinition"] == ended.outputs["task-definition-arn"]


def test_old_revisions_are_deregistered_but_none_that_is_in_use_nor_the_former_one(deploying: Deploying) -> None:
    ecs = deploying.sandbox.client("ecs")
    place = deploying.place
    for number in range(4):
        ecs.register_task_definition(**place.definition(deploying.image(f"old-{number}")))
    ecs.run_task(cluster=place.cluster, taskDefinition="credex-core:3", launchType="FARGATE", networkConfiguration=place.network)
    ended = deploying.deploy("next", "--keep-revisions", "2")
    assert ended.code == 0
    assert [arn.rpartition(":")[2] for arn in deploying.revisions()] == ["1", "3", "5", "6"]


def test_nothing_is_deregistered_after_a_failure(deploying: Deploying) -> None:
    deploying.deploy("crash-1", "--keep-revisions", "1")
    assert len(deploying.revisions()) == 2


def test_looking_costs_few_calls(deploying: Deploying) -> None:
    deploying.sandbox.reset_calls()
    began = time.monotonic()
    deploying.deploy("slow-start-4s", "--poll-seconds", "1")
    looks = Counter(call.operation for call in deploying.sandbox.calls())
    polls = (time.monotonic() - began) / 1.0
    # At the usual 5 seconds there are 12 looks a minute; what is asked beside DescribeServices must leave room within 30 calls.
    beside = looks["DescribeServiceDeployments"] + looks["ListTasks"] + looks["DescribeTasks"]
    assert looks["DescribeServices"] <= polls + 4
    assert beside <= polls + 6


def bad(deploying: Deploying, *flags: str) -> Any:
    deploying.sandbox.reset_calls()
    ended = deploying.call(*flags)
    assert not [call for call in deploying.sandbox.calls() if call.operation in {"RegisterTaskDefinition", "UpdateService", "RunTask"}]
    return ended


def test_all_faults_of_the_input_are_told_before_the_first_call(deploying: Deploying) -> None:
    path = deploying.folder / "odd.json"
    definition = deploying.place.definition() | {"famly": "x"}
    path.write_text(json.dumps(definition, indent=2))
    ended = bad(
        deploying, "--task-definition", str(path), "--desired-count", "2", "--keep-revisions", "0", "--run-task", "--run-task-tags", "[{]"
    )
    assert ended.code == 2
    for words in ("famly", "desired-count", "keep-revisions", "run-task-tags"):
        assert words in ended.stderr
    assert deploying.sandbox.calls() == []


def test_a_service_that_is_not_there_is_found_before_anything_is_registered(deploying: Deploying) -> None:
    path = deploying.write(deploying.place.image)
    ended = bad(deploying, "--task-definition", str(path), "--service", "typo", "--cluster", deploying.place.cluster)
    assert ended.code == 2
    assert "there is no active service typo" in ended.stderr


def test_preflight_tells_all_that_would_make_tasks_fail(deploying: Deploying) -> None:
    definition = deploying.place.definition(f"{deploying.place.repository_uri}:typo")
    container = definition["containerDefinitions"][0]
    container["secrets"] = [{"name": "JWT_SECRET", "valueFrom": "/credex/development/typo"}]
    container["logConfiguration"]["options"]["awslogs-group"] = "/ecs/typo"
    container["portMappings"] = [{"containerPort": 5001}]
    definition["executionRoleArn"] = definition["executionRoleArn"] + "-typo"
    path = deploying.folder / "task-definition.json"
    path.write_text(json.dumps(definition))
    ended = bad(deploying, "--task-definition", str(path), "--service", deploying.place.service, "--cluster", deploying.place.cluster)
    assert ended.code == 3
    for words in (
        "does not exist in ECR",
        "the parameter /credex/development/typo does not exist",
        "log group /ecs/typo",
        "maps 5001, not 5000",
        "does not exist",
    ):
        assert words in ended.stderr
    assert "State: nothing was changed." in ended.stderr


def test_what_preflight_may_not_read_is_said_and_skipped(deploying: Deploying) -> None:
    deploying.sandbox.fault("GetRole", 1, "access-denied")
    ended = deploying.deploy("next")
    assert ended.code == 0
    assert "skipped" in ended.stderr
    assert "Preflight checks skipped: the" in ended.stderr
