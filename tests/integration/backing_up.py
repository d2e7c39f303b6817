"""One database as neo4j-backup meets it: an instance of the sandbox with its data on a volume of its own, and a configuration that finds it."""

import json
import os
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from credex_actions.sandbox import Sandbox
from tests.integration.called import Ended, ended, under_way
from tests.integration.logging_in import STARTS_WITHIN, logged_in
from tests.integration.on_instances import ROLE, profile
from tests.integration.warm import Command

PASSWORD = "canary-password-of-the-ledger"
VERSION = "5.26.16"
DEVICE = "/dev/sdf"
CONFIGURATION = """\
version: 1
databases:
  ledger:
    instances: {{tags: {{Role: LedgerSpace}}}}
    connect: {{via: {via}, patience: 60s}}
    login: {{user-parameter: /db/user, password-parameter: /db/password}}
    data: {{volume: {{tags: {{Role: LedgerSpace, Data: "true"}}}}, device: {device}}}
    checks:
      - {{query: "MATCH (n:Account) RETURN count(n) > 0", expect: true}}
backup: {backup}
"""


@dataclass
class BackingUp:
    sandbox: Sandbox
    folder: Path
    instance: str = ""
    address: str = ""
    volume: str = ""
    environment: str = "production"
    bucket: str = field(default_factory=lambda: f"ledger-dumps-{token_hex(4)}")  # a name is one for all accounts

    @classmethod
    def provisioned(cls, sandbox: Sandbox, folder: Path) -> "BackingUp":
        made = cls(sandbox, folder)
        made.provision()
        return made

    def provision(self) -> None:
        ssm, ec2 = self.sandbox.client("ssm"), self.sandbox.client("ec2")
        ssm.put_parameter(Name="/db/user", Value="neo4j", Type="String")
        ssm.put_parameter(Name="/db/password", Value=PASSWORD, Type="SecureString")
        tags = [{"Key": "Role", "Value": "LedgerSpace"}]
        made = ec2.run_instances(
            ImageId=self.sandbox.neo4j_image(VERSION),
            MinCount=1,
            MaxCount=1,
            IamInstanceProfile=profile(self.sandbox),
            UserData="#!/bin/sh\nNEO4J_INITIAL_PASSWORD_PARAMETER=/db/password\n",
            BlockDeviceMappings=[{"DeviceName": DEVICE, "Ebs": {"VolumeSize": 20, "DeleteOnTermination": False}}],
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )["Instances"][0]
        self.instance, self.address = made["InstanceId"], made["PrivateIpAddress"]
        (seen,) = ec2.describe_instances(InstanceIds=[self.instance])["Reservations"][0]["Instances"]
        self.volume = next(each["Ebs"]["VolumeId"] for each in seen["BlockDeviceMappings"] if each["DeviceName"] == DEVICE)
        ec2.create_tags(Resources=[self.volume], Tags=[*tags, {"Key": "Data", "Value": "true"}])
        rights = {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
        self.sandbox.client("iam").put_role_policy(RoleName=ROLE, PolicyName="dumps", PolicyDocument=policy)
        where = {"LocationConstraint": self.sandbox.environment["AWS_REGION"]}
        self.sandbox.client("s3").create_bucket(Bucket=self.bucket, CreateBucketConfiguration=where)
        self.configure()

    def configure(self, via: str = "bolt", **backup: Any) -> None:
        text = "{" + ", ".join(f"{name}: {value}" for name, value in backup.items()) + "}"
        (self.folder / "neo4j.yml").write_text(CONFIGURATION.format(via=via, backup=text, device=DEVICE))

    def database(self, address: str = "", within: float = STARTS_WITHIN) -> AbstractContextManager[Driver]:
        """A driver that has logged in, as soon as the database lets it."""
        return logged_in(address or self.address, PASSWORD, within)

    def write(self, accounts: int) -> None:
        with self.database() as driver:
            driver.execute_query("UNWIND range(1, $count) AS id CREATE (:Account {id: randomUUID(), number: id})", count=accounts)

    def of(self, environment: str) -> "BackingUp":
        """The same database in an environment of its own, which has no backups yet."""
        return replace(self, environment=environment)

    def begin(self, mode: str, *words: str, **environment: str) -> Command:
        summary = self.folder / "summary.md"
        summary.unlink(missing_ok=True)
        own = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder), "GITHUB_STEP_SUMMARY": str(summary)}
        words = ("neo4j-backup", "--mode", mode, "--environment", self.environment, "--json", *words)
        return Command(*words, env=own | self.sandbox.environment | environment, cwd=self.folder)

    def run(self, mode: str, *words: str, **environment: str) -> Ended:
        got = ended(self.begin(mode, *words, **environment), self.folder, 240)
        time.sleep(1 - time.time() % 1)  # of two snapshots of one second nobody can tell the newer one: moto's times are whole seconds
        assert PASSWORD not in got.stdout + got.stderr + got.summary
        return got

    def snapshots(self) -> list[Any]:
        found: list[Any] = self.sandbox.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
        wanted = {"Key": "credex:environment", "Value": self.environment}
        return [each for each in found if wanted in each.get("Tags", ())]

    def scratch(self) -> list[str]:
        """States of the instances that drills made."""
        filters = [{"Name": "tag-key", "Values": ["credex:scratch"]}, {"Name": "tag:credex:environment", "Values": [self.environment]}]
        pages = self.sandbox.client("ec2").describe_instances(Filters=filters)
        return [each["State"]["Name"] for page in pages["Reservations"] for each in page["Instances"]]

    def volumes(self) -> set[str]:
        return {each["VolumeId"] for each in self.sandbox.client("ec2").describe_volumes()["Volumes"]}

    def note(self) -> str:
        """Of the instance: that its database is stopped for a backup."""
        (seen,) = self.sandbox.client("ec2").describe_instances(InstanceIds=[self.instance])["Reservations"][0]["Instances"]
        return next((each["Value"] for each in seen.get("Tags", ()) if each["Key"] == "credex:stopped-by"), "")

    def answers(self) -> bool:
        """At once: nobody waits for it to start."""
        try:
            with GraphDatabase.driver(f"bolt://{self.address}:7687", auth=("neo4j", PASSWORD)) as driver:
                driver.verify_connectivity()
        except (DriverError, Neo4jError, OSError):
            return False
        return True

    def until_struck(self, process: Command, within: float = 180) -> None:
        """Until the call is on its way that a fault makes slow."""
        end = time.monotonic() + within
        while self.sandbox.faults_left:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.05)

    def killed_at(self, operation: str, mode: str, *words: str) -> None:
        """A run that is killed while its first call of `operation` is on its way: it takes effect, and nobody hears the response."""
        self.sandbox.fault(operation, 1, "slow", 1)
        with under_way(self.begin(mode, *words)) as process:
            self.until_struck(process)
            process.kill()
            process.wait()
        self.sandbox.until_answered()
