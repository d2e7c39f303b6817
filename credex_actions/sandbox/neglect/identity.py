"""Users, keys, policies and roles."""

import json
from datetime import UTC
from typing import Any, Final

from moto.iam.models import AccessKeyLastUsed, User

from credex_actions.sandbox.aws.identity import access
from credex_actions.sandbox.neglect.place import OWNER, Place

TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


ROOT: Final = "<root_account>"


def seed(place: Place) -> None:
    _users(place)
    _root(place, before="deploy-since-2023")
    _policies(place)
    _roles(place)
    _permissions(place)


def _user(place: Place, name: str, age: float, password_used: float | None = None) -> str:
    """`password_used`: days ago; None for a user without a password."""
    iam = place.client("iam")
    arn: str = iam.create_user(UserName=name, Tags=[OWNER])["User"]["Arn"]
    record = place.records("iam").users[name]
    record.create_date = place.ago(age)
    if password_used is not None:
        iam.create_login_profile(UserName=name, Password="Example-password-1")  # noqa: S106 - of nobody
        record.password_last_used = place.ago(password_used)
    return arn


def _key(place: Place, user: str, age: float, used: float | None) -> str:
    key: str = place.client("iam").create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    record = next(each for each in place.records("iam").users[user].access_keys if each.access_key_id == key)
    record.create_date = place.ago(age)
    if used is not None:
        record.last_used = AccessKeyLastUsed(place.ago(used).replace(tzinfo=UTC), "s3", place.region)
    return key


def _mfa(place: Place, user: str) -> None:
    iam = place.client("iam")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName=user, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")


class _Root(User):
    """A row of the credential report, which moto writes of its users alone."""

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:root"


def _root(place: Place, before: str) -> None:
    """No user of IAM's: only the credential report names it, `before` one that is."""
    root = _Root(place.account, place.region, ROOT)  # type: ignore[abstract] # of CloudFormation, which makes none
    root.create_date, root.password = place.ago(900), "of nobody"
    first = place.records("iam").users[before]
    own = first.to_csv
    first.to_csv = lambda: root.to_csv() + own()
    place.expect("user-without-mfa", root.arn)


def _users(place: Place) -> None:
    arn = _user(place, "deploy-since-2023", age=700)
    place.expect("access-key-old", arn, _key(place, "deploy-since-2023", age=400, used=0.1))
    arn = _user(place, "two-keys", age=500)
    place.expect("access-key-unused", arn, _key(place, "two-keys", age=300, used=200))
    _key(place, "two-keys", age=30, used=0.1)
    place.expect("user-inactive", _user(place, "left-the-team", age=600, password_used=250))
    _key(place, "left-the-team", age=500, used=240)
    _mfa(place, "left-the-team")
    place.expect("user-without-mfa", _user(place, "ada", age=300, password_used=1))
    _user(place, "grace", age=300, password_used=1)
    _mfa(place, "grace")
    _user(place, "joined-yesterday", age=1)
    _key(place, "joined-yesterday", age=1, used=None)
    _user(place, "bedrock-api-key", age=300)
    place.client("iam").create_service_specific_credential(UserName="bedrock-api-key", ServiceName="bedrock.amazonaws.com")
    _user(place, "rotated", age=400)
    _key(place, "rotated", age=20, used=0.1)
    old = _key(place, "rotated", age=300, used=21)
    place.client("iam").update_access_key(UserName="rotated", AccessKeyId=old, Status="Inactive")


def _document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"} | statement]})


def _policies(place: Place) -> None:
    iam = place.client("iam")
    wide = _policy(place, "temporary-admin", _document(), age=250)
    iam.attach_user_policy(UserName="ada", PolicyArn=wide)
    place.expect("policy-wildcard", wide)
    iam.create_policy(PolicyName="attached-to-nobody", PolicyDocument=_document())
    role = _role(place, "ci", age=200, used=1)
    iam.put_role_policy(RoleName="ci", PolicyName="all-of-iam", PolicyDocument=_document(Action=["s3:GetObject", "iam:*"]))
    place.expect("policy-wildcard", role, "all-of-iam")
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    for name, document in (
        ("with-a-second-factor", _document(Condition=condition)),
        ("one-bucket", _document(Resource="arn:aws:s3:::reports/*")),
        ("read-only", _document(Action=["s3:Get*", "ec2:Describe*"])),
        ("denied", _document(Effect="Deny")),
    ):
        iam.put_role_policy(RoleName="ci", PolicyName=name, PolicyDocument=document)


def _policy(place: Place, name: str, document: str, age: float) -> str:
    """`age`: of its version, in days."""
    arn: str = place.client("iam").create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
    place.records("iam").managed_policies[arn].versions[0].create_date = place.ago(age)
    return arn


def _used(place: Place, arn: str, **days: float) -> None:
    """How many days ago each service was used."""
    access.used(place.account)[arn] = {service: place.ago(each).replace(tzinfo=UTC) for service, each in days.items()}


def _role(place: Place, name: str, age: float, used: float | None, path: str = "/") -> str:
    role = place.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Path=path, Tags=[OWNER])["Role"]
    record = place.records("iam").roles[role["RoleId"]]
    record.create_date = place.ago(age)
    if used is not None:
        record.last_used = place.ago(used)
    return str(role["Arn"])


def _roles(place: Place) -> None:
    place.expect("role-unused", _role(place, "old-pipeline", age=400, used=250))
    place.expect("role-unused", _role(place, "never-used", age=400, used=None))
    _role(place, "made-last-week", age=7, used=None)
    _role(place, "AWSServiceRoleForSupport", age=400, used=None, path="/aws-service-role/support.amazonaws.com/")
    _role(place, "quiet-instance", age=400, used=None)
    iam = place.client("iam")
    profile = iam.create_instance_profile(InstanceProfileName="quiet-instance")["InstanceProfile"]["Arn"]
    iam.add_role_to_instance_profile(InstanceProfileName="quiet-instance", RoleName="quiet-instance")
    proxy = place.client("ec2").describe_instances(Filters=[{"Name": "tag:Name", "Values": ["proxy"]}])
    instance = proxy["Reservations"][0]["Instances"][0]["InstanceId"]
    place.client("ec2").associate_iam_instance_profile(IamInstanceProfile={"Arn": profile}, InstanceId=instance)


def _permissions(place: Place) -> None:
    iam = place.client("iam")
    for name in ("ci", "ada"):
        arn = (iam.get_role(RoleName=name)["Role"] if name == "ci" else iam.get_user(UserName=name)["User"])["Arn"]
        _used(place, arn, iam=1, s3=1)
        place.expect("permission-unused", arn)
    reports = _role(place, "reports", age=300, used=0.1)
    iam.put_role_policy(
        RoleName="reports", PolicyName="reports", PolicyDocument=_document(Action=["s3:*", "sqs:SendMessage", "sns:Publish"])
    )
    _used(place, reports, s3=0.1, sns=250)
    place.expect("permission-unused", reports)
    deploy = iam.get_user(UserName="deploy-since-2023")["User"]["Arn"]
    iam.put_user_policy(UserName="deploy-since-2023", PolicyName="deploy", PolicyDocument=_document(Action=["ecr:*", "dynamodb:*"]))
    _used(place, deploy, ecr=0.1)
    place.expect("permission-unused", deploy)
    _permissions_in_order(place)


def _permissions_in_order(place: Place) -> None:
    iam = place.client("iam")
    _used(place, _role(place, "quarterly-roll-out", age=400, used=1), ec2=95)
    _used(place, _role(place, "granted-last-week", age=400, used=1), s3=1)
    _used(place, _role(place, "managed-instance", age=400, used=0.1), ssm=0.1, ssmmessages=0.1)
    for name, actions in (
        ("quarterly-roll-out", "ec2:*"),
        ("granted-last-week", "s3:*"),
        ("made-last-week", "s3:*"),
        ("old-pipeline", "s3:*"),
        ("AWSServiceRoleForSupport", "support:*"),
    ):
        iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=_document(Action=actions))
    streams = _policy(place, "streams", _document(Action="kinesis:*"), age=7)
    iam.attach_role_policy(RoleName="granted-last-week", PolicyArn=streams)
    iam.attach_role_policy(RoleName="managed-instance", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    iam.put_user_policy(UserName="left-the-team", PolicyName="allowed", PolicyDocument=_document(Action="s3:*"))
