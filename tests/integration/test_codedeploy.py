"""A service that CodeDeploy deploys, on the sandbox: how a deployment ends, what is told of it, and trouble on the way."""

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Run
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs.codedeploy import request as codedeploy_request
from credex_actions.ecs.codedeploy.deploying import CodeDeployCancelled, CodeDeployOutcome, deploy_by_codedeploy, put_back
from credex_actions.ecs.codedeploy.group import look
from credex_actions.ecs.codedeploy.request import CodeDeployRequest
from credex_actions.sandbox import Provisioned, Sandbox
from tests.integration.deploying import Deploying

APPSPEC = """\
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo:
          ContainerName: credex-core
          ContainerPort: 5000
"""


@dataclass
class Bench:
    sandbox: Sandbox
    where: Provisioned
    clients: Clients
    told: list[str] = field(default_factory=list)
    clock: SystemClock = field(default_factory=SystemClock)

    @property
    def text(self) -> str:
        return "\n".join(self.told)

    def group(self, **settings: Any) -> None:
        """The application and the deployment group, under their usual names."""
        codedeploy, where = self.sandbox.client("codedeploy"), self.where
        named = f"{where.cluster}-{where.service}"
        groups = [arn.split("/")[1] for arn in (where.target_group_arn, where.alternate_target_group_arn)]
        codedeploy.create_application(applicationName=f"AppECS-{named}", computePlatform="ECS")
        pair = {"targetGroups": [{"name": name} for name in groups], "prodTrafficRoute": {"listenerArns": [where.listener_arn]}}
        usual = {
            "applicationName": f"AppECS-{named}",
            "deploymentGroupName": f"DgpECS-{named}",
            "serviceRoleArn": where.execution_role_arn,
            "ecsServices": [{"clusterName": where.cluster, "serviceName": where.service}],
            "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
            "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        }
        codedeploy.create_deployment_group(**{**usual, **settings})

    def want(self, **given: Any) -> CodeDeployRequest:
        usual = {"service": self.where.service, "cluster": self.where.cluster, "poll_seconds": 0.2}
        want = codedeploy_request.parse(Inputs(**{**usual, **given}))
        assert want is not None
        return want

    def revision(self, tag: str) -> str:
        image = self.sandbox.push_image(self.where.repository, tag)
        arn: str = self.sandbox.client("ecs").register_task_definition(**self.where.definition(image))["taskDefinition"][
            "taskDefinitionArn"
        ]
        return arn

    def deploy(self, tag: str, **given: Any) -> CodeDeployOutcome:
        revision = self.revision(tag)
        self.sandbox.reset_calls()
        with self.clock.listening():
            return deploy_by_codedeploy(self.clients, self.want(**given), revision, Run(self.clock), self.told.append)

    def primary(self) -> str:
        """`family:revision` of the task set that has the traffic."""
        service = self.sandbox.client("ecs").describe_services(cluster=self.where.cluster, services=[self.where.service])["services"][0]
        found: str = next(each["taskDefinition"] for each in service["taskSets"] if each["status"] == "PRIMARY").rpartition("/")[2]
        return found

    def deployments(self) -> list[str]:
        named = f"{self.where.cluster}-{self.where.service}"
        call = {"applicationName": f"AppECS-{named}", "deploymentGroupName": f"DgpECS-{named}"}
        found: list[str] = self.sandbox.client("codedeploy").list_deployments(**call)["deployments"]
        return found


@pytest.fixture
def bench(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bench:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "appspec.yaml").write_text(APPSPEC)
    return Bench(sandbox, sandbox.provision(controller="CODE_DEPLOY", desired_count=1), Clients())


def test_a_good_revision_is_completed_and_has_the_traffic(bench: Bench) -> None:
    bench.group()
    outcome = bench.deploy("2.0.0", codedeploy_deployment_description="by a test")
    assert outcome.outcome == "completed"
    assert [outcome.deployment_id] == bench.deployments()
    assert bench.primary() == "credex-core:2"
    assert f"CodeDeploy deployment {outcome.deployment_id} was started" in bench.told
    assert sum("AllowTraffic: done" in line for line in bench.told) == 1
    described = bench.sandbox.client("codedeploy").get_deployment(deploymentId=outcome.deployment_id)["deploymentInfo"]
    assert described["description"] == "by a test"


@pytest.mark.parametrize("kind", ["", "drop-after"])
def test_a_deployment_that_does_not_show_at_once_is_waited_for(bench: Bench, kind: str) -> None:
    bench.group()
    bench.sandbox.lag(2)
    if kind:
        bench.sandbox.fault("CreateDeployment", kind=kind)
    outcome = bench.deploy("2.0.0")
    bench.sandbox.lag(0)
    assert outcome.outcome == "completed"
    assert [outcome.deployment_id] == bench.deployments()
    assert any("AllowTraffic: done" in line for line in bench.told)


def test_a_deployment_that_nobody_waits_for_is_started(bench: Bench) -> None:
    bench.group()
    outcome = bench.deploy("2.0.0", wait_for_service_stability=False)
    assert (outcome.outcome, outcome.left) == ("started", f"deployment {outcome.deployment_id} continues")
    assert [call.operation for call in bench.sandbox.calls()] == ["GetDeploymentGroup", "CreateDeployment"]


def test_a_crashing_revision_is_rolled_back_with_its_tasks_told(bench: Bench) -> None:
    bench.group()
    outcome = bench.deploy("crash")
    assert outcome.outcome == "rolled-back"
    assert outcome.rollback_id
    assert "a step of the deployment timed out" in outcome.why
    assert bench.primary() == "credex-core:1"
    assert outcome.stopped
    assert all(task.containers[0].exit_code == 1 for task in outcome.stopped)
    assert "essential container credex-core exited with code 1" in bench.text
    assert "last lines of credex-core:" in bench.text
    assert len({task.arn for task in outcome.stopped}) == len(outcome.stopped)


def test_without_automatic_rollback_a_failure_is_a_failure(bench: Bench) -> None:
    bench.group(autoRollbackConfiguration={"enabled": False})
    outcome = bench.deploy("crash")
    assert outcome.outcome == "failed"
    assert not outcome.rollback_id


def test_on_failure_rollback_has_codedeploy_roll_back_whatever_the_group_says(bench: Bench) -> None:
    bench.group(autoRollbackConfiguration={"enabled": False})
    assert bench.deploy("crash", on_failure="rollback").outcome == "rolled-back"
    assert bench.primary() == "credex-core:1"


def test_time_that_runs_out_leaves_the_deployment_and_says_so_and_it_can_be_put_back(bench: Bench) -> None:
    bench.group()
    outcome = bench.deploy("slow-start-60s", wait_for_minutes=0.03)
    assert outcome.outcome == "timed-out"
    assert outcome.left == f"deployment {outcome.deployment_id} continues"
    back = put_back(bench.clients, bench.want(), outcome.deployment_id, Run(bench.clock), bench.told.append)
    assert back.outcome == "rolled-back"
    assert bench.primary() == "credex-core:1"
    assert sum("Install: begins" in line for line in bench.told) == 1
    assert "rollback: AllowTraffic: begins" in bench.text


@pytest.mark.parametrize(
    ("on_cancel", "status", "left"), [("leave", "InProgress", "continues"), ("rollback", "Stopped", "rolls back to the previous revision")]
)
def test_a_cancelled_run_leaves_or_stops_its_deployment_as_asked(bench: Bench, on_cancel: str, status: str, left: str) -> None:
    bench.group()
    codedeploy = bench.sandbox.client("codedeploy")

    def signal_when_it_is_in_progress() -> None:
        bench.sandbox.until(lambda: "Install: begins" in bench.text, "the deployment's first event", 60)
        os.kill(os.getpid(), signal.SIGTERM)

    other = threading.Thread(target=signal_when_it_is_in_progress)
    other.start()
    with pytest.raises(CodeDeployCancelled) as caught:
        bench.deploy("slow-start-60s", on_cancel=on_cancel)
    other.join()
    outcome = caught.value.outcome
    assert outcome.outcome == "cancelled"
    assert left in outcome.left
    bench.sandbox.until(
        lambda: codedeploy.get_deployment(deploymentId=outcome.deployment_id)["deploymentInfo"]["status"] == status, status, 10
    )


def test_a_deployment_whose_answer_was_lost_is_found_and_stopped_also_when_the_look_for_it_hangs(bench: Bench) -> None:
    bench.group()
    bench.clock = SystemClock(hurried=True)
    bench.sandbox.fault("CreateDeployment", 1, "drop-after")
    bench.sandbox.fault("ListDeployments", 1, "slow", 8)

    def signal_when_it_is_looked_for() -> None:
        bench.sandbox.until(lambda: bench.sandbox.faults_left == 0, "the look for it", 30)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGTERM)

    other = threading.Thread(target=signal_when_it_is_looked_for)
    other.start()
    with pytest.raises(CodeDeployCancelled) as caught:
        bench.deploy("slow-start-60s", on_cancel="rollback")
    other.join()
    assert bench.deployments()[-1:] == [caught.value.outcome.deployment_id], "one, and CodeDeploy's rollback of it"
    assert "was stopped" in caught.value.outcome.left


@pytest.mark.parametrize("kind", ["drop-after", "throttle"])
def test_trouble_with_create_deployment_makes_one_deployment(bench: Bench, kind: str) -> None:
    bench.group()
    bench.sandbox.fault("CreateDeployment", kind=kind)
    outcome = bench.deploy("2.0.0")
    assert outcome.outcome == "completed"
    assert bench.deployments() == [outcome.deployment_id]


def test_a_lost_answer_is_told_from_earlier_deployments_of_the_same_revision(bench: Bench) -> None:
    bench.group()
    first = bench.deploy("2.0.0")
    bench.sandbox.fault("CreateDeployment", kind="drop-after")
    revision = f"{bench.where.task_definition.rpartition(':')[0]}:2"
    with bench.clock.listening():
        second = deploy_by_codedeploy(bench.clients, bench.want(), revision, Run(bench.clock), bench.told.append)
    assert second.outcome == "completed"
    assert second.deployment_id != first.deployment_id
    assert len(bench.deployments()) == 2


def test_looks_that_fail_for_a_while_are_outlasted_and_steps_that_may_not_be_read_are_left_out(bench: Bench) -> None:
    bench.group()
    for nth in (1, 2, 3):
        bench.sandbox.fault("GetDeployment", nth=nth, kind="error")
    bench.sandbox.fault("ListDeploymentTargets", kind="access-denied")
    assert bench.deploy("2.0.0").outcome == "completed"
    assert sum("cannot be read" in line for line in bench.told) == 1


def refused(bench: Bench, **given: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        look(bench.clients, bench.clock, bench.want(**given))
    return caught.value


MISSING: dict[str, tuple[Callable[[Bench], None], str, str]] = {
    "no application": (lambda _: None, "codedeploy-application", "there is no CodeDeploy application AppECS-"),
    "no group": (
        lambda bench: bench.sandbox.client("codedeploy").create_application(
            applicationName=f"AppECS-{bench.where.cluster}-{bench.where.service}", computePlatform="ECS"
        ),
        "codedeploy-deployment-group",
        "has no deployment group DgpECS-",
    ),
    "a group of another service": (
        lambda bench: bench.group(ecsServices=[{"clusterName": bench.where.cluster, "serviceName": "other"}]),
        "codedeploy-deployment-group",
        "other, not",
    ),
}


@pytest.mark.parametrize(("prepare", "where", "words"), MISSING.values(), ids=MISSING)
def test_a_group_that_cannot_deploy_this_service_is_bad_input(
    bench: Bench, prepare: Callable[[Bench], None], where: str, words: str
) -> None:
    prepare(bench)
    failure = refused(bench)
    assert failure.code == Exit.BAD_INPUT
    assert failure.faults[0].where == where
    assert words in failure.faults[0].what


def test_a_group_that_is_busy_is_refused_before_anything_is_changed(bench: Bench) -> None:
    bench.group()
    bench.deploy("slow-start-60s", wait_for_service_stability=False)
    failure = refused(bench)
    assert failure.code == Exit.REFUSED
    assert "is busy: deployment d-" in failure.faults[0].what


def test_a_run_that_was_cut_off_is_continued_by_the_same_command(bench: Bench) -> None:
    bench.group()
    first = bench.deploy("slow-start-2s", wait_for_service_stability=False)
    revision = f"{bench.where.task_definition.rpartition(':')[0]}:2"
    group = look(bench.clients, bench.clock, bench.want(), lambda arn: arn == revision)
    assert (group.running, group.revision) == (first.deployment_id, revision)
    with bench.clock.listening():
        second = deploy_by_codedeploy(bench.clients, bench.want(), revision, Run(bench.clock), bench.told.append, group=group)
    assert (second.outcome, second.deployment_id) == ("completed", first.deployment_id)
    assert len(bench.deployments()) == 1


def test_a_run_that_was_killed_is_continued_by_the_same_command_line(bench: Bench, tmp_path: Path) -> None:
    bench.group()
    deploying = Deploying(bench.sandbox, bench.where, tmp_path)
    arguments = deploying.arguments("slow-start-6s")
    with deploying.started(*arguments):
        bench.sandbox.until(lambda: bool(bench.deployments()), "the deployment", 20)
    again = deploying.call(*arguments)
    assert (again.code, again.outputs["outcome"]) == (0, "completed")
    assert bench.deployments() == [again.outputs["codedeploy-deployment-id"]]
    assert bench.primary() == "credex-core:2"


def test_what_was_deployed_and_fails_its_tests_goes_back_by_another_deployment_to_its_former_revision(bench: Bench, tmp_path: Path) -> None:
    bench.group()
    deploying = Deploying(bench.sandbox, bench.where, tmp_path)
    done = deploying.deploy("2.0.0")
    assert (done.code, bench.primary()) == (0, "credex-core:2")
    assert done.outputs["codedeploy-deployment-id"]
    place = ["--service", bench.where.service, "--cluster", bench.where.cluster, "--poll-seconds", "0.2"]
    back = deploying.call("--task-definition-arn", done.outputs["former-task-definition-arn"], *place)
    assert (back.code, back.outputs["outcome"]) == (0, "completed"), back.stderr
    assert bench.primary() == "credex-core:1"
    assert len(bench.deployments()) == 2


def test_a_deployment_by_another_appspec_is_not_taken_for_ours(bench: Bench, tmp_path: Path) -> None:
    bench.group()
    bench.deploy("slow-start-60s", wait_for_service_stability=False)
    (tmp_path / "appspec.yaml").write_text(APPSPEC + "Hooks:\n  - BeforeInstall: check\n")
    with pytest.raises(Failure, match="is busy"):
        look(bench.clients, bench.clock, bench.want(), lambda _: True)


def test_the_groups_waiting_times_are_read(bench: Bench) -> None:
    ending = {"action": "TERMINATE", "terminationWaitTimeInMinutes": 7}
    bench.group(blueGreenDeploymentConfiguration={"terminateBlueInstancesOnDeploymentSuccess": ending})
    assert look(bench.clients, bench.clock, bench.want()).waits == timedelta(minutes=7)


def test_a_deployment_that_is_stopped_for_another_is_superseded(bench: Bench) -> None:
    bench.group(autoRollbackConfiguration={"enabled": False})
    codedeploy, later = bench.sandbox.client("codedeploy"), bench.revision("3.0.0")

    def take_over() -> None:
        bench.sandbox.until(lambda: bool(bench.deployments()), "our deployment", 10)
        [ours] = bench.deployments()
        codedeploy.stop_deployment(deploymentId=ours)
        bench.sandbox.until(lambda: codedeploy.get_deployment(deploymentId=ours)["deploymentInfo"]["status"] == "Stopped", "its end", 10)
        want = bench.want()
        assert want.appspec is not None
        content = {"content": want.appspec.content(later)}
        codedeploy.create_deployment(
            applicationName=want.application,
            deploymentGroupName=want.group,
            revision={"revisionType": "AppSpecContent", "appSpecContent": content},
        )

    other = threading.Thread(target=take_over)
    other.start()
    outcome = bench.deploy("slow-start-60s", poll_seconds=2)
    other.join()
    assert outcome.outcome == "superseded"
    assert "replaced it" in outcome.why
