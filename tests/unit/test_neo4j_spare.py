"""Processes that wait for another server of Neo4j; here they are `cat`, which ends with its standard input, too."""

import subprocess
from collections.abc import Iterator

import pytest

from credex_actions.sandbox.neo4j import spare

COMMAND, OTHER = ("cat",), ("cat", "-")


@pytest.fixture(autouse=True)
def _nobody_else_waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(spare, "_waiting", [])
    yield
    spare.end_all()


def started(command: tuple[str, ...] = COMMAND) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def test_a_process_serves_again_whoever_starts_one_by_the_same_command() -> None:
    process = started()
    spare.give(COMMAND, process)
    assert spare.take(OTHER) is None
    assert spare.take(list(COMMAND)) is process
    assert spare.take(COMMAND) is None
    spare.give(COMMAND, process)


def test_one_that_has_ended_meanwhile_is_not_taken() -> None:
    alive, ended = started(), started()
    for each in (ended, alive):
        spare.give(COMMAND, each)
    ended.kill()
    ended.wait()
    assert spare.take(COMMAND) is alive
    assert spare.take(COMMAND) is None
    spare.give(COMMAND, alive)


def test_no_more_wait_than_there_is_room_for() -> None:
    processes = [started(OTHER), *(started() for _ in range(spare.AT_MOST))]
    spare.give(OTHER, processes[0])
    for each in processes[1:]:
        spare.give(COMMAND, each)
    assert [each.poll() for each in processes] == [0, *[None] * spare.AT_MOST]
    spare.end_all()
    assert [each.poll() for each in processes] == [0] * len(processes)


def test_where_there_is_room_for_none_none_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare, "AT_MOST", 0)
    process = started()
    spare.give(COMMAND, process)
    assert process.poll() == 0
    assert spare.take(COMMAND) is None
