"""A signal at every remote call of trigger-dev-deploy and promote: no write begins after it but those that undo, and what is said is true."""

import itertools
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from credex_actions.sandbox.github import GitHub
from tests.integration.called import Ended, ended_with
from tests.integration.test_promote import Promoting
from tests.integration.test_trigger import long_run
from tests.integration.triggering import Triggering

pytestmark = pytest.mark.slow

READS: Final = ("get-", "list-", "compare", "download-")
KILLED_AFTER: Final = 10.0
"""Seconds after the signal at which a runner kills; the process is to end in half of that."""
HELD: Final = 60.0
"""Seconds for which an answer is held back at most."""
TRIGGER_CALLS: Final = range(1, 13)
PROMOTE_CALLS: Final = range(1, 19)
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Signalled(NamedTuple):
    """`before`, `after`: the writes that began before and after the signal. `took`: seconds from the signal to the end."""

    ended: Ended
    before: list[str]
    after: list[str]
    took: float


def signalled(
    github: GitHub, started: AbstractContextManager["subprocess.Popen[str]"], folder: Path, number: int, seconds: float = HELD
) -> Signalled:
    """Sends the signal as soon as the fault that is planned has struck, and kills as a runner does. The answer comes `seconds` after the signal."""
    answered = threading.Timer(seconds, github.release)
    with started as process:
        while process.poll() is None and github.faults_left:
            time.sleep(0.005)
        at, since = time.time(), time.monotonic()
        process.send_signal(number)
        answered.start()
        try:
            stdout, stderr = process.communicate(timeout=KILLED_AFTER)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            answered.cancel()
        took = time.monotonic() - since
    github.reset_faults()
    calls = [(call.at, call.operation) for call in github.calls()] + [(at, each) for each in github.faults_struck]
    writes = [(when, name) for when, name in calls if not name.startswith(READS)]
    before, after = ([name for when, name in writes if (when <= at) == early] for early in (True, False))
    return Signalled(ended_with(process.returncode, stdout, stderr, folder / "summary.md"), before, after, took)


@pytest.fixture
def triggering(github: GitHub, tmp_path: Path) -> Iterator[Triggering]:
    made = Triggering(github, tmp_path)
    github.script("deploy.yml", long_run)
    yield made
    github.script("deploy.yml", [])


def assert_trigger_told_truly(triggering: Triggering, seen: Signalled, number: int) -> None:
    assert seen.ended.code == 128 + number, seen.ended.stderr
    if "create-dispatch" not in seen.before:
        assert seen.after == []
        assert "before anything was dispatched" in seen.ended.stderr
        assert triggering.runs == []
        return
    assert set(seen.after) <= {"cancel-run"}, "nothing but what undoes"
    if seen.ended.outputs.get("conclusion"):
        assert triggering.runs[0].conclusion == seen.ended.outputs["conclusion"] == "cancelled"
    else:
        assert ": cancelled after" not in seen.ended.stderr
        assert "--run-id" in seen.ended.stderr


@pytest.mark.parametrize(("call", "number"), list(zip(TRIGGER_CALLS, itertools.cycle(SIGNALS), strict=False)))
def test_a_trigger_writes_nothing_after_a_signal_but_the_cancellation(triggering: Triggering, call: int, number: int) -> None:
    triggering.github.fault("*", call, "slow", HELD)
    seen = signalled(triggering.github, triggering.started("--logs", "none"), triggering.folder, number, 0.5)
    assert_trigger_told_truly(triggering, seen, number)
    assert seen.ended.outputs.get("conclusion") == ("cancelled" if "create-dispatch" in seen.before else None)


@pytest.mark.parametrize(("call", "number"), list(zip(TRIGGER_CALLS, itertools.cycle(SIGNALS[::-1]), strict=False)))
def test_in_actions_a_trigger_ends_in_time_also_while_a_call_hangs(triggering: Triggering, call: int, number: int) -> None:
    triggering.more = {"GITHUB_ACTIONS": "true"}
    triggering.github.fault("*", call, "slow", HELD)
    seen = signalled(triggering.github, triggering.started("--logs", "none"), triggering.folder, number)
    assert_trigger_told_truly(triggering, seen, number)


def test_the_run_of_a_dispatch_whose_answer_is_not_waited_for_is_found_and_cancelled(triggering: Triggering) -> None:
    triggering.more = {"GITHUB_ACTIONS": "true"}
    triggering.github.fault("create-dispatch", 1, "slow-after", HELD)
    seen = signalled(triggering.github, triggering.started("--logs", "none"), triggering.folder, signal.SIGTERM)
    assert (seen.ended.code, seen.after) == (143, ["cancel-run"]), seen.ended.stderr
    assert seen.ended.outputs["run-id"] == str(triggering.runs[0].id)


def test_a_dispatch_that_nobody_has_heard_of_is_told_as_not_known(triggering: Triggering) -> None:
    triggering.more = {"GITHUB_ACTIONS": "true"}
    triggering.github.fault("create-dispatch", 1, "slow", HELD)
    seen = signalled(triggering.github, triggering.started("--logs", "none"), triggering.folder, signal.SIGTERM)
    assert (seen.ended.code, seen.after) == (143, []), seen.ended.stderr
    assert "during the dispatch: it is not known whether a run was started" in seen.ended.stderr
    assert "--run-id N follows an existing one" in seen.ended.stderr


@pytest.mark.parametrize("hangs", ["cancel-run", "get-run"])
def test_a_cancellation_that_hangs_is_left_in_time(triggering: Triggering, hangs: str) -> None:
    triggering.more = {"GITHUB_ACTIONS": "true"}
    with triggering.started("--logs", "none") as process:
        run = triggering.until_running()
        looks = triggering.count("list-jobs")
        triggering.github.until(lambda: triggering.count("list-jobs") > looks + 1, "looks at the run", 60)
        for number in range(1, 9):
            triggering.github.fault(hangs, number, "slow", HELD)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        ended = triggering.ended(process)
    assert time.monotonic() - began < KILLED_AFTER
    assert ended.code == 143
    told = "whether GitHub received the cancellation" if hangs == "cancel-run" else "GitHub was asked to cancel it"
    assert told in ended.stderr
    assert f"--run-id {run.id}" in ended.stderr


@pytest.fixture
def promoting(github: GitHub, tmp_path: Path) -> Promoting:
    made = Promoting(github, tmp_path)
    made.change("dev", "Fix the ledger")
    return made


@pytest.mark.parametrize(
    ("call", "number", "in_actions"),
    list(zip(PROMOTE_CALLS, itertools.cycle(SIGNALS), itertools.cycle(["", "", "true", "true"]), strict=False)),
)
def test_a_promotion_writes_nothing_after_a_signal(promoting: Promoting, call: int, number: int, in_actions: str) -> None:
    promoting.more = {"GITHUB_ACTIONS": in_actions}
    promoting.github.fault("*", call, "slow", HELD)
    seen = signalled(promoting.github, promoting.started(), promoting.folder, number, HELD if in_actions else 0.5)
    assert seen.after == []
    if seen.ended.code != 0:
        assert seen.ended.code == 128 + number, seen.ended.stderr
        assert ("nothing was changed" in seen.ended.stderr) == ("create-pull" not in seen.before)
    promoting.more = {}
    assert promoting.call().code == 0, "run again, it continues"
    assert len(promoting.pulls) == 1
