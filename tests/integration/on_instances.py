"""One sandbox with a database as neo4j.yml describes one, for tests of the ways to it."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.documents.document import parse
from credex_actions.core.runner import Runner
from credex_actions.databases.around import Around
from credex_actions.neo4j.configuration.model import Configuration, Database
from credex_actions.neo4j.configuration.reading import ReadConfiguration

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

PASSWORD = "canary-5f1c8e9a7b"
SECRET = "credex/test/search_space"
USER_PARAMETER, PASSWORD_PARAMETER = "/credex/test/neo4j_user", "/credex/test/neo4j_pass"
ROLE = "neo4j-instance"
TAGS = {"Role": "SearchSpace", "Environment": "test"}
TEXT = """\
version: 1
databases:
  search-space:
    instances: {tags: {Role: SearchSpace, Environment: test}}
    login: {secret: credex/test/search_space}
    data: {volume: {tags: {Role: SearchSpace, Data: "true"}}}
    connect: {patience: 90s}
"""


def configuration(text: str = TEXT) -> ReadConfiguration:
    document = parse(text, "neo4j.yml")
    return ReadConfiguration(msgspec.convert(document.value, Configuration), document)


def database(**changes: Any) -> Database:
    """search-space, with `changes` (in neo4j.yml's words)."""
    return msgspec.convert(parse(TEXT, "neo4j.yml").value["databases"]["search-space"] | changes, Database)


def tags(kind: str, given: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in given.items()]}]


def profile(sandbox: "Sandbox") -> dict[str, str]:
    """An instance profile with a role that SSM manages."""
    iam: Any = sandbox.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    made = iam.create_instance_profile(InstanceProfileName=ROLE)["InstanceProfile"]
    iam.add_role_to_instance_profile(InstanceProfileName=ROLE, RoleName=ROLE)
    return {"Arn": made["Arn"]}


def launch(sandbox: "Sandbox", image: str, **settings: Any) -> str:
    made = sandbox.client("ec2").run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=tags("instance", TAGS), **settings)
    return str(made["Instances"][0]["InstanceId"])


def add_volume(sandbox: "Sandbox", instance: str, given: dict[str, str]) -> str:
    ec2: Any = sandbox.client("ec2")
    zone = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["Placement"]["AvailabilityZone"]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=8, Encrypted=True, TagSpecifications=tags("volume", given))["VolumeId"]
    ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    return str(volume)


@dataclass
class Place:
    sandbox: "Sandbox"
    instance: str
    volume: str
    said: io.StringIO = field(default_factory=io.StringIO)

    @property
    def around(self) -> Around:
        """As an action has it: each one knows no secret yet."""
        environment = self.sandbox.environment
        return Around(Clients(), SystemClock(), Runner(environment, self.said, self.said))


@contextmanager
def place() -> Iterator[Place]:
    """A database on a data volume, with its login in a secret and in parameters."""
    from credex_actions.sandbox import Sandbox

    with Sandbox(pace=0.05) as sandbox, pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        login = {"user": "neo4j", "password": PASSWORD}
        sandbox.client("secretsmanager").create_secret(Name=SECRET, SecretString=json.dumps(login))
        sandbox.client("ssm").put_parameter(Name=USER_PARAMETER, Value="neo4j", Type="String")
        sandbox.client("ssm").put_parameter(Name=PASSWORD_PARAMETER, Value=PASSWORD, Type="SecureString")
        told = f"#!/bin/sh\nNEO4J_INITIAL_PASSWORD_PARAMETER={PASSWORD_PARAMETER}\nNEO4J_DATA_DEVICE=/dev/sdf\n"
        instance = launch(sandbox, sandbox.neo4j_image("5.26.16"), UserData=told, IamInstanceProfile=profile(sandbox))
        volume = add_volume(sandbox, instance, {"Role": "SearchSpace", "Data": "true"})
        yield Place(sandbox, instance, volume)
        assert sandbox.misfits == []
