"""A signal at every remote call of a deployment: no write begins after it but those that undo, and what is said is true."""

import itertools
import re
import signal
import threading
import time
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.called import Ended
from tests.integration.deploying import Deploying

pytestmark = pytest.mark.slow

WRITES: Final = frozenset(("RegisterTaskDefinition", "UpdateService", "RunTask", "StopTask", "DeregisterTaskDefinition"))
IN_ACTIONS_WITHIN: Final = 7.5
"""Seconds from the signal to the runner's SIGTERM; it kills after 10. On a quiet machine the end comes within five."""
HELD: Final = 60.0
"""Seconds for which a call waits for its signal at most."""

# A clean run makes about 25 calls, one with a task some more; the signal comes while each of them is in progress.
CALLS: Final = range(1, 27)
CASES: Final = list(zip(CALLS, itertools.cycle((signal.SIGINT, signal.SIGTERM)), strict=False))


class Signalled(NamedTuple):
    """`after`: the writes that began after the signal. `took`: seconds from the signal to the end."""

    ended: Ended
    before: list[str]
    after: list[str]
    took: float


@pytest.fixture
def deploying(sandbox: Sandbox, tmp_path: Path) -> Deploying:
    return Deploying(sandbox, sandbox.provision(desired_count=2), tmp_path)


def signalled(
    deploying: Deploying, call: int, number: int, arguments: list[str], *, seconds: float, operation: str = "*", **environment: str
) -> Signalled:
    """Sends the signal while the call is in progress: its answer comes `seconds` after the signal."""
    sandbox = deploying.sandbox
    sandbox.reset_calls()
    start = time.time()
    sandbox.fault(operation, call, "slow", HELD)
    answered = threading.Timer(seconds, sandbox.release)
    with deploying.started(*arguments, **environment) as process:
        while process.poll() is None and sandbox.faults_left:
            time.sleep(0.005)
        at, since = time.time(), time.monotonic()
        process.send_signal(number)
        answered.start()
        ended = deploying.ended(process)
        took = time.monotonic() - since
        answered.cancel()
    assert sandbox.faults_left == 0 or ended.code == 0, "the call was made, or the run ended before it"
    sandbox.reset_faults()
    writes = [(each.at, each.operation) for each in sandbox.calls() if each.operation in WRITES and each.at >= start]
    return Signalled(ended, [name for when, name in writes if when <= at], [name for when, name in writes if when > at], took)


def running_a_task(deploying: Deploying) -> list[str]:
    return ["--run-task", "--wait-for-task-stopped", "--run-task-subnets", ",".join(deploying.place.subnets)]


def assert_told_truly(deploying: Deploying, seen: Signalled, number: int) -> None:
    ended = seen.ended
    if ended.code == 0:
        assert ended.outputs["outcome"] == "completed", "the signal came when all was done"
        return
    assert ended.code == 128 + number
    assert "cancelled" in ended.stderr
    if "nothing was changed" in ended.stderr or "before anything was changed" in ended.stderr:
        assert not seen.before
        assert len(deploying.revisions()) == 1


@pytest.mark.parametrize(("call", "number"), CASES)
def test_no_write_begins_after_a_signal(deploying: Deploying, call: int, number: int) -> None:
    arguments = deploying.arguments("next")
    seen = signalled(deploying, call, number, arguments, seconds=0.5)
    assert seen.after == []
    assert_told_truly(deploying, seen, number)
    again = deploying.call(*arguments)
    assert again.code == 0, again.stderr
    assert [arn.rpartition(":")[2] for arn in deploying.revisions()] == ["1", "2"], "registered once"
    assert deploying.serving()["deployments"][0]["rolloutState"] == "COMPLETED"


HANGING: Final = [
    *[("DescribeServices", 1), ("DescribeTaskDefinition", 1), ("GetRole", 1), ("RegisterTaskDefinition", 1)],
    *[("ListServiceDeployments", 1), ("UpdateService", 1), ("DescribeServices", 3), ("DescribeServiceDeployments", 1)],
]


@pytest.mark.parametrize(("operation", "call"), HANGING)
def test_in_actions_all_is_said_in_five_seconds_also_while_a_call_hangs(deploying: Deploying, operation: str, call: int) -> None:
    number = signal.SIGINT
    arguments = deploying.arguments("slow-start-20s", "--on-cancel", "rollback")
    seen = signalled(deploying, call, number, arguments, seconds=12, operation=operation, GITHUB_ACTIONS="true")
    assert seen.ended.code == 128 + number
    assert seen.took < IN_ACTIONS_WITHIN
    assert seen.after in ([], ["UpdateService"]), "the service is rolled back to the previous revision, and nothing else is done"
    rolled_out = "UpdateService" in [*seen.before, operation]
    assert seen.after == [] or rolled_out
    assert_told_truly(deploying, seen, number)
    if rolled_out:
        assert deploying.serving()["taskDefinition"] == deploying.place.task_definition
        assert re.search(r"(the rollback to credex-core:1 was requested|rolled back to credex-core:1, which serves)", seen.ended.stderr)


@pytest.mark.parametrize(("on_cancel", "undoes"), [("leave", []), ("rollback", ["StopTask"])])
@pytest.mark.parametrize(("operation", "call"), [("RegisterTaskDefinition", 1), ("RunTask", 1), ("DescribeTasks", 1)])
def test_a_task_that_is_run_first_is_left_or_stopped_and_the_service_is_not_touched(
    deploying: Deploying, operation: str, call: int, on_cancel: str, undoes: list[str]
) -> None:
    arguments = deploying.arguments("slow-start-20s", *running_a_task(deploying), "--on-cancel", on_cancel)
    seen = signalled(deploying, call, signal.SIGTERM, arguments, seconds=0.6, operation=operation)
    started = "RunTask" in seen.before
    assert started == (operation != "RegisterTaskDefinition")
    assert seen.after == (undoes if started else [])
    assert seen.ended.code == 143
    assert ("asked to stop" in seen.ended.stderr) == (started and on_cancel == "rollback")
    assert deploying.serving()["taskDefinition"] == deploying.place.task_definition


def test_a_task_whose_start_was_not_answered_in_time_is_told_as_not_known(deploying: Deploying) -> None:
    arguments = deploying.arguments("slow-start-20s", *running_a_task(deploying), "--on-cancel", "rollback")
    seen = signalled(deploying, 1, signal.SIGINT, arguments, seconds=12, operation="RunTask", GITHUB_ACTIONS="true")
    assert seen.took < IN_ACTIONS_WITHIN
    assert seen.ended.code == 130
    assert "RunTask was sent, but its response was lost" in seen.ended.stdout


def test_a_deployment_that_has_completed_is_not_undone_while_old_revisions_are_deregistered(deploying: Deploying) -> None:
    for image in ("next", "more"):
        assert deploying.deploy(image).code == 0
    arguments = deploying.arguments("other", "--keep-revisions", "1", "--on-cancel", "rollback")
    seen = signalled(deploying, 1, signal.SIGINT, arguments, seconds=0.6, operation="DeregisterTaskDefinition")
    assert (seen.ended.code, seen.ended.outputs["outcome"]) == (0, "completed")
    assert seen.after == []
    assert "old revisions were not all deregistered: SIGINT" in seen.ended.stderr
    assert deploying.serving()["taskDefinition"].endswith(":4")


def test_the_way_back_of_a_failed_deployment_is_sent_also_after_a_signal(deploying: Deploying) -> None:
    """It undoes: a signal before it must not leave the failed revision in place."""
    arguments = deploying.arguments("slow-start-30s", "--wait-for-minutes", "0.02", "--on-failure", "rollback")
    with deploying.started(*arguments) as process:
        while process.poll() is None and not any(call.operation == "UpdateService" for call in deploying.sandbox.calls()):
            time.sleep(0.01)
        deploying.sandbox.latency(0.3)
        assert process.stderr
        for line in process.stderr:
            if "Rolling back to credex-core:1" in line:
                break
        process.send_signal(signal.SIGTERM)
        ended = deploying.ended(process)
    deploying.sandbox.latency(0)
    assert ended.outputs["outcome"] == "timed-out"
    assert deploying.serving()["taskDefinition"] == deploying.place.task_definition
