"""Tasks that stopped for the same cause: reported once, with their number and one log."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from credex_actions.core.text import listed
from credex_actions.ecs.tasks.stopped import StoppedTask, cause, details, lived, revision, sentences

MOST_IDS = 5
"""Ids shown of many tasks: one is enough to find the cause, and ECS lists the rest."""


class Key(NamedTuple):
    """What tasks of one cause have in common. Ids, addresses and times in ECS's reasons differ from task to task and are left out."""

    revision: str
    what: str
    detail: str
    ends: tuple[tuple[str, int | None, str], ...]


def key(task: StoppedTask) -> Key:
    why = cause(task)
    ends = tuple((each.name, each.exit_code, _without_own(each.reason)) for each in task.containers)
    return Key(task.task_definition, _without_own(why.what), _without_own(why.detail), ends)


def by_cause(tasks: Iterable[StoppedTask]) -> list[list[StoppedTask]]:
    """In the order in which the causes were first seen."""
    groups: dict[Key, list[StoppedTask]] = {}
    for task in tasks:
        groups.setdefault(key(task), []).append(task)
    return list(groups.values())


def report(tasks: Sequence[StoppedTask]) -> list[str]:
    """`tasks` of one cause: how many and which, why they stopped, what to do, and the last lines of one log."""
    telling = next((task for task in tasks if any(container.log for container in task.containers)), tasks[0])
    if len(tasks) == 1:
        return sentences(telling)
    first = f"{len(tasks)} tasks ({revision(telling)}) stopped for the same cause: {cause(telling).what}"
    which = f"  tasks: {listed([task.id for task in tasks], MOST_IDS)}"
    return [first, which, f"  task {telling.id} {lived(telling)}:", *details(telling)]


class Causes:
    """The causes that were reported so far: the next task that stops for one of them takes a line."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()
        self._with_log: set[Key] = set()

    def report(self, tasks: Iterable[StoppedTask]) -> Iterator[str]:
        for group in by_cause(tasks):
            common = key(group[0])
            logged = any(container.log for task in group for container in task.containers)
            if self._counts[common] and (common in self._with_log or not logged):
                yield _again(group, self._counts[common] + len(group))
            else:
                yield from report(group)
            self._counts[common] += len(group)
            if logged:
                self._with_log.add(common)


def _again(tasks: Sequence[StoppedTask], total: int) -> str:
    who = f"{'task' if len(tasks) == 1 else 'tasks'} {listed([task.id for task in tasks], MOST_IDS)}"
    return f"{who} ({revision(tasks[0])}) stopped for the same cause, {total} so far: {cause(tasks[0]).what}"


OF_ONE_TASK: Final = re.compile(
    r"(?:(?<=request id: )|(?<=RequestId: )|(?<=RequestID: ))[^\s,;]+"
    r"|\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|[0-9a-f]{32,64}"  # a task's, a container's
    r"|(?:eni|i)-[0-9a-f]{8,17}"
    r"|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
    r"|(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:\.\d+)?Z?)\b"
)
"""What differs from task to task. Status codes, names and everything else may be the cause itself."""


def _without_own(text: str) -> str:
    return OF_ONE_TASK.sub("#", text)
