"""Builds of AMIs in one sandbox, with packages on loopback: each environment has recipes of its own, for its base AMI is its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from credex_actions.sandbox import Sandbox
from tests.integration.called import Ended, ended, put, under_way
from tests.integration.on_instances import profile
from tests.integration.warm import Command
from tests.version_sources import Sources, serving

VERSION = "5.26.16"
NUMBERS = count()
CONFIGURATION = """\
version: 1
databases:
  ledger:
    instances: {{tags: {{Role: LedgerSpace}}}}
    login: {{secret: never/read}}
    data: root
image:
  name: neo4j-{environment}
  base-parameter: {base}
  keep: {keep}
  sources: {sources}
  edition: {edition}
  builder: {{via: {via}, instance-type: t3.small, subnet: {subnet}, security-groups: [{group}], profile: "{profile}"}}
"""


@dataclass
class Building:
    """Each environment has recipes of its own: its base AMI is its own."""

    sandbox: Sandbox
    sources: Sources
    folder: Path
    profile: str
    subnet: str
    group: str
    via: str = "ssm"
    environment: str = ""
    base: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def ec2(self) -> Any:
        return self.sandbox.client("ec2")

    def of(self, environment: str) -> "Building":
        kind = {"RootDeviceName": "/dev/xvda", "Architecture": "x86_64", "VirtualizationType": "hvm"}
        base = self.ec2.register_image(Name=f"al2023-{environment}", **kind)["ImageId"]
        self.sandbox.client("ssm").put_parameter(Name=f"/base/{environment}", Value=base, Type="String")
        return replace(self, environment=environment, base=base, settings={})

    def fresh(self) -> "Building":
        """Another environment, with the sources as they are at first."""
        self.sources.files.clear()
        self.sources.versions.clear()
        return self.of(f"e{next(NUMBERS)}")

    def configure(self, **settings: Any) -> None:
        self.settings = settings

    def begin(self, mode: str, *words: str, **environment: str) -> Command:
        given = {"keep": 3, "edition": "community", "sources": self.sources.yaml("maven", "yum"), "base": f"/base/{self.environment}"}
        given |= {
            "subnet": self.subnet,
            "group": self.group,
            "profile": self.profile,
            "environment": self.environment,
            "via": self.via,
        } | self.settings
        folder = self.folder / self.environment
        folder.mkdir(exist_ok=True)
        put(folder / "neo4j.yml", CONFIGURATION.format(**given))
        command = ("neo4j-ami-rollout", "--mode", mode, "--environment", self.environment, "--json", *words)
        own = {"HOME": str(folder), "TMPDIR": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
        return Command(*command, env=own | self.sandbox.environment | environment, cwd=folder)

    def run(self, mode: str, *words: str, **environment: str) -> Ended:
        return ended(self.begin(mode, *words, **environment), self.folder / self.environment, 240)

    def images(self) -> list[Any]:
        """What was built, oldest first."""
        filters = [{"Name": "tag:credex:environment", "Values": [self.environment]}]
        found: list[Any] = self.ec2.describe_images(Owners=["self"], Filters=filters)["Images"]
        return sorted(found, key=lambda each: each["CreationDate"])

    def instances(self) -> list[Any]:
        filters = [{"Name": "tag-key", "Values": ["credex:scratch"]}, {"Name": "tag:credex:environment", "Values": [self.environment]}]
        pages = self.ec2.describe_instances(Filters=filters)["Reservations"]
        return [each for page in pages for each in page["Instances"]]

    def states(self) -> set[str]:
        return {each["State"]["Name"] for each in self.instances()}

    def calls_of(self, operation: str, service: str = "ec2") -> int:
        return sum((each.service, each.operation) == (service, operation) for each in self.sandbox.calls())

    def killed_at(self, operation: str) -> None:
        """While its first call of `operation` is on its way: it takes effect, and nobody hears the response."""
        self.sandbox.fault(operation, 1, "slow", 1)
        with under_way(self.begin("build")) as process:
            self.until_struck(process)
            process.kill()
            process.wait()
        self.sandbox.until_answered()

    def until_struck(self, process: Command) -> None:
        end = time.monotonic() + 120
        while self.sandbox.faults_left:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.05)


@contextmanager
def ground_in(folder: Path, via: str = "ssm") -> Iterator[Building]:
    """`via`: as image.builder.via has it."""
    with Sandbox(pace=0.05) as sandbox, serving() as sources:
        name = profile(sandbox)["Arn"]
        ec2: Any = sandbox.client("ec2")
        subnet = ec2.describe_subnets()["Subnets"][0]
        group = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}])["SecurityGroups"][0]["GroupId"]
        yield Building(sandbox, sources, folder, name, subnet["SubnetId"], group, via)
        assert sandbox.misfits == []


def tags(record: Any) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in record["Tags"]}
