"""rollout.swap: new-instance, with a real database and a client that writes to it: to a new instance, cut off on the way, and back to the one that was kept. By the published policy alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.called import Ended, ended, told
from tests.integration.guarding import Guard, all_of
from tests.integration.rolling import PASSWORD, Place, Rolling, url_parameter
from tests.integration.writing_client import Journal, writing

pytestmark = pytest.mark.slow
UNREHEARSED = ("--skip-rehearsal", "the rehearsal has tests of its own")
KILLS = ["RunInstances", "AttachVolume"]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    with Sandbox(pace=0.05) as sandbox:
        made = Rolling(sandbox, tmp_path_factory.mktemp("successor"))
        made.launch("5.26.0", "ledger")
        made.sandbox.client("ec2").modify_instance_attribute(
            InstanceId=made.places["ledger"].instance, DisableApiTermination={"Value": True}
        )
        made.write("ledger", 30)
        made.configure(swap="new-instance", start_within="120s")
        made.back_up()
        yield made
        assert sandbox.misfits == []


def instance(one: Rolling, which: str) -> dict[str, Any]:
    (found,) = one.sandbox.client("ec2").describe_instances(InstanceIds=[which])["Reservations"][0]["Instances"]
    return dict(found)


def attached(one: Rolling, volume: str) -> list[tuple[str, str, bool]]:
    """With its state there, and whether it would be deleted together with the instance."""
    (found,) = one.sandbox.client("ec2").describe_volumes(VolumeIds=[volume])["Volumes"]
    return [(each["InstanceId"], each["State"], _deleted_with(one, each["InstanceId"], volume)) for each in found["Attachments"]]


def _deleted_with(one: Rolling, which: str, volume: str) -> bool:
    mappings = (each["Ebs"] for each in instance(one, which)["BlockDeviceMappings"])
    return next(bool(each["DeleteOnTermination"]) for each in mappings if each["VolumeId"] == volume)


def test_without_a_parameter_that_tells_its_clients_nothing_is_begun(one: Rolling) -> None:
    refused = one.run("apply", "--image", one.image("5.26.16"), *UNREHEARSED)
    told(refused, 3, "has no `url-parameter`: nothing would tell its clients the address of a new instance")
    assert "State: nothing was changed" in refused.stderr


def test_what_cannot_be_launched_leaves_the_database_on_the_old_instance(one: Rolling) -> None:
    """Its volume was detached already, and the instance stopped."""
    former = one.places["ledger"]
    one.publish("ledger")
    one.configure(swap="new-instance", start_within="120s")
    one.sandbox.fault("RunInstances", 1, "access-denied")
    got = one.run("apply", "--image", one.image("5.26.16"), *UNREHEARSED)
    assert got.code == 4
    assert "may be down" not in got.stderr
    assert attached(one, former.volume) == [(former.instance, "attached", False)]
    assert (one.version("ledger"), one.accounts("ledger")) == ("5.26.0", 30)
    assert not [key for key in one.tags(former.instance) if key.startswith("credex:")]


@pytest.fixture(scope="module")
def rolled(one: Rolling) -> tuple[Ended, Place, Journal, list[str]]:
    """The last one of several runs, of which all others were killed, while a client wrote; where the database was; and what was denied."""
    former = one.places["ledger"]
    words = ("--image", one.image("5.26.16"), *UNREHEARSED)
    with writing(url_parameter("ledger"), PASSWORD, one.folder, environment=one.sandbox.environment) as client:
        for operation in KILLS:
            one.killed_at(operation, 1, "apply", *words)
            told(one.run("status"), 0, "half-done: moving from Neo4j 5.26.0 to 5.26.16", "--mode apply continues")
        with Guard(one.sandbox, all_of("neo4j-ami-rollout", "neo4j-ami-rollout-new-instance", Role="ledger")).serving() as guard:
            got = ended(one.begin("apply", *UNREHEARSED, AWS_ENDPOINT_URL=guard.url), one.folder, 240)
        client.until_acknowledged()
        journal = client.stop()
    return got, former, journal, guard.denied


def test_a_new_instance_has_the_data_and_no_acknowledged_write_is_lost(
    one: Rolling, rolled: tuple[Ended, Place, Journal, list[str]]
) -> None:
    got, former, journal, denied = rolled
    told(got, 0, "ledger: rolled: from Neo4j 5.26.0 to 5.26.16", f"{former.instance} is kept, stopped, for going back")
    assert denied == []
    now = one.find_again("ledger")
    assert now.instance != former.instance
    assert attached(one, former.volume) == [(now.instance, "attached", False)]
    assert one.sandbox.client("ssm").get_parameter(Name="/db/ledger/bolt_url")["Parameter"]["Value"] == f"bolt://{now.address}:7687"
    assert (one.version("ledger"), one.accounts("ledger")) == ("5.26.16", 30)
    with one.database("ledger") as driver:
        assert journal.lost(driver) == []
    old, new = instance(one, former.instance), instance(one, now.instance)
    assert (old["State"]["Name"], new["State"]["Name"]) == ("stopped", "running")
    for key in ("InstanceType", "SubnetId", "SecurityGroups", "Placement"):
        assert new.get(key) == old.get(key), key
    assert new["IamInstanceProfile"]["Arn"] == old["IamInstanceProfile"]["Arn"]
    assert one.user_data("ledger").startswith("#!/bin/sh\nNEO4J_INITIAL_PASSWORD_PARAMETER")
    protected = one.sandbox.client("ec2").describe_instance_attribute(InstanceId=now.instance, Attribute="disableApiTermination")
    assert protected["DisableApiTermination"]["Value"] is True
    tags, left = one.tags(now.instance), one.tags(former.instance)
    assert tags["credex:roll"].startswith("rolled ")
    assert "credex:unproven" not in tags
    assert "credex:stopped-by" not in tags
    assert left == {"Role": "ledger", "credex:served-by": f"{now.instance} {former.address}"}


def test_one_instance_was_launched_and_the_timeline_has_each_write(one: Rolling, rolled: tuple[Ended, Place, Journal, list[str]]) -> None:
    got, former, journal, _ = rolled
    asked = [{"Name": "tag-key", "Values": ["credex:successor-of"]}]
    found = one.sandbox.client("ec2").describe_instances(Filters=asked)["Reservations"]
    assert sum(len(each["Instances"]) for each in found) == 1
    (ledger,) = json.loads(Path(got.outputs["timeline"]).read_text())["databases"]
    assert all(each["ended"] for each in ledger["steps"])
    assert any(former.instance in line and "terraform state rm" in line for line in got.report["databases"][0]["notes"])
    assert journal.longest_without_service < 200
    told(one.run("apply", "--image", one.image("5.26.16"), *UNREHEARSED), 0, "ledger: current")
    told(one.run("status"), 0, "it runs Neo4j 5.26.16", f"kept: {former.instance}, the other instance of its roll-out, stopped")


def test_a_rollback_gives_the_volume_back_and_loses_nothing(one: Rolling, rolled: tuple[Ended, Place, Journal, list[str]]) -> None:
    _, former, _, _ = rolled
    successor = one.find_again("ledger")
    planned = one.run("rollback", "--dry-run")
    assert planned.report["databases"][0]["plan"][0] == f"note on {successor.instance} that it goes back to {one.image('5.26.0')}"
    with writing("/db/ledger/bolt_url", PASSWORD, one.folder, "back", environment=one.sandbox.environment) as client:
        client.until_acknowledged(5)
        one.killed_at("AttachVolume", 1, "rollback")
        one.killed_at("PutParameter", 1, "rollback")
        told(one.run("status"), 0, "half-done: going back from Neo4j 5.26.16 to 5.26.0", "--mode rollback --databases ledger continues")
        back = one.run("rollback")
        client.until_acknowledged()
        journal = client.stop()
    told(back, 0, "ledger: rolled-back: back on")
    assert one.find_again("ledger") == former
    assert attached(one, former.volume) == [(former.instance, "attached", False)]
    assert (one.version("ledger"), one.accounts("ledger")) == ("5.26.0", 30)
    with one.database("ledger") as driver:
        assert journal.lost(driver) == []
    assert instance(one, successor.instance)["State"]["Name"] == "stopped"
    assert one.sandbox.client("ssm").get_parameter(Name="/db/ledger/bolt_url")["Parameter"]["Value"] == f"bolt://{former.address}:7687"
    told(one.run("rollback"), 0, "nothing to go back from")
