"""The checks of an account, in one that nobody has looked after for a year."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config

from credex_actions.maintenance.account import examine
from credex_actions.maintenance.catalogue.account import CHECKS
from credex_actions.maintenance.finding import Examined, Finding
from credex_actions.maintenance.proposing.terraform import flags_of
from credex_actions.sandbox.aws.identity import access
from credex_actions.sandbox.neglect.place import Neglected, Place
from tests.integration.maintaining import Maintaining, found, not_run
from tests.recording import TESTS

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow


WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


class Account(NamedTuple):
    seeded: set[Neglected]
    examined: Examined
    calls: int


@pytest.fixture(scope="module")
def account(running_sandbox: "Sandbox") -> Account:
    from credex_actions.sandbox.neglect.seeding import neglect

    running_sandbox.renew()
    with pytest.MonkeyPatch.context() as patch:
        maintaining = Maintaining(running_sandbox, patch)
        seeded = set(neglect(running_sandbox))
        running_sandbox.reset_calls()
        examined = maintaining.examined()
        return Account(seeded, examined, len(running_sandbox.calls()))


@pytest.fixture
def maintaining(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> Maintaining:
    return Maintaining(sandbox, monkeypatch)


def test_what_was_neglected_is_found_and_nothing_else(account: Account) -> None:
    assert found(account.examined) == account.seeded
    assert not_run(account.examined) == {}


def test_every_check_has_something_to_find(account: Account) -> None:
    assert {each.check for each in account.seeded} == {each.name for each in CHECKS} - {"policy-own"}


def test_ids_differ_and_no_text_holds_a_value(account: Account) -> None:
    findings = account.examined.findings
    assert len({each.id for each in findings}) == len(findings)
    for each in findings:
        text = f"{each.title}{each.why}{each.fix}{each.owner}"
        assert "must-not-show" not in text
        assert "an example" not in text
        assert "\n" not in text


def test_owners_come_from_tags_and_costs_from_the_list(account: Account) -> None:
    by_check = {each.check: each for each in account.examined.findings}
    assert by_check["volume-unattached"].owner == by_check["bucket-public"].owner == by_check["user-inactive"].owner == "platform"
    assert by_check["volume-unattached"].monthly_cost == 8.0
    assert by_check["address-unattached"].monthly_cost == 3.65
    assert by_check["bucket-public"].monthly_cost is None


def test_calls_are_counted_and_few(account: Account) -> None:
    assert account.examined.calls == account.calls <= 155


def test_charts_show_costs_and_ages(account: Account) -> None:
    costs, ages = account.examined.charts
    assert dict(costs.points)["volume-unattached"] == 16.0
    assert max(ages.points, key=lambda point: point[1]) == ("left-the-team", 500.0)


COMMAND = re.compile(r"aws [a-z].*?(?= && |; |$|  #|\) && )")


def commands(finding: Finding) -> Iterator[list[str]]:
    for text in COMMAND.findall(finding.fix):
        yield shlex.split(text)


SERVICES = {"s3api": "s3"}
ONLY_OF_THE_COMMAND_LINE = {"region", "query", "output"}


def test_every_command_of_a_fix_is_one_that_aws_knows(account: Account) -> None:
    """By botocore's models, of which AWS's command line is made."""
    session = botocore.session.get_session()
    checked = 0
    for finding in account.examined.findings:
        for _, service, operation, *words in commands(finding):
            if operation == "wait":
                assert words[0] in {"snapshot-completed", "image-available", "instance-stopped"}
                continue
            model = session.get_service_model(SERVICES.get(service, service))
            name = next(each for each in model.operation_names if xform_name(each, "-") == operation)
            shape = model.operation_model(name).input_shape
            assert shape
            known = {xform_name(each, "-") for each in shape.members}
            flags = {f"no-{xform_name(each, '-')}" for each in shape.members}
            given = {word[2:].partition("=")[0] for word in words if word.startswith("--")}
            assert given <= known | flags | ONLY_OF_THE_COMMAND_LINE, finding.fix
            checked += 1
    assert checked > 40


def test_an_account_with_nothing_is_looked_at_in_few_calls(maintaining: Maintaining) -> None:
    maintaining.sandbox.reset_calls()
    examined = maintaining.examined()
    assert examined.findings == ()
    assert not_run(examined) == {}
    assert {each.name for each in CHECKS} - {"policy-own"} == {each.check for each in examined.ran}
    assert examined.calls == len(maintaining.sandbox.calls()) <= 35


def test_a_bucket_that_takes_requests_without_tls_is_found_where_that_is_asked_for(maintaining: Maintaining) -> None:
    s3 = Place(maintaining.sandbox).client("s3")
    for name in ("takes-all", "tls-alone"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": maintaining.sandbox.region})
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::tls-alone/*", "Condition": WITHOUT_TLS}
    s3.put_bucket_policy(Bucket="tls-alone", Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    for settings in ({}, {"bucket-unencrypted": {"tls": 1}}):
        unencrypted = [each for each in maintaining.examined(settings=settings).findings if each.check == "bucket-unencrypted"]
        told = {each.resource.rpartition(":")[2]: "without TLS" in each.why for each in unencrypted}
        assert told == {"takes-all": bool(settings), "tls-alone": False}


def test_the_example_is_well_today_and_idle_in_half_a_year(maintaining: Maintaining) -> None:
    """Nobody has sent a request by then, as far as CloudWatch knows, and its log group has kept everything."""
    place = maintaining.sandbox.provision()
    assert maintaining.examined().findings == ()
    later = maintaining.examined(days_ahead=180)
    assert found(later) == {
        Neglected("load-balancer-idle", place.load_balancer_arn),
        Neglected("log-group-without-retention", f"arn:aws:logs:{place.region}:{maintaining.sandbox.account}:log-group:{place.log_group}"),
        Neglected("service-idle", place.service_arn),
    }


def test_an_alarm_on_each_disk_that_the_agent_measures_is_one_command(maintaining: Maintaining) -> None:
    sandbox = maintaining.sandbox
    place = Place(sandbox)
    image = place.client("ec2").register_image(Name="graph", RootDeviceName="/dev/sda1")["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Role", "Value": "SearchSpace"}]}]
    instance = place.client("ec2").run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=tags)["Instances"][0][
        "InstanceId"
    ]
    for path, kind in (("/", "xfs"), ("/var/lib/neo4j", "ext4"), ("/run", "tmpfs")):
        dimensions = [{"Name": name, "Value": value} for name, value in {"InstanceId": instance, "path": path, "fstype": kind}.items()]
        datum = {"MetricName": "disk_used_percent", "Dimensions": dimensions, "Value": 40.0}
        place.client("cloudwatch").put_metric_data(Namespace="CWAgent", MetricData=[datum])
    missing = [each for each in maintaining.examined().findings if each.check == "alarm-missing" and "disk" in each.title]
    assert [each.title.partition("no alarm on ")[2] for each in missing] == ["the disk /", "the disk /var/lib/neo4j"]
    for each in missing:
        flags = flags_of(each.fix)
        place.client("cloudwatch").put_metric_alarm(
            AlarmName=flags["alarm-name"],
            Namespace=flags["namespace"],
            MetricName=flags["metric-name"],
            Dimensions=json.loads(flags["dimensions"]),
            ComparisonOperator=flags["comparison-operator"],
            EvaluationPeriods=int(flags["evaluation-periods"]),
            Period=int(flags["period"]),
            Statistic=flags["statistic"],
            Threshold=float(flags["threshold"]),
            AlarmActions=[place.client("sns").create_topic(Name="on-call")["TopicArn"]],
        )
    assert {flags_of(each.fix)["alarm-name"] for each in missing} == {f"{instance}-disk-root", f"{instance}-disk-var-lib-neo4j"}
    again = maintaining.examined().findings
    assert {each.key for each in again if each.check == "alarm-missing"} == {"status", "cpu"}
    assert not [each for each in again if each.check == "alarm-dangling"]


def test_what_is_not_allowed_skips_its_checks_and_no_others(maintaining: Maintaining) -> None:
    sandbox = maintaining.sandbox
    sandbox.client("iam").create_user(UserName="reader")
    key = sandbox.client("iam").create_access_key(UserName="reader")["AccessKey"]
    for action in ("ec2:DescribeVolumes", "cloudwatch:*", "iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails"):
        sandbox.deny("reader", action)
    role = _allowed_too_much(sandbox)
    sandbox.client("ec2").allocate_address(Domain="vpc")
    examined = maintaining.examined([maintaining.scope(key=(key["AccessKeyId"], key["SecretAccessKey"]))])
    reasons = not_run(examined)
    assert set(reasons) == {
        *("volume-unattached", "volume-unencrypted", "backup-missing"),
        *("alarm-insufficient-data", "alarm-without-action", "alarm-dangling"),
        *("access-key-old", "access-key-unused", "user-inactive", "user-without-mfa"),
        "permission-unused",
    }
    assert all(each.startswith("skipped: access denied: ") for each in reasons.values()), reasons
    assert "DescribeVolumes" in reasons["volume-unattached"]
    assert [each.check for each in examined.findings] == ["address-unattached"]
    asked = [call.operation for call in sandbox.calls()]
    assert asked.count("DescribeVolumes") == asked.count("GenerateServiceLastAccessedDetails") == 1
    assert ("permission-unused", role) in {(each.check, each.resource) for each in maintaining.examined().findings}


def _allowed_too_much(sandbox: "Sandbox") -> str:
    """A role that IAM has a report to write about, used today."""
    place = Place(sandbox)
    role: str = place.client("iam").create_role(RoleName="ci", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    for record in place.records("iam").roles.values():
        record.create_date, record.last_used = place.ago(400), place.ago(0)
    statement = {"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    place.client("iam").put_role_policy(RoleName="ci", PolicyName="ci", PolicyDocument=document)
    access.used(sandbox.account)[role] = {"s3": place.now}
    return role


def test_an_analyzer_of_unused_access_is_taken_at_its_word_where_it_looks_back_no_further(maintaining: Maintaining) -> None:
    sandbox = maintaining.sandbox
    role = _allowed_too_much(sandbox)
    asked: list[set[str]] = []
    found_ones: list[Finding] = []

    def look() -> None:
        sandbox.reset_calls()
        examined = examine(maintaining.context(days_ahead=3), [maintaining.scope()], wanted={"permission-unused"}.__contains__)
        found_ones.extend(examined.findings)
        asked.append({call.operation for call in sandbox.calls()} & {"GetFindingV2", "GenerateServiceLastAccessedDetails"})

    look()
    for name, days in (("too-patient", 365), ("unused", 60)):
        configuration = {"unusedAccess": {"unusedAccessAge": days}}
        sandbox.client("accessanalyzer").create_analyzer(analyzerName=name, type="ACCOUNT_UNUSED_ACCESS", configuration=configuration)
        look()
    assert "aws accessanalyzer generate-finding-recommendation" in found_ones[-1].fix
    sandbox.fault("ListFindingsV2", 1, "access-denied")
    look()
    place = Place(sandbox)
    for record in place.records("iam").roles.values():
        record.last_used = place.ago(75)  # for the analyzer it is unused as a whole, for role-unused it is not
    look()
    assert [each.resource for each in found_ones] == [role] * 5
    assert len({each.id for each in found_ones}) == 1, "whoever says so, it is the same finding"
    assert {each.title for each in found_ones} == {"role ci may use 1 service, and has not for 180 days"}
    assert all("no use on record of sqs" in each.why for each in found_ones)
    by_iam, by_the_analyzer = {"GenerateServiceLastAccessedDetails"}, {"GetFindingV2"}
    assert asked == [by_iam, by_iam, by_the_analyzer, by_iam, by_iam]


def test_a_throttled_service_is_told_and_the_others_go_on(maintaining: Maintaining) -> None:
    for number in range(1, 9):  # more often than botocore asks
        maintaining.sandbox.fault("DescribeSecurityGroups", number, "throttle")
    reasons = not_run(maintaining.examined())
    assert set(reasons) == {"security-group-open", "security-group-unused"}
    assert all("throttled" in each for each in reasons.values())


def test_a_region_that_is_not_enabled_is_told_once_and_asked_once(maintaining: Maintaining) -> None:
    """A session that a region does not know is answered like any key that is none."""
    sandbox = maintaining.sandbox
    sandbox.client("ec2").allocate_address(Domain="vpc")
    unknown = ("ASIAX0000000000DISAB", "secret")
    examined = maintaining.examined([maintaining.scope(), maintaining.scope("ap-east-1", unknown)])
    reasons = {each.why for each in examined.ran if each.region == "ap-east-1"}
    assert len(reasons) == 1
    assert "the region ap-east-1 is not enabled" in next(iter(reasons))
    assert {each.state for each in examined.ran if each.region == "ap-east-1"} == {"skipped"}
    assert [each.check for each in examined.findings] == ["address-unattached"]
    assert len([call for call in sandbox.calls() if call.region == "ap-east-1"]) == 1


def test_what_belongs_to_no_region_is_found_once(maintaining: Maintaining) -> None:
    """And a role is in use that a service of another region names."""
    sandbox = maintaining.sandbox
    sandbox.client("iam").create_user(UserName="ada")
    sandbox.client("iam").create_login_profile(UserName="ada", Password="Example-password-1")
    role = sandbox.client("iam").create_role(RoleName="sleeping", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    elsewhere = boto3.client(
        "lambda",
        endpoint_url=sandbox.url,
        region_name="eu-west-1",
        aws_access_key_id=sandbox.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="sandbox",
        config=Config(user_agent_extra=TESTS),
    )
    elsewhere.create_function(FunctionName="sleeping", Runtime="python3.12", Role=role, Handler="main.run", Code={"ZipFile": b"none"})
    scopes = [maintaining.scope(), maintaining.scope("eu-west-1")]
    mfa = [each for each in maintaining.examined(scopes).findings if each.check == "user-without-mfa"]
    assert [(each.resource.rpartition("/")[2], each.region) for each in mfa] == [("ada", "")]
    assert "role-unused" in {each.check for each in maintaining.examined(scopes[:1], days_ahead=200).findings}
    assert "role-unused" not in {each.check for each in maintaining.examined(scopes, days_ahead=200).findings}


def test_what_is_not_looked_at_in_time_is_told(maintaining: Maintaining) -> None:
    examined = examine(maintaining.context(seconds=-1), [maintaining.scope()])
    assert {each.state for each in examined.ran} == {"failed"}
    assert "the time for this run is over" in examined.ran[0].why
    assert maintaining.sandbox.calls() == []


def test_checks_that_are_not_wanted_ask_nothing(maintaining: Maintaining) -> None:
    wanted = {"access-key-old", "user-without-mfa"}
    examined = examine(maintaining.context(), [maintaining.scope()], wanted=wanted.__contains__)
    assert {each.check for each in examined.ran} == wanted
    assert {call.service for call in maintaining.sandbox.calls()} == {"ec2", "iam"}, "EC2 once, whether the region is there"


def test_pages_are_all_read(maintaining: Maintaining) -> None:
    ec2 = maintaining.sandbox.client("ec2")
    for _ in range(7):
        ec2.create_volume(AvailabilityZone=f"{maintaining.sandbox.region}a", Size=1, Encrypted=True)
    pages = ec2.get_paginator("describe_volumes").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["Volumes"]) for page in pages] == [5, 2]
    assert len(maintaining.examined(days_ahead=30).findings) == 7


def test_of_very_many_resources_those_that_are_neglected_are_found(maintaining: Maintaining) -> None:
    from credex_actions.sandbox.neglect.many import many

    expected = many(maintaining.sandbox, 2_400)
    maintaining.sandbox.reset_calls()
    examined = maintaining.examined()
    assert len(examined.findings) == expected == 24
    assert [call.operation for call in maintaining.sandbox.calls()].count("DescribeVolumes") == 3


HOSTILE = "$(touch x); `id` ' \" <script>alert(1)</script> ::set-output name=a::b | [x](y)"


def test_strangers_names_stay_words(maintaining: Maintaining) -> None:
    sandbox = maintaining.sandbox
    sandbox.client("ecs").create_cluster(clusterName="c")
    volume = sandbox.client("ec2").create_volume(AvailabilityZone=f"{sandbox.region}a", Size=1)["VolumeId"]
    sandbox.client("ec2").create_tags(
        Resources=[volume], Tags=[{"Key": "Name", "Value": f"{HOSTILE}\n::error::x"}, {"Key": "Owner", "Value": HOSTILE}]
    )
    sandbox.client("secretsmanager").create_secret(Name="-odd/name+=.@-", SecretString="an example")
    examined = maintaining.examined(days_ahead=400)
    assert {each.check for each in examined.findings} == {"volume-unattached", "secret-unrotated"}
    for each in examined.findings:
        assert "\n" not in each.title + each.fix
        assert "touch" not in each.fix
        assert shlex.split(each.fix)
    assert any("--secret-id=-odd/name+=.@-" in each.fix for each in examined.findings)
