"""One check that cannot look keeps nobody from hearing about the others."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from signal import SIGTERM

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.workers import WorkerClock
from credex_actions.maintenance.catalogue import databases, deployments, logs, repository, terraform
from credex_actions.maintenance.catalogue.check import Check
from credex_actions.maintenance.checking import Checking, Skipped
from credex_actions.maintenance.examining.gathering import settled
from credex_actions.maintenance.external import found, printed, without_secrets
from credex_actions.maintenance.finding import Finding, Ran
from tests.maintaining import context

CHECKS = (Check("one", "repository", "low", "t", "f"), Check("two", "repository", "low", "t", "f"))


def finding(check: str = "one", **changes: str) -> Finding:
    texts = {"resource": "r", "title": "t", "why": "w", "fix": "f"} | changes
    return Finding(check=check, severity="low", **texts)  # type: ignore[arg-type]


def raising(error: BaseException) -> Callable[[], Iterator[Finding]]:
    def look() -> Iterator[Finding]:
        yield finding()
        raise error

    return look


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeThings")


@pytest.mark.parametrize(
    ("error", "state", "why"),
    [
        (Skipped("nothing to look at"), "skipped", "nothing to look at"),
        (Failure(Exit.BAD_INPUT, Fault("it is wrong", "Correct it.")), "skipped", "it is wrong. Correct it."),
        (Failure(Exit.BAD_INPUT, Fault("is missing", "Set it.", "repository")), "skipped", "repository: is missing. Set it."),
        (Failure(Exit.REMOTE, Fault("it is away")), "failed", "it is away"),
        (refused("AccessDenied"), "skipped", "AWS does not allow DescribeThings: no. Grant the role this permission."),
        (refused("InternalError"), "failed", "DescribeThings failed: InternalError: no. The message is AWS's own."),
        (EndpointConnectionError(endpoint_url="x"), "failed", ""),
        (KeyError("gone"), "failed", "the check itself failed: KeyError"),
    ],
)
def test_why_a_check_could_not_look(error: Exception, state: str, why: str) -> None:
    checking = Checking(context(CHECKS), account="1", region="r")
    checking.run("one", raising(error))
    checking.run("two", lambda: [finding("two")])
    examined = checking.examined()
    first, second = examined.ran
    assert (first.check, first.state, first.account, first.region, second.state) == ("one", state, "1", "r", "ran")
    assert why in first.why
    assert [each.check for each in examined.findings] == ["one", "two"]  # what was found by then counts


def test_a_check_of_several_parts_has_run_when_all_have() -> None:
    checking = Checking(context(CHECKS))
    checking.run("one", list)
    checking.run("one", raising(Skipped("half of it")))
    checking.run("one", list)
    assert [(each.state, each.why) for each in checking.examined().ran] == [("skipped", "half of it")]


def test_what_was_not_asked_for_is_neither_looked_at_nor_told() -> None:
    checking = Checking(context(CHECKS), "two".__eq__)
    checking.run("one", raising(AssertionError()))
    checking.run(("one", "two"), lambda: [finding("one"), finding("two")])
    checking.note("one", "a note")
    examined = checking.examined()
    assert ([each.check for each in examined.ran], [each.check for each in examined.findings], examined.notes) == (["two"], ["two"], ())


def test_a_signal_passes() -> None:
    checking = Checking(context(CHECKS))
    with pytest.raises(Cancelled):
        checking.run("one", raising(Cancelled(SIGTERM)))


def test_texts_of_strangers_stay_on_one_line() -> None:
    checking = Checking(context(CHECKS))
    checking.run("one", lambda: [finding(title="a\n::error::b", why="x\x1b[31my", fix="f\r\ng")])
    (found_one,) = checking.examined().findings
    assert (found_one.title, found_one.why, found_one.fix) == ("a ::error::b", "xy", "f g")


def test_the_same_finding_is_told_once() -> None:
    checking = Checking(context(CHECKS))
    checking.run("one", lambda: [finding(), finding(title="said otherwise")])
    assert len(checking.examined().findings) == 1


def test_names_of_checks_are_those_of_one_group_and_no_other() -> None:
    groups = {"databases": databases, "terraform": terraform, "repository": repository, "logs": logs, "deployments": deployments}
    checks = [(name, check) for name, module in groups.items() for check in module.CHECKS]
    assert all(check.group == name for name, check in checks)
    assert len({check.name for _, check in checks}) == len(checks)
    for _, check in checks:
        for each in check.settings.values():
            assert each.least <= each.default <= each.most


def program(folder: Path, text: str) -> list[str]:
    (folder / "program.py").write_text(text)
    return [sys.executable, str(folder / "program.py")]


def test_a_program_is_run_to_its_end(tmp_path: Path) -> None:
    clock = WorkerClock(SystemClock())
    command = program(tmp_path, "import sys; print('x' * 100_000); print('error: no', file=sys.stderr); sys.exit(3)")
    ended = printed(command, str(tmp_path), dict(os.environ), clock, clock.now() + timedelta(minutes=1))
    assert (ended.code, len(ended.output), ended.last_words) == (3, 100_001, "error: no")


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    clock = WorkerClock(SystemClock())
    mark = tmp_path / "alive"
    child = f"import time, pathlib\nwhile True:\n    pathlib.Path({str(mark)!r}).touch(); time.sleep(0.05)"
    command = program(tmp_path, f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\ntime.sleep(600)")
    with pytest.raises(Skipped, match="has not ended in time"):
        printed(command, str(tmp_path), dict(os.environ), clock, clock.now() + timedelta(seconds=2))
    mark.unlink(missing_ok=True)
    time.sleep(0.3)
    assert not mark.exists()


def test_a_signal_ends_the_program_too(tmp_path: Path) -> None:
    heard = [0]
    clock = WorkerClock(SystemClock(), heard=lambda: heard[0])
    command = program(tmp_path, "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)")

    class Impatient(WorkerClock):
        def monotonic(self) -> float:
            heard[0] = SIGTERM if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() else 0
            return clock.monotonic()

    with pytest.raises(Cancelled):
        printed(
            command, str(tmp_path), dict(os.environ), Impatient(SystemClock(), heard=lambda: heard[0]), clock.now() + timedelta(minutes=5)
        )
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_program_that_is_not_installed_is_said_and_none_gets_a_secret() -> None:
    with pytest.raises(Skipped, match="zizmor is not installed here"):
        found("zizmor", {"PATH": "/nowhere"})
    assert without_secrets({"PATH": "p", "AWS_SECRET_ACCESS_KEY": "s", "INPUT_TOKEN": "t", "GH_TOKEN": "g", "AWS_REGION": "r"}) == {
        "PATH": "p",
        "AWS_REGION": "r",
    }


def absent(region: str, *names: str) -> Ran:
    return Ran("one", "skipped", "there is none", region=region, absent=names)


def test_what_is_configured_has_to_be_in_one_place_only() -> None:
    ran = Ran("one", "ran", region="a")
    assert [each.state for each in settled([ran, absent("b", "/ecs/app")])] == ["ran", "ran"]
    assert [each.state for each in settled([absent("a", "/ecs/app"), absent("b", "/ecs/web")])] == ["ran", "ran"]
    assert [each.state for each in settled([absent("a", "/ecs/app"), absent("b", "/ecs/app")])] == ["skipped", "skipped"]
    denied = Ran("one", "skipped", "access denied", region="b")
    assert settled([absent("a", "/ecs/app"), denied]) == [absent("a", "/ecs/app"), denied]
    other = replace(ran, check="two")
    assert [each.state for each in settled([other, absent("b", "/ecs/app")])] == ["ran", "skipped"]


def test_what_is_absent_is_told() -> None:
    checking = Checking(context(CHECKS))
    checking.run("one", raising(Skipped("there is none", ["/ecs/app"])))
    assert [each.absent for each in checking.examined().ran] == [("/ecs/app",)]
