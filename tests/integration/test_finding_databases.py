"""Databases are found by their tags, and their logins where neo4j.yml says: what is wrong is said of all of them at once, each with its line."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.databases.choosing import chosen
from credex_actions.databases.finding import find, find_all
from credex_actions.databases.login import logins
from credex_actions.neo4j.configuration.groups import asked_for
from credex_actions.neo4j.configuration.model import Database
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
    given = configuration(TEXT)
    with pytest.raises(Failure) as caught:
        find_all(clients, given.configuration.databases, given.document)
    told = {(fault.line, fault.what) for fault in caught.value.faults}
    assert told == {
        (4, "no instance has the tags Role=Nobody"),
        (8, f"2 instances have the tags Role=SearchSpace: {', '.join(sorted((first, second)))}"),
        (15, "no volume has the tags Data=nowhere"),
        (20, f"volume {volume} is attached to {second}, and the instance is {first}"),
        (22, "no instance has the tags Role=Search*"),
        (26, f"instance {second} is stopped"),
    }
    assert all(fault.hint for fault in caught.value.faults)
    assert find_all(clients, {"stopped": given.configuration.databases["stopped"]}, stopped=True)["stopped"].instance_id == second


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


GROUP = """\
version: 1
databases:
  search:
    instances:
      tags: {Role: SearchSpace}
      count: 3
    order: 10
    login: {secret: "credex/{instance}"}
    url-parameter: "/credex/{instance}/bolt_url"
    data: {volume: {tags: {Role: SearchSpace, Data: "true"}}}
  ledger:
    instances: {tags: {Role: Ledger}}
    order: 5
    login: {secret: a}
    data: root
"""


@pytest.fixture
def three(sandbox: "Sandbox", image: str) -> dict[str, tuple[str, str]]:
    """Instance and volume of each; the third one has no name."""
    made = {}
    for name in ("b", "a", ""):
        instance = launch(sandbox, image)
        made[name or instance] = (instance, add_volume(sandbox, instance, DATA))
        if name:
            named(sandbox, instance, name)
    return made


def chosen_by(clients: Clients, *words: str) -> dict[str, Database]:
    given = configuration(GROUP)
    return chosen(clients, asked_for(words or given.configuration.databases, given.configuration), given.document)


def test_a_group_is_a_database_for_each_of_its_instances(clients: Clients, three: dict[str, tuple[str, str]]) -> None:
    databases = chosen_by(clients)
    assert list(databases) == ["ledger", *(f"search/{name}" for name in sorted(three))]
    found = find_all(clients, {name: each for name, each in databases.items() if name != "ledger"})
    assert {name.partition("/")[2]: (each.instance_id, each.volume_id) for name, each in found.items()} == three
    assert (databases["search/a"].login.secret, databases["search/a"].url_parameter) == ("credex/a", "/credex/a/bolt_url")
    assert list(chosen_by(clients, "search/b", "search/a")) == ["search/b", "search/a"]
    assert len(chosen_by(clients, "search")) == 3


def test_the_volume_of_a_member_is_the_one_that_is_attached_to_it(
    sandbox: "Sandbox", clients: Clients, three: dict[str, tuple[str, str]]
) -> None:
    sandbox.client("ec2").detach_volume(VolumeId=three["a"][1])
    databases = chosen_by(clients, "search/a", "search/b")
    with pytest.raises(Failure, match=f"no volume has the tags Data=true, Role=SearchSpace, attached to {three['a'][0]}") as caught:
        find_all(clients, databases, configuration(GROUP).document)
    assert [fault.line for fault in caught.value.faults] == [10]


def test_instances_that_are_not_the_group_that_is_configured_are_refused(
    sandbox: "Sandbox", clients: Clients, image: str, three: dict[str, tuple[str, str]]
) -> None:
    with pytest.raises(Failure, match="search/c: the group search has no instance c") as caught:
        chosen_by(clients, "search/c")
    assert caught.value.code is Exit.BAD_INPUT
    named(sandbox, three["b"][0], "a")
    with pytest.raises(Failure, match=f"is ambiguous: .* and {max(three['a'][0], three['b'][0])} both have the tag Name=a"):
        chosen_by(clients)
    named(sandbox, three["b"][0], "not/a name")
    with pytest.raises(Failure, match=f"the tag Name of {three['b'][0]} cannot be a part of a name"):
        chosen_by(clients)
    launch(sandbox, image)
    with pytest.raises(Failure, match="is 3, and 4 instances have the tags Role=SearchSpace: i-") as caught:
        chosen_by(clients)
    assert (caught.value.code, caught.value.faults[0].line) == (Exit.BAD_INPUT, 6)


def test_what_leads_back_goes_by_the_instances_that_are_left(
    sandbox: "Sandbox", clients: Clients, three: dict[str, tuple[str, str]]
) -> None:
    sandbox.client("ec2").terminate_instances(InstanceIds=[three["b"][0]])
    told: list[Fault] = []
    given = configuration(GROUP)
    with pytest.raises(Failure, match="is 3, and 2 instances have the tags"):
        chosen_by(clients, "search")
    left = chosen(clients, asked_for(["search"], given.configuration), given.document, told.append)
    assert sorted(left) == sorted(f"search/{name}" for name in three if name != "b")
    assert [fault.what.partition(":")[0] for fault in told] == ["is 3, and 2 instances have the tags Role=SearchSpace"]


def test_two_databases_have_no_instance_and_no_address_in_common(clients: Clients, three: dict[str, tuple[str, str]]) -> None:
    others = GROUP[GROUP.index("  search:") : GROUP.index("  ledger:")].replace("  search:", "  other:")
    given = configuration(GROUP + others)
    with pytest.raises(Failure) as caught:
        chosen(clients, asked_for(given.configuration.databases, given.configuration), given.document)
    said = [fault.what for fault in caught.value.faults]
    assert f"is that of two databases, search/a and other/a: {three['a'][0]}" in said
    assert "is that of two databases, search/a and other/a: /credex/a/bolt_url" in said
    assert len(said) == 6
