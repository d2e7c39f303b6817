"""neo4j-ami-rollout --mode plan against two real databases of 5.26.0 on the sandbox, rehearsed with an AMI of 5.26.16."""

import base64
import io
import json
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from neo4j import GraphDatabase

from credex_actions.aws.who import Who
from credex_actions.backup.context import Target
from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock
from credex_actions.databases.finding import find_all
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.rollout.context import Context
from credex_actions.rollout.gates.before import before
from credex_actions.rollout.request import read
from credex_actions.sandbox import Sandbox
from tests.integration.called import Ended, ended, told, under_way
from tests.integration.databases import login
from tests.integration.on_instances import profile
from tests.integration.warm import Command
from tests.version_sources import serving

OLD, NEW = "5.26.0", "5.26.16"
LATER = "2025.10.1"
PASSWORD = "first-password"
USER_DATA = b"#!/bin/sh\nNEO4J_INITIAL_PASSWORD_PARAMETER=/db/first\n"
ROLES = {"search-space": "SearchSpace", "ledger-space": "LedgerSpace"}
CONFIGURATION = """\
version: 1
databases:
  ledger-space:
    instances: {{tags: {{Role: LedgerSpace}}}}
    order: 20
    login: {{user-parameter: /db/user, password-parameter: /db/first}}
    data: {{volume: {{tags: {{Role: LedgerSpace, Data: "true"}}}}}}
    checks: [{{query: "MATCH (n:Account) RETURN count(n) > 0", expect: true}}]
    connect: {{patience: 60s}}
  search-space:
    instances: {{tags: {{Role: SearchSpace}}}}
    order: 10
    login: {{user-parameter: /db/user, password-parameter: /db/first}}
    data: {{volume: {{tags: {{Role: SearchSpace, Data: "true"}}}}}}
    connect: {{patience: 60s}}
rollout: {rollout}
image: {image}
"""
pytestmark = pytest.mark.slow


@dataclass
class Planning:
    sandbox: Sandbox
    folder: Path
    image: str = ""
    instances: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def ec2(self) -> Any:
        return self.sandbox.client("ec2")

    def provision(self) -> None:
        ssm = self.sandbox.client("ssm")
        ssm.put_parameter(Name="/db/user", Value="neo4j", Type="String")
        ssm.put_parameter(Name="/db/first", Value=PASSWORD, Type="SecureString")
        old, who = self.sandbox.neo4j_image(OLD), profile(self.sandbox)
        self.image = self.sandbox.neo4j_image(NEW)
        for name, role in ROLES.items():
            tags = [{"Key": "Role", "Value": role}]
            data = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 20, "DeleteOnTermination": False}}]
            like = {"ImageId": old, "InstanceType": "t3.micro", "UserData": base64.b64encode(USER_DATA).decode()}
            template = self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=like)["LaunchTemplate"]
            made = self.ec2.run_instances(
                LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"]},
                MinCount=1,
                MaxCount=1,
                IamInstanceProfile=who,
                BlockDeviceMappings=data,
                TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
            )["Instances"][0]
            (seen,) = self.ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]["Instances"]
            volume = next(each["Ebs"]["VolumeId"] for each in seen["BlockDeviceMappings"] if each["DeviceName"] == "/dev/sdf")
            self.ec2.create_tags(Resources=[volume], Tags=[*tags, {"Key": "Data", "Value": "true"}])
            self.instances[name], self.addresses[name] = made["InstanceId"], made["PrivateIpAddress"]
        for address in self.addresses.values():
            with login(address) as driver:
                driver.execute_query("UNWIND range(1, 50) AS id CREATE (:Account {number: id})")

    def systemctl(self, verb: str, name: str) -> None:
        ssm: Any = self.sandbox.client("ssm")
        instance, lines = self.instances[name], [f"systemctl {verb} neo4j"]
        sent = ssm.send_command(InstanceIds=[instance], DocumentName="AWS-RunShellScript", Parameters={"commands": lines})
        ssm.get_waiter("command_executed").wait(
            CommandId=sent["Command"]["CommandId"], InstanceId=instance, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )

    def begin(self, command: str, *words: str, rollout: str = "{}", image: str = "{}") -> Command:
        (self.folder / "neo4j.yml").write_text(CONFIGURATION.format(rollout=rollout, image=image))
        summary = self.folder / "summary.md"
        summary.unlink(missing_ok=True)
        own = {"HOME": str(self.folder), "TMPDIR": str(self.folder), "GITHUB_STEP_SUMMARY": str(summary)}
        given = (*command.split(), "--environment", "production", "--json", *words)
        return Command(*given, env=own | self.sandbox.environment, cwd=self.folder)

    def run(self, command: str, *words: str, rollout: str = "{}", image: str = "{}") -> Ended:
        got = ended(self.begin(command, *words, rollout=rollout, image=image), self.folder, 240)
        assert PASSWORD not in got.stdout + got.stderr + got.summary
        return got

    def plan(self, *words: str, rollout: str = "{}", image: str = "") -> Ended:
        return self.run("neo4j-ami-rollout --mode plan", "--image", image or self.image, *words, rollout=rollout)

    def back_up(self) -> None:
        """Both, with a drill that is only claimed: test_backup.py has real ones."""
        told(self.run("neo4j-backup --mode backup"), 0)
        now = datetime.now(UTC)
        snapshots = [each["SnapshotId"] for each in self.snapshots()]
        self.ec2.create_tags(Resources=snapshots, Tags=[{"Key": "credex:drill", "Value": f"{now:%Y-%m-%dT%H:%M:%SZ} proven"}])

    def snapshots(self) -> list[Any]:
        found: list[Any] = self.ec2.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "tag-key", "Values": ["credex:backup"]}])[
            "Snapshots"
        ]
        return found

    def scratch(self) -> list[str]:
        pages = self.ec2.describe_instances(Filters=[{"Name": "tag-key", "Values": ["credex:scratch"]}])["Reservations"]
        return [each["State"]["Name"] for page in pages for each in page["Instances"]]

    def launches(self) -> int:
        return sum(each.operation == "RunInstances" for each in self.sandbox.calls())


@pytest.fixture(scope="module")
def planning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planning]:
    with Sandbox(pace=0.05) as sandbox:
        made = Planning(sandbox, tmp_path_factory.mktemp("plan"))
        made.provision()
        made.back_up()
        yield made
        assert sandbox.misfits == []


def test_two_databases_are_rehearsed_once_and_planned_in_their_order_under_an_id_that_stays(planning: Planning) -> None:
    volumes = {each["VolumeId"] for each in planning.ec2.describe_volumes()["Volumes"]}
    with GraphDatabase.driver(
        f"bolt://{planning.addresses['ledger-space']}:7687", auth=("neo4j", PASSWORD), user_agent="credex-core/1.0"
    ) as driver:
        driver.execute_query("RETURN 1")
        got = planning.plan("--plan-file", "plan.json")
    told(
        got,
        0,
        "1. search-space",
        "2. ledger-space",
        f"Neo4j {OLD} → {NEW}",
        "its store is consistent, 1 of 1 checks passed",
        "(credex-core/1.0)",
    )
    assert (got.outputs["outcome"], got.outputs["version"], got.outputs["image-id"]) == ("planned", NEW, planning.image)
    plan = json.loads((planning.folder / "plan.json").read_text())
    assert plan["plan-id"] == got.outputs["plan-id"]
    assert [each["database"] for each in plan["changes"]] == ["search-space", "ledger-space"]
    assert all(each["expected-downtime"]["seconds"] > 0 for each in plan["changes"])
    assert not [gate for gate in plan["gates"] if gate["shut"]]
    (room,) = [gate["says"] for gate in plan["gates"] if gate["name"] == "quotas"]
    assert room.startswith("there is room for 4 vCPUs, ")
    assert "not known" not in room
    assert all(gate["says"].startswith("none: it is as lt-") for gate in plan["gates"] if gate["name"] == "hand-made changes")
    assert set(planning.scratch()) == {"terminated"}
    assert {each["VolumeId"] for each in planning.ec2.describe_volumes()["Volumes"]} == volumes
    assert "Expected downtime" in got.summary
    launched = planning.launches()
    again = planning.plan()
    told(again, 0, "passed")
    assert again.outputs["plan-id"] == got.outputs["plan-id"]
    assert planning.launches() == launched
    one = planning.plan("--databases", "ledger-space")
    assert one.outputs["plan-id"] == plan["plan-id"].partition("-")[2]
    other = planning.plan(rollout="{bake: 5m}")
    assert other.outputs["plan-id"] != plan["plan-id"]


def test_what_comes_up_while_a_clone_is_rehearsed_shuts_its_gate_all_the_same(planning: Planning) -> None:
    launched, rollout = planning.launches(), "{longest-transaction: 0s, rehearsal: {maximum-age: 1s}}"
    words = ("--image", planning.image, "--databases", "ledger-space")
    driver = GraphDatabase.driver(f"bolt://{planning.addresses['ledger-space']}:7687", auth=("neo4j", PASSWORD))
    with under_way(planning.begin("neo4j-ami-rollout --mode plan", *words, rollout=rollout)) as process:
        planning.sandbox.until(lambda: planning.launches() > launched, "the clone", 60)
        with driver, driver.session() as session, session.begin_transaction() as transaction:
            transaction.run("CREATE (:Account)").consume()
            got = ended(process, planning.folder, 240)
            transaction.rollback()
    told(got, 3, "longer than 0 s", "its store is consistent")


def test_what_stands_in_the_way_is_said_all_at_once_and_the_plan_is_written_all_the_same(planning: Planning) -> None:
    planning.sandbox.fill_disk(planning.instances["search-space"])
    planning.systemctl("disable", "ledger-space")
    (backup,) = [each for each in planning.snapshots() if {"Key": "credex:database", "Value": "search-space"} in each["Tags"]]
    fingerprint = next(each["Value"] for each in backup["Tags"] if each["Key"] == "credex:fingerprint")
    other = re.sub(" db=[^ ]+", " db=0000000000000000", fingerprint)  # of a database that was wiped since, or of another team's
    planning.ec2.create_tags(Resources=[backup["SnapshotId"]], Tags=[{"Key": "credex:fingerprint", "Value": other}])
    driver = GraphDatabase.driver(f"bolt://{planning.addresses['ledger-space']}:7687", auth=("neo4j", PASSWORD))
    with driver, driver.session() as session, session.begin_transaction() as transaction:
        transaction.run("CREATE (:Account)").consume()
        rollout = '{longest-transaction: 0s, alarms: [errors], window: {cron: "0 2 31 2 *"}}'
        got = planning.plan("--skip-rehearsal", "the clone is too large", rollout=rollout)
        transaction.rollback()
    planning.sandbox.fill_disk(planning.instances["search-space"], full=False)
    planning.systemctl("enable", "ledger-space")
    planning.ec2.create_tags(Resources=[backup["SnapshotId"]], Tags=[{"Key": "credex:fingerprint", "Value": fingerprint}])
    told(
        got,
        3,
        "is of the store 0000000000000000, and search-space runs",
        "longer than 0 s",
        "errors does not exist",
        "0.0 of 20.0 GiB are free",
        "it never opens",
        "the unit neo4j is disabled",
    )
    assert "window" not in " ".join(line for line in got.stderr.splitlines() if "refused" in line)
    assert got.outputs["outcome"] == "planned"
    plan = json.loads(Path(got.outputs["plan"]).read_text())
    assert {gate["name"] for gate in plan["gates"] if gate["state"] == "shut"} == {
        "transactions",
        "alarms",
        "boot",
        "disk",
        "backup",
        "drill",
    }
    assert "Shut gates" in got.summary


def test_a_setting_that_stops_neo4j_is_found_on_the_clone(planning: Planning) -> None:
    """It is in the AMI, as somebody's own build of one may have it."""
    builder = planning.ec2.run_instances(ImageId=planning.image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    machine = planning.sandbox.machine(builder)
    assert machine
    configured = machine.root / "etc" / "neo4j" / "neo4j.conf"
    configured.parent.mkdir(parents=True)
    configured.write_text("server.memory.pagecache.size=32m\nserver.nonsense=1\n")
    image = planning.ec2.create_image(InstanceId=builder, Name="with-nonsense", NoReboot=True)["ImageId"]
    planning.ec2.create_tags(Resources=[image], Tags=[{"Key": "credex:neo4j-version", "Value": NEW}])
    planning.ec2.terminate_instances(InstanceIds=[builder])
    got = planning.plan("--databases", "search-space", image=image)
    told(got, 3, f"Neo4j does not run on {image}", "No declared setting with name: server.nonsense")
    assert set(planning.scratch()) == {"terminated"}
    notes = [tag["Value"] for each in planning.snapshots() for tag in each["Tags"] if tag["Key"] == "credex:rehearsed"]
    assert any("failed" in note for note in notes)


def test_a_cancelled_rehearsal_leaves_nothing_a_killed_one_is_swept_and_another_series_upgrades_the_store_of_the_clone(
    planning: Planning,
) -> None:
    image = planning.sandbox.neo4j_image(LATER)
    words = ("--image", image, "--databases", "search-space")
    for number in (signal.SIGTERM, signal.SIGKILL):
        planning.sandbox.fault("RunInstances", 1, "slow", 1)
        with under_way(planning.begin("neo4j-ami-rollout --mode plan", *words)) as process:
            planning.sandbox.until(lambda: not planning.sandbox.faults_left, "the launch", 60)
            process.send_signal(number)
            if number == signal.SIGTERM:
                told(ended(process, planning.folder), 143, "cancelled", "launch a scratch instance")
                assert set(planning.scratch()) == {"terminated"}
            process.wait()
    planning.sandbox.until(lambda: "running" in planning.scratch(), "the clone that nobody waits for", 60)
    told(planning.run("neo4j-ami-rollout --mode sweep"), 0, "terminate the rehearsal with search-space")
    assert set(planning.scratch()) == {"terminated"}
    got = planning.plan("--databases", "search-space", image=image)
    told(got, 0, f"Neo4j {OLD} → {LATER}", "Java 21", "same database, unchanged; its store is consistent")


def test_without_an_ami_of_the_version_it_is_built_for_the_plan(planning: Planning) -> None:
    kind = {"RootDeviceName": "/dev/xvda", "Architecture": "x86_64", "VirtualizationType": "hvm"}
    base = planning.ec2.register_image(Name="al2023", **kind)["ImageId"]
    planning.sandbox.client("ssm").put_parameter(Name="/base", Value=base, Type="String")
    with serving() as sources:
        image = f"{{base-parameter: /base, sources: {sources.yaml('maven', 'yum')}}}"
        words = ("--databases", "search-space", "--skip-rehearsal", "it is not what is tried here")
        dry = planning.run("neo4j-ami-rollout --mode plan", *words, "--dry-run", image=image)
        told(dry, 3, f"there is no AMI of Neo4j {NEW} community")
        got = planning.run("neo4j-ami-rollout --mode plan", *words, image=image)
    (built,) = planning.ec2.describe_images(Owners=["self"], Filters=[{"Name": "tag-key", "Values": ["credex:recipe"]}])["Images"]
    assert got.outputs["image-id"] == built["ImageId"], got.stderr
    told(got, 0, "reason given: it is not what is tried here")


def test_directly_before_a_database_is_touched_its_momentary_gates_are_asked_again(
    planning: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in planning.sandbox.environment.items():
        monkeypatch.setenv(name, value)
    (planning.folder / "neo4j.yml").write_text(CONFIGURATION.format(rollout='{window: {cron: "* * * * *", hours: 1}}', image="{}"))
    asked = read(Inputs(mode="plan", config=str(planning.folder / "neo4j.yml"), environment="production"))
    clients, runner = Clients(), Runner(planning.sandbox.environment, io.StringIO(), io.StringIO())
    clock = WorkerClock(SystemClock())
    context = Context(runner, clock, clients, asked, Who("arn:aws:iam::1:user/x", timedelta()), "run", clock.now() + timedelta(hours=1))
    found = find_all(clients, asked.databases)["search-space"]
    target = Target("search-space", asked.databases["search-space"], found)
    gates = list(before(context, target, timedelta(minutes=1)))
    assert [(gate.name, gate.state) for gate in gates] == [
        ("maintenance window", "open"),
        ("alarms", "open"),
        ("databases", "open"),
        ("transactions", "open"),
        ("boot", "open"),
        ("disk", "open"),
    ]
    assert next(before(context, target, timedelta(minutes=61))).stops
