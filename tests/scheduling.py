"""Which worker takes which test, and in which order."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest
    from xdist.remote import Producer
    from xdist.workermanage import WorkerController

ROOT: Final = Path(__file__).resolve().parent.parent
ONE_DATABASE: Final = tuple(
    f"tests/integration/test_{name}.py" for name in ("baking", "neo4j_fingerprint", "rotate_database", "sandbox_neo4j", "stopping_writes")
)
"""Those that ask for `neo4j_server`, for one worker, which starts it once; a group of xdist's own (`xdist_group`) has no effect with pytest 9.2."""
IN_ONE_GO: Final = ("tests/unit/", "tests/model/")
"""Tests that take a millisecond: handing them out one by one would take longer."""
ONE_BROWSER: Final = "tests/pictures/"
"""For one worker, which draws all of them at once."""
LONGEST: Final = tuple(
    f"tests/integration/test_{name}.py"
    for name in ("backup", "roll_configuration", "moving_data", "roll", "roll_back", "roll_group", "ami_rollout_plan")
)
"""Files that one worker takes as a whole, by how long they take: four to seven minutes on a machine that is shared with others."""
MODULE_S: Final = 'scope="module"'
"""A file with such a fixture is for one worker, too: each worker would start databases, or roll them through a series of kills, for one test of it."""


class LongestFirst(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Hands tests out in the order of `order`, one after the other, to whoever is free; every second worker takes what waits before anything else.

    Otherwise databases start side by side first, each of them slowed down by the others, and in the end all workers wait while the processors have
    nothing to do.
    """

    def __init__(self, config: "pytest.Config", log: "Producer | None" = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)

    def _assign_work_unit(self, node: "WorkerController") -> None:
        number = int(node.gateway.id.removeprefix("gw"))
        self.workqueue.move_to_end(following(self.workqueue, waiting=number % 2 == 1), last=False)
        super()._assign_work_unit(node)


def following(groups: "Iterable[str]", *, waiting: bool) -> str:
    """The group for a worker that takes what waits, or what does not: the first one of them, or the first one of all if none is left."""
    return next((each for each in groups if waits(each) == waiting), None) or next(iter(groups))


def waits(group: str) -> bool:
    """Whether it has hardly anything to do but to wait for a time to pass, as a test of its own does with a server in its own process."""
    return "::" in group and group.startswith("tests/integration/")


def group(nodeid: str) -> str:
    """What one worker takes in one go, by a name that all of it has."""
    file = nodeid.partition("::")[0]
    if file in ONE_DATABASE:
        return "one database"
    if file.startswith(ONE_BROWSER):
        return ONE_BROWSER
    return file if file.startswith(IN_ONE_GO) or shares(file) else nodeid


@cache
def shares(file: str) -> bool:
    """Whether a fixture serves all tests of the file."""
    return MODULE_S in (ROOT / file).read_text(encoding="utf-8")


def order(item: "pytest.Item") -> tuple[int, ...]:
    """What takes long begins first, so that no worker is left with it at the end; the last ones are short, and one by one."""
    file = item.nodeid.partition("::")[0]
    slow = item.get_closest_marker("slow") is not None
    return (
        file not in ONE_DATABASE,
        not slow,
        not shares(file),
        LONGEST.index(file) if file in LONGEST else len(LONGEST),
        "/e2e/" not in file,
        "/contract/" not in file,
        not file.startswith(IN_ONE_GO),
    )
