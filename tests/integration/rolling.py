"""Databases as neo4j-ami-rollout meets them: instances of the sandbox with their data on volumes of their own, images of several versions, and a configuration that finds them."""

import base64
import os
import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neo4j import Driver

from credex_actions.sandbox import Sandbox
from tests.integration.called import Ended, ended, told, under_way
from tests.integration.logging_in import STARTS_WITHIN, logged_in
from tests.integration.on_instances import profile
from tests.integration.warm import Command

PASSWORD = "canary-password-of-both-spaces"
DEVICE = "/dev/sdf"
SLOW = 3.0
"""Seconds for which a call is on its way, so that a loaded machine kills the caller in time."""
DATABASE = """\
  {name}:
    instances: {{tags: {{Role: {name}}}}}
    connect: {{patience: 60s}}
    login: {{user-parameter: /db/user, password-parameter: /db/password}}
    data: {{volume: {{tags: {{Role: {name}, Data: "true"}}}}, device: {device}}}
    order: {order}
"""
GROUP = DATABASE.replace("{{Role: {name}}}}}", "{{Role: {name}}}, count: {count}}}", 1)
USER_DATA = "#!/bin/sh\nNEO4J_INITIAL_PASSWORD_PARAMETER=/db/password\nNEO4J_DATA_DEVICE=/dev/sdf\n"


def url_parameter(name: str) -> str:
    return f"/db/{name}/bolt_url"


@dataclass
class Place:
    """Where one database is."""

    name: str
    instance: str
    address: str
    volume: str


@dataclass
class Rolling:
    sandbox: Sandbox
    folder: Path
    images: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    first_boots: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)

    def launch(self, version: str, *names: str) -> None:
        """In the order in which they are to be rolled. Does not wait for them."""
        ssm: Any = self.sandbox.client("ssm")
        ssm.put_parameter(Name="/db/user", Value="neo4j", Type="String")
        ssm.put_parameter(Name="/db/password", Value=PASSWORD, Type="SecureString")
        by = profile(self.sandbox)
        for name in names:
            self._launch(self.image(version), name, by, {"Role": name})
        self.configure()

    def launch_group(self, version: str, name: str, *halves: str) -> None:
        """Instances whose databases are called NAME/HALF. Does not wait for them."""
        ssm: Any = self.sandbox.client("ssm")
        ssm.put_parameter(Name="/db/user", Value="neo4j", Type="String")
        ssm.put_parameter(Name="/db/password", Value=PASSWORD, Type="SecureString")
        by = profile(self.sandbox)
        for half in halves:
            self._launch(self.image(version), f"{name}/{half}", by, {"Role": name, "Name": half})
        self.configure()

    def image(self, version: str) -> str:
        if version not in self.images:
            self.images[version] = self.sandbox.neo4j_image(version)
        return self.images[version]

    def _launch(self, image: str, name: str, by: dict[str, str], given: dict[str, str]) -> None:
        ec2: Any = self.sandbox.client("ec2")
        tags = [{"Key": key, "Value": value} for key, value in given.items()]
        made = ec2.run_instances(
            ImageId=image,
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            IamInstanceProfile=by,
            UserData=USER_DATA,
            BlockDeviceMappings=[{"DeviceName": DEVICE, "Ebs": {"VolumeSize": 20, "DeleteOnTermination": False}}],
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )["Instances"][0]
        (seen,) = ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]["Instances"]
        volume = next(each["Ebs"]["VolumeId"] for each in seen["BlockDeviceMappings"] if each["DeviceName"] == DEVICE)
        ec2.create_tags(Resources=[volume], Tags=[*tags, {"Key": "Data", "Value": "true"}])
        self.places[name] = Place(name, made["InstanceId"], made["PrivateIpAddress"], volume)

    def configure(self, **rollout: str) -> None:
        given = {"bake": "1s", "start_within": "60s"} | rollout
        text = ", ".join(f"{name.replace('_', '-')}: {value}" for name, value in given.items())
        count = Counter(name.partition("/")[0] for name in self.places)
        groups = {name.partition("/")[0] for name in self.places if "/" in name}
        databases = "".join(
            (GROUP if name in groups else DATABASE).format(name=name, device=DEVICE, order=number * 10, count=count[name])
            + (f"    user-data: {{file: {name}.sh}}\n" if name in self.first_boots else "")
            + (f"    url-parameter: {url_parameter(name)}\n" if name in self.urls else "")
            for number, name in enumerate(count, start=1)
        )
        (self.folder / "neo4j.yml").write_text(f"version: 1\ndatabases:\n{databases}rollout: {{{text}}}\n")

    def tell(self, name: str, *lines: str) -> None:
        """What the first boot of its instance is to be told from now on, besides what it was told when it was launched."""
        (self.folder / f"{name}.sh").write_text("\n".join((USER_DATA.rstrip("\n"), *lines, "")))
        self.first_boots.add(name)
        self.configure()

    def publish(self, name: str) -> str:
        """The parameter with its Bolt URL, which a roll-out has to follow from now on."""
        url = f"bolt://{self.places[name].address}:7687"
        self.sandbox.client("ssm").put_parameter(Name=url_parameter(name), Value=url, Type="String", Overwrite=True)
        self.urls.add(name)
        return url_parameter(name)

    def find_again(self, name: str) -> Place:
        """The same database, where neo4j.yml finds it now."""
        asked = [{"Name": "tag:Role", "Values": [name]}]
        found = self.sandbox.client("ec2").describe_instances(Filters=asked)["Reservations"]
        every = [each for reservation in found for each in reservation["Instances"]]
        (one,) = [
            each
            for each in every
            if self.tags(each["InstanceId"]).get("credex:served-by", each["InstanceId"]).split()[0] == each["InstanceId"]
        ]
        self.places[name] = replace(self.places[name], instance=one["InstanceId"], address=one["PrivateIpAddress"])
        return self.places[name]

    def user_data(self, name: str) -> str:
        """As EC2 has them for its instance."""
        told = self.sandbox.client("ec2").describe_instance_attribute(InstanceId=self.places[name].instance, Attribute="userData")
        return base64.b64decode(told["UserData"]["Value"]).decode()

    def run(self, mode: str, *words: str, seconds: float = 240) -> Ended:
        return self.run_command("neo4j-ami-rollout", mode, *words, seconds=seconds)

    def run_command(self, command: str, mode: str, *words: str, seconds: float = 240) -> Ended:
        got = ended(self._command(command, mode, *words), self.folder, seconds)
        assert PASSWORD not in got.stdout + got.stderr + got.summary
        return got

    def back_up(self) -> None:
        """All of them, with a drill that is only claimed: test_backup.py has real ones."""
        told(ended(self._command("neo4j-backup", "backup"), self.folder, 240), 0)
        ec2: Any = self.sandbox.client("ec2")
        found = ec2.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "tag-key", "Values": ["credex:backup"]}])["Snapshots"]
        drill = [{"Key": "credex:drill", "Value": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} proven"}]
        ec2.create_tags(Resources=[each["SnapshotId"] for each in found], Tags=drill)

    def begin(self, mode: str, *words: str, **environment: str) -> Command:
        return self._command("neo4j-ami-rollout", mode, *words, **environment)

    def _command(self, command: str, mode: str, *words: str, **environment: str) -> Command:
        summary = self.folder / "summary.md"
        summary.unlink(missing_ok=True)
        own = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder), "GITHUB_STEP_SUMMARY": str(summary)}
        words = (command, "--mode", mode, "--environment", "production", "--json", *words)
        return Command(*words, env=own | self.sandbox.environment | environment, cwd=self.folder)

    def killed_at(self, operation: str, nth: int, mode: str, *words: str) -> None:
        """A run that is killed while its nth call of `operation` is on its way: it takes effect, and nobody hears the response."""
        self.sandbox.fault(operation, nth, "slow", SLOW)
        with under_way(self.begin(mode, *words)) as process:
            end = time.monotonic() + 120
            while self.sandbox.faults_left:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < end
                time.sleep(0.02)
            process.kill()
            process.wait()
        self.sandbox.until_answered()

    def killed_when(self, words: str, mode: str, *others: str) -> None:
        """A run that is killed as soon as it says that."""
        with under_way(self.begin(mode, *others)) as process:
            assert process.stderr
            told_so_far = ""
            while words not in told_so_far:
                line = process.stderr.readline()
                assert line, told_so_far
                told_so_far += line
            process.kill()
            process.wait()

    def database(self, name: str, within: float = STARTS_WITHIN) -> AbstractContextManager[Driver]:
        """A driver that has logged in, as soon as the database lets it."""
        return logged_in(self.places[name].address, PASSWORD, within)

    def ask(self, name: str, query: str, **values: Any) -> Any:
        with self.database(name) as driver:
            return driver.execute_query(query, **values).records[0][0]

    def write(self, name: str, accounts: int) -> None:
        with self.database(name) as driver:
            driver.execute_query("UNWIND range(1, $count) AS number CREATE (:Account {number: number})", count=accounts)

    def accounts(self, name: str) -> int:
        return int(self.ask(name, "MATCH (a:Account) RETURN count(a)"))

    def version(self, name: str) -> str:
        return str(self.ask(name, "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0]"))

    def tags(self, resource: str) -> dict[str, str]:
        found = self.sandbox.client("ec2").describe_tags(Filters=[{"Name": "resource-id", "Values": [resource]}])["Tags"]
        return {each["Key"]: each["Value"] for each in found}

    def root(self, name: str) -> str:
        """The root volume that is attached."""
        instance = self.places[name].instance
        (seen,) = self.sandbox.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
        return next(str(each["Ebs"]["VolumeId"]) for each in seen["BlockDeviceMappings"] if each["DeviceName"] == seen["RootDeviceName"])

    def data(self, name: str) -> str:
        """The volume that is attached where the data is."""
        instance = self.places[name].instance
        (seen,) = self.sandbox.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
        return next(str(each["Ebs"]["VolumeId"]) for each in seen["BlockDeviceMappings"] if each["DeviceName"] == DEVICE)
