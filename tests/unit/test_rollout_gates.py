"""What each gate says of what was read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from botocore.exceptions import NoCredentialsError

from credex_actions.aws.tags import as_list
from credex_actions.backup.archive import Backup, Drill
from credex_actions.backup.context import Target
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.workers import WorkerClock
from credex_actions.databases.refusals import Status
from credex_actions.neo4j.configuration.model import Configuration, Database
from credex_actions.neo4j.fingerprint import read_tag
from credex_actions.rollout.gates import alarms, before, boot, room
from credex_actions.rollout.gates.backups import backup_gate, counts, drill_gate, rehearsal_gate
from credex_actions.rollout.gates.gate import Gate, faults
from credex_actions.rollout.gates.inside import Inside, Transaction, connected, databases_gate, told, transactions_gate
from credex_actions.rollout.gates.instance import Standing, back_gate, drift_gate, layout_gate, offered_gate, template_says, unfinished_gate
from credex_actions.rollout.planning.gating import of_database
from credex_actions.rollout.planning.situation import Situation
from credex_actions.rollout.rehearsal.candidate import Candidate
from credex_actions.rollout.rehearsal.note import Pair, Rehearsed
from credex_actions.rollout.running import Running
from credex_actions.rollout.swap.note import Note, Side
from credex_actions.rollout.versions.version import Version

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PAIR = Pair("ami-0123456789abcdef0", "-", "a1b2c3d4" * 8, "5.26.0")
CANDIDATE = Candidate("ami-2", Version(5, 26, 16), "00ff", "/dev/xvda", 8, record={"ImageId": "ami-2", "Architecture": "x86_64"})


TAG = read_tag(f"v1 db=A txn=1 nodes=1 relationships=0 content={'0' * 32} by=exact")


def database(**changes: Any) -> Database:
    given = {"instances": {"tags": {"Role": "x"}}, "login": {"secret": "s"}, "data": {"volume": {"tags": {"Data": "true"}}}}
    return msgspec.convert(given | changes, Database)


def standing(seen: dict[str, Any] | None = None, **record: Any) -> Standing:
    given = {"InstanceId": "i-1", "ImageId": "ami-1", "InstanceType": "t3.large", "Architecture": "x86_64"} | record
    return Standing(record=given, **({"user_data": "aa"} | (seen or {})))


def test_a_database_in_another_state_than_requested_shuts_the_gate_and_one_that_is_stopped_on_purpose_does_not() -> None:
    statuses = (Status("neo4j", "online", "online"), Status("archive", "offline", "offline"))
    assert not databases_gate("ledger", Inside(statuses, (), ())).shut
    gate = databases_gate("ledger", Inside((*statuses, Status("system", "dirty", "online", "out of disk")), (), ()))
    assert gate.says == "system is dirty, requested online: out of disk"
    assert gate.stops


def test_what_is_our_own_is_not_connected_and_no_query_is_kept() -> None:
    rows: list[dict[str, Any]] = [
        {"username": "neo4j", "agent": "credex-actions/1.2 Python", "address": "10.0.0.9:40000"},
        {"username": "neo4j", "agent": "neo4j-cypher-shell/v5.26", "address": "127.0.0.1:40001"},
        {"username": "app", "agent": "credex-core/1.0", "address": "10.0.0.7:40002"},
        {"username": "app", "agent": "credex-core/1.0", "address": "10.0.0.7:40003"},
        {"username": None, "agent": None, "address": "[::1]:5"},
    ]
    inside = told([], [], rows)
    assert (
        connected(inside.clients) == "3 connections: 1 of nobody yet from [::1] (no user agent), 2 of app from 10.0.0.7 (credex-core/1.0)"
    )
    assert connected(()) == "nobody is connected"


def test_a_transaction_that_lasts_is_named_with_its_user_and_no_query() -> None:
    long = Transaction("neo4j-transaction-7", "app", "10.0.0.7:1", "neo4j", timedelta(minutes=5))
    assert not transactions_gate("ledger", Inside((), (long,), ()), timedelta(minutes=5)).shut
    gate = transactions_gate("ledger", Inside((), (long, long._replace(lasts=timedelta(0))), ()), timedelta(minutes=1))
    assert gate.says == "neo4j-transaction-7 of app from 10.0.0.7:1 for 5 min: longer than 1 min"


DF = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/nvme1n1 {total} 1 {free} 50% /var/lib/neo4j/data\n"
GIB = 1024 * 1024


@pytest.mark.parametrize(
    ("output", "shut"),
    [
        (DF.format(total=20 * GIB, free=3 * GIB), False),
        (DF.format(total=20 * GIB, free=1 * GIB), True),
        (DF.format(total=8 * GIB, free=GIB - 1), True),
        (DF.format(total=1 * GIB, free=GIB * 6 // 10), False),
        ("df: /var/lib/neo4j/data: No such file or directory\n", True),
        ("", True),
    ],
)
def test_room_on_the_disk(output: str, shut: bool) -> None:
    assert room.judged("ledger", "/var/lib/neo4j/data", room.read(output)).stops is shut


def test_an_alarm_that_does_not_exist_is_as_bad_as_one_that_is_loud() -> None:
    assert not alarms.judged((), {}).shut
    assert alarms.judged(("a", "b"), {"a": "OK"}).says == "b does not exist"
    assert alarms.judged(("a", "b"), {"a": "ALARM", "b": "ALARM"}).says == "a, b are in ALARM"
    gate = alarms.judged(("a", "b"), {"a": "OK", "b": "INSUFFICIENT_DATA"})
    assert (gate.shut, gate.says) == (False, "2 quiet; without data: b")


LAYOUTS = {
    "data on the root volume": (database(data="root"), standing(), "migrate-data-volume"),
    "auto-scaled": (database(), standing(Tags=[{"Key": "aws:autoscaling:groupName", "Value": "asg"}]), "instance refresh"),
    "spot": (database(), standing(InstanceLifecycle="spot"), "on-demand"),
    "instance store": (database(), standing(RootDeviceType="instance-store"), "EBS volume"),
    "another architecture": (database(), standing(Architecture="arm64"), "of the same kind"),
}


@pytest.mark.parametrize(("given", "seen", "hint"), LAYOUTS.values(), ids=LAYOUTS)
def test_an_instance_that_cannot_be_rolled_says_what_to_do(given: Database, seen: Standing, hint: str) -> None:
    gate = layout_gate("ledger", given, seen, CANDIDATE)
    assert gate.stops
    assert hint in gate.hint
    assert not layout_gate("ledger", database(), standing(), CANDIDATE).shut


def test_a_root_volume_that_ec2_would_not_put_back_is_named_and_without_its_ami_there_is_no_way_back() -> None:
    encrypted = replace(CANDIDATE, encrypted=True)
    assert back_gate("ledger", standing({"root_encrypted": False}), CANDIDATE) is None
    assert back_gate("ledger", standing(), encrypted) is None
    named = back_gate("ledger", standing({"root_encrypted": False, "root_image": "ami-1"}), encrypted)
    assert named
    assert not named.stops
    assert "going back makes one of ami-1" in named.says
    shut = back_gate("ledger", standing({"root_encrypted": False}), encrypted)
    assert shut
    assert shut.stops
    assert "rollout.swap to new-instance" in shut.hint


def test_a_roll_out_that_was_cut_off_is_continued_and_half_a_rollback_and_a_note_that_somebody_changed_are_in_the_way() -> None:
    side = Side(image="ami-0123456789abcdef0", version=Version(5, 26, 0), root="vol-1")
    note = Note(state="rolling", run="r7", since=NOW, old=side, new=side, volume="vol-2", backup="b", before=TAG)
    assert not unfinished_gate("ledger", standing()).shut
    assert not unfinished_gate("ledger", standing(Tags=as_list(note.becomes("rolled", "r7", NOW).tags()))).shut
    gate = unfinished_gate("ledger", standing(Tags=as_list(note.tags())))
    assert not gate.stops
    assert "by the run r7 is half-way since 2026-11-28 12:00 UTC: --mode apply continues it first" in gate.says
    turned = unfinished_gate("ledger", standing(Tags=as_list(note.becomes("going-back", "r8", NOW).tags())))
    assert turned.stops
    assert "by the run r8 is going-back since 2026-11-28 12:00 UTC" in turned.says
    assert unfinished_gate("ledger", standing(Tags=as_list(note.tags() | {"credex:roll-to": "x"}))).stops


def test_what_an_instance_runs_from_is_what_the_roll_out_noted_and_in_its_middle_what_it_was() -> None:
    old, new = Side(image="ami-aa", version=Version(5, 26, 0), root="vol-1"), Side(image="ami-bb", version=Version(5, 26, 16), root="vol-9")
    rolled = Note(state="rolled", run="r7", since=NOW, old=old, new=new, volume="vol-2", backup="b", before=TAG)
    assert standing().runs_from == "ami-1"
    for root, image in (("vol-9", "ami-bb"), ("vol-1", "ami-aa"), ("vol-7", "ami-1")):
        assert standing({"root_volume": root}, Tags=as_list(rolled.tags())).runs_from == image
    for state in ("rolling", "going-back"):
        middle = rolled.becomes(state, "r8", NOW)
        assert standing({"root_volume": "vol-9"}, Tags=as_list(middle.tags())).runs_from == "ami-aa"


def test_hand_made_changes_are_what_differs_from_the_launch_template_but_not_an_ami_that_we_rolled_out() -> None:
    says = template_says({"ImageId": "ami-1", "InstanceType": "t3.large", "UserData": "IyE="}, "aa")
    of = {"template": "lt-1, version 3", "says": says}
    assert not drift_gate("ledger", standing(of)).shut
    larger = drift_gate("ledger", standing(of | {"user_data": "bb"}, InstanceType="t3.2xlarge"))
    assert larger.says == (
        "instance type is t3.2xlarge, not t3.large of the template, user data is another one, not the one of the template (lt-1, version 3)"
    )
    assert drift_gate("ledger", standing(of, ImageId="ami-9")).stops
    assert not drift_gate("ledger", standing(of | {"built_here": True}, ImageId="ami-9")).shut
    side = Side(image="ami-cc", version=Version(5, 26, 0), root="vol-1")
    rolled = Note(state="rolled", run="r7", since=NOW, old=side, new=side, volume="vol-2", backup="b", before=TAG)
    assert not drift_gate("ledger", standing(of, ImageId="ami-cc", Tags=as_list(rolled.tags()))).shut
    assert "nothing to compare with" in drift_gate("ledger", standing()).says
    assert template_says({"ImageId": "resolve:ssm:/x"}, "")["AMI"] == ""


def test_a_rehearsal_counts_while_it_is_young_and_only_if_it_passed() -> None:
    passed = Rehearsed("passed", NOW - DAY, PAIR, 41)
    assert counts(passed, 7 * DAY, NOW)
    assert rehearsal_gate("ledger", passed, 7 * DAY, NOW).says == "passed 1 d ago with ami-0123456789abcdef0; Bolt answered after 41 s"
    old = Rehearsed("passed", NOW - 8 * DAY, PAIR, 41)
    failed = Rehearsed("failed", NOW - DAY, PAIR, None)
    for each in (None, old, failed):
        assert not counts(each, 7 * DAY, NOW)
        gate = rehearsal_gate("ledger", each, 7 * DAY, NOW)
        assert gate.stops
        assert not rehearsal_gate("ledger", each, 7 * DAY, NOW, skipped="the clone is too large").stops
    assert rehearsal_gate("ledger", passed, 7 * DAY, NOW, wrong="failed: Neo4j does not run").stops


def test_a_type_that_its_zone_does_not_offer_shuts_a_gate_before_anything_is_launched() -> None:
    gate = offered_gate("ledger", standing(), "af-south-1a", offered=False)
    assert (gate.stops, gate.database) == (True, "ledger")
    assert "is not offered in af-south-1a" in gate.says
    assert not offered_gate("ledger", standing(), "af-south-1a", offered=True).shut


def test_every_fault_has_a_remedy_and_names_its_database() -> None:
    gates = [
        Gate(name="a", says="one", shut=True, hint="Do it.", database="ledger"),
        Gate(name="b", says="two", shut=True, hint="x", passed="y"),
    ]
    assert [(each.what, each.hint) for each in faults(gates)] == [("refused: ledger: one", "Do it.")]


@pytest.mark.parametrize("environment", ["production", ""])
def test_the_command_for_a_backup_is_of_the_environment_whose_gate_asks_for_it(environment: str) -> None:
    where = " --environment production" if environment else ""
    assert (
        backup_gate("ledger", environment, (), DAY, NOW).hint
        == f"Take one: credex-actions neo4j-backup --mode backup --databases ledger{where}"
    )
    assert (
        drill_gate("ledger", environment, (), DAY, NOW).hint
        == f"Drill one: credex-actions neo4j-backup --mode drill --databases ledger{where}"
    )


def test_what_is_half_way_may_be_down_and_no_other_gate_keeps_it_from_being_continued() -> None:
    side = Side(image="ami-0123456789abcdef0", version=Version(5, 26, 0), root="vol-1")
    note = Note(state="rolling", run="r7", since=NOW, old=side, new=side, volume="vol-2", backup="b", before=TAG)
    nothing: Any = None
    there = Situation(
        target=Target("ledger", database(), nothing), running=Running(Version(5, 26, 0), doubt="it does not respond"), own=nothing,
        standing=standing(Tags=as_list(note.tags())), backups=(), offered=False, silent="it does not respond",
    )  # fmt: skip
    (gate,) = of_database(there, CANDIDATE, Configuration(version=1, databases={"ledger": there.target.database}), "production", NOW, "")
    assert (gate.name, gate.stops) == ("a roll-out", False)


@pytest.mark.parametrize(
    ("state", "shut", "words"),
    [
        ("enabled", False, "a boot starts Neo4j"),
        ("static", False, "systemd: static"),
        ("disabled", True, "the unit neo4j is disabled"),
        ("masked", True, "the unit neo4j is masked"),
        ("enabled-runtime", True, "the unit neo4j is enabled-runtime"),
        ("Filesystem 1024-blocks Used", True, "it is not known"),
    ],
)
def test_a_boot_has_to_start_neo4j(state: str, shut: bool, words: str) -> None:
    gate = boot.judged("ledger", f"{state}\n{DF.format(total=20 * GIB, free=3 * GIB)}")
    assert gate.stops is shut
    assert words in gate.says


def test_no_word_of_a_boot_keeps_the_gate_shut() -> None:
    assert boot.judged("ledger", "").stops


def momentary(monkeypatch: pytest.MonkeyPatch, dbms: Any, instance: Any) -> list[Gate]:
    """Of the gates directly before a database is touched, those of two readings."""
    monkeypatch.setattr(before, "window_gate", lambda *_: Gate(name="window", says=""))
    monkeypatch.setattr(before, "alarms_gate", lambda *_: Gate(name="alarms", says=""))
    monkeypatch.setattr(before, "look", lambda *_: dbms())
    monkeypatch.setattr("credex_actions.rollout.gates.reading.inside_instance", lambda *_: instance())
    context: Any = SimpleNamespace(
        clock=WorkerClock(SystemClock()),
        runner=SimpleNamespace(in_actions=False),
        asked=SimpleNamespace(configuration=msgspec.convert({"version": 1, "databases": {"ledger": database()}}, Configuration)),
    )
    return list(before.before(context, Target("ledger", database(), Any), None))[2:]  # type: ignore[arg-type]


def test_the_dbms_and_its_instance_are_asked_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Barrier(2, timeout=30)

    def dbms() -> Inside:
        both.wait()
        return Inside((), (), ())

    def instance() -> list[Gate]:
        both.wait()
        return [Gate(name="disk", says="")]

    assert [gate.name for gate in momentary(monkeypatch, dbms, instance)] == ["databases", "transactions", "disk"]


def test_a_dbms_that_does_not_respond_keeps_its_gate_shut_and_the_others_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> Inside:
        raise Failure(Exit.REMOTE, Fault("ledger does not respond"))

    gates = momentary(monkeypatch, silent, lambda: [Gate(name="disk", says="")])
    assert [(gate.name, gate.stops) for gate in gates] == [("databases", True), ("disk", False)]
    assert "ledger does not respond" in gates[0].says


def test_what_aws_says_against_a_reading_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> list[Gate]:
        raise NoCredentialsError

    with pytest.raises(NoCredentialsError):
        momentary(monkeypatch, lambda: Inside((), (), ()), refused)


def backup_of(store: str, ago: timedelta) -> Backup:
    drill = Drill(NOW - ago, proven=True)
    fingerprint = msgspec.structs.replace(TAG, id=store)
    return Backup(
        id=f"ledger-{store}", database="ledger", environment="production", method="snapshot", place=f"snap-{store}", taken=NOW - ago, state="complete",
        fingerprint=fingerprint, drill=drill,
    )  # fmt: skip


def test_a_backup_of_another_store_opens_no_gate_and_is_not_rehearsed_with() -> None:
    """It was wiped since, or is another team's: the proof is of something that does not run."""
    other, own = backup_of("B", DAY / 24), backup_of("A", DAY / 2)
    gate = backup_gate("ledger", "production", [other], DAY, NOW, "A")
    assert gate.stops
    assert gate.says == "the newest backup, ledger-B, is of the store B, and ledger runs A: none is of that"
    assert drill_gate("ledger", "production", [other], DAY, NOW, "A").stops
    gates = [gate_of("ledger", "production", [other, own], DAY, NOW, "A") for gate_of in (backup_gate, drill_gate)]
    assert [(each.stops, "ledger-A" in each.says) for each in gates] == [(False, True)] * 2
    assert not backup_gate("ledger", "production", [other], DAY, NOW).stops  # the database does not respond: a gate of its own says so
    nothing: Any = None
    there = Situation(
        target=Target("ledger", database(), nothing), running=Running(Version(5, 26, 0)), own=nothing, standing=standing(), backups=[other, own],
        offered=True, inside=Inside((), (), (), "A"),
    )  # fmt: skip
    assert there.backup == own
