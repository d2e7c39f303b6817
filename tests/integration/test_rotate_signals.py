"""A signal at the calls of a rotation: no write begins after it but the one that makes safe, and the next run ends what was begun."""

import itertools
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub
from tests.integration.called import Ended
from tests.integration.rotating import Rotating
from tests.integration.test_rotate_crashes import AWS_WRITES, GITHUB_WRITES, assert_one_value_everywhere, rotating

__all__ = ["rotating"]
pytestmark = pytest.mark.slow

WRITES: Final = frozenset(
    (
        "CreateSecret",
        "PutSecretValue",
        "TagResource",
        "UpdateSecretVersionStage",
        "CreateAccessKey",
        "UpdateAccessKey",
        "DeleteAccessKey",
        "PutParameter",
    )
)
READS: Final = [
    ("GetCallerIdentity", 1),
    ("DescribeSecret", 1),
    ("ListAccessKeys", 1),
    ("GetCallerIdentity", 2),
    ("GetSecretValue", 2),
    ("DescribeSecret", 9),
    ("get-environment-secret", 1),
]
SIGNALS: Final = itertools.cycle((signal.SIGINT, signal.SIGTERM))
CASES: Final = [(*call, next(SIGNALS)) for call in [*AWS_WRITES, *GITHUB_WRITES, *READS]]
IN_ACTIONS_WITHIN: Final = 7.5
"""Seconds from the signal to the runner's SIGTERM; it kills after 10. On a quiet machine the end comes within five."""
KILLED_AFTER: Final = 10.0
HELD: Final = 60.0
"""Seconds for which a call waits for its signal at most."""


class Signalled(NamedTuple):
    """`after`: the writes that began after the signal. `took`: seconds from the signal to the end."""

    ended: Ended
    before: list[str]
    after: list[str]
    took: float


def writes(rotating: Rotating) -> list[tuple[float, str]]:
    aws = [(each.at, each.operation) for each in rotating.sandbox.calls() if each.operation in WRITES]
    hub = [
        (each.at, each.operation)
        for each in rotating.github.calls()
        if each.operation.startswith(("put-", "update-", "delete-", "create-e"))
    ]
    return sorted(aws + hub)


def signalled(rotating: Rotating, operation: str, nth: int, number: int, *flags: str, seconds: float) -> Signalled:
    """Sends the signal while the call is in progress: its answer comes `seconds` after the signal. After ten seconds the process is killed, as a runner does."""
    rotating.sandbox.reset_calls()
    rotating.github.reset_calls()
    where = rotating.github if "-" in operation else rotating.sandbox
    where.fault(operation, nth, "slow", HELD)
    answered = threading.Timer(seconds, where.release)
    with rotating.started("apply", *flags) as process:
        while process.poll() is None and rotating.sandbox.faults_left + rotating.github.faults_left:
            time.sleep(0.005)
        assert process.poll() is None, "it came to that call"
        at, since = time.time(), time.monotonic()
        process.send_signal(number)
        answered.start()
        try:
            process.wait(KILLED_AFTER)
        except subprocess.TimeoutExpired:
            process.kill()
        took = time.monotonic() - since
        answered.cancel()
        ended = rotating.ended(process)
    rotating.sandbox.reset_faults()
    rotating.github.reset_faults()
    done = writes(rotating)
    return Signalled(ended, [name for when, name in done if when <= at], [name for when, name in done if when > at], took)


def run_again(rotating: Rotating) -> None:
    again = rotating.call("apply")
    assert again.code == 0, again.stderr
    assert_one_value_everywhere(rotating)


@pytest.mark.parametrize(("operation", "nth", "number"), CASES)
def test_no_write_begins_after_a_signal_but_the_one_that_makes_safe(rotating: Rotating, operation: str, nth: int, number: int) -> None:
    seen = signalled(rotating, operation, nth, number, seconds=0.6)
    assert seen.after == (["PutSecretValue"] if operation == "CreateAccessKey" else []), "a key that was created is escrowed"
    assert seen.ended.code == 128 + number, seen.ended.stderr
    assert ("nothing was changed" in seen.ended.stderr) == (
        set(seen.before) <= {"DeleteAccessKey", "PutParameter", "delete-environment-secret", "delete-environment-variable"}
    )
    run_again(rotating)


HANGING: Final = [
    ("GetCallerIdentity", 1),
    ("CreateAccessKey", 1),
    ("PutSecretValue", 2),
    ("put-environment-secret", 1),
    ("DescribeSecret", 3),
]


@pytest.mark.parametrize(("operation", "nth"), HANGING)
def test_inside_actions_it_ends_within_five_seconds_whatever_hangs(rotating: Rotating, operation: str, nth: int) -> None:
    rotating.more["GITHUB_ACTIONS"] = "true"
    seen = signalled(rotating, operation, nth, signal.SIGINT, seconds=7)
    assert seen.took < IN_ACTIONS_WITHIN
    assert seen.after == []
    assert seen.ended.code == 130, seen.ended.stdout
    rotating.more.clear()
    for each in (rotating.sandbox, rotating.github):  # what hangs takes effect in the end
        each.release()
        each.until_answered()
    run_again(rotating)


def test_a_hundred_credentials_stop_at_once(sandbox: Sandbox, github: GitHub, tmp_path: Path) -> None:
    many = Rotating(sandbox, github, tmp_path)
    for number in range(40):
        many.parameter(f"/credex/development/value-{number}")
        many.credentials[f"value-{number}"] = {
            "kind": "generated",
            "targets": [{"to": "ssm-parameter", "names": {"value": f"/credex/development/value-{number}"}}],
        }
    many.more["GITHUB_ACTIONS"] = "true"
    seen = signalled(many, "PutParameter", 8, signal.SIGTERM, "--parallel", "8", seconds=1)
    assert seen.took < IN_ACTIONS_WITHIN
    assert len(seen.after) <= 8, "only what its threads had begun to send"
    assert seen.ended.code == 143
