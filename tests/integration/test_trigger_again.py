"""What a message says of running it again is true after every kind of end: it follows the same run, and starts none."""

import re
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.runs.happenings import Happening, JobStarted, Pause
from tests.integration.called import Ended
from tests.integration.test_trigger import long_run
from tests.integration.triggering import Triggering

pytestmark = pytest.mark.slow


@pytest.fixture
def triggering(github: GitHub, tmp_path: Path) -> Triggering:
    made = Triggering(github, tmp_path)
    github.script("deploy.yml", long_run)
    return made


def followed(triggering: Triggering) -> None:
    triggering.until_running()
    looks = triggering.count("list-jobs")
    triggering.github.until(lambda: triggering.count("list-jobs") > looks + 1, "looks at the run", 60)


def signalled(triggering: Triggering, *flags: str) -> Ended:
    with triggering.started("--logs", "none", *flags) as process:
        followed(triggering)
        process.send_signal(signal.SIGINT)
        return triggering.ended(process)


def second_signal(triggering: Triggering) -> Ended:
    """While the end of the run is waited for, which takes its time."""

    def stubborn(_: object) -> Iterator[Happening]:
        yield JobStarted("build")
        yield Pause(60, heeds_cancel=False)

    triggering.github.script("deploy.yml", stubborn)
    with triggering.started("--logs", "none") as process:
        followed(triggering)
        process.send_signal(signal.SIGINT)
        triggering.github.until(lambda: triggering.count("cancel-run") == 1, "the cancellation", 60)
        looks = triggering.count("get-run")
        triggering.github.until(lambda: triggering.count("get-run") > looks, "a look at the run that is being cancelled", 60)
        process.send_signal(signal.SIGINT)
        return triggering.ended(process)


def timed_out(triggering: Triggering) -> Ended:
    return triggering.call("--timeout-minutes", "0.05", "--on-cancel", "leave", "--logs", "none")


def refused(triggering: Triggering) -> Ended:
    token = triggering.github.token().text
    triggering.more = {"GH_APP_ID": "", "GH_APP_PRIVATE_KEY": "", "GH_TOKEN": token}
    with triggering.started("--logs", "none") as process:
        triggering.until_running()
        triggering.github.fault("list-jobs", 1, "unauthorised")
        return triggering.ended(process)


def out_of_reach(triggering: Triggering) -> Ended:
    with triggering.started("--logs", "none", "--timeout-minutes", "0.15", "--on-cancel", "leave") as process:
        triggering.until_running()
        for number in range(1, 30):
            triggering.github.fault("list-jobs", number, "page")
        ended = triggering.ended(process)
    triggering.github.reset_faults()
    return ended


ENDS: dict[str, Callable[[Triggering], Ended]] = {
    "signal, cancelled": signalled,
    "signal, left": lambda triggering: signalled(triggering, "--on-cancel", "leave"),
    "second signal": second_signal,
    "time ran out": timed_out,
    "refused in progress": refused,
    "somebody else answers": out_of_reach,
}


@pytest.mark.parametrize("end", ENDS)
def test_the_way_back_leads_to_the_same_run(triggering: Triggering, end: str) -> None:
    ended = ENDS[end](triggering)
    (run,) = triggering.runs
    assert ended.code in {4, 130}, ended.stderr
    if ended.outputs["conclusion"] is None:
        told = re.search(r"Follow it again: credex-actions trigger-dev-deploy (.+)", ended.stderr)
        assert told, ended.stderr
        way_back = shlex.split(told[1])
        assert way_back[-2:] == ["--run-id", str(run.id)]
        with triggering.started(*way_back, "--logs", "none") as process:
            looks = triggering.count("list-jobs")
            triggering.github.until(lambda: triggering.count("list-jobs") > looks, "looks at the run", 60)
            with triggering.github.hub.lock:
                run.cancelled.set()
                run.killed.set()
                triggering.github.hub.changed.notify_all()
            again = triggering.ended(process)
        assert (again.code, again.outputs["conclusion"], again.outputs["run-id"]) == (1, "cancelled", str(run.id)), again.stderr
    else:
        assert "the run has ended: cancelled" in ended.stderr
        assert triggering.call("--run-id", str(run.id), "--logs", "none").outputs["conclusion"] == "cancelled"
    assert (triggering.count("create-dispatch"), len(triggering.runs)) == (1, 1)
