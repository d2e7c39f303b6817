"""neo4j-ami-rollout --mode migrate-data-volume: real databases whose data are on the root volumes of their instances."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver

from credex_actions.aws.tags import as_list
from credex_actions.backup.archive import CHECKSUM, DRILL, Drill, tags_of
from credex_actions.neo4j.fingerprint import read_tag
from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.aws.ec2.machine import DATA, Machine
from tests.integration.called import Ended, ended, told, under_way
from tests.integration.logging_in import STARTS_WITHIN, logged_in
from tests.integration.on_instances import ROLE, profile
from tests.integration.warm import Command
from tests.integration.writing_client import writing

pytestmark = pytest.mark.slow

PASSWORD = "canary-password-on-the-root-volume"
BUCKET = "dumps-of-moving-data"
HEAD = "version: 1\nbackup: {{method: dump, bucket: {bucket}}}\nrollout: {{start-within: {start}, drain-within: 5s{writers}}}\ndatabases:\n"
DATABASE = """\
  {name}:
    instances: {{tags: {{Role: {name}, Environment: "{{environment}}"}}}}
    connect: {{patience: 60s}}
    login: {{user-parameter: /db/user, password-parameter: /db/password}}
    {data}
"""
ENVIRONMENT = "production"


@dataclass
class OnRoot:
    sandbox: Sandbox
    folder: Path
    machines: dict[str, Machine] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    writers: str = ""
    start_within: str = "5m"

    def launch(self, name: str) -> None:
        ec2: Any = self.sandbox.client("ec2")
        tags = [{"Key": "Role", "Value": name}, {"Key": "Environment", "Value": ENVIRONMENT}]
        made = ec2.run_instances(
            ImageId=ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"],
            MinCount=1,
            MaxCount=1,
            IamInstanceProfile={"Name": ROLE},
            UserData="#!/bin/sh\nNEO4J_INITIAL_PASSWORD_PARAMETER=/db/password\n",
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )["Instances"][0]
        machine = self.sandbox.machine(made["InstanceId"])
        assert machine
        self.machines[name], self.data[name] = machine, "data: root"

    def configure(self) -> None:
        text = "".join(DATABASE.format(name=name, data=data) for name, data in self.data.items())
        head = HEAD.format(bucket=BUCKET, start=self.start_within, writers=self.writers)
        (self.folder / "neo4j.yml").write_text(head + text)

    def database(self, name: str, within: float = STARTS_WITHIN) -> AbstractContextManager[Driver]:
        return logged_in(self.machines[name].address, PASSWORD, within)

    def write(self, name: str, count: int = 50) -> None:
        with self.database(name) as driver:
            driver.execute_query("UNWIND range(1, $count) AS number CREATE (:Account {number: number})", count=count)

    def accounts(self, name: str) -> int:
        with self.database(name) as driver:
            return int(driver.execute_query("MATCH (n:Account) RETURN count(n) AS count").records[0]["count"])

    def have_a_backup(self, name: str) -> None:
        """What neo4j-backup leaves of a dump that a drill has proven."""
        now = datetime.now(UTC)
        fingerprint = read_tag(f"v1 db=0123456789ABCDEF txn=7 nodes=50 relationships=0 content={'0' * 32} by=counts")
        backup = f"{name}-{now:%Y%m%dT%H%M%SZ}-abcdef"
        tags = tags_of(backup, name, ENVIRONMENT, "r", fingerprint, "5.26.16") | {CHECKSUM: "0" * 64, DRILL: str(Drill(now, proven=True))}
        s3: Any = self.sandbox.client("s3")
        s3.put_object(Bucket=BUCKET, Key=f"neo4j/{ENVIRONMENT}/{name}/{backup}.dump", Body=b"a dump")
        s3.put_object_tagging(Bucket=BUCKET, Key=f"neo4j/{ENVIRONMENT}/{name}/{backup}.dump", Tagging={"TagSet": as_list(tags)})

    def begin(self, command: str, mode: str, *words: str) -> Command:
        self.configure()
        (self.folder / "summary.md").unlink(missing_ok=True)
        own = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
        }
        words = (command, "--mode", mode, "--environment", ENVIRONMENT, "--json", *words)
        return Command(*words, env=own | self.sandbox.environment, cwd=self.folder)

    def run(self, command: str, mode: str, *words: str) -> Ended:
        got = ended(self.begin(command, mode, *words), self.folder, 300)
        assert PASSWORD not in got.stdout + got.stderr + got.summary
        return got

    def move(self, name: str, *words: str) -> Ended:
        return self.run("neo4j-ami-rollout", "migrate-data-volume", "--databases", name, *words)

    def killed_at(self, operation: str, nth: int, name: str) -> None:
        """Its nth call of `operation` takes effect, and nobody hears the response."""
        self.sandbox.fault(operation, nth, "slow", 1)
        with under_way(self.begin("neo4j-ami-rollout", "migrate-data-volume", "--databases", name)) as process:
            end = time.monotonic() + 120
            while self.sandbox.faults_left:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < end
                time.sleep(0.02)
            process.kill()
            process.wait()
        self.sandbox.until_answered()

    def volume(self, name: str) -> Any:
        filters = [{"Name": "tag:credex:move", "Values": [self.machines[name].instance_id]}]
        (found,) = self.sandbox.client("ec2").describe_volumes(Filters=filters)["Volumes"]
        return found

    def seen(self, name: str) -> Any:
        instance = self.machines[name].instance_id
        (seen,) = self.sandbox.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
        return seen

    def note(self, name: str) -> str:
        return next((each["Value"] for each in self.seen(name)["Tags"] if each["Key"] == "credex:stopped-by"), "")

    def outlives_its_instance(self, name: str) -> bool:
        attached = {each["Ebs"]["VolumeId"]: each["Ebs"] for each in self.seen(name)["BlockDeviceMappings"]}
        return attached[self.volume(name)["VolumeId"]]["DeleteOnTermination"] is False

    def kept(self, name: str) -> Path:
        return self.machines[name].root / f"{DATA.lstrip('/')}.on-root"


@pytest.fixture(scope="module")
def on_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnRoot]:
    with Sandbox(pace=0.05) as sandbox:
        made = OnRoot(sandbox, tmp_path_factory.mktemp("moving"))
        sandbox.neo4j_image("5.26.16")
        profile(sandbox)
        sandbox.client("ssm").put_parameter(Name="/db/user", Value="neo4j", Type="String")
        sandbox.client("ssm").put_parameter(Name="/db/password", Value=PASSWORD, Type="SecureString")
        where = {"LocationConstraint": sandbox.environment["AWS_REGION"]}
        sandbox.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        yield made
        assert sandbox.misfits == []


def test_data_move_while_a_client_writes_and_what_has_to_be_written_down_is_said(on_root: OnRoot) -> None:
    name = "ledger-space"
    on_root.launch(name)
    on_root.write(name)
    told(
        on_root.move(name),
        3,
        "refused: ledger-space: ledger-space has no backup",
        f"Take one: credex-actions neo4j-backup --mode backup --databases {name}",
    )
    on_root.have_a_backup(name)
    planned = on_root.move(name, "--dry-run")
    assert planned.report["plan"][0].startswith("create an encrypted volume of 20 GiB")
    with writing(f"bolt://{on_root.machines[name].address}:7687", PASSWORD, on_root.folder) as client:
        client.until_acknowledged(5)
        got = on_root.move(name)
        told(got, 0, "moved: ledger-space runs from a volume of its own", "Community Edition cannot become read-only")
        client.until_acknowledged(5)
        journal = client.stop()
    with on_root.database(name) as driver:
        assert journal.lost(driver) == []
    volume = on_root.volume(name)
    tags = {each["Key"]: each["Value"] for each in volume["Tags"]}
    assert (volume["Encrypted"], volume["VolumeType"], tags["Role"], tags["Data"]) == (True, "gp3", name, "true")
    assert on_root.outlives_its_instance(name)
    assert (on_root.kept(name) / "databases" / "neo4j").is_dir()
    assert on_root.note(name) == ""
    machine = on_root.machines[name]
    assert f"AssertPathIsMountPoint={DATA}" in (machine.root / "etc/systemd/system/neo4j.service.d/data-volume.conf").read_text()

    said = {each["says"].partition(",")[0]: each["code"] for each in got.report["advice"]}
    assert said["In neo4j.yml"] == f'data: {{volume: {{tags: {{Role: "{name}", Environment: "{{environment}}", Data: "true"}}}}}}'
    assert f'id = "/dev/sdf:{volume["VolumeId"]}:{machine.instance_id}"' in said["In Terraform"]
    assert on_root.move(name).outputs["outcome"] == "moved", "a second run finds it done"
    on_root.data[name] = said["In neo4j.yml"]
    assert on_root.move(name).outputs["outcome"] == "current"

    on_root.sandbox.client("ec2").reboot_instances(InstanceIds=[machine.instance_id])
    on_root.sandbox.until(lambda: machine.powered, "the boot, before which the database has stopped")
    assert on_root.accounts(name) == 50, "a boot mounts it"
    assert machine.mounts.volume_at(DATA) == volume["VolumeId"]


def test_a_run_that_is_killed_again_and_again_is_continued(on_root: OnRoot) -> None:
    name = "killed-space"
    on_root.launch(name)
    where = on_root.sandbox.provision(desired_count=1)
    on_root.writers = f", drain: service, service: {{cluster: {where.cluster}, name: {where.service}}}"
    on_root.write(name)
    on_root.have_a_backup(name)
    for operation, nth in (
        ("CreateVolume", 1),
        ("AttachVolume", 1),
        ("SendCommand", 3),
        ("CreateTags", 2),
        ("SendCommand", 5),
        ("SendCommand", 6),
    ):
        on_root.killed_at(operation, nth, name)
        assert not (on_root.machines[name].root / DATA.lstrip("/")).is_symlink() or on_root.machines[name].mounts.volume_at(DATA)
    told(on_root.move(name), 0, "moved: killed-space runs from a volume of its own")
    on_root.writers = ""
    assert on_root.accounts(name) == 50
    assert on_root.note(name) == ""
    (service,) = on_root.sandbox.client("ecs").describe_services(cluster=where.cluster, services=[where.service], include=["TAGS"])[
        "services"
    ]
    assert service["desiredCount"] == 1, "what wrote writes again"
    assert "credex:writes-stopped-by" not in [tag["key"] for tag in service.get("tags", ())]


def test_after_a_signal_the_database_runs_from_where_it_was_and_the_next_run_continues(on_root: OnRoot) -> None:
    name = "signalled-space"
    on_root.launch(name)
    on_root.write(name)
    on_root.have_a_backup(name)
    with under_way(on_root.begin("neo4j-ami-rollout", "migrate-data-volume", "--databases", name)) as process:
        assert process.stderr
        said = ""
        while "copy the data of" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGTERM)
        got = ended(process, on_root.folder, 300)
    told(got, 143, "cancelled")
    assert on_root.accounts(name) == 50
    assert not on_root.machines[name].mounts.volume_at(DATA)
    assert on_root.note(name) == ""
    kept = on_root.volume(name)["VolumeId"]
    told(on_root.move(name), 0, f"moved: {name} runs from a volume of its own")
    assert (on_root.accounts(name), on_root.volume(name)["VolumeId"]) == (50, kept)


def test_a_database_that_does_not_come_back_from_its_volume_runs_from_the_root_volume_again(on_root: OnRoot) -> None:
    name = "broken-space"
    on_root.start_within = "20s"
    on_root.launch(name)
    on_root.write(name)
    on_root.have_a_backup(name)
    machine = on_root.machines[name]

    def break_the_copy() -> None:
        """Between the moment in which it is mounted and the one in which Neo4j opens it."""
        end = time.monotonic() + 240
        while not machine.mounts.volume_at(DATA) and time.monotonic() < end:
            time.sleep(0.01)
        for store in (machine.root / DATA.lstrip("/") / "databases" / "neo4j").glob("neostore*"):
            store.write_bytes(b"nothing of a store")

    thread = threading.Thread(target=break_the_copy)
    thread.start()
    got = on_root.move(name)
    thread.join()
    told(got, 1, "broken-space did not come back from vol-", "State: broken-space runs from the root volume, as before")
    assert not on_root.kept(name).exists()
    assert machine.mounts.volume_at(DATA) == ""
    assert on_root.accounts(name) == 50
    assert on_root.note(name) == ""
    assert UUID_LINE not in (machine.root / "etc/fstab").read_text()
    on_root.start_within = "5m"
    told(on_root.move(name), 0, "moved: broken-space runs from a volume of its own")
    assert on_root.accounts(name) == 50


def test_a_database_that_is_down_long_after_it_moved_stays_on_its_volume(on_root: OnRoot) -> None:
    """The same command again: the copy on the root volume is as old as the move."""
    name = "later-space"
    on_root.launch(name)
    on_root.write(name)
    on_root.have_a_backup(name)
    told(on_root.move(name), 0, "moved: later-space runs from a volume of its own")
    machine = on_root.machines[name]
    machine.stop_database()
    for store in (machine.root / DATA.lstrip("/") / "databases" / "neo4j").glob("neostore*"):
        store.write_bytes(b"nothing of a store")
    on_root.start_within = "10s"
    told(on_root.move(name), 1, "later-space may be down: Neo4j on")
    on_root.start_within = "5m"
    assert machine.mounts.volume_at(DATA) == on_root.volume(name)["VolumeId"]
    assert (on_root.kept(name) / "databases" / "neo4j").is_dir()


UUID_LINE = f" {DATA} xfs "


def test_a_sweep_starts_what_a_killed_run_has_stopped(on_root: OnRoot) -> None:
    """After the kill, and with no second run of the command."""
    name = "swept-space"
    on_root.launch(name)
    on_root.write(name)
    on_root.have_a_backup(name)
    on_root.killed_at("CreateTags", 2, name)
    machine = on_root.machines[name]
    assert on_root.note(name), "it was killed between the note and the stop, or later"
    machine.stop_database()
    got = on_root.run("neo4j-ami-rollout", "sweep", "--databases", name)
    told(got, 0, "what was stopped runs again", "start Neo4j on ")
    assert on_root.note(name) == ""
    assert on_root.accounts(name) == 50
