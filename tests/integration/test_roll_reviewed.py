"""The whole way of a roll-out: planned, reviewed by the plan's id, and carried out while a client writes to each database."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.called import Ended, told
from tests.integration.rolling import PASSWORD, Rolling
from tests.integration.writing_client import writing

pytestmark = pytest.mark.slow
NAMES = ("search", "ledger")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    with Sandbox(pace=0.05) as sandbox:
        made = Rolling(sandbox, tmp_path_factory.mktemp("reviewed"))
        made.launch("5.26.0", *NAMES)
        for name in NAMES:
            made.write(name, 40)
        yield made
        assert sandbox.misfits == []


@pytest.fixture(scope="module")
def plan(two: Rolling) -> Ended:
    image = two.image("5.26.16")
    told(two.run("apply", "--image", image), 3, "search: ", "has no backup")
    two.back_up()
    return two.run("plan", "--image", image)


def test_what_was_reviewed_is_carried_out_and_no_acknowledged_write_is_lost(two: Rolling, plan: Ended) -> None:
    told(plan, 0)
    reviewed = plan.outputs["plan-id"]
    image = two.image("5.26.16")
    other = two.run("apply", "--image", image, "--plan-id", f"{reviewed[:-1]}{'0' if reviewed[-1] != '0' else '1'}")
    told(other, 3, "is not what would be done now", "ledger")
    with ExitStack() as clients:
        writers = {
            name: clients.enter_context(writing(f"bolt://{two.places[name].address}:7687", PASSWORD, two.folder, name)) for name in NAMES
        }
        rolled = two.run("apply", "--image", image, "--plan-id", reviewed, seconds=400)
        for writer in writers.values():
            writer.until_acknowledged()
        journals = {name: writer.stop() for name, writer in writers.items()}
    told(rolled, 0, "search: rolled: from Neo4j 5.26.0 to 5.26.16", "ledger: rolled", "same database", "Community Edition")
    assert rolled.outputs["plan-id"] == reviewed
    told_of = {each["name"]: each for each in json.loads(Path(rolled.outputs["timeline"]).read_text())["databases"]}
    for name, journal in journals.items():
        with two.database(name) as driver:
            assert journal.lost(driver) == []
        assert two.version(name) == "5.26.16"
        assert 0 < told_of[name]["downtime-seconds"] <= journal.longest_without_service + 5  # the roll-out looks every two seconds
    assert told_of["search"]["responded"] < told_of["ledger"]["stopped"]
    told(two.run("plan", "--image", image), 0, "current")
