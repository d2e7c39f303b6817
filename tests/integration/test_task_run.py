"""run-task against the sandbox's ECS: how a task ends, what is told of it, and that trouble on the way starts nothing twice."""

import json
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import botocore.exceptions
import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.loop import Run
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs.run_task.client import TaskOutcome, TaskRunCancelled, run_task
from credex_actions.ecs.run_task.request import parse_task_run
from credex_actions.ecs.tasks.stopped import stopped_tasks
from credex_actions.sandbox import Provisioned, Sandbox


@dataclass
class Bench:
    """One application of the sandbox, without a running service, and what was reported."""

    sandbox: Sandbox
    where: Provisioned
    clients: Clients
    told: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.told)

    def run(self, tag: str, definition: Callable[[dict[str, Any]], None] = lambda _: None, **given: Any) -> TaskOutcome:
        """Runs one task of the image that `tag` names; `definition` changes what is registered, `given` are inputs."""
        image = self.sandbox.push_image(self.where.repository, tag)
        document = self.where.definition(image)
        definition(document)
        arn = self.sandbox.client("ecs").register_task_definition(**document)["taskDefinition"]["taskDefinitionArn"]
        usual = {"run_task": True, "run_task_subnets": self.where.subnets, "wait_for_task_stopped": True, "poll_seconds": 0.2}
        want = parse_task_run(Inputs(**{**usual, "cluster": self.where.cluster, **given}), document)
        assert want is not None
        self.sandbox.reset_calls()
        clock = SystemClock()
        with clock.listening():
            return run_task(self.clients, want, arn, Run(clock), self.told.append)

    def tasks(self) -> list[dict[str, Any]]:
        """Every task of the cluster."""
        ecs = self.sandbox.client("ecs")
        listed = [ecs.list_tasks(cluster=self.where.cluster, desiredStatus=status)["taskArns"] for status in ("RUNNING", "STOPPED")]
        arns = [arn for each in listed for arn in each]
        found: list[dict[str, Any]] = ecs.describe_tasks(cluster=self.where.cluster, tasks=arns)["tasks"] if arns else []
        return found

    def count(self, operation: str) -> int:
        return sum(1 for call in self.sandbox.calls() if call.operation == operation)


@pytest.fixture
def bench(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Bench:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    return Bench(sandbox, sandbox.provision(desired_count=0), Clients())


def test_a_job_that_ends_with_0_is_completed_and_its_last_lines_are_shown(bench: Bench) -> None:
    outcome = bench.run("job-0.3s")
    assert (outcome.outcome, outcome.why, outcome.warnings) == ("completed", "", ())
    assert outcome.arns == (bench.tasks()[0]["taskArn"],)
    assert "was started" in bench.told[0]
    assert "succeeded" in bench.told[1]
    assert "last lines of credex-core:" in bench.text


def test_a_task_that_nobody_waits_for_is_started_and_not_looked_at(bench: Bench) -> None:
    outcome = bench.run("job-0.3s", wait_for_task_stopped=False)
    assert outcome.outcome == "started"
    assert [call.operation for call in bench.sandbox.calls()] == ["RunTask"]


def test_what_was_asked_for_is_what_ecs_got(bench: Bench) -> None:
    overrides = [{"name": "credex-core", "environment": [{"name": "MODE", "value": "migrate"}]}]
    bench.run("job-0.3s", run_task_container_overrides=json.dumps(overrides), run_task_started_by="me", run_task_security_groups=("sg-1",))
    [task] = bench.tasks()
    assert task["overrides"]["containerOverrides"] == overrides
    assert task["startedBy"] == "me"
    assert task["launchType"] == "FARGATE"


ENDS: dict[str, tuple[str, str]] = {
    "exit-3": ("exit-3", "essential container credex-core exited with code 3"),
    "a crash with a stack trace": ("crash", "essential container credex-core exited with code 1"),
    "out of memory": ("oom", "out of memory: it was killed"),
}


@pytest.mark.parametrize(("tag", "words"), ENDS.values(), ids=ENDS)
def test_an_essential_container_that_exits_non_zero_fails_the_task(bench: Bench, tag: str, words: str) -> None:
    outcome = bench.run(tag)
    assert outcome.outcome == "failed"
    assert words in outcome.why
    assert words in bench.told[1]
    assert "last lines of credex-core:" in bench.text


def test_an_image_that_is_not_there_fails_the_task_and_says_what_to_do(bench: Bench) -> None:
    def elsewhere(document: dict[str, Any]) -> None:
        document["containerDefinitions"][0]["image"] = f"{bench.where.repository_uri}:never-pushed"

    outcome = bench.run("job", elsewhere)
    assert outcome.outcome == "failed"
    assert "its image does not exist" in outcome.why
    assert "never ran" in bench.told[1]
    assert "was the image pushed" in bench.text
    assert "it never ran, so it wrote nothing" in bench.text


def test_a_missing_log_group_fails_the_task_in_words(bench: Bench) -> None:
    def unlogged(document: dict[str, Any]) -> None:
        document["containerDefinitions"][0]["logConfiguration"]["options"]["awslogs-group"] = "/nowhere"

    outcome = bench.run("job", unlogged)
    assert outcome.outcome == "failed"
    assert "its log group does not exist" in outcome.why


def test_another_container_that_exits_non_zero_is_a_warning(bench: Bench) -> None:
    def with_agent(document: dict[str, Any]) -> None:
        first = document["containerDefinitions"][0]
        image = bench.sandbox.push_image(bench.where.repository, "exit-7")
        document["containerDefinitions"].append(
            {"name": "agent", "image": image, "essential": False, "logConfiguration": first["logConfiguration"]}
        )

    outcome = bench.run("job-1s", with_agent)
    assert outcome.outcome == "completed"
    assert [warning.partition(" of ")[0] for warning in outcome.warnings] == ["container agent"]
    assert "exited with code 7" in outcome.warnings[0]


def test_a_log_that_may_not_be_read_is_said_and_changes_nothing_else(bench: Bench) -> None:
    bench.sandbox.fault("GetLogEvents", kind="access-denied")
    outcome = bench.run("exit-3")
    assert outcome.outcome == "failed"
    assert "the role is not authorized to read them (logs:GetLogEvents" in bench.text


def test_time_that_runs_out_leaves_the_task_running_and_says_so(bench: Bench) -> None:
    outcome = bench.run("2.0.0", wait_for_minutes=0.03)
    assert outcome.outcome == "timed-out"
    assert outcome.left.endswith("continues in ECS; running the same command again follows it")
    assert bench.tasks()[0]["desiredStatus"] == "RUNNING"


@pytest.mark.parametrize(("on_cancel", "status", "left"), [("leave", "RUNNING", "continues"), ("rollback", "STOPPED", "was asked to stop")])
def test_a_cancelled_run_leaves_or_stops_its_task_as_asked_and_says_which(bench: Bench, on_cancel: str, status: str, left: str) -> None:
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    try:
        with pytest.raises(TaskRunCancelled) as caught:
            bench.run("2.0.0", on_cancel=on_cancel)
    finally:
        timer.cancel()
    assert caught.value.signal_number == signal.SIGTERM
    assert caught.value.outcome.outcome == "cancelled"
    assert left in caught.value.outcome.left
    assert [task["desiredStatus"] for task in bench.tasks()] == [status]


@pytest.mark.parametrize("kind", ["drop-before", "drop-after", "error", "throttle"])
def test_trouble_with_run_task_starts_the_task_once(bench: Bench, kind: str) -> None:
    bench.sandbox.fault("RunTask", kind=kind)
    assert bench.run("job-0.3s").outcome == "completed"
    assert len(bench.tasks()) == 1
    assert bench.count("RunTask") == 2


@pytest.mark.parametrize("kind", ["drop-before", "error", "throttle"])
def test_trouble_with_looks_is_outlasted(bench: Bench, kind: str) -> None:
    for nth in (1, 2, 3):
        bench.sandbox.fault("DescribeTasks", nth=nth, kind=kind)
    assert bench.run("job-0.3s").outcome == "completed"


def test_a_run_that_ecs_turns_down_starts_nothing(bench: Bench) -> None:
    bench.sandbox.fault("RunTask", kind="access-denied")
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        bench.run("job-0.3s")
    assert bench.tasks() == []


def test_what_is_known_is_not_asked_for_again(bench: Bench) -> None:
    bench.run("exit-3")
    assert bench.count("RunTask") == 1
    assert bench.count("GetLogEvents") == 1
    assert bench.count("DescribeTaskDefinition") == 0


def test_logs_are_read_in_the_region_that_they_were_written_to(bench: Bench) -> None:
    def abroad(document: dict[str, Any]) -> None:
        options = document["containerDefinitions"][0]["logConfiguration"]["options"]
        options |= {"awslogs-region": "eu-west-1"}

    bench.sandbox.client("logs", region_name="eu-west-1").create_log_group(logGroupName=bench.where.log_group)
    bench.run("crash", abroad)
    assert [call.region for call in bench.sandbox.calls() if call.operation == "GetLogEvents"] == ["eu-west-1"]
    assert "last lines of credex-core:" in bench.text


def test_hostile_log_lines_arrive_as_text_of_bounded_size(bench: Bench) -> None:
    bench.run("exit-3")
    [task] = bench.tasks()
    logs = bench.sandbox.client("logs")
    stream = f"ecs/credex-core/{task['taskArn'].rpartition('/')[2]}"
    hostile = ["::error::\x1b[31mred\x1b[0m", "x" * 250_000, "a\nb\r\nc", "::add-mask::e"]
    now = int(task["stoppedAt"].timestamp() * 1000)
    logs.put_log_events(
        logGroupName=bench.where.log_group,
        logStreamName=stream,
        logEvents=[{"timestamp": now + n, "message": line} for n, line in enumerate(hostile)],
    )
    [stopped] = stopped_tasks(bench.clients, bench.where.cluster, [task["taskArn"]], None, lines=6)
    log = stopped.containers[0].log
    assert log == ("::error::red", f"{'x' * 500}… (250,000 characters)", "a", "b", "c", "::add-mask::e")


def test_only_tasks_that_have_stopped_are_told_and_one_of_another_revision_by_its_own_definition(bench: Bench) -> None:
    bench.run("2.0.0", wait_for_task_stopped=False)
    bench.run("crash")
    arns = [task["taskArn"] for task in bench.tasks()]
    [told] = stopped_tasks(bench.clients, bench.where.cluster, arns, None)
    assert told.containers[0].exit_code == 1
    assert told.containers[0].log
