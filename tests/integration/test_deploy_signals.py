"""A signal at every remote call of a deployment: no write begins after it but those that undo, and what is said is true."""

import itertools
import signal
import time
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.deploying import Deploying, Ended

pytestmark = pytest.mark.slow

WRITES: Final = frozenset(("RegisterTaskDefinition", "UpdateService", "RunTask", "StopTask", "DeregisterTaskDefinition"))
IN_ACTIONS_WITHIN: Final = 5.0
"""Seconds from the signal to the end of the process. The runner sends SIGTERM after 7.5, and kills after 10."""

# A clean run makes about 25 calls, one with a task some more; the signal comes while each of them is under way.
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


def signalled(deploying: Deploying, call: int, number: int, arguments: list[str], *, seconds: float, **environment: str) -> Signalled:
    """Sends the signal while the call is under way: its answer comes `seconds` later."""
    sandbox = deploying.sandbox
    sandbox.reset_calls()
    sandbox.fault("*", call, "slow", seconds)
    with deploying.started(*arguments, **environment) as process:
        while process.poll() is None and sandbox.faults_left:
            time.sleep(0.005)
        time.sleep(0.05)
        at, since = time.time(), time.monotonic()
        process.send_signal(number)
        ended = deploying.ended(process)
        took = time.monotonic() - since
    sandbox.reset_faults()
    writes = [(each.at, each.operation) for each in sandbox.calls() if each.operation in WRITES]
    return Signalled(ended, [name for when, name in writes if when <= at], [name for when, name in writes if when > at], took)


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
    seen = signalled(deploying, call, number, arguments, seconds=0.6)
    assert seen.after == []
    assert_told_truly(deploying, seen, number)
    again = deploying.call(*arguments)
    assert again.code == 0, again.stderr
    assert [arn.rpartition(":")[2] for arn in deploying.revisions()] == ["1", "2"], "registered once"
    assert deploying.serving()["deployments"][0]["rolloutState"] == "COMPLETED"


@pytest.mark.parametrize(("call", "number"), CASES)
def test_in_actions_all_is_said_in_five_seconds_also_while_a_call_hangs(deploying: Deploying, call: int, number: int) -> None:
    arguments = deploying.arguments("slow-start-20s", "--on-cancel", "rollback")
    seen = signalled(deploying, call, number, arguments, seconds=12, GITHUB_ACTIONS="true")
    assert seen.took < IN_ACTIONS_WITHIN
    assert seen.after in ([], ["UpdateService"]), "the former revision is put back, and nothing else is done"
    assert seen.after == [] or "UpdateService" in seen.before
    assert_told_truly(deploying, seen, number)
    if "UpdateService" in seen.before:
        assert deploying.serving()["taskDefinition"] == deploying.place.task_definition
        assert "credex-core:1 was asked back" in seen.ended.stderr
