"""Going back with a real database: by itself from an AMI that boots without a database, and from a version that changes the store. And what refuses at once."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.backends import get_backend

from credex_actions.rollout.lock.bids import Bid
from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.neo4j import spare
from tests.integration.called import Ended, ended, told, under_way
from tests.integration.rolling import Rolling

pytestmark = pytest.mark.slow
UNREHEARSED = ("--skip-rehearsal", "the rehearsal has tests of its own")
LOCK = "/credex-actions/production/neo4j-ami-rollout/lock"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    with Sandbox(pace=0.05) as sandbox:
        made = Rolling(sandbox, tmp_path_factory.mktemp("back"))
        made.launch("5.26.0", "ledger")
        made.write("ledger", 30)
        made.back_up()
        yield made
        assert sandbox.misfits == []


def test_while_another_run_is_at_work_nothing_is_begun_and_its_holder_is_named(one: Rolling) -> None:
    ssm: Any = one.sandbox.client("ssm")
    other = Bid(kind="take", follows=0, run="elsewhere", holder="arn:aws:sts::1:assumed-role/deployer/x")
    ssm.put_parameter(Name=LOCK, Value=str(other), Type="String")
    refused = one.run("apply", "--image", one.image("5.26.16"), *UNREHEARSED)
    told(refused, 3, "arn:aws:sts::1:assumed-role/deployer/x (run elsewhere) holds the lock", f"until {datetime.now(UTC):%Y-%m-%d}")
    assert "State: nothing was changed" in refused.stderr
    told(one.run("status"), 0, "held by arn:aws:sts::1:assumed-role/deployer/x")
    release = Bid(kind="release", follows=1, run="elsewhere", holder=other.holder)
    ssm.put_parameter(Name=LOCK, Value=str(release), Type="String", Overwrite=True)
    assert "credex:roll" not in one.tags(one.places["ledger"].instance)


def test_what_cannot_be_moved_is_refused_before_anything_is_changed(one: Rolling) -> None:
    ec2: Any = one.sandbox.client("ec2")
    instance = one.places["ledger"].instance
    told(one.run("apply", "--image", one.image("5.13.0"), *UNREHEARSED), 3, "5.13.0 is older than 5.26.0, which runs")
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "credex:roll", "Value": "rolling"}])
    told(one.run("apply", "--image", one.image("5.26.16"), *UNREHEARSED), 3, f"the tag credex:roll of {instance} cannot be read")
    ec2.delete_tags(Resources=[instance], Tags=[{"Key": "credex:roll"}])
    told(one.run("apply", "--image", "ami-0123456789abcdef0", *UNREHEARSED), 2, "does not exist")
    text = (one.folder / "neo4j.yml").read_text()
    (one.folder / "neo4j.yml").write_text(text.replace('{volume: {tags: {Role: ledger, Data: "true"}}, device: /dev/sdf}', "root"))
    told(one.run("apply", "--image", one.image("5.26.16"), *UNREHEARSED), 3, "has its data on the root volume", "migrate-data-volume")
    one.configure()


def signalled(one: Rolling, number: int, words: str, *command: str) -> Ended:
    """The signal comes as soon as the run says `words`: directly before that step is sent, or while it is on its way."""
    with under_way(one.begin(*command)) as process:
        assert process.stderr
        said = ""
        while words not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(number)
        got = ended(process, one.folder, 240)
    told(got, 128 + number, "ledger: cancelled")
    return got


def test_after_a_signal_what_replaced_nothing_is_undone_and_what_did_is_left_half_done(
    one: Rolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    spare.end_all()
    monkeypatch.setattr(spare, "AT_MOST", 0)  # a start in a new process takes the seconds in which the signals come
    instance, root, image = one.places["ledger"].instance, one.root("ledger"), one.image("5.26.16")
    signalled(one, signal.SIGINT, "ledger: take a snapshot", "apply", "--image", image, *UNREHEARSED)
    assert (one.root("ledger"), one.accounts("ledger")) == (root, 30)
    assert not {"credex:roll", "credex:stopped-by"} & one.tags(instance).keys()
    one.sandbox.slow(replace_root=3)
    got = signalled(one, signal.SIGTERM, "is being replaced", "apply", "--image", image, *UNREHEARSED)
    told(got, 143, "replace the root volume")
    one.sandbox.until(lambda: one.root("ledger") != root, "its root volume is another one", 20)
    assert one.tags(instance)["credex:roll"].startswith("rolling ")
    got = signalled(one, signal.SIGINT, "is being replaced", "rollback")
    one.sandbox.slow(replace_root=0)
    assert one.tags(instance)["credex:roll"].startswith("going-back ")
    told(one.run("rollback"), 0, "ledger: rolled-back", "same database")
    assert (one.root("ledger"), one.version("ledger"), one.accounts("ledger")) == (root, "5.26.0", 30)
    assert "credex:stopped-by" not in one.tags(instance)


def test_credentials_that_expire_while_the_database_is_stopped_say_so_and_what_to_do(one: Rolling) -> None:
    """Nobody can start it by them any more: the message says that first, a timer on the instance starts it otherwise, and a run with others goes on, or back."""
    root, account = one.root("ledger"), one.sandbox.account
    sts: Any = one.sandbox.client("sts")
    session = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/any", RoleSessionName="mid-way")["Credentials"]
    own = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken"}
    words = ("apply", "--image", one.image("5.26.16"), *UNREHEARSED)
    with under_way(one.begin(*words, **{name: session[member] for name, member in own.items()})) as process:
        assert process.stderr
        said = ""
        while "ledger: take a snapshot" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        (role,) = [each for each in get_backend("sts")[account]["aws"].assumed_roles if each.access_key_id == session["AccessKeyId"]]
        role.expiration = datetime(2026, 1, 1)  # noqa: DTZ001 - as moto keeps it
        expired = ended(process, one.folder, 240)
    assert expired.code in {1, 4}
    told(expired, expired.code, "ledger may be down", "the AWS credentials have expired", "role-to-assume")
    told(one.run("rollback"), 0, "ledger: ")
    assert (one.root("ledger"), one.accounts("ledger")) == (root, 30)
    assert "credex:roll" not in one.tags(one.places["ledger"].instance)


def test_an_ami_that_boots_without_a_database_is_left_again_by_itself(one: Rolling) -> None:
    one.configure(start_within="5s")
    root = one.root("ledger")
    got = one.run("apply", "--image", one.image("5.26.99"), *UNREHEARSED)
    told(got, 1, "rolled back: ledger: ledger did not come back: Neo4j 5.26.99", "nothing was lost")
    assert got.outputs["outcome"] == "rolled-back"
    assert (one.root("ledger"), one.version("ledger"), one.accounts("ledger")) == (root, "5.26.0", 30)
    assert "credex:stopped-by" not in one.tags(one.places["ledger"].instance)
    one.configure()


def test_from_an_encrypted_root_volume_the_way_back_to_one_that_is_not_is_its_ami(one: Rolling) -> None:
    """EC2 puts no unencrypted volume in the place of an encrypted one; the AMIs that are built are encrypted, and the first one of a database may not be."""
    ec2: Any = one.sandbox.client("ec2")
    (image,) = ec2.describe_images(ImageIds=[one.image("5.26.16")])["Images"]
    (disk,) = [each for each in image["BlockDeviceMappings"] if each["DeviceName"] == image["RootDeviceName"]]
    copy = ec2.copy_snapshot(SourceSnapshotId=disk["Ebs"]["SnapshotId"], SourceRegion=ec2.meta.region_name, Encrypted=True)["SnapshotId"]
    one.sandbox.until(lambda: ec2.describe_snapshots(SnapshotIds=[copy])["Snapshots"][0]["State"] == "completed", "the copy", 60)
    tags = [{"ResourceType": "image", "Tags": [{"Key": "credex:neo4j-version", "Value": "5.26.16"}]}]
    like = {name: image[name] for name in ("RootDeviceName", "Architecture", "VirtualizationType")}
    disks = [{"DeviceName": image["RootDeviceName"], "Ebs": {"SnapshotId": copy}}]
    encrypted = ec2.register_image(Name="encrypted", BlockDeviceMappings=disks, TagSpecifications=tags, **like)["ImageId"]
    root = one.root("ledger")
    told(one.run("apply", "--image", encrypted, *UNREHEARSED), 0, "ledger: rolled: from Neo4j 5.26.0 to 5.26.16")
    told(one.run("rollback"), 0, "ledger: rolled-back", f"its root volume is made of the AMI {one.image('5.26.0')}")
    assert (one.version("ledger"), one.accounts("ledger")) == ("5.26.0", 30)
    assert root in {each["VolumeId"] for each in ec2.describe_volumes()["Volumes"]}


def test_from_a_version_that_changes_the_store_the_way_back_is_the_snapshot_and_its_price_is_named(one: Rolling) -> None:
    one.configure(start_within="180s")
    root, data = one.root("ledger"), one.data("ledger")
    told(one.run("apply", "--image", one.image("2025.10.1"), *UNREHEARSED), 0, "ledger: rolled: from Neo4j 5.26.0 to 2025.10.1")
    assert one.accounts("ledger") == 30
    one.write("ledger", 4)
    refused = one.run("rollback")
    told(refused, 3, "would lose up to", "transactions, committed since the snapshot", "--accept-lost-writes ledger", "nothing was changed")
    assert one.version("ledger") == "2025.10.1"
    one.killed_at("DetachVolume", 1, "rollback", "--accept-lost-writes", "ledger")
    told(one.run("status"), 0, "half-done: going back from Neo4j 2025.10.1 to 5.26.0", "--mode rollback --databases ledger continues")
    ended = one.run("rollback")
    told(ended, 0, "ledger: rolled-back", f"{data} is kept, detached", "Terraform knows")
    assert (one.root("ledger"), one.version("ledger"), one.accounts("ledger")) == (root, "5.26.0", 30)
    restored = one.data("ledger")
    assert restored != data
    assert one.tags(restored).items() >= {"Role": "ledger", "Data": "true"}.items()
    assert one.tags(data) == {"credex:kept-data": one.places["ledger"].instance}
    told(one.run("status"), 0, "it runs Neo4j 5.26.0", "went back from Neo4j 2025.10.1 to 5.26.0", f"kept: {data}, data volume")
