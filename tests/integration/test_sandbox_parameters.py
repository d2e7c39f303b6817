"""The sandbox's Parameter Store: types, tiers, versions, labels, tags and selectors, over boto3."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from credex_actions.sandbox import Sandbox

NAME = "/app/production/KEY"


@pytest.fixture
def ssm(sandbox: Sandbox) -> Any:
    """A client, and a SecureString at version 1."""
    client = sandbox.client("ssm")
    client.put_parameter(Name=NAME, Value="one", Type="SecureString")
    return client


def put(ssm: Any, value: str, **members: Any) -> dict[str, Any]:
    answer: dict[str, Any] = ssm.put_parameter(Name=NAME, Value=value, Overwrite=True, **members)
    return answer


def get(ssm: Any, selector: str = "", **members: Any) -> dict[str, Any]:
    answer: dict[str, Any] = ssm.get_parameter(**({"Name": NAME + selector, "WithDecryption": True} | members))["Parameter"]
    return answer


def refused(action: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        action()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def labels(ssm: Any) -> dict[int, list[str]]:
    return {each["Version"]: each["Labels"] for each in ssm.get_parameter_history(Name=NAME)["Parameters"] if each.get("Labels")}


def test_a_value_is_written_and_its_type_stays(ssm: Any) -> None:
    assert [put(ssm, "two")["Version"], put(ssm, "two")["Version"]] == [2, 3]
    found = get(ssm)
    assert (found["Value"], found["Type"], found["Version"]) == ("two", "SecureString", 3)
    assert abs((found["LastModifiedDate"] - datetime.now(UTC)).total_seconds()) < 10


def test_a_parameter_is_not_overwritten_by_accident(ssm: Any) -> None:
    code, message = refused(lambda: ssm.put_parameter(Name=NAME, Value="two", Type="SecureString"))
    assert code == "ParameterAlreadyExists"
    assert message == "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
    assert get(ssm)["Value"] == "one"


@pytest.mark.parametrize("kind", ["String", "StringList"])
def test_the_type_of_a_parameter_in_a_hierarchy_does_not_change(ssm: Any, kind: str) -> None:
    assert refused(lambda: put(ssm, "two", Type=kind))[0] == "HierarchyTypeMismatchException"
    assert (get(ssm)["Value"], get(ssm)["Type"]) == ("one", "SecureString")


def test_the_type_of_a_parameter_outside_a_hierarchy_changes(ssm: Any) -> None:
    for kind in ("SecureString", "String"):
        ssm.put_parameter(Name="plain", Value="x", Type=kind, Overwrite=True)
    described = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["plain"]}])["Parameters"]
    assert [(each["Type"], "KeyId" in each) for each in described] == [("String", False)]
    assert ssm.get_parameter(Name="plain")["Parameter"]["Value"] == "x"


def test_a_type_is_needed_for_a_new_parameter(ssm: Any) -> None:
    code, message = refused(lambda: ssm.put_parameter(Name="/new", Value="x"))
    assert (code, message) == ("ValidationException", "A parameter type is required when you create a parameter.")
    assert refused(lambda: ssm.get_parameter(Name="/new"))[0] == "ParameterNotFound"


@pytest.mark.parametrize(
    ("tier", "size", "expected"),
    [
        (None, 4096, "Standard"),
        ("Standard", 4096, "Standard"),
        ("Advanced", 8192, "Advanced"),
        ("Intelligent-Tiering", 4096, "Standard"),
        ("Intelligent-Tiering", 4097, "Advanced"),
    ],
)
def test_a_value_fits_its_tier(ssm: Any, tier: str | None, size: int, expected: str) -> None:
    assert put(ssm, "x" * size, **({"Tier": tier} if tier else {}))["Tier"] == expected
    assert len(get(ssm)["Value"]) == size


@pytest.mark.parametrize(
    ("tier", "value", "words"),
    [
        (None, "x" * 4097, "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger"),
        ("Standard", "x" * 4095 + "ü", "Standard tier parameters support a maximum"),
        ("Advanced", "x" * 8193, "Advanced-tier parameters support a maximum parameter value of 8192 characters."),
        ("Intelligent-Tiering", "x" * 8193, "Advanced-tier parameters support a maximum"),
    ],
    ids=["default", "bytes count", "advanced", "intelligent"],
)
def test_a_value_that_is_too_large_is_refused(ssm: Any, tier: str | None, value: str, words: str) -> None:
    code, message = refused(lambda: put(ssm, value, **({"Tier": tier} if tier else {})))
    assert code == "ValidationException"
    assert words in message
    assert "xxx" not in message
    assert (get(ssm)["Value"], get(ssm)["Version"]) == ("one", 1)


def test_an_advanced_parameter_stays_advanced(ssm: Any) -> None:
    put(ssm, "x" * 5000, Tier="Advanced")
    assert put(ssm, "x" * 5000)["Tier"] == "Advanced"
    code, message = refused(lambda: put(ssm, "x", Tier="Standard"))
    assert code == "ValidationException"
    assert "You can't downgrade a parameter from the advanced-parameter tier" in message


@pytest.mark.parametrize("value", ["{{ssm:other}}", "a {{b}} c"])
def test_a_value_does_not_name_another_parameter(ssm: Any, value: str) -> None:
    assert refused(lambda: put(ssm, value))[0] == "ValidationException"
    assert put(ssm, "{a}} {{")["Version"] == 2


def test_a_value_fits_the_pattern_that_is_allowed(ssm: Any) -> None:
    put(ssm, "42", AllowedPattern=r"^\d+$")
    code, message = refused(lambda: put(ssm, "secret"))
    assert (code, "secret" in message) == ("ParameterPatternMismatchException", False)
    assert put(ssm, "43")["Version"] == 3


def test_tags_stay_when_a_value_is_overwritten(ssm: Any) -> None:
    ssm.put_parameter(Name="/a/b", Value="x", Type="String", Tags=[{"Key": "team", "Value": "a"}])
    ssm.put_parameter(Name="/a/b", Value="y", Overwrite=True)
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/a/b")["TagList"] == [{"Key": "team", "Value": "a"}]


def test_tags_and_overwrite_exclude_each_other(ssm: Any) -> None:
    code, message = refused(lambda: put(ssm, "two", Tags=[{"Key": "a", "Value": "b"}]))
    assert code == "ValidationException"
    assert message.startswith("Invalid request: tags and overwrite can't be used together.")
    assert get(ssm)["Version"] == 1


def test_versions_and_labels_select_a_value(ssm: Any) -> None:
    put(ssm, "two")
    ssm.label_parameter_version(Name=NAME, ParameterVersion=1, Labels=["blue"])
    assert [get(ssm, selector)["Value"] for selector in ("", ":1", ":2", ":blue")] == ["two", "one", "two", "one"]
    found = get(ssm, ":blue")
    assert (found["Selector"], found["Version"], found["Name"]) == (":blue", 1, NAME)
    several = ssm.get_parameters(Names=[f"{NAME}:1", f"{NAME}:blue", f"{NAME}:green", "/nothing"], WithDecryption=True)
    assert [(each["Value"], each["Selector"]) for each in several["Parameters"]] == [("one", ":1"), ("one", ":blue")]
    assert several["InvalidParameters"] == [f"{NAME}:green", "/nothing"]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        (f"{NAME}:7", "ParameterVersionNotFound", "could not find version 7"),
        (f"{NAME}:green", "ParameterVersionNotFound", "could not find label green"),
        ("/nothing", "ParameterNotFound", "/nothing"),
        ("/nothing:1", "ParameterNotFound", "/nothing"),
    ],
)
def test_what_is_not_there_is_not_found(ssm: Any, name: str, code: str, words: str) -> None:
    found, message = refused(lambda: get(ssm, Name=name))
    assert found == code
    assert words in message


def test_a_label_moves(ssm: Any) -> None:
    put(ssm, "two")
    assert ssm.label_parameter_version(Name=NAME, ParameterVersion=1, Labels=["live", "first"])["ParameterVersion"] == 1
    assert ssm.label_parameter_version(Name=NAME, Labels=["live"])["ParameterVersion"] == 2
    assert labels(ssm) == {1: ["first"], 2: ["live"]}
    assert ssm.unlabel_parameter_version(Name=NAME, ParameterVersion=1, Labels=["first", "no"])["RemovedLabels"] == ["first"]
    assert labels(ssm) == {2: ["live"]}


def test_a_version_has_ten_labels_at_most(ssm: Any) -> None:
    ten = [f"l{number}" for number in range(10)]
    ssm.label_parameter_version(Name=NAME, Labels=ten)
    ssm.label_parameter_version(Name=NAME, Labels=["l1"])
    code, message = refused(lambda: ssm.label_parameter_version(Name=NAME, Labels=["l11"]))
    assert code == "ParameterVersionLabelLimitExceeded"
    assert message == "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again."
    assert labels(ssm) == {1: ten}


def test_labels_that_cannot_be_are_listed(ssm: Any) -> None:
    answer = ssm.label_parameter_version(Name=NAME, Labels=["1st", "AWSx", "ssm.x", "a b", "good"])
    assert sorted(answer["InvalidLabels"]) == ["1st", "AWSx", "a b", "ssm.x"]
    assert labels(ssm) == {1: ["good"]}


def test_a_label_on_nothing_is_refused_and_leaves_no_trace(ssm: Any) -> None:
    for attempt in (
        lambda: ssm.label_parameter_version(Name="/no/where", Labels=["a"]),
        lambda: ssm.unlabel_parameter_version(Name="/no/where", ParameterVersion=1, Labels=["a"]),
        lambda: ssm.get_parameter_history(Name="/no/where"),
        lambda: ssm.get_parameter(Name="/no/where"),
    ):
        assert refused(attempt)[0] == "ParameterNotFound"
    assert [each["Name"] for each in ssm.describe_parameters()["Parameters"]] == [NAME]


def test_a_hundred_versions_are_kept_and_a_label_holds_the_oldest(ssm: Any) -> None:
    for number in range(2, 102):
        assert put(ssm, f"v{number}")["Version"] == number
    assert refused(lambda: get(ssm, ":1"))[0] == "ParameterVersionNotFound"
    ssm.label_parameter_version(Name=NAME, ParameterVersion=2, Labels=["keep"])
    code, message = refused(lambda: put(ssm, "more"))
    assert code == "ParameterMaxVersionLimitExceeded"
    assert message.startswith(
        f"You attempted to create a new version of {NAME} by calling the PutParameter API with the overwrite flag. Version 2,"
    )
    ssm.label_parameter_version(Name=NAME, ParameterVersion=50, Labels=["keep"])
    assert put(ssm, "more")["Version"] == 102


def test_a_secure_string_shows_its_value_only_when_decrypted(ssm: Any) -> None:
    put(ssm, "canary-value")
    shown = [
        get(ssm, WithDecryption=False)["Value"],
        ssm.get_parameters(Names=[NAME])["Parameters"][0]["Value"],
        ssm.get_parameters_by_path(Path="/app", Recursive=True)["Parameters"][0]["Value"],
        ssm.get_parameter_history(Name=NAME)["Parameters"][-1]["Value"],
    ]
    assert len(set(shown)) == 1
    assert "canary" not in shown[0]
    decrypted = [
        ssm.get_parameters(Names=[NAME], WithDecryption=True)["Parameters"][0]["Value"],
        ssm.get_parameters_by_path(Path="/app", Recursive=True, WithDecryption=True)["Parameters"][0]["Value"],
        ssm.get_parameter_history(Name=NAME, WithDecryption=True)["Parameters"][-1]["Value"],
    ]
    assert decrypted == ["canary-value"] * 3
