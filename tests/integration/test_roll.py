"""neo4j-ami-rollout --mode apply, status and rollback with two real databases: cut off at its writes and continued, then back, with writes in between."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.called import Ended, told
from tests.integration.rolling import Rolling

pytestmark = pytest.mark.slow
UNREHEARSED = ("--skip-rehearsal", "the rehearsal has tests of its own")
KILLS = ["PutParameter", "CreateTags", "CreateSnapshot", "CreateReplaceRootVolumeTask", "DeleteTags"]
"""The calls at which a run is killed, one after the other."""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    with Sandbox(pace=0.05) as sandbox:
        made = Rolling(sandbox, tmp_path_factory.mktemp("roll"))
        made.launch("5.26.0", "search", "ledger")
        for name in made.places:
            made.write(name, 40)
        made.back_up()
        yield made
        assert sandbox.misfits == []


@pytest.fixture(scope="module")
def rolled(two: Rolling) -> tuple[Ended, dict[str, tuple[str, str]]]:
    """The last one of several runs, of which all others were killed; and the root and data volumes from before."""
    before = {name: (two.root(name), two.data(name)) for name in two.places}
    words = ("--image", two.image("5.26.16"), *UNREHEARSED)
    for operation in KILLS:
        two.killed_at(operation, 1, "apply", *words)
        if operation != "PutParameter":
            status = two.run("status")
            told(status, 0, "half-done: moving from Neo4j 5.26.0 to 5.26.16", "--mode apply continues, --mode rollback --databases ")
            assert status.outputs["outcome"] == "stopped"
        if operation == "CreateTags":
            two.killed_when("stop Neo4j on", "apply", *words)
    return two.run("apply", *UNREHEARSED), before


def test_a_roll_out_that_was_killed_again_and_again_is_continued_to_its_end(
    two: Rolling, rolled: tuple[Ended, dict[str, tuple[str, str]]]
) -> None:
    ended, before = rolled
    told(ended, 0, "is continued", "search: rolled: from Neo4j 5.26.0 to 5.26.16", "ledger: rolled: from Neo4j 5.26.0 to 5.26.16")
    assert (ended.outputs["outcome"], ended.outputs["version"]) == ("rolled", "5.26.16")
    assert [each["name"] for each in ended.report["databases"]] == ["search", "ledger"]
    for name, place in two.places.items():
        root, data = before[name]
        assert two.version(name) == "5.26.16"
        assert two.accounts(name) == 40
        assert (two.root(name) != root, two.data(name)) == (True, data)
        tags = two.tags(place.instance)
        assert tags["credex:roll"].startswith("rolled ")
        assert "credex:stopped-by" not in tags
        assert two.tags(root)["credex:kept-root"] == place.instance


def test_each_roll_leaves_a_good_backup_of_the_stopped_database(two: Rolling, rolled: object) -> None:
    del rolled
    snapshots: list[Any] = two.sandbox.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
    for name, place in two.places.items():
        backup = two.tags(place.instance)["credex:roll-data"].split()[1]
        (found,) = [each for each in snapshots if {"Key": "credex:backup", "Value": backup} in each.get("Tags", ())]
        tags = {each["Key"]: each["Value"] for each in found["Tags"]}
        assert found["VolumeId"] == place.volume
        assert (tags["credex:database"], tags["credex:neo4j-version"]) == (name, "5.26.0")
        assert "nodes=40" in tags["credex:fingerprint"]


def test_the_timeline_has_steps_and_the_time_without_service(rolled: tuple[Ended, object]) -> None:
    ended, _ = rolled
    timeline = json.loads(Path(ended.outputs["timeline"]).read_text())
    ledger = timeline["databases"][1]
    assert [each["step"].split()[0] for each in ledger["steps"]] == ["note", "stop", "take", "note", "replace", "remove", "note"]
    assert all(each["ended"] for each in ledger["steps"])
    assert 0 < ledger["downtime-seconds"] < 200
    assert "gantt" in ended.summary
    assert "without service" in ended.summary


def test_what_runs_already_is_current_and_the_lock_is_free(two: Rolling, rolled: object) -> None:
    del rolled
    again = two.run("apply", "--image", two.image("5.26.16"), *UNREHEARSED)
    told(again, 0, "ledger: current")
    assert again.outputs["outcome"] == "current"
    status = two.run("status")
    told(
        status,
        0,
        "lock /credex-actions/production/neo4j-ami-rollout/lock: free",
        "it runs Neo4j 5.26.16",
        "goes back to Neo4j 5.26.0, which loses nothing",
    )
    assert status.outputs["outcome"] == "current"
    assert [each["state"] for each in status.report["databases"]] == ["rolled", "rolled"]


def test_a_rollback_within_the_series_loses_nothing(two: Rolling, rolled: tuple[object, dict[str, tuple[str, str]]]) -> None:
    _, before = rolled
    two.write("ledger", 5)
    told(two.run("rollback", "--databases", "ledger", "--dry-run"), 0, f"by {before['ledger'][0]}")
    two.killed_at("CreateReplaceRootVolumeTask", 1, "rollback", "--databases", "ledger")
    ended = two.run("rollback", "--databases", "ledger")
    told(ended, 0, "ledger: rolled-back: back on")
    assert ended.outputs["outcome"] == "rolled-back"
    assert (two.root("ledger"), two.data("ledger")) == before["ledger"]
    assert (two.version("ledger"), two.accounts("ledger")) == ("5.26.0", 45)
    assert two.version("search") == "5.26.16"
    assert "credex:stopped-by" not in two.tags(two.places["ledger"].instance)
    told(two.run("rollback", "--databases", "ledger"), 0, "nothing to go back from")
