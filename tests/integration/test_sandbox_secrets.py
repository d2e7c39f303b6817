"""The sandbox's Secrets Manager: staging labels, tokens, limits and deletion, over boto3."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from credex_actions.sandbox import Sandbox

ONE, TWO, THREE = (f"{digit}" * 32 for digit in "123")
NOWHERE = "9" * 32


class Store:
    """One secret with version ONE as AWSCURRENT, and few words for what is done to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.aws = sandbox.client("secretsmanager")
        self.arn = self.aws.create_secret(Name="it", SecretString="one", ClientRequestToken=ONE)["ARN"]

    def put(self, token: str, value: str, *labels: str) -> dict[str, Any]:
        given = {"VersionStages": list(labels)} if labels else {}
        answer: dict[str, Any] = self.aws.put_secret_value(SecretId="it", SecretString=value, ClientRequestToken=token, **given)
        return answer

    def move(self, label: str, **members: str) -> None:
        names = {"to": "MoveToVersionId", "away_from": "RemoveFromVersionId"}
        self.aws.update_secret_version_stage(SecretId="it", VersionStage=label, **{names[key]: each for key, each in members.items()})

    def get(self, **members: str) -> str:
        return str(self.aws.get_secret_value(SecretId="it", **members)["SecretString"])

    @property
    def labels(self) -> dict[str, set[str]]:
        told = self.aws.describe_secret(SecretId="it").get("VersionIdsToStages", {})
        return {identifier: set(labels) for identifier, labels in told.items()}


@pytest.fixture
def store(sandbox: Sandbox) -> Store:
    return Store(sandbox)


def refused(action: Callable[[], object]) -> tuple[str, str]:
    """Code and message; everything that a caller does wrong is HTTP 400."""
    with pytest.raises(ClientError) as caught:
        action()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_pending_version_leaves_the_current_one_where_it_is(store: Store) -> None:
    answer = store.put(TWO, "two", "AWSPENDING")
    assert (answer["VersionId"], answer["VersionStages"], answer["ARN"]) == (TWO, ["AWSPENDING"], store.arn)
    assert store.labels == {ONE: {"AWSCURRENT"}, TWO: {"AWSPENDING"}}
    assert (store.get(), store.get(VersionStage="AWSPENDING"), store.get(VersionId=TWO)) == ("one", "two", "two")


def test_a_new_pending_version_takes_the_label_from_the_former(store: Store) -> None:
    store.put(TWO, "two", "AWSPENDING")
    store.put(THREE, "three", "AWSPENDING")
    assert store.labels == {ONE: {"AWSCURRENT"}, THREE: {"AWSPENDING"}}
    assert store.get(VersionId=TWO) == "two"


def test_a_version_without_labels_given_becomes_current_and_previous_follows(store: Store) -> None:
    store.put(TWO, "two")
    assert store.labels == {ONE: {"AWSPREVIOUS"}, TWO: {"AWSCURRENT"}}
    store.put(THREE, "three")
    assert store.labels == {TWO: {"AWSPREVIOUS"}, THREE: {"AWSCURRENT"}}
    assert (store.get(), store.get(VersionStage="AWSPREVIOUS"), store.get(VersionId=ONE)) == ("three", "two", "one")


def test_labels_of_ones_own_stay_where_they_are(store: Store) -> None:
    store.move("blue", to=ONE)
    store.put(TWO, "two", "AWSCURRENT", "green")
    assert store.labels == {ONE: {"AWSPREVIOUS", "blue"}, TWO: {"AWSCURRENT", "green"}}


def test_the_first_version_of_a_secret_becomes_current_whatever_its_label(sandbox: Sandbox) -> None:
    aws = sandbox.client("secretsmanager")
    aws.create_secret(Name="empty")
    assert refused(lambda: aws.get_secret_value(SecretId="empty"))[0] == "ResourceNotFoundException"
    aws.put_secret_value(SecretId="empty", SecretString="x", VersionStages=["AWSPENDING"])
    assert aws.get_secret_value(SecretId="empty")["SecretString"] == "x"


def test_the_same_token_with_the_same_value_changes_nothing(store: Store) -> None:
    store.put(TWO, "two", "AWSPENDING")
    assert store.put(TWO, "two", "AWSPENDING")["VersionId"] == TWO
    assert store.put(ONE, "one")["VersionId"] == ONE
    assert store.labels == {ONE: {"AWSCURRENT"}, TWO: {"AWSPENDING"}}


@pytest.mark.parametrize("labels", [["AWSPENDING"], []])
def test_the_same_token_with_another_value_is_refused(store: Store, labels: list[str]) -> None:
    store.put(TWO, "two", "AWSPENDING")
    code, message = refused(lambda: store.put(TWO, "other", *labels))
    assert (code, "already in use for a version of secret" in message) == ("ResourceExistsException", True)
    assert store.get(VersionId=TWO) == "two"
    assert "other" not in message


def test_a_pending_version_is_promoted(store: Store) -> None:
    store.put(TWO, "two", "AWSPENDING")
    store.move("AWSCURRENT", to=TWO, away_from=ONE)
    assert store.labels == {ONE: {"AWSPREVIOUS"}, TWO: {"AWSPENDING", "AWSCURRENT"}}
    assert store.get() == "two"
    store.move("AWSPENDING", away_from=TWO)
    assert store.labels == {ONE: {"AWSPREVIOUS"}, TWO: {"AWSCURRENT"}}
    store.move("AWSCURRENT", to=ONE, away_from=TWO)
    assert store.labels == {ONE: {"AWSCURRENT"}, TWO: {"AWSPREVIOUS"}}
    assert store.get() == "one"


def test_a_label_is_put_on_again_without_effect(store: Store) -> None:
    store.move("AWSCURRENT", to=ONE)
    assert store.labels == {ONE: {"AWSCURRENT"}}


@pytest.mark.parametrize(
    ("label", "members", "words"),
    [
        (
            "AWSCURRENT",
            {"to": TWO},
            f"RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version {ONE}, so you must explicitly reference",
        ),
        ("AWSPENDING", {"to": ONE}, f"Staging label AWSPENDING is currently attached to version {TWO}"),
        ("AWSCURRENT", {"away_from": ONE}, "You can only move staging label AWSCURRENT to a different secret version."),
        ("AWSCURRENT", {"to": TWO, "away_from": TWO}, f"Version stage AWSCURRENT not found in version {TWO}"),
        ("AWSPENDING", {"away_from": ONE}, f"Version stage AWSPENDING not found in version {ONE}"),
        ("AWSCURRENT", {"to": NOWHERE, "away_from": ONE}, f"Not a valid version: {NOWHERE}"),
        ("AWSPENDING", {"away_from": NOWHERE}, f"Not a valid version: {NOWHERE}"),
        ("AWSPENDING", {}, "RemoveFromVersionId, MoveToVersionId or both"),
    ],
)
def test_a_label_is_not_moved_by_mistake(store: Store, label: str, members: dict[str, str], words: str) -> None:
    store.put(TWO, "two", "AWSPENDING")
    code, message = refused(lambda: store.move(label, **members))
    assert code == "InvalidParameterException"
    assert words in message
    assert store.labels == {ONE: {"AWSCURRENT"}, TWO: {"AWSPENDING"}}


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        (
            {"VersionStage": "AWSPENDING"},
            "ResourceNotFoundException",
            "can't find the specified secret value for staging label: AWSPENDING",
        ),
        ({"VersionId": NOWHERE}, "ResourceNotFoundException", f"can't find the specified secret value for VersionId: {NOWHERE}"),
        (
            {"VersionId": ONE, "VersionStage": "AWSPENDING"},
            "InvalidRequestException",
            "VersionStage that is not associated to the provided",
        ),
        ({"SecretId": "nothing"}, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
    ],
)
def test_a_version_that_is_not_there_is_said(store: Store, members: dict[str, str], code: str, words: str) -> None:
    found, message = refused(lambda: store.aws.get_secret_value(**({"SecretId": "it"} | members)))
    assert found == code
    assert words in message


def test_versions_are_listed_with_labels_and_on_demand_without(store: Store) -> None:
    store.put(TWO, "two")
    store.put(THREE, "three")
    told = store.aws.list_secret_version_ids(SecretId=store.arn)
    assert (told["ARN"], told["Name"]) == (store.arn, "it")
    assert {each["VersionId"] for each in told["Versions"]} == {TWO, THREE}
    assert abs((told["Versions"][0]["CreatedDate"] - datetime.now(UTC)).total_seconds()) < 10
    first = store.aws.list_secret_version_ids(SecretId="it", IncludeDeprecated=True, MaxResults=2)
    rest = store.aws.list_secret_version_ids(SecretId="it", IncludeDeprecated=True, MaxResults=2, NextToken=first["NextToken"])
    assert [each["VersionId"] for page in (first, rest) for each in page["Versions"]] == [ONE, TWO, THREE]
    assert (len(first["Versions"]), "NextToken" in rest) == (2, False)


def test_reading_is_noted_by_the_day(store: Store) -> None:
    assert "LastAccessedDate" not in store.aws.describe_secret(SecretId="it")
    store.get()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    assert store.aws.describe_secret(SecretId="it")["LastAccessedDate"] == today


def test_a_secret_is_updated_as_a_whole(store: Store) -> None:
    answer = store.aws.update_secret(SecretId="it", SecretString="two", ClientRequestToken=TWO, Description="why")
    assert answer["VersionId"] == TWO
    assert store.labels == {ONE: {"AWSPREVIOUS"}, TWO: {"AWSCURRENT"}}
    assert "VersionId" not in store.aws.update_secret(SecretId="it", Description="because")
    assert store.aws.describe_secret(SecretId="it")["Description"] == "because"
    assert refused(lambda: store.aws.update_secret(SecretId="it", SecretString="x", ClientRequestToken=ONE))[0] == "ResourceExistsException"


def test_creating_twice_is_idempotent_by_its_token_only(store: Store) -> None:
    assert store.aws.create_secret(Name="it", SecretString="one", ClientRequestToken=ONE)["ARN"] == store.arn
    for given in (
        {"ClientRequestToken": TWO, "SecretString": "one"},
        {"ClientRequestToken": ONE, "SecretString": "x"},
        {"SecretString": "one"},
    ):
        assert refused(lambda given=given: store.aws.create_secret(Name="it", **given))[0] == "ResourceExistsException"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("value", "fits"),
    [({"SecretString": "x" * 65536}, True), ({"SecretString": "x" * 65535 + "ü"}, False), ({"SecretBinary": b"x" * 65537}, False)],
    ids=["65,536 bytes", "65,537 bytes", "65,537 bytes of binary"],
)
def test_a_value_has_65536_bytes_at_most(store: Store, value: dict[str, Any], fits: bool) -> None:
    if fits:
        store.aws.put_secret_value(SecretId="it", **value)
        return
    for action in (lambda: store.aws.put_secret_value(SecretId="it", **value), lambda: store.aws.create_secret(Name="new", **value)):
        code, message = refused(action)
        assert code == "ValidationException"
        assert "Member must have length less than or equal to 65536" in message
        assert "xxx" not in message
    assert store.labels == {ONE: {"AWSCURRENT"}}


def test_binary_values_come_back(store: Store) -> None:
    store.aws.put_secret_value(SecretId="it", SecretBinary=b"\x00\xff", ClientRequestToken=TWO)
    answer = store.aws.get_secret_value(SecretId="it")
    assert (answer["SecretBinary"], "SecretString" in answer) == (b"\x00\xff", False)
    both = {"SecretString": "a", "SecretBinary": b"b"}
    assert refused(lambda: store.aws.put_secret_value(SecretId="it", **both))[0] == "InvalidParameterException"


def test_a_secret_that_waits_for_its_deletion_refuses(store: Store) -> None:
    aws = store.aws
    aws.delete_secret(SecretId="it", RecoveryWindowInDays=7)
    attempts: list[Callable[[], object]] = [
        lambda: store.put(TWO, "two"),
        store.get,
        lambda: store.move("blue", to=ONE),
        lambda: aws.update_secret(SecretId="it", SecretString="two"),
        lambda: aws.tag_resource(SecretId="it", Tags=[{"Key": "a", "Value": "b"}]),
        lambda: aws.untag_resource(SecretId="it", TagKeys=["a"]),
        lambda: aws.delete_secret(SecretId="it"),
    ]
    for attempt in attempts:
        assert refused(attempt) == (
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        )
    code, message = refused(lambda: aws.create_secret(Name="it", SecretString="x"))
    assert (code, "already scheduled for deletion" in message) == ("InvalidRequestException", True)
    assert aws.describe_secret(SecretId="it")["DeletedDate"] > datetime.now(UTC)
    assert aws.list_secrets()["SecretList"] == []
    aws.restore_secret(SecretId="it")
    assert store.get() == "one"


def test_secrets_are_listed_with_their_labels(store: Store) -> None:
    store.aws.tag_resource(SecretId="it", Tags=[{"Key": "a", "Value": "b"}])
    listed = store.aws.list_secrets()["SecretList"]
    assert [(each["Name"], each["SecretVersionsToStages"], each["Tags"]) for each in listed] == [
        ("it", {ONE: ["AWSCURRENT"]}, [{"Key": "a", "Value": "b"}])
    ]


@pytest.mark.parametrize("method", ["describe_secret", "list_secret_version_ids", "delete_secret", "restore_secret"])
def test_a_secret_that_is_not_there_is_not_found(store: Store, method: str) -> None:
    assert refused(lambda: getattr(store.aws, method)(SecretId="nothing")) == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    )


def test_rotation_functions_are_not_run(store: Store) -> None:
    assert refused(lambda: store.aws.rotate_secret(SecretId="it")) == (
        "InvalidRequestException",
        "No Lambda rotation function ARN is associated with this secret.",
    )
    arn = "arn:aws:lambda:af-south-1:123456789012:function:it"
    assert "runs no rotation functions" in refused(lambda: store.aws.rotate_secret(SecretId="it", RotationLambdaARN=arn))[1]
