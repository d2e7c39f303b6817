"""Why a task stopped, in words: the real wordings of ECS go in, what a tired person reads comes out."""

from datetime import UTC, datetime

import pytest

from credex_actions.ecs.tasks.logs import LONGEST_LINE, LogStream, cut, stream_of
from credex_actions.ecs.tasks.same_cause import Causes, by_cause
from credex_actions.ecs.tasks.stop_reasons import Cause, cause_of
from credex_actions.ecs.tasks.stopped import StoppedContainer, StoppedTask, sentences

PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 1.dkr.ecr.aws/core:9: "
INIT = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "

REASONS: dict[str, tuple[str, str, str]] = {
    "an image that is not there": (
        "TaskFailedToStart",
        f"{PULL}1.dkr.ecr.aws/core:9: not found",
        "image does not exist",
    ),
    "an image that may not be pulled": ("TaskFailedToStart", f"{PULL}403 Forbidden", "access to its image is denied"),
    "an image for another processor": (
        "TaskFailedToStart",
        "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/arm64'",
        "not built for the task's CPU architecture",
    ),
    "a registry that is out of reach": ("TaskFailedToStart", f"{PULL}dial tcp 10.0.0.1:443: i/o timeout", "registry cannot be reached"),
    "a pull for a reason nobody knows": ("TaskFailedToStart", "CannotPullContainerError: out of luck", "image cannot be pulled"),
    "a secret that is not there": (
        "TaskFailedToStart",
        f"{INIT}unable to retrieve secret from asm: failed to fetch secret jwt from secrets manager: ResourceNotFoundException: not there",
        "a secret that the task definition references does not exist",
    ),
    "a secret that may not be read": (
        "TaskFailedToStart",
        f"{INIT}unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: no ssm:GetParameters",
        "access to a secret is denied",
    ),
    "a secret without the JSON key": (
        "TaskFailedToStart",
        f"{INIT}unable to retrieve secret from asm: retrieved secret from Secrets Manager did not contain json key password",
        "lacks the JSON key",
    ),
    "a log group that is not there": (
        "TaskFailedToStart",
        "ResourceInitializationError: failed to validate logger args: ResourceNotFoundException: The specified log group does not exist.",
        "log group does not exist",
    ),
    "no way to AWS": (
        "TaskFailedToStart",
        f"{INIT}unable to get registry auth from ECR: RequestError: send request failed caused by: dial tcp 52.1.1.1:443: i/o timeout",
        "AWS cannot be reached",
    ),
    "an unhealthy target": (
        "ServiceSchedulerInitiated",
        "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:af-south-1:1:targetgroup/core/1)",
        "it failed the load balancer's health check",
    ),
    "an unhealthy container": ("ServiceSchedulerInitiated", "Task failed container health checks", "it failed its container health check"),
    "a task that was too many": (
        "ServiceSchedulerInitiated",
        "Scaling activity initiated by (deployment ecs-svc/1)",
        "the service was scaled in",
    ),
    "Spot": ("SpotInterruption", "Your Spot Task was interrupted.", "its Spot capacity was interrupted"),
    "a person": ("UserInitiated", "Task stopped by user", "someone stopped it"),
    "a reason nobody knows": ("", "Moon in the seventh house", "Moon in the seventh house"),
    "no reason": ("", "", "ECS provides no reason"),
}


@pytest.mark.parametrize(("code", "reason", "words"), REASONS.values(), ids=REASONS)
def test_a_task_without_exit_codes_is_explained_by_its_reason(code: str, reason: str, words: str) -> None:
    assert words in cause_of(code, reason, [("app", None, "", True)]).what


EXITED = "Essential container in task exited"

ENDS: dict[str, tuple[list[tuple[str, int | None, str, bool]], str]] = {
    "a crash": ([("app", 1, "", True)], "essential container app exited with code 1"),
    "out of memory": ([("app", 137, "OutOfMemoryError: Container killed due to memory usage", True)], "out of memory"),
    "killed": ([("app", 137, "", True)], "killed (SIGKILL)"),
    "a segmentation fault": ([("app", 139, "", True)], "segmentation fault"),
    "asked to stop": ([("app", 143, "", True)], "it was stopped (SIGTERM)"),
    "the one that failed, not those that were stopped with it": (
        [("proxy", 143, "", True), ("app", 3, "", True)],
        "container app exited with code 3",
    ),
    "the essential one first": ([("agent", 1, "", False), ("app", 2, "", True)], "essential container app exited with code 2"),
    "an end without an error": ([("app", 0, "", True)], "exited on its own, without an error"),
}


@pytest.mark.parametrize(("ends", "words"), ENDS.values(), ids=ENDS)
def test_a_task_that_exited_is_explained_by_the_container_that_ended_it(ends: list[tuple[str, int | None, str, bool]], words: str) -> None:
    assert words in cause_of("EssentialContainerExited", EXITED, ends).what


def test_every_cause_that_a_user_can_mend_says_what_to_do() -> None:
    mendable = {"a task that was too many", "a person", "a reason nobody knows"}
    assert [name for name, (code, reason, _) in REASONS.items() if name not in mendable and not cause_of(code, reason, []).hint] == []


def test_a_container_is_named_where_there_are_several() -> None:
    ends = [("app", None, "CannotPullContainerError: not found", True), ("proxy", None, "", True)]
    assert cause_of("TaskFailedToStart", "Task failed to start", ends) == Cause(
        "its image does not exist (container app)",
        "Check repository and tag: was the image pushed to this account and region, and not removed by a lifecycle policy?",
        "CannotPullContainerError: not found",
    )


def _task(*containers: StoppedContainer, reason: str = EXITED) -> StoppedTask:
    at = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    return StoppedTask(
        arn="arn:aws:ecs:af-south-1:1:task/cluster/0123",
        task_definition="arn:aws:ecs:af-south-1:1:task-definition/core:7",
        stop_code="EssentialContainerExited",
        reason=reason,
        containers=containers,
        started=at,
        stopped=at.replace(second=12),
    )


def test_a_stopped_task_reads_from_the_cause_to_the_last_lines() -> None:
    assert sentences(_task(StoppedContainer("app", 1, "", essential=True, log=("Error: no database", "    at main")))) == [
        "task 0123 (core:7) stopped after 12 s: essential container app exited with code 1",
        "  Stopped reason: Essential container in task exited",
        "  last lines of app:",
        "    Error: no database",
        "        at main",
    ]


def test_why_there_are_no_lines_is_said() -> None:
    said = sentences(_task(StoppedContainer("app", 1, "", essential=True, log_note="the role is not authorized to read them")))
    assert said[-1] == "  no log lines of app: the role is not authorized to read them"


def test_each_of_several_containers_is_listed_with_its_end() -> None:
    said = sentences(_task(StoppedContainer("app", 1, "", essential=True), StoppedContainer("agent", None, "gone", essential=False)))
    assert "  container app exited with code 1" in said
    assert "  container agent did not run: gone" in said


def _died(identifier: str, container: StoppedContainer, reason: str = EXITED) -> StoppedTask:
    return _task(container, reason=reason)._replace(arn=f"arn:aws:ecs:af-south-1:1:task/cluster/{identifier}")


BROKEN = StoppedContainer("app", 1, "", essential=True, log=("Error: no database",))


def test_twenty_tasks_of_one_cause_are_reported_once_with_their_number_and_one_log() -> None:
    said = list(Causes().report([_died(f"{number:04x}", BROKEN) for number in range(20)]))
    assert said == [
        "20 tasks (core:7) stopped for the same cause: essential container app exited with code 1",
        "  tasks: 0000, 0001, 0002, 0003, 0004 and 15 more",
        "  task 0000 stopped after 12 s:",
        "  Stopped reason: Essential container in task exited",
        "  last lines of app:",
        "    Error: no database",
    ]


def test_a_task_that_stops_later_for_the_same_cause_takes_a_line() -> None:
    causes = Causes()
    assert len(list(causes.report([_died("01", BROKEN)]))) == 4
    assert list(causes.report([_died("02", BROKEN)])) == [
        "task 02 (core:7) stopped for the same cause, 2 so far: essential container app exited with code 1"
    ]
    assert list(causes.report([_died("03", BROKEN), _died("04", BROKEN)])) == [
        "tasks 03, 04 (core:7) stopped for the same cause, 4 so far: essential container app exited with code 1"
    ]


def test_another_cause_is_reported_in_full_whenever_it_comes() -> None:
    causes = Causes()
    killed = BROKEN._replace(exit_code=137, log=("Allocating",))
    first = list(causes.report([_died("01", BROKEN), _died("02", killed), _died("03", BROKEN)]))
    assert [line for line in first if not line.startswith(" ")] == [
        "2 tasks (core:7) stopped for the same cause: essential container app exited with code 1",
        "task 02 (core:7) stopped after 12 s: essential container app exited with code 137: it was killed (SIGKILL)",
    ]
    later = list(causes.report([_died("04", BROKEN._replace(exit_code=2, log=("Error: no port",)))]))
    assert later[-1] == "    Error: no port"


def test_a_log_that_was_missing_is_shown_with_the_first_task_that_has_one() -> None:
    causes = Causes()
    list(causes.report([_died("01", BROKEN._replace(log=(), log_note="there is no stream yet"))]))
    assert "    Error: no database" in list(causes.report([_died("02", BROKEN)]))


def test_ids_and_addresses_in_the_reason_make_no_other_cause() -> None:
    silent = StoppedContainer("app", None, "", essential=True)
    reasons = [f"{INIT}RequestError: dial tcp 52.1.1.{number}:443: i/o timeout, request id: 9f-{number}" for number in range(3)]
    [group] = by_cause(_died(f"0{number}", silent, reason) for number, reason in enumerate(reasons))
    assert len(group) == 3


def _container(options: dict[str, str] | None, driver: str = "awslogs") -> dict[str, object]:
    return {"name": "app", "logConfiguration": {"logDriver": driver, "options": options}}


def test_a_stream_is_named_by_prefix_container_and_task_in_the_region_of_the_options() -> None:
    options = {"awslogs-group": "/ecs/core", "awslogs-stream-prefix": "ecs", "awslogs-region": "eu-west-1"}
    assert stream_of(_container(options), "0123") == LogStream("/ecs/core", "ecs/app/0123", "eu-west-1")


def test_a_stream_without_a_prefix_is_the_container_of_the_instance() -> None:
    assert stream_of(_container({"awslogs-group": "/ecs/core"}), "0123", "docker-id") == LogStream("/ecs/core", "docker-id")


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"name": "app"}, "no logConfiguration"),
        (_container({}, "splunk"), "the log driver splunk"),
        (_container(None), "awslogs-stream-prefix"),
        (_container({"awslogs-group": "/ecs/core"}), "awslogs-stream-prefix"),
    ],
    ids=["no log configuration", "another driver", "no options", "no prefix and no container id"],
)
def test_lines_that_cannot_be_found_are_a_sentence(container: dict[str, object], words: str) -> None:
    found = stream_of(container, "0123")
    assert isinstance(found, str)
    assert words in found


def test_a_line_of_a_megabyte_is_cut() -> None:
    assert len(cut("x" * 1_000_000)) < LONGEST_LINE + 50
    assert cut("x" * 1_000_000).endswith("… (1,000,000 characters)")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Health checks failed with these codes: [502]", "Health checks failed with these codes: [404]", False),
        ("AccessDenied: secret:db1", "AccessDenied: secret:db2", False),
        ("image:feed1 not found", "image:bead2 not found", False),
        ("request id: 0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", "request id: ffffffff-0a1b-0a1b-0a1b-ffffffffffff", True),
        ("dial tcp 10.0.1.7:443: i/o timeout", "dial tcp 10.0.2.31:443: i/o timeout", True),
        ("eni-0abc1234 is in use", "eni-0abc9999 is in use", True),
        ("task aaaaaaaabbbbbbbbccccccccdddddddd", "task eeeeeeeebbbbbbbbccccccccdddddddd", True),
    ],
)
def test_reasons_are_one_cause_where_only_ids_addresses_and_times_differ(one: str, other: str, same: bool) -> None:
    tasks = [_died(f"{number}", BROKEN._replace(reason=reason)) for number, reason in enumerate((one, other))]
    assert (len(by_cause(tasks)) == 1) is same
