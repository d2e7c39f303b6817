"""What the checks of an account decide, by values: what is found, and the nearest thing that is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.workers import WorkerClock
from credex_actions.maintenance.account.data.buckets import denies_plain, public, unencrypted
from credex_actions.maintenance.account.data.secrets import sounds_secret, unrotated
from credex_actions.maintenance.account.ec2.backups import is_missing
from credex_actions.maintenance.account.ec2.images import is_old as is_old_image
from credex_actions.maintenance.account.ec2.images import newest_of_each_name
from credex_actions.maintenance.account.ec2.instances import read as read_instance
from credex_actions.maintenance.account.ec2.security_groups import is_internet, open_ports
from credex_actions.maintenance.account.ec2.snapshots import COPIED, Snapshot, is_kept, judged
from credex_actions.maintenance.account.ec2.using import Use, is_idle, is_oversized
from credex_actions.maintenance.account.ec2.volumes import holds_data, is_unattached
from credex_actions.maintenance.account.found import aws, named
from credex_actions.maintenance.account.iam.credential_report import users
from credex_actions.maintenance.account.iam.users import AccessKey, check_mfa, is_inactive
from credex_actions.maintenance.account.iam.users import judged as judged_key
from credex_actions.maintenance.account.iam.wildcards import ALL_OF_IAM, EVERYTHING, wildcard
from credex_actions.maintenance.account.prices import Prices
from credex_actions.maintenance.account.serving.idle_services import idle as idle_service
from credex_actions.maintenance.account.serving.load_balancers import idle as idle_balancer
from credex_actions.maintenance.account.serving.registry import children, expires_untagged
from credex_actions.maintenance.account.sizes import half_of
from credex_actions.maintenance.account.survey import Survey
from credex_actions.maintenance.account.watching import alarms
from credex_actions.maintenance.account.watching.alarms import Alarm, is_blind, kind_of, kinds_in, names_in
from credex_actions.maintenance.account.watching.disks import disks
from credex_actions.maintenance.account.watching.log_groups import LogGroup, keeps_too_long, logged_to
from credex_actions.maintenance.context import Scope

if TYPE_CHECKING:
    from credex_actions.maintenance.account.reading import Reading

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FULL = (1.0,) * 14


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def volume(state: str = "available", days: float = 100, **members: Any) -> dict[str, Any]:
    return {"VolumeId": "vol-1", "State": state, "CreateTime": ago(days), "Encrypted": True, **members}


def attached(**members: Any) -> dict[str, Any]:
    return volume("in-use", Attachments=[{"InstanceId": "i-1", "State": "attached"}], **members)


def test_volumes() -> None:
    assert is_unattached(volume(), NOW, 14)
    assert not is_unattached(volume(days=1), NOW, 14)
    assert not is_unattached(volume("in-use"), NOW, 14)
    assert not is_unattached(volume("creating"), NOW, 14)
    assert holds_data(attached(), frozenset())
    assert not holds_data(attached(), frozenset({"vol-1"})), "a root volume that an image can make again"
    assert not holds_data(attached(Tags=[{"Key": "Backup", "Value": "False"}]), frozenset())
    assert not holds_data(volume(), frozenset())


def test_backups() -> None:
    assert is_missing(attached(), None, NOW, 7)
    assert is_missing(attached(), ago(8), NOW, 7)
    assert not is_missing(attached(), ago(6), NOW, 7)
    assert not is_missing(attached(days=1), None, NOW, 7), "there has been no time for one"


@pytest.mark.parametrize(
    ("of", "existing", "needed", "newest", "then"),
    [
        ("vol-1", {"vol-1"}, set(), 200, "snapshot-old"),
        ("vol-1", {"vol-1"}, set(), 400, ""),
        ("vol-1", set(), set(), 400, "snapshot-orphaned"),
        ("vol-1", set(), {"snap-1"}, 200, ""),
        (COPIED, {"vol-1"}, set(), 0, "snapshot-old"),
    ],
)
def test_snapshots(of: str, existing: set[str], needed: set[str], newest: float, then: str) -> None:
    """`newest`: how many days ago the volume's newest was taken."""
    assert judged(Snapshot("snap-1", of, ago(400), 8), existing, frozenset(needed), ago(newest).timestamp()) == then


def test_snapshots_that_a_plan_keeps() -> None:
    assert is_kept({"Tags": [{"Key": "aws:backup:source-resource", "Value": "arn"}]})
    assert is_kept({"Tags": [{"Key": "aws:dlm:lifecycle-policy-id", "Value": "p"}]})
    assert is_kept({"StorageTier": "archive"})
    assert not is_kept({"Tags": [{"Key": "Name", "Value": "backup"}], "StorageTier": "standard"})


def image(name: str, created: str, **members: str) -> dict[str, Any]:
    return {"ImageId": f"ami-{name}", "Name": name, "CreationDate": created, **members}


def test_images() -> None:
    assert is_old_image(image("a", "2025-01-01T00:00:00.000Z"), NOW, 180)
    assert not is_old_image(image("a", "2026-05-01T00:00:00.000Z"), NOW, 180)
    assert not is_old_image(image("a", "2025-01-01T00:00:00.000Z", LastLaunchedTime="2026-05-31T00:00:00Z"), NOW, 180)
    named_alike = (image("web-2024-01-01", "2024-01-01"), image("web-2025-01-01", "2025-01-01"), image("db_v3", "2020-01-01"))
    assert newest_of_each_name(named_alike) == {"ami-web-2025-01-01", "ami-db_v3"}


def instance(**members: Any) -> dict[str, Any]:
    return {"InstanceId": "i-1", "InstanceType": "t3.large", "State": {"Name": "running"}, "LaunchTime": ago(1), **members}


def test_instances() -> None:
    stopped = read_instance(instance(StateTransitionReason="User initiated (2026-01-02 03:04:05 GMT)"), frozenset())
    assert stopped.stopped == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert read_instance(instance(StateTransitionReason="Server.SpotInstanceShutdown"), frozenset()).stopped is None
    assert read_instance(instance(MetadataOptions={"HttpTokens": "optional", "HttpEndpoint": "enabled"}), frozenset()).version_1
    assert not read_instance(instance(MetadataOptions={"HttpTokens": "optional", "HttpEndpoint": "disabled"}), frozenset()).version_1
    assert not read_instance(instance(MetadataOptions={"HttpTokens": "required"}), frozenset()).version_1
    assert read_instance(instance(ImageId="ami-1"), frozenset({"ami-1"})).database
    assert read_instance(instance(Tags=[{"Key": "Role", "Value": "SearchSpace"}]), frozenset()).database
    assert not read_instance(instance(Tags=[{"Key": "Role", "Value": "web"}]), frozenset()).database


def test_use() -> None:
    def use(cpu: float = 1, network: float = 1e6, memory: tuple[float, ...] = (30.0,) * 14) -> Use:
        return Use((cpu,) * 14, (cpu,) * 14, (network,) * 14, memory)

    assert is_idle(use(), 3, 5, 14)
    assert not is_idle(use(network=1e9), 3, 5, 14), "it serves"
    assert not is_idle(use(cpu=4), 3, 5, 14)
    assert not is_idle(Use(FULL[:5], FULL[:5], FULL[:5], ()), 3, 5, 14), "five days prove nothing of fourteen"
    assert not is_idle(Use((), (), (), ()), 3, 5, 14)
    assert is_oversized(use(cpu=10), 20, 40, 14)
    assert not is_oversized(use(cpu=10, memory=()), 20, 40, 14), "without a metric of memory nothing is said"
    assert not is_oversized(use(cpu=10, memory=(*FULL[:13], 90.0)), 20, 40, 14)


def test_sizes() -> None:
    assert half_of("m5.2xlarge") == "m5.xlarge"
    assert half_of("m5.large") == ""
    assert half_of("t3.large") == "t3.medium"
    assert half_of("t3.nano") == ""
    assert half_of("r6g.large") == "r6g.medium"
    assert half_of("m5.metal") == ""


def test_prices() -> None:
    assert Prices().volume("gp3", 100) == 8.0
    assert Prices().volume("gp9", 100) is None
    assert Prices({"volume-gp3": 0.1}).volume("gp3", 100) == 10.0
    assert Prices().instance("m5.xlarge") == 140.16
    assert Prices().instance("p5.48xlarge") is None
    assert Prices({"instance-p5.48xlarge": 9.5}).instance("p5.48xlarge") == 9.5
    assert Prices().says(None) == Prices().says(0.0) == ""


@pytest.mark.parametrize(
    ("cidr", "then"),
    [
        ("0.0.0.0/0", True),
        ("::/0", True),
        ("0.0.0.0/1", True),
        ("128.0.0.0/1", True),
        ("10.0.0.0/8", False),
        ("203.0.113.7/32", False),
        ("fc00::/7", False),
    ],
)
def test_the_internet(cidr: str, then: bool) -> None:
    assert is_internet(cidr) is then


def group(protocol: str, first: int | None = None, last: int | None = None, cidr: str = "0.0.0.0/0") -> dict[str, Any]:
    ports = {} if first is None else {"FromPort": first, "ToPort": last}
    return {"IpPermissions": [{"IpProtocol": protocol, **ports, "IpRanges": [{"CidrIp": cidr}]}]}


def test_open_ports() -> None:
    assert open_ports(group("tcp", 22, 22)) == (22,)
    assert open_ports(group("tcp", 7000, 8000)) == (7473, 7474, 7687)
    assert open_ports(group("tcp", 443, 443)) == ()
    assert open_ports(group("udp", 22, 22)) == ()
    assert open_ports(group("icmp", -1, -1)) == ()
    assert 7687 in open_ports(group("-1"))
    assert open_ports(group("tcp", 7687, 7687, "10.0.0.0/16")) == ()
    assert (
        open_ports({"IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": "sg-2"}]}]})
        == ()
    )


def policy(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"} | statement}


def test_wildcards() -> None:
    assert wildcard(policy()) == wildcard(policy(Action=["s3:GetObject", "*"], Resource=["arn:aws:s3:::a", "*"])) == EVERYTHING
    assert wildcard(policy(Action="iam:*")) == ALL_OF_IAM
    assert wildcard({"Statement": [{"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "*"}]}) == EVERYTHING
    assert wildcard({"Statement": [{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}]}) == "", (
        "AWS's PowerUserAccess"
    )
    for each in (
        {"Effect": "Deny"},
        {"Condition": {"Bool": {"a": "b"}}},
        {"Resource": "arn:aws:s3:::a"},
        {"Action": ["ec2:*"]},
        {"Action": "s3:Get*"},
    ):
        assert wildcard(policy(**each)) == ""
    assert wildcard({}) == wildcard({"Statement": "?"}) == ""


@pytest.mark.parametrize(
    ("statement", "breadth"),
    [
        ({"Action": "**"}, EVERYTHING),
        ({"Resource": "arn:aws:*"}, EVERYTHING),
        ({"Resource": ["arn:aws:*:*:*:*"]}, EVERYTHING),
        ({"Resource": "arn:*"}, EVERYTHING),
        ({"Action": "IAM:**"}, ALL_OF_IAM),
        ({"Action": "iam*"}, ALL_OF_IAM),
        ({"Action": "iam:*", "Resource": "arn:aws:iam::123456789012:*"}, ALL_OF_IAM),
        ({"Resource": "arn:aws:iam::*:*"}, ALL_OF_IAM),
        ({"Action": "iam:*", "Resource": "arn:aws:iam::123456789012:role/app-*"}, ""),
        ({"Resource": "arn:aws:s3:::*"}, ""),
        ({"Resource": "arn:aws:s3:::*/*"}, ""),
        ({"Resource": None, "NotResource": "arn:aws:s3:::audit/*"}, EVERYTHING),
        ({"Resource": None, "NotResource": "*"}, ""),
        ({"Resource": None, "NotResource": ["arn:aws:iam::*:*", "arn:aws:s3:::audit/*"]}, ""),
        ({"Resource": None, "NotResource": "arn:aws:s3:::audit/*", "Action": "s3:*"}, ""),
    ],
)
def test_wildcards_in_other_words(statement: dict[str, Any], breadth: str) -> None:
    assert wildcard(policy(**statement)) == breadth


def test_of_several_wide_statements_every_run_tells_the_same() -> None:
    """Texts of a set would change their order with each process."""
    statements = [policy(Action=None, NotAction=["s3:*", "ec2:*"])["Statement"], policy(Action="iam:*")["Statement"]]
    assert wildcard({"Statement": statements}) == "all actions but 2"
    assert wildcard({"Statement": statements[::-1]}) == ALL_OF_IAM


REPORT = (
    "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n"
    "<root_account>,arn:aws:iam::1:root,2020-01-01T00:00:00+00:00,not_supported,2026-01-01T00:00:00+00:00,true,false,N/A,N/A,false,N/A,N/A\n"
    "ada,arn:aws:iam::1:user/ada,2024-01-01T00:00:00+00:00,true,no_information,false,true,2025-01-01T00:00:00+00:00,2026-05-30T00:00:00+00:00,false,2023-01-01T00:00:00+00:00,N/A\n"
)
ROOT_WITHOUT: Final = "".join(REPORT.replace(",true,false,N/A", ",false,false,N/A").splitlines(keepends=True)[:2])


def test_credential_report() -> None:
    root, ada = users(REPORT)
    assert root.is_root
    assert root.mfa
    assert (ada.password, ada.signed_in, ada.mfa) == (True, None, False)
    assert [(each.active, bool(each.used)) for each in ada.keys] == [(True, True), (False, False)]
    assert not is_inactive(ada, NOW, 90)
    assert is_inactive(ada, NOW + timedelta(days=100), 90)
    assert not is_inactive(replace(ada, certificates=True), NOW + timedelta(days=100), 90), "IAM keeps no use of them"


def test_keys() -> None:
    assert judged_key(AccessKey("k", ago(10), None), NOW, 90, 90) == ""
    assert judged_key(AccessKey("k", ago(100), ago(0)), NOW, 90, 90) == "access-key-old"
    assert judged_key(AccessKey("k", ago(100), None), NOW, 90, 90) == "access-key-unused"
    assert judged_key(AccessKey("k", ago(300), ago(91)), NOW, 90, 90) == "access-key-unused"
    assert judged_key(AccessKey("k", ago(60), ago(59)), NOW, 90, 30) == "access-key-unused"


NO_BLOCK = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
EVERYBODY = ({"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"},)


def test_buckets() -> None:
    assert list(public(NO_BLOCK, is_public_policy=True, grants=EVERYBODY)) == [
        "its policy is public",
        "its access control list grants READ to everybody",
    ]
    assert list(public(NO_BLOCK | {"RestrictPublicBuckets": True, "IgnorePublicAcls": True}, is_public_policy=True, grants=EVERYBODY)) == []
    assert list(public(NO_BLOCK | {"BlockPublicPolicy": True}, is_public_policy=True, grants=())), (
        "it keeps new policies out, not the present one"
    )
    assert list(public(NO_BLOCK, is_public_policy=False, grants=({"Grantee": {"ID": "owner"}, "Permission": "FULL_CONTROL"},))) == []
    assert list(unencrypted((), needs_kms=False))
    assert list(unencrypted(("AES256",), needs_kms=True))
    assert not list(unencrypted(("AES256",), needs_kms=False))
    assert not list(unencrypted(("aws:kms",), needs_kms=True))
    assert denies_plain({"Statement": {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}})
    assert not denies_plain({"Statement": [{"Effect": "Allow", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]})
    assert not denies_plain({})


@pytest.mark.parametrize(
    "name",
    [
        "/a/db_password",
        "/a/DB_PASS",
        "/a/apiKey",
        "/a/api-key",
        "/a/jwt_secret",
        "/a/JWTSecret",
        "TOKEN",
        "/a/githubToken",
        "/a/client-secret",
        "/x/private_key",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert sounds_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "/a/db_secret_arn",
            "/a/token_ttl",
            "/secrets/endpoint",
            "/a/passenger_count",
            "/a/compass",
            "/a/public_key",
            "/a/password_policy",
            "/a/secret-name",
        ),
        *("/a/tokenizer", "/a/keyboard", "/a/bypass", "/a/SecretsManagerEndpoint", "/a/passwordMinLength", "/a/bolt_url"),
    ],
)
def test_names_about_secrets(name: str) -> None:
    assert not sounds_secret(name)


def test_secrets() -> None:
    assert "for 200 days" in unrotated({"CreatedDate": ago(400), "LastChangedDate": ago(200)}, NOW, 180)
    assert not unrotated({"CreatedDate": ago(400), "LastChangedDate": ago(20)}, NOW, 180)
    assert not unrotated({"CreatedDate": ago(400), "OwningService": "rds"}, NOW, 180)
    assert not unrotated({"CreatedDate": ago(400), "DeletedDate": ago(1)}, NOW, 180)
    late = {"CreatedDate": ago(40), "RotationEnabled": True, "NextRotationDate": ago(9)}
    assert "was due 9 days ago" in unrotated(late, NOW, 180)
    assert not unrotated(late | {"NextRotationDate": ago(2)}, NOW, 180)


def test_services_and_balancers() -> None:
    assert idle_service(0.0, (), 1, 14)
    assert not idle_service(3.0, FULL, 1, 14)
    assert idle_service(None, FULL, 1, 14)
    assert not idle_service(None, FULL[:3], 1, 14)
    assert not idle_service(None, (), 1, 14), "no values prove nothing"
    assert not idle_service(None, (*FULL[:13], 60.0), 1, 14)
    assert "no target" in idle_balancer(0, is_used=False, window=14)
    assert "no request" in idle_balancer(2, is_used=False, window=14)
    assert not idle_balancer(0, is_used=True, window=14), "it redirects"


def test_images_of_an_index() -> None:
    assert children({"manifests": [{"digest": "sha256:1"}, {"digest": "sha256:2"}]}) == {"sha256:1", "sha256:2"}
    assert children({"layers": []}) == set()
    assert expires_untagged({"rules": [{"selection": {"tagStatus": "any"}}]})
    assert not expires_untagged({"rules": [{"selection": {"tagStatus": "tagged"}}]})


def alarm(state: str = "INSUFFICIENT_DATA", days: float = 30, enabled: bool = True) -> Alarm:
    return Alarm(name="a", arn="arn", state=state, since=ago(days), enabled=enabled, actions=(), watches=())


def test_alarms() -> None:
    assert is_blind(alarm(), NOW, 3)
    assert not is_blind(alarm(days=1), NOW, 3)
    assert not is_blind(alarm("OK"), NOW, 3)
    assert not is_blind(alarm(enabled=False), NOW, 3), "silenced on purpose"
    assert kinds_in('SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId)') == {"cpu"}
    assert kinds_in("m1 / m2 * 100") == set()
    assert names_in('ALARM("a b") OR (OK(c) AND NOT INSUFFICIENT_DATA("arn:aws:x"))') == ["a b", "c", "arn:aws:x"]
    assert [kind_of(each) for each in ("StatusCheckFailed_System", "CPUUtilization", "disk_used_percent", "Latency")] == [
        "status",
        "cpu",
        "disk",
        "",
    ]


def test_log_groups() -> None:
    def log_group(retention: int | None, days: float = 100) -> LogGroup:
        return LogGroup("g", "arn", ago(days), retention, 0)

    assert keeps_too_long(log_group(None), NOW, 1, 1827)
    assert keeps_too_long(log_group(3653), NOW, 1, 1827)
    assert not keeps_too_long(log_group(365), NOW, 1, 1827)
    assert not keeps_too_long(log_group(None, days=0.5), NOW, 1, 1827)
    used = {"containerDefinitions": [{"logConfiguration": {"options": {"awslogs-group": "/ecs/a"}}}, {}]}
    assert logged_to((used,)) == {"/ecs/a"}


@given(st.text(), st.text())
def test_a_fix_says_what_it_means_to_a_shell(identifier: str, name: str) -> None:
    import shlex

    words = shlex.split(aws("logs", "delete-log-group", "eu-west-1", log_group_name=identifier))
    assert words[:3] == ["aws", "logs", "delete-log-group"]
    assert identifier in {words[4], words[3].removeprefix("--log-group-name=")}
    assert "\n" not in named("i-1", {"Name": name})


DIMENSIONS: Final = [{"Name": "InstanceId", "Value": "i-1"}]
STAT: Final = {
    "Metric": {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Dimensions": DIMENSIONS},
    "Period": 60,
    "Stat": "Maximum",
}


def test_metrics_of_another_account_are_not_looked_for_here() -> None:
    metrics = [
        {"Id": "a", "MetricStat": STAT, "AccountId": "2"},
        {"Id": "b", "MetricStat": STAT, "AccountId": "1"},
        {"Id": "c", "MetricStat": STAT},
    ]
    record = {"AlarmName": "a", "AlarmArn": "arn:aws:cloudwatch:af-south-1:1:alarm:a", "StateValue": "OK", "StateUpdatedTimestamp": NOW}
    read = alarms.read({**record, "Metrics": metrics})
    assert (len(read.watches), len(read.foreign)) == (2, 1)


WATCH: Final = ("AWS/EC2", "CPUUtilization", (("InstanceId", "i-1"),))
GONE: Final = ("InstanceId i-1 does not exist",)
TOPIC: Final = ("SNS topic x does not exist",)


@pytest.mark.parametrize(
    ("reasons", "topics", "changes", "title"),
    [
        ([GONE], (), {}, "is about something that no longer exists"),
        ([GONE, GONE], TOPIC, {}, "is about something that no longer exists"),
        ([()], TOPIC, {}, "notifies a topic that no longer exists"),
        ([], TOPIC, {"rule": "ALARM(b)"}, "notifies a topic that no longer exists"),
        ([GONE, ()], (), {}, "is partly about something that no longer exists"),
        ([GONE], (), {"foreign": (WATCH,)}, "is partly about something that no longer exists"),
        ([GONE], (), {"queries": ("SELECT MAX(x) FROM y",)}, "is partly about something that no longer exists"),
    ],
)
def test_only_an_alarm_on_nothing_that_exists_is_deleted(
    reasons: list[tuple[str, ...]], topics: tuple[str, ...], changes: dict[str, Any], title: str
) -> None:
    told = alarms.told(replace(alarm(), **changes), reasons, topics, "af-south-1")
    assert told.title == f"alarm a {title}"
    assert ("delete-alarms" in told.fix) == (title == "is about something that no longer exists")


class Answers:
    """IAM, as far as it is asked about the root user."""

    def __init__(self, report: str, summary: dict[str, int]) -> None:
        self.clock = WorkerClock(SystemClock())
        self.answers = {
            "generate_credential_report": {"State": "COMPLETE"},
            "get_credential_report": {"Content": report.encode()},
            "get_account_summary": {"SummaryMap": summary},
        }

    def one(self, _: str, operation: str) -> Any:
        return self.answers[operation]


@pytest.mark.parametrize(
    ("report", "summary", "count"),
    [
        (ROOT_WITHOUT, {"AccountPasswordPresent": 1, "AccountMFAEnabled": 0}, 1),
        (ROOT_WITHOUT, {"AccountMFAEnabled": 0}, 1),
        (ROOT_WITHOUT, {"AccountPasswordPresent": 0, "AccountMFAEnabled": 0}, 0),
        (ROOT_WITHOUT, {"AccountPasswordPresent": 1, "AccountMFAEnabled": 1}, 0),
        (ROOT_WITHOUT.replace("arn:aws:", "arn:aws-us-gov:"), {"AccountPasswordPresent": 1, "AccountMFAEnabled": 0}, 0),
    ],
    ids=["without", "an answer without it", "no password", "since the report", "GovCloud"],
)
def test_a_root_user_who_cannot_sign_in_needs_no_mfa(report: str, summary: dict[str, int], count: int) -> None:
    survey = Survey(Scope("1", "af-south-1", Clients()), cast("Reading", Answers(report, summary)), NOW, {}, Prices())
    assert len(list(check_mfa(survey))) == count


def metric(**dimensions: str) -> dict[str, Any]:
    return {"Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()]}


def test_disks_are_the_file_systems_that_hold_data() -> None:
    root = {"InstanceId": "i-1", "path": "/", "device": "nvme0n1p1", "fstype": "xfs"}
    data = {"InstanceId": "i-1", "path": "/var/lib/neo4j", "device": "nvme1n1", "fstype": "ext4"}
    found = sorted(
        disks(
            [
                metric(InstanceId="i-1"),
                metric(InstanceId="i-1", path="/"),  # the same, aggregated by the agent
                metric(**data),
                metric(**root),
                metric(InstanceId="i-1", path="/run", device="tmpfs", fstype="tmpfs"),
            ]
        )
    )
    assert [(each.path, each.word, dict(each.dimensions)) for each in found] == [
        ("/", "root", root),
        ("/var/lib/neo4j", "var-lib-neo4j", data),
    ]
