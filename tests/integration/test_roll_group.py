"""A group of three instances, each with a database of its own: backed up, planned, rolled in batches and back, by the names that its members have."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.called import Ended, told
from tests.integration.rolling import Rolling

pytestmark = pytest.mark.slow
UNREHEARSED = ("--skip-rehearsal", "the rehearsal has tests of its own")
NAMES = ["search/a", "search/b", "search/c"]
FIRST, *OTHERS = NAMES


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    with Sandbox(pace=0.05) as sandbox:
        made = Rolling(sandbox, tmp_path_factory.mktemp("group"))
        made.launch_group("5.26.0", "search", "a", "b", "c")
        made.configure(batch="2")
        for number, name in enumerate(NAMES, 1):
            made.write(name, number)
        made.back_up()
        yield made
        assert sandbox.misfits == []


@pytest.fixture(scope="module")
def planned(three: Rolling) -> Ended:
    return three.run("plan", "--image", three.image("5.26.16"), *UNREHEARSED)


@pytest.fixture(scope="module")
def cut_off(three: Rolling, planned: Ended) -> dict[str, str]:
    """Killed, once the second batch was begun, when the second root volume of it is replaced: what was noted of each then."""
    words = ("--image", three.image("5.26.16"), "--plan-id", planned.outputs["plan-id"], *UNREHEARSED)
    three.killed_at("CreateReplaceRootVolumeTask", 3, "apply", *words)
    return {name: three.tags(three.places[name].instance)["credex:roll"].partition(" ")[0] for name in NAMES}


@pytest.fixture(scope="module")
def rolled(three: Rolling, planned: Ended, cut_off: dict[str, str]) -> Ended:
    """By the plan's id, and continued."""
    del cut_off
    return three.run("apply", "--plan-id", planned.outputs["plan-id"], *UNREHEARSED)


def test_each_member_has_backups_of_its_own(three: Rolling) -> None:
    listed = three.run_command("neo4j-backup", "list")
    told(listed, 0)
    assert sorted(each["database"] for each in listed.report["backups"]) == NAMES
    fingerprints = {each["database"]: each["fingerprint"] for each in listed.report["backups"]}
    assert [f"nodes={number}" in fingerprints[name] for number, name in enumerate(NAMES, 1)] == [True] * 3


def test_the_plan_has_the_batches_and_a_part_of_its_id_for_each_instance(planned: Ended) -> None:
    told(planned, 0, "batch 1: search/a", "batch 2: search/b, search/c", "expected until the end: about")
    plan = json.loads(Path(planned.outputs["plan"]).read_text())
    assert plan["batches"] == [[FIRST], OTHERS]
    assert [each["database"] for each in plan["changes"]] == NAMES
    assert len(set(plan["plan-id"].split("-"))) == 3


def test_a_batch_that_was_cut_off_is_continued_to_its_end(three: Rolling, rolled: Ended) -> None:
    told(rolled, 0, "is continued", *(f"{name}: rolled: from Neo4j 5.26.0 to 5.26.16" for name in OTHERS), f"{FIRST}: current")
    for number, name in enumerate(NAMES, 1):
        assert (three.version(name), three.accounts(name)) == ("5.26.16", number)
        assert three.tags(three.places[name].instance)["credex:roll"].startswith("rolled ")


def test_the_others_were_moved_at_the_same_time(cut_off: dict[str, str]) -> None:
    assert cut_off == {FIRST: "rolled", **dict.fromkeys(OTHERS, "rolling")}


def test_one_member_goes_back_and_the_others_stay(three: Rolling, rolled: Ended) -> None:
    del rolled
    back = three.run("rollback", "--databases", "search/b")
    told(back, 0, "search/b: rolled-back: back on")
    assert [three.version(name) for name in NAMES] == ["5.26.16", "5.26.0", "5.26.16"]
    status = three.run("status")
    told(status, 0)
    assert [each["state"] for each in status.report["databases"]] == ["rolled", "rolled-back", "rolled"]


def test_another_number_of_instances_is_refused_before_anything_is_done(three: Rolling) -> None:
    instance = three.places["search/c"].instance
    ec2 = three.sandbox.client("ec2")
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "Role", "Value": "elsewhere"}])
    told(three.run("apply", "--image", three.image("5.26.16"), *UNREHEARSED), 2, "is 3, and 2 instances have the tags Role=search: i-")
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "Role", "Value": "search"}])
