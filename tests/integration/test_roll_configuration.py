"""neo4j-ami-rollout with new user data: neo4j.conf changed with a real database, the way there cut off at its writes, and the way back."""

import json
import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.called import Ended, ended, told, under_way
from tests.integration.rolling import PASSWORD, USER_DATA, Rolling
from tests.integration.writing_client import writing

pytestmark = pytest.mark.slow
UNREHEARSED = ("--skip-rehearsal", "another test rehearses it")
LIMIT = "db.transaction.timeout"
GOOD, BETTER, WRONG = (f"NEO4J_db_transaction_timeout={value}" for value in ("61s", "62s", "63s"))
UNKNOWN = "NEO4J_server_nonsense=1"
KILLS = ("CreateLaunchTemplate", "StopInstances", "ModifyInstanceAttribute", "StartInstances")
"""The calls at which a run is killed, one after the other."""
BACK = ("StopInstances", "ModifyInstanceAttribute", "StartInstances")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    with Sandbox(pace=0.05) as sandbox:
        made = Rolling(sandbox, tmp_path_factory.mktemp("configuration"))
        made.launch("5.26.16", "ledger")
        made.write("ledger", 40)
        made.back_up()
        yield made
        assert sandbox.misfits == []


def setting(one: Rolling) -> str:
    return str(one.ask("ledger", "SHOW SETTINGS YIELD name, value WHERE name = $setting RETURN value", setting=LIMIT))


def image(one: Rolling) -> tuple[str, str]:
    return "--image", one.image("5.26.16")


def standing(one: Rolling) -> tuple[str, str, str]:
    return setting(one), one.user_data("ledger"), one.root("ledger")


def test_what_stops_neo4j_is_named_by_its_rehearsal_and_the_live_instance_is_not_touched(one: Rolling) -> None:
    before = standing(one)
    one.tell("ledger", GOOD, UNKNOWN)
    got = one.run("plan", *image(one))
    told(got, 3, "Neo4j does not run on", "No declared setting with name: server.nonsense", f"+{UNKNOWN}")
    refused = one.run("apply", *image(one))
    told(refused, 3, "the rehearsal")
    assert standing(one) == before
    assert "credex:roll" not in one.tags(one.places["ledger"].instance)


@pytest.fixture(scope="module")
def changed(one: Rolling) -> tuple[Ended, Ended, Any]:
    """Planned, and applied while a client writes."""
    one.tell("ledger", GOOD)
    planned = one.run("plan", *image(one))
    with writing(f"bolt://{one.places['ledger'].address}:7687", PASSWORD, one.folder, "ledger") as writer:
        applied = one.run("apply", *image(one), "--plan-id", planned.outputs["plan-id"], seconds=400)
        writer.until_acknowledged()
        journal = writer.stop()
    return planned, applied, journal


def test_a_setting_is_changed_as_it_was_reviewed_and_no_acknowledged_write_is_lost(one: Rolling, changed: tuple[Ended, Ended, Any]) -> None:
    planned, applied, journal = changed
    told(planned, 0, "1 line added", f"+{GOOD}", "the instance is stopped and started once")
    assert planned.report["changes"][0]["user-data"][-1] == f"+{GOOD}"
    assert f"+{GOOD}" in planned.summary
    told(applied, 0, "ledger: rolled: from Neo4j 5.26.16 to 5.26.16", "with new user data", "same database")
    assert setting(one) == "1m1s"
    assert one.user_data("ledger") == f"{USER_DATA}{GOOD}\n"
    with one.database("ledger") as driver:
        assert journal.lost(driver) == []
    told(one.run("plan", *image(one)), 0, "current")
    timeline = json.loads((one.folder / applied.outputs["timeline"]).read_text())
    steps = [each["step"].split()[0] for each in timeline["databases"][0]["steps"]]
    assert steps == ["note", "keep", "stop", "stop", "set", "start", "note", "stop", "take", "note", "replace", "remove", "note"]


def test_a_change_that_the_live_instance_does_not_survive_is_undone(one: Rolling, changed: object) -> None:
    del changed
    before = standing(one)
    one.tell("ledger", GOOD, UNKNOWN)
    one.configure(start_within="25s")
    got = one.run("apply", *image(one), *UNREHEARSED, seconds=400)
    told(got, 1, "rolled back: ledger: ledger did not come back", "nothing was lost", "the new user data")
    assert standing(one) == before
    tags = one.tags(one.places["ledger"].instance)
    assert "credex:stopped-by" not in tags
    assert tags["credex:roll"].startswith("rolled-back ")


def test_a_change_that_is_killed_again_and_again_is_continued_and_goes_back(one: Rolling, changed: object) -> None:
    del changed
    before = standing(one)
    one.tell("ledger", BETTER)
    ec2: Any = one.sandbox.client("ec2")
    for kept in ec2.describe_launch_templates()["LaunchTemplates"]:  # of the tests before: nobody goes back there
        ec2.delete_launch_template(LaunchTemplateName=kept["LaunchTemplateName"])
    for operation in KILLS:
        one.killed_at(operation, 1, "apply", *image(one), *UNREHEARSED)
        told(one.run("status"), 0, "half-done: moving from", "--mode apply continues, --mode rollback --databases ledger goes back")
    _is_not_taken_for_another_database(one)
    told(one.run("apply", *UNREHEARSED, seconds=400), 0, "ledger: rolled")
    assert (setting(one), one.user_data("ledger")) == ("1m2s", f"{USER_DATA}{BETTER}\n")
    (one.folder / "ledger.sh").unlink()
    for operation in BACK:
        one.killed_at(operation, 1, "rollback")
    told(one.run("rollback", seconds=400), 0, "ledger: rolled-back")
    assert standing(one) == before


def _is_not_taken_for_another_database(one: Rolling) -> None:
    """Restarted by a run that was killed at that: the next one compares before it stops anything. Here the note says something else, as after a boot without the data volume the database would."""
    instance, root = one.places["ledger"].instance, one.root("ledger")
    ec2: Any = one.sandbox.client("ec2")
    noted = one.tags(instance)["credex:roll-fingerprint"]
    other = re.sub("content=[0-9a-f]{32}", f"content={'0' * 32}", re.sub("db=[0-9A-Za-z]+", f"db={'0' * 16}", noted))
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "credex:roll-fingerprint", "Value": other}])
    told(one.run("apply", *UNREHEARSED), 1, "mismatch: ledger", "is another database", "Neo4j is stopped again")
    assert one.root("ledger") == root
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "credex:roll-fingerprint", "Value": noted}])
    ssm: Any = one.sandbox.client("ssm")
    ssm.send_command(InstanceIds=[instance], DocumentName="AWS-RunShellScript", Parameters={"commands": ["systemctl start neo4j"]})


def test_after_a_signal_an_instance_that_was_stopped_for_its_user_data_runs_again(one: Rolling, changed: object) -> None:
    del changed
    before = standing(one)
    one.tell("ledger", BETTER)
    with under_way(one.begin("apply", *image(one), *UNREHEARSED)) as process:
        assert process.stderr
        while "ledger: start i-" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        told(ended(process, one.folder, 240), 143, "ledger: cancelled")
    tags = one.tags(one.places["ledger"].instance)
    assert (setting(one), one.user_data("ledger")) == (before[0], f"{USER_DATA}{BETTER}\n")
    assert tags["credex:roll"].startswith("rolling ")
    assert "credex:stopped-by" not in tags
    told(one.run("rollback", seconds=400), 0, "ledger: ")
    assert standing(one) == before


def test_a_file_that_has_changed_since_is_not_taken_for_what_was_begun(one: Rolling, changed: object) -> None:
    del changed
    before = standing(one)
    one.tell("ledger", BETTER)
    one.killed_at("StopInstances", 1, "apply", *image(one), *UNREHEARSED)
    one.tell("ledger", WRONG)
    refused = one.run("apply", *image(one), *UNREHEARSED)
    told(refused, 3, "a roll-out with the user data", "the file has others now", "--mode rollback --databases ledger")
    told(one.run("rollback", seconds=400), 0, "ledger: ")
    assert standing(one) == before
    assert "credex:roll" not in one.tags(one.places["ledger"].instance)


def test_where_the_previous_root_volume_is_gone_no_boot_of_the_new_one_starts_neo4j_again(one: Rolling, changed: object) -> None:
    """The previous user data come first there, since the root volume that is made from the AMI runs them: with a restart on the new root volume, at which the unit is disabled."""
    del changed
    had, data, kept = setting(one), one.user_data("ledger"), one.root("ledger")
    one.tell("ledger", BETTER)
    told(one.run("apply", *image(one), *UNREHEARSED, seconds=400), 0, "ledger: rolled")
    assert setting(one) == "1m2s"
    one.sandbox.client("ec2").delete_volume(VolumeId=kept)
    new = one.root("ledger")
    got = one.run("rollback", seconds=400)
    told(got, 0, "ledger: rolled-back", "same database")
    steps = [each["step"] for each in json.loads((one.folder / got.outputs["timeline"]).read_text())["databases"][0]["steps"]]
    assert [step.split()[0] for step in steps] == ["note", "stop", "disable", "stop", "set", "start", "note", "replace", "remove", "note"]
    assert f"by {one.image('5.26.16')}" in steps[7]
    assert (setting(one), one.user_data("ledger")) == (had, data)
    assert one.root("ledger") not in {kept, new}
