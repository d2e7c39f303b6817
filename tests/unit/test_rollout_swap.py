"""What a roll-out notes on an instance, what stands in its way, and what going back would lose: values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.aws.lease import Lease
from credex_actions.aws.tags import ROLL
from credex_actions.backup.archive import BEGAN
from credex_actions.backup.live import Live, Position
from credex_actions.backup.taking.opening import new_id
from credex_actions.backup.taking.stopping import STOPPED_BY
from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run, Sent, Step
from credex_actions.neo4j.configuration.model import Database
from credex_actions.neo4j.fingerprint import Tag
from credex_actions.rollout.back.losses import Losses, losses, refusal
from credex_actions.rollout.back.steps import NoteBacked
from credex_actions.rollout.rolling.one_database import failed
from credex_actions.rollout.rolling.opening import Member
from credex_actions.rollout.rolling.outcome import Result, Rolled, exit_of
from credex_actions.rollout.rolling.reviewing import require_told
from credex_actions.rollout.rolling.rolling import cut_off, failure_of
from credex_actions.rollout.swap import images
from credex_actions.rollout.swap.images import Target
from credex_actions.rollout.swap.instance import Instance, at_work
from credex_actions.rollout.swap.layout import misfits, obstacles
from credex_actions.rollout.swap.machine import Machine
from credex_actions.rollout.swap.note import BEFORE, DATA, FROM, KEYS, TO, Note, Side, UnreadableNoteError, read_note
from credex_actions.rollout.swap.steps import ForgetRoll, NoteRoll, NoteRolled, RemoveStop, ReplaceRoot, StopDatabase
from credex_actions.rollout.swap.swapping import Swapping
from credex_actions.rollout.swap.world import Want
from credex_actions.rollout.user_data.steps import StopInstance
from credex_actions.rollout.versions.version import Version

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
TAG = Tag(id="DA63EDE178758021", transaction=7, nodes=3, relationships=1, content="0" * 32, basis="exact")
NOTE = Note(
    state="rolling",
    run="19481-1-0123abcd",
    since=AT,
    old=Side(image="ami-0123456789abcdef0", version=Version(5, 26, 0), root="vol-0123456789abcdef0"),
    new=Side(image="ami-0123456789abcdef1", version=Version(5, 26, 16)),
    volume="vol-0123456789abcdef2",
    backup=new_id("ledger", AT),
    before=TAG,
)


def test_a_note_is_read_as_it_was_written() -> None:
    for note in (
        NOTE,
        replace(NOTE, restarted=True),
        NOTE.becomes("rolled", "b", AT),
        replace(NOTE, state="going-back", new=replace(NOTE.new, root="vol-9")),
    ):
        assert read_note({"Name": "x"} | note.tags()) == note
    assert read_note({"Name": "x"}) is None


def test_a_note_fits_into_tags_whatever_it_is_about() -> None:
    """Of 256 characters. Source: Amazon EC2 User Guide, "Tag restrictions"."""
    longest = replace(
        NOTE,
        run="9" * 40,
        backup=new_id("d" * 63, AT),
        before=msgspec.structs.replace(TAG, transaction=10**18, nodes=10**15, relationships=10**15),
    )
    assert BEGAN.search(longest.backup)
    assert set(longest.tags()) == set(KEYS)
    assert all(len(value) <= 256 for value in longest.tags().values())


@pytest.mark.parametrize("key", [ROLL, FROM, TO, DATA, BEFORE])
@given(text=st.sampled_from(["", "x", "rolling r 2026-13-28T12:00:00Z", "ami-1 latest -", "vol-1", "v1 db="]))
def test_a_tag_that_somebody_has_changed_is_named(key: str, text: str) -> None:
    with pytest.raises(UnreadableNoteError, match=key):
        read_note(NOTE.tags() | {key: text})


def test_patches_of_a_series_share_a_store() -> None:
    assert NOTE.same_store
    assert not replace(NOTE, new=replace(NOTE.new, version=Version(2025, 10, 1))).same_store
    assert not replace(NOTE, old=replace(NOTE.old, version=Version(5, 13, 0))).same_store


def database(data: Any) -> Database:
    return msgspec.convert({"instances": {"tags": {"Role": "x"}}, "login": {"secret": "s"}, "data": data}, Database)


OWN = database({"volume": {"tags": {"Data": "true"}}})
INSTANCE: dict[str, Any] = {
    "InstanceId": "i-1", "RootDeviceType": "ebs", "Architecture": "x86_64", "VirtualizationType": "hvm", "Tags": [{"Key": "Role", "Value": "x"}],
}  # fmt: skip
IMAGE: dict[str, Any] = {"ImageId": "ami-1", "RootDeviceType": "ebs", "Architecture": "x86_64", "VirtualizationType": "hvm"}
OBSTACLES: dict[str, tuple[Database, dict[str, Any], list[str]]] = {
    "nothing": (OWN, {}, []),
    "data on the root volume": (database("root"), {}, ["has its data on the root volume"]),
    "an Auto Scaling group": (OWN, {"Tags": [{"Key": "aws:autoscaling:groupName", "Value": "g"}]}, ["belongs to the Auto Scaling group g"]),
    "a spot instance": (OWN, {"InstanceLifecycle": "spot"}, ["is a spot instance"]),
    "an instance store": (OWN, {"RootDeviceType": "instance-store"}, ["instance store"]),
    "all at once": (database("root"), {"InstanceLifecycle": "spot"}, ["root volume", "spot"]),
}


@pytest.mark.parametrize(("configured", "changes", "words"), OBSTACLES.values(), ids=OBSTACLES)
def test_what_stands_in_the_way(configured: Database, changes: dict[str, Any], words: list[str]) -> None:
    found = list(obstacles("ledger", configured, INSTANCE | changes))
    assert len(found) == len(words)
    assert all(word in fault.what and fault.hint for word, fault in zip(words, found, strict=True))


def test_what_does_not_go_with_an_instance() -> None:
    assert not list(misfits("ledger", INSTANCE, IMAGE))
    (found,) = misfits("ledger", INSTANCE, IMAGE | {"Architecture": "arm64"})
    assert "has the architecture arm64, and the instance of ledger, i-1, has x86_64" in found.what
    (found,) = misfits("ledger", INSTANCE, IMAGE | {"RootDeviceType": "instance-store"})
    assert "instance store" in found.what


CHANGED = replace(NOTE, state="rolled", new=replace(NOTE.new, version=Version(2025, 10, 1)))


def test_what_going_back_would_lose() -> None:
    at = partial(Position, TAG.id)
    assert losses(NOTE, at(99)).none
    assert losses(CHANGED, at(12)) == Losses(5)
    assert losses(CHANGED, at(7)).none
    assert losses(CHANGED, at(7, (), 3)).none
    assert losses(CHANGED, None) == Losses(None)
    assert not losses(CHANGED, None).none
    assert losses(CHANGED, at(None)) == Losses(None)
    assert losses(replace(CHANGED, before=msgspec.structs.replace(TAG, transaction=None)), at(12)) == Losses(None)
    fault = refusal("ledger", CHANGED, Losses(5))
    assert "would lose up to 5 transactions, committed since the snapshot of ledger" in fault.what
    assert "--accept-lost-writes ledger" in fault.hint


RESTORED: dict[str, tuple[Position, str]] = {
    "another store, which was loaded since, with fewer transactions": (Position("C865AE1D7EC975EC", 3), "another store, C865AE1D7EC975EC"),
    "another store, with the same number of transactions": (Position("C865AE1D7EC975EC", 7), "another store, C865AE1D7EC975EC"),
    "an older copy of the store, which was written to since": (
        Position(TAG.id, 5),
        "its last transaction, 5, is older than the one at the roll-out, 7",
    ),
    "another copy of the store, with the same number of transactions": (
        Position(TAG.id, 7, (), 4),
        "at the same transaction it has 4 nodes, and had 3",
    ),
    "a second database of the DBMS, whose writes nobody counts": (Position(TAG.id, 7, ("audit",)), "audit is on the same volume"),
}


@pytest.mark.parametrize(("now", "why"), RESTORED.values(), ids=RESTORED)
def test_what_cannot_be_counted_is_not_counted_as_nothing(now: Position, why: str) -> None:
    lost = losses(CHANGED, now)
    assert not lost.none
    assert why in refusal("ledger", CHANGED, lost).what


def rolled(outcome: str, code: Exit = Exit.DONE) -> Rolled:
    return Rolled(outcome, outcome=outcome, code=code)


OUTCOMES: dict[str, tuple[list[Rolled], str | None, Exit]] = {
    "all moved": ([rolled("rolled"), rolled("rolled")], "rolled", Exit.DONE),
    "some were there already": ([rolled("current"), rolled("rolled")], "rolled", Exit.DONE),
    "all were there already": ([rolled("current")], "current", Exit.DONE),
    "the second one went back": ([rolled("rolled"), rolled("rolled-back", Exit.FAILED)], "rolled-back", Exit.FAILED),
    "the second one was cut off": ([rolled("rolled"), rolled("cancelled", Exit.TERMINATED)], "stopped", Exit.TERMINATED),
    "the first one failed": ([rolled("failed", Exit.REMOTE), rolled("not begun")], "stopped", Exit.REMOTE),
    "a dry run": ([rolled("planned"), rolled("current")], "planned", Exit.DONE),
    "nothing was begun": ([], None, Exit.DONE),
}


@pytest.mark.parametrize(("databases", "outcome", "code"), OUTCOMES.values(), ids=OUTCOMES)
def test_the_outcome_of_the_whole(databases: list[Rolled], outcome: str | None, code: Exit) -> None:
    result = Result(databases=databases)
    assert (result.outcome, exit_of(result)) == (outcome, code)


def story(*steps: tuple[Step, int, int | None]) -> Run:
    """Each step with the minutes at which it was sent and answered."""
    clock: Any = SystemClock()
    run = Run(clock)
    for step, began, ended in steps:
        run.sent[step] = Sent(AT + timedelta(minutes=began), None if ended is None else AT + timedelta(minutes=ended))
    return run


NOTED, STOPPED, REPLACED = NoteRoll("i-1", "ami-0", "ami-1", "b"), StopDatabase("i-1"), ReplaceRoot("i-1", "ami-1")
DOWN: dict[str, tuple[list[Run], int | None, bool]] = {
    "nothing was stopped": ([story((NOTED, 0, 1))], None, False),
    "stopped": ([story((NOTED, 0, 1), (STOPPED, 1, 2))], None, True),
    "its stop was sent": ([story((STOPPED, 1, None))], None, True),
    "started again": ([story((STOPPED, 1, 2), (ForgetRoll("i-1"), 3, 4))], None, False),
    "replaced": ([story((STOPPED, 1, 2), (REPLACED, 3, 4))], None, True),
    "back on its new root": ([story((STOPPED, 1, 2), (REPLACED, 3, 4))], 5, False),
    "back, and stopped again to go back": ([story((REPLACED, 3, 4), (RemoveStop("i-1"), 6, 7)), story((StopInstance("i-1"), 8, None))], 6, True),
    "gone back": ([story((REPLACED, 3, 4)), story((StopInstance("i-1"), 8, 9), (NoteBacked("i-1", "ami-0"), 10, 11))], None, False),
}  # fmt: skip


@pytest.mark.parametrize(("runs", "back", "down"), DOWN.values(), ids=DOWN)
def test_a_database_that_may_be_down_comes_first(runs: list[Run], back: int | None, down: bool) -> None:
    told = Rolled("ledger", runs=runs, back=None if back is None else AT + timedelta(minutes=back))
    failed(told, Failure(Exit.INTERRUPTED, Fault("ledger: cancelled")))
    assert [fault.what.startswith("ledger is, or may be, down: ") for fault in told.faults] == ([True, False] if down else [False])
    assert told.says == told.faults[0].what
    result = Result(databases=[Rolled("ledger", runs=runs, back=told.back)])
    cut_off(result, Cancelled(2))
    assert ("may be, down" in result.databases[0].says) == down


def test_what_was_moved_is_said_where_something_else_is_refused_then() -> None:
    moved = Rolled("search", outcome="rolled", runs=[story((NOTED, 0, 1), (NoteRolled("i-1", "ami-1"), 2, 3))])
    result = Result(databases=[moved, Rolled("ledger")], code=Exit.REFUSED, faults=(Fault("refused: a gate is shut"),))
    failure = failure_of(result)
    assert failure
    assert failure.code is Exit.REMOTE
    assert failure.left == "search was rolled; ledger was not begun"
    result = Result(databases=[Rolled("ledger")], code=Exit.REFUSED, faults=result.faults, preparing=story((NOTED, 0, 1)))
    failure = failure_of(result)
    assert failure
    assert (failure.code, failure.left.startswith("done so far: note on i-1")) == (Exit.REFUSED, True)


def test_an_ami_whose_tag_names_another_version_than_it_has_is_refused() -> None:
    nothing: Any = None
    there = Machine(state="running", root="vol-9", root_of="snap-1", tags={}, record={}, volumes={})
    found: Any = SimpleNamespace(name="ledger")
    member = Member(Instance(nothing, found, OWN), there, None)
    image = Target(image="ami-1", version=Version(5, 26, 16), root_of="snap-1", record={})
    plan: Any = SimpleNamespace(changes=[SimpleNamespace(name="ledger", basis=SimpleNamespace(version="5.26.0"))])
    with pytest.raises(Failure, match=r"ledger has the root volume of ami-1 already, and runs Neo4j 5.26.0, not 5.26.16") as refused:
        require_told([member], image, plan)
    assert refused.value.code is Exit.REFUSED
    plan.changes.clear()
    require_told([member], image, plan)


def test_a_refusal_has_no_outcome() -> None:
    result = Result(code=Exit.REFUSED, faults=(Fault("refused"),))
    assert (result.outcome, exit_of(result)) == (None, Exit.REFUSED)
    assert Rolled("x", runs=[]).state() == "nothing was changed"


def test_who_is_at_work_with_a_database_is_left_alone() -> None:
    alive = {STOPPED_BY: f"backup-7 {Lease(AT + timedelta(seconds=60), '', '')}"}
    fault = at_work("ledger", alive, "roll-1", AT)
    assert fault
    assert "ledger is stopped by the run backup-7, which is at work" in fault.what
    assert "from 12:01:15 UTC on" in fault.hint
    assert at_work("ledger", alive, "backup-7", AT) is None
    assert at_work("ledger", alive, "roll-1", AT + timedelta(minutes=5)) is None
    assert at_work("ledger", {STOPPED_BY: "backup-7"}, "roll-1", AT) is None
    assert at_work("ledger", {}, "roll-1", AT) is None


class Started(Instance):
    """Somebody has started its database."""

    def runs(self) -> bool:
        return True


def test_the_root_of_a_database_that_was_started_meanwhile_is_not_replaced() -> None:
    clock: Any = SystemClock()
    nothing: Any = None
    want = Want(name="ledger", instance="i-1", volume="vol-1", run="r", old="ami-0", new="ami-1", version="5.26.16", backup="b", give_up=AT)
    swapping = Swapping(
        instance=Started(nothing, nothing, OWN), proof=nothing, want=want, run=Run(clock), old=NOTE.old, new=NOTE.new, image_root="snap-1"
    )
    with pytest.raises(Failure, match="ledger was started by somebody else while this run had stopped it"):
        swapping.act(ReplaceRoot("i-1", "ami-1"))


def test_a_login_that_is_refused_is_one_more_reason_why_a_new_root_does_not_respond() -> None:
    clock: Any = SystemClock()

    def refused(_: float) -> Any:
        raise Failure(Exit.BAD_INPUT, Fault("ledger: wrong password"))

    live = Live("ledger", OWN, clock, refused)
    assert live.silence() == "ledger: wrong password"
    with pytest.raises(Failure, match="wrong password"):
        live.answers()


def of_snapshot(image: str, snapshot: str) -> dict[str, Any]:
    disks = [{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": "snap-data"}}, {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}]
    return {"ImageId": image, "RootDeviceName": "/dev/xvda", "BlockDeviceMappings": disks}


@pytest.mark.parametrize(
    ("every", "is_"),
    [
        ([of_snapshot("ami-named", "snap-1")], "ami-named"),
        ([of_snapshot("ami-named", "snap-2"), of_snapshot("ami-other", "snap-1")], "ami-other"),
        ([of_snapshot("ami-named", "snap-2"), of_snapshot("ami-other", "snap-3")], images.UNKNOWN),
        ([of_snapshot("ami-other", "snap-3")], "ami-named"),
    ],
    ids=["as EC2 says", "another one, put back since", "one that is gone, put back since", "as EC2 says, and gone"],
)
def test_a_root_volume_is_of_the_ami_whose_snapshot_it_has(every: list[dict[str, Any]], is_: str) -> None:
    """After a volume was put back, EC2 goes on naming the AMI that went wrong: a root volume that is made of that has another version."""

    def describe_images(Filters: list[dict[str, Any]], Owners: list[str] | None = None) -> dict[str, Any]:  # noqa: N803 - as boto3 names them
        named = next((each["Values"] for each in Filters if each["Name"] == "image-id"), None)
        assert named or Owners == ["self"]
        return {"Images": [each for each in every if named is None or each["ImageId"] in named]}

    clock: Any = SystemClock()
    context: Any = SimpleNamespace(clock=clock, clients=SimpleNamespace(read=lambda _: SimpleNamespace(describe_images=describe_images)))
    assert images.of_root(context, "snap-1", "ami-named") == is_
