"""A new instance that takes the place of the old one: what it is launched with, what stands in its way, what Terraform is told, and what is noted. Values."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import botocore.exceptions
import msgspec
import pytest

from credex_actions.aws.scratch.instance import launch
from credex_actions.aws.tags import as_mapping
from credex_actions.backup.taking.stopping import STOPPED_BY
from credex_actions.core.faults import Failure, Fault
from credex_actions.core.loop import Lost, Run, Sent
from credex_actions.databases.connection import bolt_url
from credex_actions.databases.finding import SERVED_BY, Found, find, instances_with
from credex_actions.neo4j.configuration.groups import Member
from credex_actions.neo4j.configuration.model import Database
from credex_actions.neo4j.fingerprint import Tag
from credex_actions.rollout.around.access_mode import AccessMode
from credex_actions.rollout.around.gates import WRITES_STOPPED_BY
from credex_actions.rollout.around.stopping_writes import Writes
from credex_actions.rollout.around.writes import Want as GateWant
from credex_actions.rollout.back.losses import never_responded
from credex_actions.rollout.rolling.left_down import down_first
from credex_actions.rollout.rolling.outcome import Rolled
from credex_actions.rollout.rolling.status import Status
from credex_actions.rollout.rolling.telling import told_of
from credex_actions.rollout.successor.deciding import after, discard, settle
from credex_actions.rollout.successor.launching import Model, request
from credex_actions.rollout.successor.obstacles import OURS, obstacles
from credex_actions.rollout.successor.steps import AttachTo, ClearNotes, DetachFrom, Discard, NoteProven, Protect
from credex_actions.rollout.successor.terraform import advice, attachment_id
from credex_actions.rollout.successor.world import SUCCESSOR, UNPROVEN, Former, Pair
from credex_actions.rollout.swap.instance import Instance
from credex_actions.rollout.swap.layout import kept_by_ec2
from credex_actions.rollout.swap.note import Note, Side, UnreadableNoteError, read_note
from credex_actions.rollout.swap.steps import StopDatabase
from credex_actions.rollout.user_data.restart import Restart
from credex_actions.rollout.user_data.steps import StopInstance
from credex_actions.rollout.versions.version import Version

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
FORMER = Former("i-0123456789abcdef0", "19481-1-0123abcd", "/dev/sdf")
RECORD: dict[str, Any] = {
    "InstanceId": FORMER.instance, "InstanceType": "r6g.large", "ImageId": "ami-old", "SubnetId": "subnet-1", "PrivateIpAddress": "10.0.1.5",
    "SecurityGroups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}], "IamInstanceProfile": {"Arn": "arn:profile", "Id": "AIPA"}, "KeyName": "somebody's",
    "EbsOptimized": True, "Monitoring": {"State": "enabled"}, "Placement": {"AvailabilityZone": "af-south-1a", "Tenancy": "default", "GroupName": ""},
    "MetadataOptions": {"State": "applied", "HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"},
    "RootDeviceName": "/dev/xvda", "EnclaveOptions": {"Enabled": False}, "MaintenanceOptions": {"AutoRecovery": "default"},
    "BlockDeviceMappings": [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-root", "DeleteOnTermination": True}},
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeId": "vol-data", "DeleteOnTermination": False}},
    ],
    "NetworkInterfaces": [{"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.5"}]}],
    "Tags": [
        {"Key": "Role", "Value": "Ledger"}, {"Key": "aws:ec2launchtemplate:id", "Value": "lt-1"}, {"Key": "credex:roll", "Value": "rolling"},
    ],
}  # fmt: skip
ROOT: dict[str, Any] = {"Size": 20, "VolumeType": "gp3", "Iops": 3000, "Throughput": 125, "Encrypted": True, "KmsKeyId": "key", "Tags": [{"Key": "Data", "Value": "false"}]}  # fmt: skip
IMAGE: dict[str, Any] = {
    "ImageId": "ami-new",
    "RootDeviceName": "/dev/sda1",
    "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {}}],
}
DATABASE = msgspec.convert(
    {"instances": {"tags": {"Role": "Ledger"}}, "login": {"secret": "s"}, "data": {"volume": {"tags": {"Data": "true"}}}, "url-parameter": "/db/url"}, Database
)  # fmt: skip


def model(**changes: Any) -> Model:
    return Model(record=RECORD | changes, root=ROOT, shuts_down="stop", burst="", root_device="/dev/sda1")


def test_it_is_launched_as_the_old_one_was_and_without_a_key() -> None:
    asked = request(model(), FORMER, "ami-new", "ledger-b", b"#!/bin/sh\n")
    instance, volume = (as_mapping(each["Tags"]) for each in asked.pop("TagSpecifications"))
    token = asked.pop("ClientToken")
    assert asked == {
        "ImageId": "ami-new", "InstanceType": "r6g.large", "MinCount": 1, "MaxCount": 1, "InstanceInitiatedShutdownBehavior": "stop",
        "EbsOptimized": True, "Monitoring": {"Enabled": True}, "UserData": b"#!/bin/sh\n", "SubnetId": "subnet-1", "SecurityGroupIds": ["sg-1", "sg-2"],
        "IamInstanceProfile": {"Arn": "arn:profile"}, "Placement": {"AvailabilityZone": "af-south-1a", "Tenancy": "default"},
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"},
        "MaintenanceOptions": {"AutoRecovery": "default"},
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/sda1",
                "Ebs": {
                    "DeleteOnTermination": True, "VolumeSize": 20, "VolumeType": "gp3", "Iops": 3000, "Throughput": 125, "Encrypted": True,
                    "KmsKeyId": "key",
                },
            }
        ],
    }  # fmt: skip
    assert instance == {
        "Role": "Ledger", SERVED_BY: FORMER.instance, SUCCESSOR: f"{FORMER.instance} ledger-b", UNPROVEN: FORMER.run, "credex:run": FORMER.run,
    }  # fmt: skip
    assert volume == {"Data": "false", "credex:run": FORMER.run}
    again, other = (request(model(), FORMER, "ami-new", backup, b"")["ClientToken"] for backup in ("ledger-b", "ledger-c"))
    assert (token == again, token == other, len(token)) == (True, False, 40)


def test_what_a_burstable_type_and_another_root_volume_need() -> None:
    burstable = replace(model(), burst="unlimited", root={"Size": 8, "VolumeType": "gp2", "Iops": 100})
    asked = request(burstable, FORMER, "ami-new", "b", b"")
    assert asked["CreditSpecification"] == {"CpuCredits": "unlimited"}
    assert asked["BlockDeviceMappings"][0]["Ebs"] == {"DeleteOnTermination": True, "VolumeSize": 8, "VolumeType": "gp2"}
    assert "UserData" not in asked
    larger = request(replace(burstable, root_size=30), FORMER, "ami-new", "b", b"")  # EC2 launches nothing from a snapshot that has no room
    assert larger["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 30


NAMED = Restart(urls=("bolt://10.0.1.5:7687",))
ELASTIC = [{"Association": {"IpOwnerId": "111122223333", "PublicIp": "3.4.5.6"}}]
OTHER_VOLUME = [*RECORD["BlockDeviceMappings"], {"DeviceName": "/dev/sdg", "Ebs": {"VolumeId": "vol-other"}}]
OBSTACLES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], Restart, list[str]]] = {
    "nothing": ({}, {}, {}, NAMED, []),
    "another volume": ({"BlockDeviceMappings": OTHER_VOLUME}, {}, {}, NAMED, ["other volumes than its root and its data volume, which would stay with it: vol-other"]),
    "an Elastic IP": ({"NetworkInterfaces": ELASTIC}, {}, {}, NAMED, ["has the Elastic IP 3.4.5.6"]),
    "two interfaces": ({"NetworkInterfaces": [{}, {}]}, {}, {}, NAMED, ["2 network interfaces"]),
    "no source/destination check": ({"SourceDestCheck": False}, {}, {}, NAMED, ["source/destination check"]),
    "stop protection": ({}, {}, {}, replace(NAMED, protected=True), ["stop protection"]),
    "an instance store": ({}, {}, {}, replace(NAMED, has_store=True), ["instance store volumes (r6g.large)"]),
    "an AMI with volumes": ({}, {"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {}}]}, {}, NAMED, ["brings volumes of its own (/dev/sdf)"]),
    "a name in the URL": ({}, {}, {}, Restart(urls=("bolt+s://db.example.com:7687",)), ["names db.example.com, which would not become that of a new instance"]),
    "no parameter": ({}, {}, {"url_parameter": msgspec.UNSET}, Restart(), ["has no `url-parameter`"]),
    "a fixed url": ({}, {}, {"url": "bolt://10.0.1.5"}, NAMED, ["is reached by a fixed `url`"]),
    "too many tags": ({"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(40)]}, {}, {}, NAMED, ["has 40 tags, and a new instance with the same ones has room for 39"]),
    "as many tags as there can be": ({"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(39)]}, {}, {}, NAMED, []),
    "a private one where the subnet gives public addresses": ({}, {}, {}, replace(NAMED, assigns=True), ["has no public address, and its subnet subnet-1 would give one"]),
    "a public one where the subnet gives none": ({"PublicIpAddress": "3.4.5.6"}, {}, {}, replace(NAMED, assigns=False), ["has the public address 3.4.5.6, and its subnet subnet-1 would give none"]),
    "a public one where the subnet gives them": ({"PublicIpAddress": "3.4.5.6"}, {}, {}, replace(NAMED, assigns=True), []),
    "no subnet": ({"SubnetId": ""}, {}, {}, NAMED, ["has no subnet"]),
}  # fmt: skip


@pytest.mark.parametrize(("instance", "image", "database", "restart", "words"), OBSTACLES.values(), ids=OBSTACLES)
def test_what_keeps_a_new_instance_from_its_place(
    instance: dict[str, Any], image: dict[str, Any], database: dict[str, Any], restart: Restart, words: list[str]
) -> None:
    configured = msgspec.structs.replace(DATABASE, **database)
    found = list(obstacles("ledger", configured, RECORD | instance, IMAGE | image, restart, "vol-data"))
    assert len(found) == len(words)
    assert all(word in fault.what and fault.hint for word, fault in zip(words, found, strict=True))


def test_as_many_tags_are_reckoned_with_as_are_set() -> None:
    launched = request(model(Tags=[]), FORMER, "ami-new", "b", b"")["TagSpecifications"][0]["Tags"]
    handed_over = {*NOTE.tags(), SERVED_BY, STOPPED_BY, WRITES_STOPPED_BY}
    assert len(handed_over | as_mapping(launched).keys()) == OURS


def test_a_member_of_a_group_that_is_called_by_its_instance_would_have_another_name_on_a_new_one() -> None:
    """A run that was cut off then would look for another database, and another parameter."""
    member = msgspec.convert(msgspec.to_builtins(DATABASE) | {"instance": FORMER.instance}, Member)
    name = f"ledger/{FORMER.instance}"
    (fault,) = obstacles(name, member, RECORD, IMAGE, NAMED, "vol-data")
    assert "has no tag Name" in fault.what
    assert f"Set Name to the id, {FORMER.instance}" in fault.hint
    named = RECORD | {"Tags": [*RECORD["Tags"], {"Key": "Name", "Value": FORMER.instance}]}
    assert not list(obstacles(name, member, named, IMAGE, NAMED, "vol-data"))


KEPT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "bare metal": ({"InstanceType": "i4i.metal"}, {}, "is bare metal (i4i.metal)"),
    "bare metal of a size": ({"InstanceType": "m7i.metal-24xl"}, {}, "is bare metal"),
    "another product": ({}, {"ProductCodes": [{"ProductCodeId": "abc", "ProductCodeType": "marketplace"}]}, "has the product codes abc, and i-0123456789abcdef0 of ledger has none"),
    "another billing": ({"UsageOperation": "RunInstances"}, {"UsageOperation": "RunInstances:0010"}, "billing information (UsageOperation) RunInstances:0010"),
}  # fmt: skip


@pytest.mark.parametrize(("instance", "image", "words"), KEPT.values(), ids=KEPT)
def test_where_ec2_replaces_no_root_volume_the_other_way_is_named(instance: dict[str, Any], image: dict[str, Any], words: str) -> None:
    (fault,) = kept_by_ec2("ledger", RECORD | instance, IMAGE | image)
    assert words in fault.what
    assert "Set rollout.swap to new-instance" in fault.hint
    assert not list(kept_by_ec2("ledger", RECORD | {"InstanceType": "mac2.metal"}, IMAGE))


def test_terraform_is_told_what_its_state_has_to_name() -> None:
    says, instance, attachment, ami = advice("i-1", "i-2", "vol-1", "/dev/sdf", "ami-new")
    assert "would attach vol-1 to that one" in says
    assert instance == 'instance=$(terraform state list -id=i-1) && terraform state rm "$instance" && terraform import "$instance" i-2'
    assert attachment.endswith('terraform import "$attachment" /dev/sdf:vol-1:i-2')
    assert f"-id={attachment_id('/dev/sdf', 'i-1', 'vol-1')})" in attachment
    assert "`ami` of that instance to ami-new" in ami


NOTE = Note(
    state="rolling", run="r", since=AT, volume="vol-1", backup="b", former=FORMER,
    old=Side(image="ami-1", version=Version(5, 26, 0), root="vol-r", user_data="0" * 64),
    new=Side(image="ami-2", version=Version(5, 26, 16), user_data="1" * 64),
    before=Tag(id="S", transaction=7, nodes=3, relationships=1, content="0" * 32, basis="exact"),
)  # fmt: skip


def test_the_note_says_whose_place_is_taken() -> None:
    assert read_note(NOTE.tags()) == NOTE
    assert read_note(replace(NOTE, former=None).tags()) == replace(NOTE, former=None)
    assert (NOTE.changes_user_data, replace(NOTE, former=None).changes_user_data) == (False, True)  # a new instance is launched with them


@pytest.mark.parametrize(("before", "after"), [("/dev/sdf", "/dev/sdf;id>&2"), (FORMER.instance, "i-$(id)"), ("vol-1", "vol-`id`")])
def test_a_note_that_would_put_words_of_a_shell_into_a_command_is_no_note(before: str, after: str) -> None:
    """People are given commands for Terraform with what it names, and whoever may write tags may have written it."""
    tags = NOTE.tags()
    with pytest.raises(UnreadableNoteError, match="credex:roll-data"):
        read_note(tags | {"credex:roll-data": tags["credex:roll-data"].replace(before, after)})
    with pytest.raises(UnreadableNoteError, match="credex:roll-from"):
        read_note(tags | {"credex:roll-from": tags["credex:roll-from"].replace("ami-1", "ami-1;id")})


def test_the_instance_that_has_the_database_is_the_only_one_that_is_found() -> None:
    def record(which: str, served: str = "") -> dict[str, Any]:
        tags = [{"Key": "Role", "Value": "x"}, *([{"Key": SERVED_BY, "Value": served}] if served else [])]
        return {"InstanceId": which, "Tags": tags}

    def found(*records: dict[str, Any]) -> list[str]:
        pages = SimpleNamespace(paginate=lambda **_: [{"Reservations": [{"Instances": list(records)}]}])
        clients: Any = SimpleNamespace(read=lambda _: SimpleNamespace(get_paginator=lambda _: pages))
        return [each["InstanceId"] for each in instances_with(clients, {"Role": "x"})]

    assert found(record("i-1"), record("i-2", "i-1")) == ["i-1"]  # launched, and has nothing yet
    assert found(record("i-1", "i-2 10.0.0.1"), record("i-2", "i-2 10.0.0.1")) == ["i-2"]
    assert found(record("i-1", "i-1 10.0.0.2"), record("i-2", "i-1 10.0.0.2")) == ["i-1"]
    assert found(record("i-1"), record("i-3")) == ["i-1", "i-3"]


def test_where_the_instance_that_had_the_database_is_gone_the_other_one_is_named() -> None:
    """Not that no instance has the tags: the kept one has, and is the way back."""
    kept = {"InstanceId": "i-1", "Tags": [{"Key": "Role", "Value": "Ledger"}, {"Key": SERVED_BY, "Value": "i-2 10.0.0.1"}]}
    pages = SimpleNamespace(paginate=lambda **_: [{"Reservations": [{"Instances": [kept]}], "Volumes": []}])
    clients: Any = SimpleNamespace(read=lambda _: SimpleNamespace(get_paginator=lambda _: pages))
    with pytest.raises(Failure) as failure:
        find(clients, "ledger", msgspec.structs.replace(DATABASE, data="root"), stopped=True)
    (fault,) = failure.value.faults
    assert (
        "i-1 has the tags Role=Ledger, and credex:served-by says that the database is on i-2, which does not exist any more" in fault.what
    )
    assert "remove credex:served-by from that one" in fault.hint


def test_until_its_parameter_follows_a_database_is_reached_where_it_is() -> None:
    ssm = SimpleNamespace(get_parameter=lambda **_: {"Parameter": {"Value": "bolt+s://10.0.1.5:7777"}})
    clients: Any = SimpleNamespace(read=lambda _: ssm)
    there = Found(
        name="ledger", instance_id="i-2", address="10.0.1.9", zone="z", state="running", image_id="ami", instance_type="t3.micro", subnet_id="s",
        security_groups=(), profile_arn="", tags={SERVED_BY: "i-2 10.0.1.5"},
    )  # fmt: skip
    assert bolt_url(there, DATABASE, clients) == "bolt+s://10.0.1.9:7777"
    assert bolt_url(replace(there, tags={SERVED_BY: "i-2 10.0.1.4"}), DATABASE, clients) == "bolt+s://10.0.1.5:7777"
    assert bolt_url(replace(there, tags={}), DATABASE, clients) == "bolt+s://10.0.1.5:7777"


def ran(*steps: Any) -> Run:
    clock: Any = SimpleNamespace()
    return Run(clock, sent={step: Sent(AT.replace(second=at), AT.replace(second=at)) for at, step in enumerate(steps)})


def test_whoever_reads_that_it_is_down_is_not_sent_to_an_instance_without_its_data() -> None:
    stopped = (StopDatabase("i-1"), StopInstance("i-1"))
    (first,) = down_first(Rolled("ledger", runs=[ran(*stopped)]), ())
    assert "its instance i-1 was stopped" in first.what
    for more in ((DetachFrom("vol-1", "i-1"),), (DetachFrom("vol-1", "i-1"), AttachTo("vol-1", "i-2", "/dev/sdf"))):
        (first,) = down_first(Rolled("ledger", runs=[ran(*stopped, *more)]), ())
        assert "i-1" not in first.what + first.hint
        assert "Run the same command again: it continues" in first.hint


def test_what_never_responded_on_a_new_instance_is_known_only_to_the_run_that_attached_its_volume() -> None:
    assert never_responded(ran(AttachTo("vol-1", "i-2", "/dev/sdf")), responded=False)
    assert not never_responded(ran(DetachFrom("vol-1", "i-1")), responded=False)


def test_a_lack_of_capacity_is_said_in_ec2_s_words_and_not_looked_for() -> None:
    """EC2 answers it with 500, as it does what may have worked."""

    def launched(code: str) -> None:
        def run(**_: object) -> None:
            answer: Any = {"Error": {"Code": code, "Message": "in EC2's words"}, "ResponseMetadata": {"HTTPStatusCode": 500}}
            raise botocore.exceptions.ClientError(answer, "RunInstances")

        clients: Any = SimpleNamespace(write=lambda _: SimpleNamespace(run_instances=run))
        launch(clients, {"InstanceType": "r6g.large"}, Fault("gone", "Build it."))

    with pytest.raises(Failure, match=r"EC2 cannot launch a r6g\.large: InsufficientInstanceCapacity: in EC2's words"):
        launched("InsufficientInstanceCapacity")
    with pytest.raises(Lost):
        launched("InternalError")


PAIR = Pair(former="i-1", former_state="running", serving="i-1", successor="i-2", successor_state="running", data_on="i-1", unproven=True)


def test_no_instance_is_terminated_but_one_that_is_unproven_and_has_no_data() -> None:
    assert discard(PAIR) == Discard("i-2")
    kept: list[dict[str, Any]] = [
        {"data_on": "i-2"}, {"data_on": ""}, {"moving": True}, {"unproven": False}, {"successor": ""}, {"successor_state": "terminated"},
    ]  # fmt: skip
    for changes in kept:
        assert discard(replace(PAIR, **changes)) is None, changes


def test_what_is_left_to_be_noted_once_it_is_proven() -> None:
    there = replace(PAIR, serving="i-2", data_on="i-2", left=True, unprotected=True)
    moves = []
    while step := settle(there):
        moves.append(step)
        there = after(there, step)
    assert moves == [ClearNotes("i-1"), Protect("i-2", "i-1"), NoteProven("i-2")]
    assert settle(replace(PAIR, left=True)) == ClearNotes("i-2")  # it went back
    assert settle(PAIR) is None


def test_a_database_that_went_to_another_instance_takes_along_who_follows_it() -> None:
    member = msgspec.convert(msgspec.to_builtins(DATABASE) | {"instance": "i-1"}, Member)
    there = Found(
        name="ledger/a", instance_id="i-1", address="10.0.1.5", zone="z", state="running", image_id="ami", instance_type="t3.micro", subnet_id="s",
        security_groups=(), profile_arn="", tags={},
    )  # fmt: skip
    context: Any = None
    instance = Instance(context, there, member)
    gate = AccessMode(context, context, "i-1", "neo4j", context)
    want = GateWant(database="ledger/a", place="i-1", run="r", way="read-only", within=1.0)
    writes = Writes(context, want, context, gate)
    opened: Any = object()
    live: Any = SimpleNamespace(opened=opened)
    instance.followers.append(lambda: writes.follow(live, instance.id))
    instance.goes_to(replace(there, instance_id="i-2", address="10.0.1.9"))
    assert (instance.id, instance.found.address) == ("i-2", "10.0.1.9")
    assert isinstance(instance.database, Member)
    assert instance.database.instance == "i-2"  # or the group would not find it again
    assert (gate.instance, gate.opened, writes.live) == ("i-2", opened, live)


def test_the_state_of_a_roll_out_sends_nobody_to_start_an_instance_without_its_data() -> None:
    stopped: Any = SimpleNamespace(state="stopped", record={"InstanceId": "i-1"}, tags={})
    note = read_note(NOTE.tags())
    lines = told_of(Status("ledger", machine=stopped, note=note, others={"i-2": "running"}))
    assert not [line for line in lines if "start-instances" in line or "kept: i-2" in line]
    assert "next: --mode apply continues, --mode rollback --databases ledger goes back" in lines
    ended = told_of(Status("ledger", machine=stopped, note=replace(NOTE, state="rolled"), others={"i-1": "stopped"}))
    assert [line for line in ended if "start-instances" in line]
    assert "kept: i-1, the other instance of its roll-out, stopped; terminate it when going back is no longer needed" in ended
