"""Who calls the sandbox's AWS: signatures, keys and the time they take, what a caller may not do, what IAM tells of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.aws.backends import backend

ONCE = Config(retries={"total_max_attempts": 1})


def user(sandbox: Sandbox, name: str = "ci", path: str = "/") -> dict[str, str]:
    """Makes a user with a key; gives the key."""
    sandbox.client("iam").create_user(UserName=name, Path=path)
    return key(sandbox, name)


def key(sandbox: Sandbox, name: str = "ci") -> dict[str, str]:
    made: dict[str, str] = sandbox.client("iam").create_access_key(UserName=name)["AccessKey"]
    return made


def call(sandbox: Sandbox, service: str, of: dict[str, str], secret: str = "") -> Any:
    """A client that signs with a key, perhaps with another secret."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=sandbox.url,
        region_name=sandbox.region,
        aws_access_key_id=of["AccessKeyId"],
        aws_secret_access_key=secret or of["SecretAccessKey"],
        aws_session_token=of.get("SessionToken"),
        config=ONCE,
    )


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def works(sandbox: Sandbox, of: dict[str, str]) -> bool:
    try:
        call(sandbox, "sts", of).get_caller_identity()
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidClientTokenId":
            raise
        return False
    return True


READS: list[tuple[str, str, dict[str, Any]]] = [
    ("sts", "get_caller_identity", {}),
    ("iam", "list_users", {}),
    ("ssm", "describe_parameters", {}),
    ("secretsmanager", "list_secrets", {}),
    ("ecs", "list_clusters", {}),
    ("ec2", "describe_vpcs", {}),
    ("s3", "list_buckets", {}),
    ("codedeploy", "list_applications", {}),
    ("elbv2", "describe_load_balancers", {}),
    ("ecr", "describe_repositories", {}),
    ("lambda", "list_functions", {}),
]
UNKNOWN = {
    **dict.fromkeys(("sts", "iam", "elbv2"), ("InvalidClientTokenId", 403)),
    **dict.fromkeys(("ssm", "secretsmanager", "ecs", "codedeploy", "ecr", "lambda"), ("UnrecognizedClientException", 400)),
    "ec2": ("AuthFailure", 401),
    "s3": ("InvalidAccessKeyId", 403),
}
MISMATCH = {
    **dict.fromkeys(("sts", "iam", "elbv2", "s3"), ("SignatureDoesNotMatch", 403)),
    **dict.fromkeys(("ssm", "secretsmanager", "ecs", "codedeploy", "ecr", "lambda"), ("InvalidSignatureException", 400)),
    "ec2": ("AuthFailure", 401),
}


@pytest.mark.parametrize(("service", "method", "given"), READS, ids=[service for service, _, _ in READS])
def test_every_service_knows_a_users_key_and_refuses_what_is_wrong_with_it(
    sandbox: Sandbox, service: str, method: str, given: dict[str, Any]
) -> None:
    good = user(sandbox)
    getattr(call(sandbox, service, good), method)(**given)
    with pytest.raises(ClientError) as caught:
        getattr(call(sandbox, service, good, "x" * 40), method)(**given)
    assert refusal(caught) == MISMATCH[service]
    with pytest.raises(ClientError) as caught:
        getattr(call(sandbox, service, good | {"AccessKeyId": "AKIAUNKNOWNUNKNOWN00"}), method)(**given)
    assert refusal(caught) == UNKNOWN[service]
    sandbox.client("iam").update_access_key(UserName="ci", AccessKeyId=good["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError) as caught:
        getattr(call(sandbox, service, good), method)(**given)
    assert refusal(caught) == UNKNOWN[service]


def test_signatures_are_worked_out_for_paths_queries_and_bodies(sandbox: Sandbox) -> None:
    s3, ssm = call(sandbox, "s3", good := user(sandbox)), call(sandbox, "ssm", good)
    s3.create_bucket(Bucket="a-bucket", CreateBucketConfiguration={"LocationConstraint": sandbox.region})
    s3.put_object(Bucket="a-bucket", Key="a b/ü+%.txt", Body=b"body")
    assert s3.list_objects_v2(Bucket="a-bucket", Prefix="a b/ü", Delimiter="%")["KeyCount"] == 1
    ssm.put_parameter(Name="/ü", Value="\u2028 &= %", Type="String", Description="ünï")
    assert ssm.get_parameter(Name="/ü")["Parameter"]["Value"] == "\u2028 &= %"
    assert call(sandbox, "lambda", good).list_tags(Resource=function(sandbox))["Tags"] == {}


def function(sandbox: Sandbox) -> str:
    """An ARN is in the path, with its colons quoted."""
    role = sandbox.client("iam").create_role(RoleName="it", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    made = sandbox.client("lambda").create_function(
        FunctionName="it", Role=role, Runtime="python3.12", Handler="it.it", Code={"ImageUri": "it"}, PackageType="Image"
    )
    return str(made["FunctionArn"])


FORM = "application/x-www-form-urlencoded"
JSON = "application/x-amz-json-1.1"
SKEWED = {
    "sts": ("Action=GetCallerIdentity&Version=2011-06-15", {"Content-Type": FORM}, 403, "SignatureDoesNotMatch", True),
    "ssm": ("{}", {"Content-Type": JSON, "X-Amz-Target": "AmazonSSM.DescribeParameters"}, 400, "InvalidSignatureException", True),
    "ec2": ("Action=DescribeVpcs&Version=2016-11-15", {"Content-Type": FORM}, 400, "RequestExpired", False),
}


@pytest.mark.parametrize(("minutes", "words"), [(-6, "Signature expired: "), (6, "Signature not yet current: ")])
@pytest.mark.parametrize("service", SKEWED)
def test_a_clock_that_is_wrong_is_said(sandbox: Sandbox, service: str, minutes: int, words: str) -> None:
    body, headers, code, name, explained = SKEWED[service]
    good = user(sandbox)
    status, text = send(sandbox, good, datetime.now(UTC) + timedelta(minutes=minutes), service, body, headers)
    assert status == code
    assert name in text
    assert (words in text, "5 min.)" in text) == (explained, explained)
    assert send(sandbox, good, datetime.now(UTC) + timedelta(minutes=minutes * 2 / 3), service, body, headers)[0] == 200


def send(
    sandbox: Sandbox, good: dict[str, str], at: datetime, service: str, body: str, headers: dict[str, str], tamper: str = ""
) -> tuple[int, str]:
    """A call signed at that time; `tamper`: the body that is sent in place of the one that was signed."""
    headers = headers | {"X-Amz-Date": at.strftime("%Y%m%dT%H%M%SZ")}
    request = AWSRequest("POST", f"{sandbox.url}/", headers, body.encode())
    request.context["timestamp"] = headers["X-Amz-Date"]
    signer = SigV4Auth(Credentials(good["AccessKeyId"], good["SecretAccessKey"]), service, sandbox.region)
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, SignedHeaders={names}, Signature={signature}"
    answer = urllib3.request("POST", f"{sandbox.url}/", headers=headers, body=(tamper or body).encode(), retries=False)
    return answer.status, answer.data.decode()


def test_a_body_that_was_not_signed_is_refused(sandbox: Sandbox) -> None:
    body, headers, *_ = SKEWED["sts"]
    status, text = send(sandbox, user(sandbox), datetime.now(UTC), "sts", body, headers, "Action=GetSessionToken&Version=2011-06-15")
    assert status == 403
    assert "SignatureDoesNotMatch" in text


@pytest.mark.parametrize("header", ["AWS4-HMAC-SHA256 Credential=x", "AWS4-HMAC-SHA256"])
def test_a_signature_that_cannot_be_read_is_refused(sandbox: Sandbox, header: str) -> None:
    body, headers, *_ = SKEWED["sts"]
    answer = urllib3.request("POST", f"{sandbox.url}/", headers=headers | {"Authorization": header}, body=body.encode(), retries=False)
    assert answer.status == 400
    assert "<Code>IncompleteSignature</Code>" in answer.data.decode()


def test_a_caller_is_who_its_key_says(sandbox: Sandbox) -> None:
    good = user(sandbox, path="/teams/a/")
    arn = f"arn:aws:iam::{sandbox.account}:user/teams/a/ci"
    assert call(sandbox, "sts", good).get_caller_identity()["Arn"] == arn
    assert call(sandbox, "iam", good).get_user()["User"]["Arn"] == arn
    assert sandbox.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{sandbox.account}:user/sandbox"
    assert call(sandbox, "iam", good).list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"] == good["AccessKeyId"]


def test_a_session_of_a_role_needs_its_token_and_its_secret(sandbox: Sandbox) -> None:
    role = sandbox.client("iam").create_role(RoleName="deploy", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    session = sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="run")["Credentials"]
    assert call(sandbox, "sts", session).get_caller_identity()["Arn"].endswith(":assumed-role/deploy/run")
    call(sandbox, "ecs", session).list_clusters()
    assert not works(sandbox, session | {"SessionToken": "x"})
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        call(sandbox, "sts", session, "x").get_caller_identity()


def test_a_session_that_is_over_is_refused(sandbox: Sandbox) -> None:
    role = sandbox.client("iam").create_role(RoleName="deploy", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    session = sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="run")["Credentials"]
    backend("sts", sandbox.account, "aws").get_assumed_role_from_access_key(session["AccessKeyId"]).expiration = datetime(2020, 1, 1)  # noqa: DTZ001 - as moto keeps it
    for service, method, expected in (
        ("sts", "get_caller_identity", ("ExpiredToken", 403)),
        ("ssm", "describe_parameters", ("ExpiredTokenException", 400)),
    ):
        with pytest.raises(ClientError) as caught:
            getattr(call(sandbox, service, session), method)()
        assert refusal(caught) == expected


def test_a_key_belongs_to_the_account_that_made_it(sandbox: Sandbox) -> None:
    number = str(int(sandbox.account) ^ 1).zfill(12)
    other = {"AccessKeyId": f"AKIA{number}SBOX", "SecretAccessKey": "sandbox"}
    iam = call(sandbox, "iam", other)
    iam.create_user(UserName="ci")
    good = iam.create_access_key(UserName="ci")["AccessKey"]
    assert call(sandbox, "sts", good).get_caller_identity()["Arn"] == f"arn:aws:iam::{number}:user/ci"
    call(sandbox, "ssm", good).put_parameter(Name="/there", Value="x", Type="String")
    assert sandbox.client("ssm").describe_parameters()["Parameters"] == []


def test_a_refusal_on_order_names_the_caller(sandbox: Sandbox) -> None:
    good = user(sandbox)
    sandbox.fault("ListClusters", kind="access-denied")
    with pytest.raises(ClientError, match=rf"User: arn:aws:iam::{sandbox.account}:user/ci is not authorized to perform: ecs:ListClusters"):
        call(sandbox, "ecs", good).list_clusters()


def test_the_sandboxs_own_keys_always_work(sandbox: Sandbox) -> None:
    sandbox.converge(60)
    sandbox.deny("sandbox", "*:*")
    own = {"AccessKeyId": sandbox.environment["AWS_ACCESS_KEY_ID"], "SecretAccessKey": sandbox.environment["AWS_SECRET_ACCESS_KEY"]}
    call(sandbox, "ecs", own).list_clusters()


def later(sandbox: Sandbox, of: dict[str, str], seconds: float) -> None:
    """So long after IAM changed the key as nobody waits for."""
    known = sandbox._cloud.callers.keys.find(of["AccessKeyId"])
    assert known
    known.since -= seconds


def test_a_new_key_takes_its_time_and_then_works_only_sometimes(sandbox: Sandbox) -> None:
    sandbox.converge(600)
    good = user(sandbox)
    assert not works(sandbox, good)
    later(sandbox, good, 310)
    assert [works(sandbox, good) for _ in range(4)] == [True, False, True, False]
    later(sandbox, good, 300)
    assert [works(sandbox, good) for _ in range(4)] == [True] * 4


@pytest.mark.parametrize("way", ["deactivated", "deleted"])
def test_a_key_that_was_taken_away_goes_on_working_for_a_while(sandbox: Sandbox, way: str) -> None:
    good = user(sandbox)
    sandbox.converge(600)
    if way == "deleted":
        sandbox.client("iam").delete_access_key(UserName="ci", AccessKeyId=good["AccessKeyId"])
    else:
        sandbox.client("iam").update_access_key(UserName="ci", AccessKeyId=good["AccessKeyId"], Status="Inactive")
    assert works(sandbox, good)
    later(sandbox, good, 310)
    assert [works(sandbox, good) for _ in range(4)] == [False, True, False, True]
    later(sandbox, good, 300)
    assert [works(sandbox, good) for _ in range(3)] == [False] * 3


def test_last_used_is_told_of_every_service_that_was_called(sandbox: Sandbox) -> None:
    good, iam = user(sandbox), sandbox.client("iam")

    def used() -> dict[str, Any]:
        found: dict[str, Any] = iam.get_access_key_last_used(AccessKeyId=good["AccessKeyId"])
        assert found["UserName"] == "ci"
        return dict(found["AccessKeyLastUsed"])

    assert used() == {"Region": "N/A", "ServiceName": "N/A"}
    with pytest.raises(ClientError, match="InvalidSignature"):
        call(sandbox, "ecs", good, "x").list_clusters()
    assert used()["ServiceName"] == "N/A"
    call(sandbox, "ecs", good).list_clusters()
    assert abs((used()["LastUsedDate"] - datetime.now(UTC)).total_seconds()) < 5
    assert (used()["ServiceName"], used()["Region"]) == ("ecs", sandbox.region)
    call(sandbox, "iam", good).get_user()
    assert used()["ServiceName"] == "iam"


def test_a_user_has_two_keys_at_most(sandbox: Sandbox) -> None:
    good, iam = user(sandbox), sandbox.client("iam")
    second = key(sandbox)
    assert good["Status"] == "Active"
    with pytest.raises(ClientError, match="Cannot exceed quota for AccessKeysPerUser: 2") as caught:
        key(sandbox)
    assert refusal(caught) == ("LimitExceeded", 409)
    iam.delete_access_key(UserName="ci", AccessKeyId=good["AccessKeyId"])
    listed = iam.list_access_keys(UserName="ci")["AccessKeyMetadata"]
    assert [(each["AccessKeyId"], each["Status"], each["UserName"]) for each in listed] == [(second["AccessKeyId"], "Active", "ci")]
    assert listed[0]["CreateDate"] == second["CreateDate"]


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("create_access_key", {"UserName": "nobody"}),
        ("list_access_keys", {"UserName": "nobody"}),
        ("delete_access_key", {"UserName": "ci", "AccessKeyId": "AKIANOTTHERE00000000"}),
        ("update_access_key", {"UserName": "ci", "AccessKeyId": "AKIANOTTHERE00000000", "Status": "Inactive"}),
        ("get_user", {"UserName": "nobody"}),
        ("tag_user", {"UserName": "nobody", "Tags": [{"Key": "a", "Value": "b"}]}),
        ("list_user_tags", {"UserName": "nobody"}),
    ],
)
def test_what_is_not_there_is_not_found(sandbox: Sandbox, method: str, given: dict[str, Any]) -> None:
    user(sandbox)
    with pytest.raises(ClientError) as caught:
        getattr(sandbox.client("iam"), method)(**given)
    assert refusal(caught) == ("NoSuchEntity", 404)


def test_a_key_of_another_user_is_not_found(sandbox: Sandbox) -> None:
    user(sandbox)
    other = user(sandbox, "other")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        sandbox.client("iam").delete_access_key(UserName="ci", AccessKeyId=other["AccessKeyId"])
    assert works(sandbox, other)


def test_a_user_with_keys_is_not_deleted(sandbox: Sandbox) -> None:
    user(sandbox)
    with pytest.raises(ClientError) as caught:
        sandbox.client("iam").delete_user(UserName="ci")
    assert refusal(caught) == ("DeleteConflict", 409)


def test_tags_of_a_user_are_kept_and_replaced(sandbox: Sandbox) -> None:
    user(sandbox)
    iam = sandbox.client("iam")
    iam.tag_user(UserName="ci", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.tag_user(UserName="ci", Tags=[{"Key": "a", "Value": "3"}])
    assert {each["Key"]: each["Value"] for each in iam.list_user_tags(UserName="ci")["Tags"]} == {"a": "3", "b": "2"}
    assert len(iam.get_user(UserName="ci")["User"]["Tags"]) == 2


@pytest.mark.parametrize(
    ("service", "method", "given", "action", "expected", "on"),
    [
        ("iam", "create_access_key", {"UserName": "bob"}, "iam:CreateAccessKey", ("AccessDenied", 403), "user bob"),
        ("iam", "create_access_key", {}, "iam:*", ("AccessDenied", 403), "user ci"),
        (
            "ssm",
            "put_parameter",
            {"Name": "/a", "Value": "b", "Type": "String"},
            "ssm:PutParameter",
            ("AccessDeniedException", 400),
            "arn:aws:ssm:{region}:{account}:parameter/a",
        ),
        (
            "secretsmanager",
            "put_secret_value",
            {"SecretId": "it", "SecretString": "x"},
            "secretsmanager:putsecretvalue",
            ("AccessDeniedException", 400),
            "it",
        ),
    ],
)
def test_a_denied_call_is_refused_in_the_words_of_aws(
    sandbox: Sandbox, service: str, method: str, given: dict[str, Any], action: str, expected: tuple[str, int], on: str
) -> None:
    good = user(sandbox)
    sandbox.deny("ci", action)
    with pytest.raises(ClientError) as caught:
        getattr(call(sandbox, service, good), method)(**given)
    assert refusal(caught) == expected
    message = caught.value.response["Error"]["Message"]
    named = f"{service}:{''.join(part.title() for part in method.split('_'))}"
    assert message == (
        f"User: arn:aws:iam::{sandbox.account}:user/ci is not authorized to perform: {named} on resource: "
        f"{on.format(region=sandbox.region, account=sandbox.account)} with an explicit deny in an identity-based policy"
    )


def test_a_denial_is_taken_back_and_spares_others(sandbox: Sandbox) -> None:
    good, other = user(sandbox), user(sandbox, "other")
    sandbox.deny("ci", "ecs:ListClusters")
    call(sandbox, "ecs", other).list_clusters()
    call(sandbox, "ecs", good).list_task_definition_families()
    with pytest.raises(ClientError, match="AccessDeniedException"):
        call(sandbox, "ecs", good).list_clusters()
    sandbox.allow("ci", "ecs:ListClusters")
    call(sandbox, "ecs", good).list_clusters()


def test_who_one_is_can_always_be_asked(sandbox: Sandbox) -> None:
    good = user(sandbox)
    sandbox.deny("ci", "sts:*")
    assert works(sandbox, good)


@pytest.mark.parametrize("wrong", [("ci", "PutParameter"), ("", "ssm:PutParameter")])
def test_a_denial_that_means_nothing_is_refused(sandbox: Sandbox, wrong: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="SERVICE:OPERATION"):
        sandbox.deny(*wrong)


def test_a_policy_is_simulated_by_the_same_list(sandbox: Sandbox) -> None:
    user(sandbox)
    iam = sandbox.client("iam")
    sandbox.deny("ci", "ssm:Put*")
    source = iam.get_user(UserName="ci")["User"]["Arn"]
    answer = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=["ssm:PutParameter", "ssm:GetParameter"])
    decisions = [(each["EvalActionName"], each["EvalResourceName"], each["EvalDecision"]) for each in answer["EvaluationResults"]]
    assert decisions == [("ssm:PutParameter", "*", "explicitDeny"), ("ssm:GetParameter", "*", "allowed")]
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.simulate_principal_policy(PolicySourceArn=source + "x", ActionNames=["ssm:PutParameter"])
    with pytest.raises(ClientError, match="InvalidInput"):
        iam.simulate_principal_policy(PolicySourceArn="arn:aws:s3:::a-bucket", ActionNames=["ssm:PutParameter"])
