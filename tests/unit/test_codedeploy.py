"""CodeDeploy: the AppSpec file and its faults, what is asked of CodeDeploy, and what is decided of its answers."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Done, Wait
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs.codedeploy import request as codedeploy_request
from credex_actions.ecs.codedeploy.appspec import AppSpec, read, sha256
from credex_actions.ecs.codedeploy.group import group_of
from credex_actions.ecs.codedeploy.steps import Create, Deployment, Seen, StopDeployment, Want, decide, in_words

APPSPEC = """\
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo:
          ContainerName: app
          ContainerPort: 5000
Hooks:
  - BeforeInstall: check-before
"""
ARN = "arn:aws:ecs:af-south-1:1:task-definition/core:7"


def appspec(tmp_path: Path, text: str = APPSPEC, name: str = "appspec.yaml") -> AppSpec:
    path = tmp_path / name
    path.write_text(text)
    return read(str(path), "codedeploy-appspec")


def test_every_ecs_service_gets_the_revision_and_nothing_else_changes(tmp_path: Path) -> None:
    other = "  - Other:\n      Type: AWS::ECS::Service\n      Properties: {LoadBalancerInfo: {ContainerName: app, ContainerPort: 1}}\n"
    two = APPSPEC.replace("Hooks:", f"{other}Hooks:")
    sent = json.loads(appspec(tmp_path, two).content(ARN))
    assert [target["Properties"].pop("TaskDefinition") for each in sent["Resources"] for target in each.values()] == [ARN, ARN]
    assert sent["version"] == 0
    assert sent["Resources"][0]["TargetService"]["Properties"] == {"LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 5000}}
    assert sent["Hooks"] == [{"BeforeInstall": "check-before"}]


def test_names_are_found_whatever_their_case_as_in_the_aws_action(tmp_path: Path) -> None:
    lower = {
        "version": 0.0,
        "resources": [
            {
                "s": {
                    "type": "AWS::ECS::Service",
                    "properties": {"taskDefinition": "x", "loadBalancerInfo": {"containerName": "a", "containerPort": 1}},
                }
            }
        ],
    }
    sent = json.loads(appspec(tmp_path, json.dumps(lower), "appspec.json").content(ARN))
    assert sent["resources"][0]["s"]["properties"]["taskDefinition"] == ARN


def test_the_checksum_is_the_sha256_of_the_text() -> None:
    assert sha256("{}") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


BAD: dict[str, tuple[str, str, list[str]]] = {
    "no mapping": (APPSPEC, "- a\n- b\n", ["1:1: is not an AppSpec"]),
    "no version": ("version: 0.0\n", "", ["1:1: has no version"]),
    "another version": ("0.0", "2", ["1:10: is not an AppSpec version that CodeDeploy supports"]),
    "a misspelt part": ("Hooks", "Hoks", ["10:1: unknown field"]),
    "no resources": ("Resources:", "Xyz:", ["1:1: has no Resources"]),
    "a target without a type": ("      Type: AWS::ECS::Service\n", "", ["the type is not AWS::ECS::Service"]),
    "a Lambda function": ("AWS::ECS::Service", "AWS::Lambda::Function", ["4:13: the type is not AWS::ECS::Service"]),
    "a misspelt property": ("LoadBalancerInfo", "LoadBalancerInfos", ["7:9: unknown field", "has no LoadBalancerInfo"]),
    "no container name": ("          ContainerName: app\n", "", ["has no ContainerName"]),
    "a port that is not a number": ("5000", "http", ["9:26: has no ContainerPort"]),
    "a misspelt hook": ("BeforeInstall", "BeforInstall", ["11:5: unknown hook"]),
    "a hook without a function": ("check-before", "", ["names no Lambda function"]),
}


@pytest.mark.parametrize(("old", "new", "told"), BAD.values(), ids=BAD)
def test_faults_of_an_appspec_are_told_with_line_and_column(tmp_path: Path, old: str, new: str, told: list[str]) -> None:
    with pytest.raises(Failure) as caught:
        appspec(tmp_path, APPSPEC.replace(old, new))
    assert caught.value.code == Exit.BAD_INPUT
    found = [f"{fault.line}:{fault.column}: {fault.what}" for fault in caught.value.faults]
    assert len(found) == len(told), found
    assert all(words in each for words, each in zip(told, found, strict=True)), found


def test_the_load_balancer_has_to_name_a_container_of_the_task_definition_and_a_port_that_it_maps(tmp_path: Path) -> None:
    given = appspec(tmp_path)
    container = {"name": "app", "portMappings": [{"containerPort": 5000}]}
    assert list(given.misfits({"containerDefinitions": [container]})) == []
    [fault] = given.misfits({"containerDefinitions": [{**container, "name": "apps"}]})
    assert (fault.line, fault.what, fault.hint) == (8, "the task definition has no container app", "Did you mean apps?")
    [fault] = given.misfits({"containerDefinitions": [{**container, "portMappings": [{"containerPort": 80}]}]})
    assert (fault.line, fault.what) == (9, "the container app does not map the port 5000")


def test_names_default_to_those_that_the_console_gives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    want = codedeploy_request.parse(
        Inputs(service="web", cluster="arn:aws:ecs:af-south-1:1:cluster/prod", codedeploy_deployment_description="x" * 600)
    )
    assert want is not None
    assert (want.application, want.group) == ("AppECS-prod-web", "DgpECS-prod-web")
    assert len(want.description or "") == 512


def test_a_usual_file_is_found_and_its_faults_wait_until_codedeploy_is_known_to_deploy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    nothing = codedeploy_request.parse(Inputs(service="web"))
    assert nothing is not None
    assert [fault.where for fault in nothing.faults] == ["codedeploy-appspec"]
    (tmp_path / "appspec.yml").write_text("version: 0.0\nos: linux\n")
    for_instances = codedeploy_request.parse(Inputs(service="web"))
    assert for_instances is not None
    assert for_instances.appspec is None
    assert for_instances.faults
    (tmp_path / "appspec.yaml").write_text(APPSPEC)
    found = codedeploy_request.parse(Inputs(service="web"))
    assert found is not None
    assert found.appspec is not None
    assert found.faults == ()


@pytest.mark.parametrize("text", [None, "", "version: [", "a: &a [*a, *a]\n"])
def test_a_named_file_that_is_bad_is_bad_input(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "mine.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(Failure) as caught:
        codedeploy_request.parse(Inputs(service="web", codedeploy_appspec=str(path)))
    assert caught.value.code == Exit.BAD_INPUT


def test_the_waiting_times_of_the_group_are_added_to_the_budget() -> None:
    described = {
        "blueGreenDeploymentConfiguration": {
            "deploymentReadyOption": {"waitTimeInMinutes": 10},
            "terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 5},
        }
    }
    assert group_of(described).waits == timedelta(minutes=15)
    assert group_of({}).waits == timedelta()


NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
WANT = Want(application="app", group="dg", revision="core:7", wait=True, give_up=NOW + timedelta(minutes=30), poll=5)
BACK: Mapping[str, Any] = {"rolls_back": True}


def ours(status: str, **given: Any) -> Deployment:
    return Deployment(**{"id": "d-1", "status": status, **given})


def back(status: str) -> Deployment:
    return Deployment(id="d-2", status=status, error="TIMEOUT" if status == "Failed" else "")


def seen(deployment: Deployment | None = None, minutes: float = 0, **given: Any) -> Seen:
    return Seen(**{"now": NOW + timedelta(minutes=minutes), "ours": deployment, "ended_at": NOW, **given})


GOES_BACK = "CodeDeploy rolls back to the previous revision (deployment d-2, InProgress)"
TOO_LONG = "a step of the deployment timed out"
SOON = "the deployment has ended; its rollback is not visible yet"
DECISIONS: dict[str, tuple[Seen, object]] = {
    "what was never started is started": (seen(), Create("core:7", "app", "dg")),
    "one in progress is followed": (seen(ours("InProgress"), stage="Install"), Wait("CodeDeploy: Install", 5)),
    "a new one is followed": (seen(ours("Created")), Wait("CodeDeploy: Created", 5)),
    "a status nobody knows is waited on": (seen(ours("Pondering")), Wait("CodeDeploy: Pondering", 5)),
    "one that waits for a person is followed": (
        seen(ours("Ready")),
        Wait("the new tasks are ready; the deployment waits for approval or its wait time before the traffic is shifted", 5),
    ),
    "one that bakes is followed": (seen(ours("Baking")), Wait("the traffic is shifted; CodeDeploy monitors the alarms", 5)),
    "one that succeeded is completed": (seen(ours("Succeeded")), Done("completed")),
    "also after its time": (seen(ours("Succeeded"), minutes=31), Done("completed")),
    "one that failed, and nothing puts it back": (
        seen(ours("Failed", error="TIMEOUT")),
        Done("failed", "a step of the deployment timed out"),
    ),
    "one that failed is given time for its rollback": (seen(ours("Failed", **BACK)), Wait(SOON, 5)),
    "but not for ever": (seen(ours("Failed", **BACK), minutes=0.5), Done("failed", "the deployment is Failed")),
    "a rollback that is announced is waited for": (seen(ours("Failed", rollback_id="d-2"), minutes=1), Wait(SOON, 5)),
    "nor longer than there is time": (seen(ours("Failed", rollback_id="d-2"), minutes=30), Done("failed", "the deployment is Failed")),
    "a rollback is followed": (
        seen(ours("Failed"), rollback=back("InProgress")),
        Wait(GOES_BACK, 5),
    ),
    "what CodeDeploy took back is no success": (
        seen(ours("Failed", error="ALARM_ACTIVE", why="alarm x"), rollback=back("Succeeded")),
        Done("rolled-back", "an alarm of the deployment group was activated (alarm x)"),
    ),
    "a rollback that fails is a failure": (
        seen(ours("Failed", error="HEALTH_CONSTRAINTS"), rollback=back("Failed")),
        Done(
            "failed",
            f"too few of the new tasks are healthy; CodeDeploy could not roll back to the previous revision: {TOO_LONG}",
        ),
    ),
    "one that was stopped for another is superseded": (
        seen(ours("Stopped", error="MANUAL_STOP"), successor="d-9"),
        Done("superseded", "deployment d-9 replaced it; ours ended: someone stopped the deployment"),
    ),
    "one that was stopped has failed": (seen(ours("Stopped", error="MANUAL_STOP")), Done("failed", "someone stopped the deployment")),
    "nothing is waited for for ever": (
        seen(ours("InProgress"), minutes=30),
        Done("timed-out", "CodeDeploy: InProgress; CodeDeploy continues the deployment"),
    ),
    "nor is a rollback": (
        seen(ours("Failed"), minutes=30, rollback=back("InProgress")),
        Done(
            "timed-out",
            "CodeDeploy rolls back to the previous revision (deployment d-2, InProgress); CodeDeploy continues the deployment",
        ),
    ),
}


@pytest.mark.parametrize(("given", "then"), DECISIONS.values(), ids=DECISIONS)
def test_decide(given: Seen, then: object) -> None:
    assert decide(WANT, given) == then


def test_a_deployment_that_shall_go_back_is_stopped_once_and_its_rollback_followed() -> None:
    want = Want(application="app", group="dg", revision="", wait=True, give_up=NOW + timedelta(minutes=30), poll=5, goes_back=True)
    assert decide(want, seen(ours("InProgress"))) == StopDeployment("d-1")
    assert decide(want, seen(ours("Stopped"), rollback=back("Succeeded"))).outcome == "rolled-back"  # type: ignore[union-attr]
    assert decide(want, seen(ours("Succeeded"))) == Done("completed")


def test_a_deployment_that_nobody_waits_for_is_started() -> None:
    want = Want(application="app", group="dg", revision="core:7", wait=False, give_up=NOW, poll=5)
    assert decide(want, seen(ours("Created"))) == Done("started")


def test_an_error_that_is_not_known_is_told_in_codedeploys_own_words() -> None:
    assert in_words(ours("Failed", error="NEW_TROUBLE", why="it rains")) == "NEW_TROUBLE: it rains"
