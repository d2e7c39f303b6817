"""Databases are found by their tags, and their logins where neo4j.yml says: what is wrong is said of all of them at once, each with its line."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.core.faults import Exit, Failure
from credex_actions.databases.finding import find, find_all
from credex_actions.databases.login import logins
from tests.integration.on_instances import SECRET, TAGS, add_volume, configuration, database, launch

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

DATA = {"Role": "SearchSpace", "Data": "true"}
TEXT = """\
version: 1
databases:
  none:
    instances: {tags: {Role: Nobody}}
    login: {secret: a}
    data: root
  many:
    instances: {tags: {Role: SearchSpace}}
    login: {secret: a}
    data: root
  cluster:
    instances:
      tags: {Role: Cluster}
      count: 3
    login: {secret: a}
    data: root
  no-volume:
    instances: {tags: {Role: SearchSpace, Name: first}}
    login: {secret: a}
    data:
      volume: {tags: {Data: nowhere}}
  elsewhere:
    instances: {tags: {Role: SearchSpace, Name: first}}
    login: {secret: a}
    data:
      volume: {tags: {Role: SearchSpace, Data: "true"}}
  wild:
    instances: {tags: {Role: "Search*"}}
    login: {secret: a}
    data: root
  stopped:
    instances: {tags: {Role: SearchSpace, Name: second}}
    login: {secret: a}
    data: root
"""


@pytest.fixture
def clients(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> Clients:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    return Clients()


@pytest.fixture
def image(sandbox: "Sandbox") -> str:
    return str(sandbox.client("ec2").register_image(Name="plain", RootDeviceName="/dev/xvda")["ImageId"])


def named(sandbox: "Sandbox", instance: str, name: str) -> str:
    sandbox.client("ec2").create_tags(Resources=[instance], Tags=[{"Key": "Name", "Value": name}])
    return instance


def test_everything_that_is_wrong_is_told_at_once_with_its_line(sandbox: "Sandbox", clients: Clients, image: str) -> None:
    ec2: Any = sandbox.client("ec2")
    first, second = (named(sandbox, launch(sandbox, image), name) for name in ("first", "second"))
    gone = launch(sandbox, image)
    ec2.terminate_instances(InstanceIds=[gone])
    volume = add_volume(sandbox, second, DATA)
    ec2.stop_instances(InstanceIds=[second])
    with pytest.raises(Failure) as caught:
        find_all(clients, configuration(TEXT))
    told = {(fault.line, fault.what) for fault in caught.value.faults}
    assert told == {
        (4, "no instance has the tags Role=Nobody"),
        (8, f"2 instances have the tags Role=SearchSpace: {', '.join(sorted((first, second)))}"),
        (14, "is 3: clusters are not supported yet"),
        (21, "no volume has the tags Data=nowhere"),
        (26, f"volume {volume} is attached to {second}, and the instance is {first}"),
        (28, "no instance has the tags Role=Search*"),
        (32, f"instance {second} is stopped"),
    }
    assert all(fault.hint for fault in caught.value.faults)
    assert find_all(clients, configuration(TEXT), ["stopped"], stopped=True)["stopped"].instance_id == second
    with pytest.raises(Failure, match=r"there is no database stoped in neo4j.yml\n  Did you mean stopped\?"):
        find_all(clients, configuration(TEXT), ["stoped"])


def test_a_root_volume_with_the_tags_of_the_data_volume_is_not_taken_for_it(sandbox: "Sandbox", clients: Clients, image: str) -> None:
    instance = launch(sandbox, image)
    (root,) = sandbox.client("ec2").describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"]
    sandbox.client("ec2").create_tags(Resources=[root["VolumeId"]], Tags=[{"Key": key, "Value": value} for key, value in DATA.items()])
    with pytest.raises(Failure, match=f"volume {root['VolumeId']} is the root volume of {instance}"):
        find(clients, "search-space", database())
    add_volume(sandbox, instance, DATA)
    with pytest.raises(Failure, match="2 volumes have the tags Data=true, Role=SearchSpace"):
        find(clients, "search-space", database())


def test_who_may_not_look_is_told_which_permission_is_missing(sandbox: "Sandbox", clients: Clients) -> None:
    sandbox.fault("DescribeInstances", 1, "access-denied")
    with pytest.raises(Failure, match="AWS does not allow DescribeInstances") as caught:
        find(clients, "search-space", database())
    assert caught.value.code == Exit.BAD_INPUT
    assert TAGS


def secret(sandbox: "Sandbox", text: str) -> None:
    sandbox.client("secretsmanager").create_secret(Name=SECRET, SecretString=text)


LOGINS = {
    "not JSON": ("the-password-itself", "is not a JSON object"),
    "no keys": ('{"name": "neo4j"}', "has no user and no password"),
    "a number": ('{"user": "neo4j", "password": 12345678}', "has no password, or not as a string"),
    "empty": ('{"user": "", "password": "long-enough"}', "has no user"),
}


@pytest.mark.parametrize(("text", "says"), LOGINS.values(), ids=LOGINS)
def test_a_secret_of_another_form_is_told_and_not_shown(sandbox: "Sandbox", clients: Clients, text: str, says: str) -> None:
    secret(sandbox, text)
    masked: list[str] = []
    with pytest.raises(Failure, match=re.escape(says)) as caught:
        logins(clients, database(), mask=masked.append, name="search-space", document=configuration().document)
    assert caught.value.faults[0].line == 5
    assert "the-password-itself" not in str(caught.value)
    assert text.startswith("{") or masked == [text]


def test_what_does_not_exist_or_may_not_be_read_is_told_by_its_place(sandbox: "Sandbox", clients: Clients) -> None:
    with pytest.raises(Failure, match=f"the secret {SECRET} does not exist"):
        logins(clients, database(), mask=print)
    sandbox.fault("GetSecretValue", 1, "access-denied")
    with pytest.raises(Failure, match=rf"access denied to the secret {SECRET}(.|\n)*Grant the role secretsmanager:GetSecretValue"):
        logins(clients, database(), mask=print)
    parameters = {"user-parameter": "/db/user", "password-parameter": "/db/pass"}
    with pytest.raises(Failure, match="the parameter /db/pass does not exist") as caught:
        logins(clients, database(login=parameters), mask=print, name="search-space")
    assert caught.value.faults[0].where == '$.databases["search-space"].login["password-parameter"]'


def backdate(sandbox: "Sandbox", ago: timedelta) -> None:
    """Whatever was stored until now was stored so long before."""
    from credex_actions.sandbox.aws.backends import backend

    for each in backend("secretsmanager", sandbox.account, sandbox.region).secrets.values():
        for version in each.versions.values():
            version["createdate"] -= int(ago.total_seconds())
    for versions in backend("ssm", sandbox.account, sandbox.region)._parameters.values():
        for version in versions:
            version.last_modified_date -= ago


def test_a_copy_is_logged_in_to_as_it_was_when_it_was_taken(sandbox: "Sandbox", clients: Clients) -> None:
    ssm: Any = sandbox.client("ssm")
    parameters = {"user-parameter": "/db/user", "password-parameter": "/db/pass"}
    ssm.put_parameter(Name="/db/user", Value="neo4j", Type="String")
    for number, password in enumerate(("password-one", "password-two", "password-three")):
        text = json.dumps({"user": "neo4j", "password": password})
        if number == 0:
            secret(sandbox, text)
        else:
            sandbox.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=text)
        ssm.put_parameter(Name="/db/pass", Value=password, Type="SecureString", Overwrite=True)
        backdate(sandbox, timedelta(days=1))
    now = datetime.now(UTC)
    for login in ({"secret": SECRET}, parameters):
        for days, expected in ((2.5, ["password-one", "password-three"]), (0.5, ["password-three"]), (30, ["password-three"])):
            masked: list[str] = []
            found = logins(clients, database(login=login), now - timedelta(days=days), mask=masked.append)
            assert [each.password.reveal() for each in found] == expected
            assert set(expected) <= set(masked)
            assert {each.user for each in found} == {"neo4j"}


def test_what_is_read_on_the_instance_is_not_read_here(sandbox: "Sandbox", clients: Clients) -> None:
    for number, password in enumerate(("password-one", "password-two")):
        text = json.dumps({"user": "neo4j", "password": password})
        if number == 0:
            secret(sandbox, text)
        else:
            sandbox.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=text)
        backdate(sandbox, timedelta(days=1))
    sandbox.fault("GetSecretValue", 1, "access-denied")
    for days, versions in ((1.5, [True, False]), (0.5, [False])):
        found = logins(clients, database(connect={"via": "instance"}), datetime.now(UTC) - timedelta(days=days), mask=print)
        assert [(each.user, bool(each.password)) for each in found] == [("", False)] * len(versions)
        assert [bool(getattr(each.source, "version", "")) for each in found] == versions
