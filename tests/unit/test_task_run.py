"""What a user asks of run-task: what is sent, and what is refused before the first call."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Done, Refuse, Wait
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs.run_task.request import TaskRun, against_definition, parse_task_run
from credex_actions.ecs.run_task.steps import AskAgain, Seen, Start, Stop, Task, Want, decide, decide_stop, failures, refusal, warnings
from credex_actions.ecs.tasks.stopped import StoppedContainer, StoppedTask

DEFINITION: Mapping[str, Any] = {
    "family": "core",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "containerDefinitions": [{"name": "app"}, {"name": "agent", "essential": False}],
    "volumes": [{"name": "data", "configuredAtLaunch": True}, {"name": "scratch"}],
}
VOLUME = '{"roleArn": "arn:aws:iam::1:role/ebs", "sizeInGiB": 10}'


def parsed(definition: Mapping[str, Any] | None = DEFINITION, **given: Any) -> TaskRun:
    want = parse_task_run(Inputs(**{"run_task": True, "run_task_subnets": ("subnet-1",), **given}), definition)
    assert want is not None
    return want


def faults(definition: Mapping[str, Any] | None = DEFINITION, **given: Any) -> list[str]:
    with pytest.raises(Failure) as caught:
        parsed(definition, **given)
    assert caught.value.code == Exit.BAD_INPUT
    return [f"{fault.where}: {fault.what}" for fault in caught.value.faults]


def test_no_task_is_run_unless_it_is_asked_for() -> None:
    assert parse_task_run(Inputs(), DEFINITION) is None
    assert parse_task_run(Inputs(run_task=False, run_task_container_overrides="{{", run_task_subnets=("subnet-1",)), DEFINITION) is None


def test_a_task_that_is_described_and_not_asked_for_is_a_fault() -> None:
    given: dict[str, Any] = {
        "run_task_container_overrides": '[{"name": "app"}]',
        "run_task_network": "service",
        "run_task_subnets": ("subnet-1",),
        "run_task_security_groups": ("sg-1",),
        "run_task_capacity_provider_strategy": "[]",
        "run_task_tags": "[]",
        "run_task_managed_ebs_volume_name": "data",
        "run_task_managed_ebs_volume": "{}",
    }
    told = [f"{name.replace('_', '-')}: is set, but run-task is not true" for name in given]
    assert faults(run_task=None, **{"run_task_subnets": (), **given}) == told


def test_how_a_task_would_run_may_be_said_as_a_habit() -> None:
    habits: dict[str, Any] = {"wait_for_task_stopped": True, "run_task_started_by": "me", "run_task_assign_public_IP": "ENABLED"}
    assert parse_task_run(Inputs(run_task_launch_type="EC2", **habits), DEFINITION) is None


def test_the_defaults_are_those_of_the_aws_action() -> None:
    assert parsed().parameters == {
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "DISABLED"}},
        "startedBy": "GitHub-Actions",
    }


def test_a_capacity_provider_strategy_takes_the_place_of_the_launch_type() -> None:
    sent = parsed(run_task_capacity_provider_strategy='[{"capacityProvider": "FARGATE_SPOT", "weight": 1}]').parameters
    assert sent["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    assert "launchType" not in sent


def test_structured_inputs_are_json_or_yaml() -> None:
    overrides = "- name: app\n  command: [migrate, '']\n"
    assert parsed(run_task_container_overrides=overrides).parameters["overrides"] == {
        "containerOverrides": [{"name": "app", "command": ["migrate", ""]}]
    }


def test_empty_structures_mean_not_given_as_in_the_aws_action() -> None:
    sent = parsed(
        run_task_container_overrides="[]", run_task_tags="[]", run_task_capacity_provider_strategy="[]", run_task_managed_ebs_volume="{}"
    )
    assert sent.parameters == parsed().parameters


def test_a_volume_goes_along_under_its_name() -> None:
    sent = parsed(run_task_managed_ebs_volume_name="data", run_task_managed_ebs_volume=VOLUME).parameters
    assert sent["volumeConfigurations"] == [{"name": "data", "managedEBSVolume": json.loads(VOLUME)}]


def overriding(*overrides: object) -> dict[str, Any]:
    return {"run_task_container_overrides": json.dumps(overrides)}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a misspelt field": (overriding({"name": "app", "comand": []}), "run-task-container-overrides: $[0].comand: unknown field"),
    "a field that botocore does not know": (overriding({"name": "app", "zzz": 1}), "does not know this field of ContainerOverride"),
    "a number for a text": (
        overriding({"name": "app", "environment": [{"name": "A", "value": 1}]}),
        "$[0].environment[0].value: is a number",
    ),
    "a text for a number": (overriding({"name": "app", "cpu": "1"}), "$[0].cpu: is a string"),
    "a boolean for a number": (overriding({"name": "app", "cpu": True}), "$[0].cpu: is a boolean"),
    "null": (overriding({"name": "app", "command": None}), "$[0].command: is null"),
    "an object for an array": ({"run_task_container_overrides": '{"name": "app"}'}, "run-task-container-overrides: is an object"),
    "bad JSON": ({"run_task_container_overrides": '[{"name": "app",}]'}, "run-task-container-overrides, line 1, column"),
    "a doubled key": ({"run_task_tags": '[{"key": "a", "key": "b"}]'}, "is defined twice in the same object"),
    "an override without a name": (overriding({"command": []}), "$[0]: has no name"),
    "an unknown container": (overriding({"name": "ap"}), "$[0].name: the task definition has no container ap"),
    "a container overridden twice": (overriding({"name": "app"}, {"name": "app"}), "names the container app 2 times"),
    "a variable given twice": (overriding({"name": "app", "environment": [{"name": "A"}, {"name": "A"}]}), "names the variable A 2 times"),
    "a variable without a name": (overriding({"name": "app", "environment": [{"value": "A"}]}), "$[0].environment[0]: has no name"),
    "a value outside the list": (
        overriding({"name": "app", "environmentFiles": [{"type": "S3", "value": "arn:aws:s3:::b/f"}]}),
        "$[0].environmentFiles[0].type: 'S3' is not one of the accepted values",
    ),
    "a tag without a key": ({"run_task_tags": '[{"value": "a"}]'}, "run-task-tags: $[0]: has no key"),
    "a provider without a name": ({"run_task_capacity_provider_strategy": '[{"weight": 1}]'}, "$[0]: lacks capacityProvider"),
    "weights that start nothing": (
        {"run_task_capacity_provider_strategy": '[{"capacityProvider": "FARGATE", "weight": 0}]'},
        "has only providers with the weight 0",
    ),
    "no subnets for awsvpc": ({"run_task_subnets": ()}, "run-task-subnets: is missing: the task definition's network mode is awsvpc"),
    "security groups alone": ({"run_task_subnets": (), "run_task_security_groups": ("sg-1",)}, "run-task-subnets: is missing, but"),
    "another launch type": ({"run_task_launch_type": "EC2"}, "run-task-launch-type: is EC2, but the task definition is for FARGATE"),
    "a long started-by": ({"run_task_started_by": "x" * 129}, "run-task-started-by: is 129 characters long"),
    "a volume without settings": ({"run_task_managed_ebs_volume_name": "data"}, "run-task-managed-ebs-volume: is missing"),
    "a volume without a name": ({"run_task_managed_ebs_volume": VOLUME}, "run-task-managed-ebs-volume-name: is missing"),
}


@pytest.mark.parametrize(("given", "words"), BAD.values(), ids=BAD)
def test_bad_input_is_told_with_its_place(given: dict[str, Any], words: str) -> None:
    assert any(words in fault for fault in faults(**given)), faults(**given)


def test_subnets_are_refused_where_the_network_takes_none() -> None:
    bridge = {**DEFINITION, "networkMode": "bridge", "requiresCompatibilities": ["EC2"]}
    assert faults(bridge, run_task_launch_type="EC2") == ["run-task-subnets: is set, but the task definition's network mode is bridge"]


def test_all_faults_of_all_inputs_are_told_at_once() -> None:
    found = faults(
        run_task_subnets=(), run_task_tags="[", run_task_container_overrides='[{"nme": "app"}]', run_task_managed_ebs_volume_name="x"
    )
    assert [fault.split(":")[0].split(",")[0] for fault in found] == [
        "run-task-container-overrides",
        "run-task-tags",
        "run-task-managed-ebs-volume",
        "run-task-managed-ebs-volume-name",
        "run-task-subnets",
    ]


def test_an_existing_revision_is_judged_once_it_is_known() -> None:
    want = parsed(
        None, run_task_subnets=(), run_task_managed_ebs_volume_name="dat", run_task_managed_ebs_volume=VOLUME, **overriding({"name": "ap"})
    )
    assert [fault.where for fault in against_definition(want, DEFINITION)] == [
        "run-task-container-overrides: $[0].name",
        "run-task-subnets",
        "run-task-managed-ebs-volume-name",
    ]


def test_a_value_of_a_variable_stands_in_no_fault() -> None:
    told = str(faults(**overriding({"name": "app", "environment": [{"name": "A", "value": ["canary-secret"]}, {"nam": "canary-secret"}]})))
    assert "canary-secret" not in told


NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
WANT = Want(revision="core:7", wait=True, give_up=NOW + timedelta(minutes=30), poll=5)


def seen(*statuses: str, minutes: float = 0, **given: Any) -> Seen:
    tasks = tuple(Task(arn=f"task/c/{number}", status=status) for number, status in enumerate(statuses))
    now = NOW + timedelta(minutes=minutes)
    return Seen(**{"now": now, "asked": 1, "asked_at": NOW, "answered": True, "tasks": tasks, **given})


LOST: dict[str, Any] = {"answered": False, "asked_at": NOW}

DECISIONS: dict[str, tuple[Seen, object]] = {
    "what was never asked for is started": (seen(asked=0, asked_at=None, answered=False), Start("core:7")),
    "a lost response is left alone for a second": (seen(asked=1, **LOST), Wait("the response to RunTask was lost", 1)),
    "then ECS is asked again by the same token": (seen(asked=1, minutes=1 / 60, **LOST), AskAgain("core:7", 2)),
    "each time after a longer pause": (seen(asked=3, **LOST), Wait("the response to RunTask was lost", 4)),
    "each time as a step of its own": (seen(asked=3, minutes=1, **LOST), AskAgain("core:7", 4)),
    "a task that ECS refuses has failed": (seen(refused=("no room",)), Done("failed", "no room")),
    "a task that runs is waited for": (seen("RUNNING"), Wait("task 0 is RUNNING", 5)),
    "a task that does not show yet is waited for": (seen(""), Wait("task 0 is not visible yet", 5)),
    "a status nobody knows is waited on": (seen("HIBERNATING"), Wait("task 0 is HIBERNATING", 5)),
    "a task that stopped is over": (seen("STOPPED"), Done("stopped")),
    "one that stopped in time is over after that time too": (seen("STOPPED", minutes=31), Done("stopped")),
    "several tasks are distinguished": (
        seen("STOPPED", "RUNNING", "PENDING", minutes=30),
        Done("timed-out", "task 1 is RUNNING, task 2 is PENDING; they continue"),
    ),
    "nothing is waited for for ever": (seen("RUNNING", minutes=30), Done("timed-out", "task 0 is RUNNING; it continues")),
}


@pytest.mark.parametrize(("given", "then"), DECISIONS.values(), ids=DECISIONS)
def test_decide(given: Seen, then: object) -> None:
    assert decide(WANT, given) == then


def test_an_answer_that_stays_lost_ends_the_run_as_unfinished() -> None:
    move = decide(WANT, seen(asked=6, minutes=9, **LOST))
    assert isinstance(move, Refuse)
    assert move.code == Exit.REMOTE


def test_a_task_that_nobody_waits_for_is_started() -> None:
    assert decide(Want(revision="core:7", wait=False, give_up=NOW, poll=5), seen("PENDING")) == Done("started")


def test_each_task_that_is_not_stopping_yet_is_stopped_once() -> None:
    running, stopping = Task(arn="a", status="RUNNING"), Task(arn="b", status="RUNNING", stopping=True)
    assert decide_stop(seen(tasks=(stopping, running))) == Stop("a")
    assert decide_stop(seen(tasks=(stopping, Task(arn="c", status="STOPPED")))) == Done("stopped")


def stopped(
    *containers: StoppedContainer, code: str = "EssentialContainerExited", reason: str = "Essential container in task exited"
) -> StoppedTask:
    return StoppedTask("task/c/0", "core:7", code, reason, containers)


def container(name: str, exit_code: int | None, *, essential: bool = True, reason: str = "") -> StoppedContainer:
    return StoppedContainer(name, exit_code, reason, essential)


def test_a_task_did_its_work_when_all_essential_containers_ended_with_0() -> None:
    task = stopped(container("app", 0), container("agent", 143, essential=False))
    assert failures(task) == []
    assert warnings(stopped(container("app", 1), container("agent", 0, essential=False))) == []
    assert warnings(task) == ["container agent of task 0 exited with code 143; it is not essential"]


JUDGED: dict[str, tuple[StoppedTask, str]] = {
    "an essential container that exits non-zero": (stopped(container("app", 3)), "exited with code 3"),
    "a container that never ran": (
        stopped(
            container("app", None, reason="CannotPullContainerError: not found"), code="TaskFailedToStart", reason="Task failed to start"
        ),
        "its image does not exist",
    ),
    "an essential container without an exit code": (
        stopped(container("app", None), code="UserInitiated", reason="Task stopped by user"),
        "someone",
    ),
    "a task without containers": (
        stopped(code="", reason="Host EC2 (instance i-1) terminated."),
        "its container instance was terminated or retired",
    ),
    "one of two essential containers": (stopped(container("app", 0), container("worker", 1)), "worker exited with code 1"),
    "two of two": (stopped(container("app", 2), container("worker", 1)), "app exited with code 2"),
}


def test_several_essential_containers_that_failed_are_all_named() -> None:
    assert failures(stopped(container("app", 2), container("worker", 1)))[1] == "essential containers without exit code 0: app, worker"
    assert len(failures(stopped(container("app", 2), container("worker", 0)))) == 1


@pytest.mark.parametrize(("task", "words"), JUDGED.values(), ids=JUDGED)
def test_a_task_failed_by(task: StoppedTask, words: str) -> None:
    assert words in failures(task)[0]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("RESOURCE:MEMORY", "not enough|enough memory"),
        ("MISSING", "cannot find"),
        ("AGENT", "not connected"),
        ("Newly invented", "did not start"),
    ],
)
def test_what_ecs_refuses_is_told_in_words_beside_its_own(reason: str, words: str) -> None:
    told = refusal(reason, "arn:aws:ecs:af-south-1:1:container-instance/c/1")
    assert any(word in told for word in words.split("|"))
    assert reason in told


def test_a_refusal_without_a_reason_is_still_a_sentence() -> None:
    assert refusal("") == "ECS did not start it"
