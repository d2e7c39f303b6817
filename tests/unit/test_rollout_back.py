"""When a database goes back, and when it does not: by itself, in the middle of a rollback, and by an `apply` that finds one half-done."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from credex_actions.aws.lease import own_lease
from credex_actions.backup.live import Position
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Refuse, Run, Sent
from credex_actions.rollout.around.gates import WRITES_STOPPED_BY, State
from credex_actions.rollout.around.writes import Note as GateNote
from credex_actions.rollout.back.deciding import after_note, decide
from credex_actions.rollout.back.going_back import GoingBack
from credex_actions.rollout.back.losses import Losses, never_responded
from credex_actions.rollout.back.preparing import undo
from credex_actions.rollout.back.steps import BackStep, NoteBack
from credex_actions.rollout.back.world import Seen, Want
from credex_actions.rollout.rolling import backwards, one_database, rolling, writes
from credex_actions.rollout.rolling.opening import Member
from credex_actions.rollout.rolling.outcome import Result, Rolled
from credex_actions.rollout.rolling.status import Status, Statuses
from credex_actions.rollout.rolling.telling import told_of
from credex_actions.rollout.rolling.together import Together, each_alone
from credex_actions.rollout.swap.note import Note
from credex_actions.rollout.swap.proof import Proof
from credex_actions.rollout.swap.steps import LeaveStopped, ReplaceRoot, StopDatabase
from credex_actions.rollout.user_data.steps import StopInstance
from tests.unit.test_rollout_swap import AT, CHANGED, NOTE

FAILED = Failure(Exit.FAILED, Fault("ledger did not come back"))


class Silent:
    """A database that does not respond, or that tells of `last`. `hidden`: it may respond to others: a login is refused, or the way to it does not work."""

    def __init__(self, last: int | None = None, *, hidden: bool = False) -> None:
        self.last, self.hidden = last, hidden

    def unheard(self) -> bool:
        return self.last is None and not self.hidden

    def answers(self) -> str:
        return "" if self.last is not None else "no route"

    def position(self) -> Position:
        return Position(CHANGED.before.id, self.last)


def replaced(run: Run, *, heard: bool = True) -> Run:
    run.sent[ReplaceRoot("i-1", "ami-1")] = Sent(AT, AT + timedelta(seconds=1) if heard else None)
    return run


def run() -> Run:
    clock: Any = SimpleNamespace(now=lambda: AT, check=lambda: None)
    return Run(clock)


def member_of(note: Note | None, root: str = "vol-new") -> Member:
    machine: Any = SimpleNamespace(root=root, tags={})
    instance: Any = SimpleNamespace(
        look=lambda: machine, read_note=lambda _: note, found=SimpleNamespace(name="ledger", instance_id="i-1"), context=None, database=None
    )
    return Member(instance, machine, note)


def alone() -> Together:
    return each_alone(["ledger"], SystemClock())["ledger"]


def test_only_the_run_that_replaced_the_root_knows_that_a_database_never_responded() -> None:
    assert never_responded(replaced(run()), responded=False)
    assert not never_responded(replaced(run()), responded=True)
    assert not never_responded(replaced(run(), heard=False), responded=False)
    assert not never_responded(run(), responded=False)


CASES: dict[str, tuple[Note, Run, bool, Silent, bool]] = {
    "the store is the same": (NOTE, run(), True, Silent(9), True),
    "changed, and never responded": (CHANGED, replaced(run()), False, Silent(), True),
    "changed, and another run has replaced the root": (CHANGED, run(), False, Silent(), False),
    "changed, and it had responded": (CHANGED, replaced(run()), True, Silent(), False),
    "changed, it had responded, and nothing was written yet": (CHANGED, replaced(run()), True, Silent(7), False),
    "changed, and whether it responds to others is not known": (CHANGED, replaced(run()), False, Silent(hidden=True), False),
    "changed, and it responds at last": (CHANGED, replaced(run()), False, Silent(7), False),
}


@pytest.mark.parametrize(("note", "of", "responded", "live", "goes"), CASES.values(), ids=CASES)
def test_what_goes_back_by_itself(note: Note, of: Run, responded: bool, live: Silent, goes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    went = []

    def opened(_member: object, _note: object, _run: object, guard: Callable[[], object]) -> Any:
        def go() -> None:
            guard()
            went.append(True)

        return SimpleNamespace(
            go=go, finish=lambda: None, stopped_at=None, proof=SimpleNamespace(back_at=None, verdict=""), lines=[], last=None, lost=None
        )

    monkeypatch.setattr(backwards, "open_back", opened)
    swapping: Any = SimpleNamespace(run=of, proof=SimpleNamespace(back_at=AT if responded else None, live=live, foreign=False))
    rolled = Rolled("ledger")
    if goes:
        backwards.by_itself(rolled, member_of(note), swapping, FAILED, run)
        assert (rolled.outcome, rolled.code) == ("rolled-back", Exit.FAILED)
        assert ("nothing was lost" in rolled.left) == note.same_store
    else:
        with pytest.raises(Failure, match="not rolled back by itself") as raised:
            backwards.by_itself(rolled, member_of(note), swapping, FAILED, run)
        assert raised.value.code is Exit.FAILED
    assert went == [True] * goes


@pytest.mark.parametrize("stops", [True, False])
def test_another_database_on_a_new_root_volume_takes_no_writes_where_it_does_not_go_back(stops: bool) -> None:
    """The data volume is not mounted there: clients write to an empty database at the address that they know."""
    done: list[str] = []

    def stop() -> None:
        if not stops:
            raise Failure(Exit.REMOTE, Fault("SSM does not respond"))
        done.append("stopped")

    member = member_of(CHANGED)
    member.instance.id, member.instance.stop_for_good = "i-1", stop  # type: ignore[misc, method-assign]
    member.instance.remove_stop = lambda: done.append("no sweep starts it")  # type: ignore[method-assign]
    swapping: Any = SimpleNamespace(run=replaced(run()), proof=SimpleNamespace(back_at=AT, live=Silent(7), foreign=True))
    with pytest.raises(Failure) as raised:
        backwards.by_itself(Rolled("ledger"), member, swapping, FAILED, run)
    first = raised.value.faults[0]
    assert raised.value.code is Exit.FAILED
    assert ("ledger is down" in first.what, "takes writes that nobody finds again" in first.what) == (stops, not stops)
    assert "--mode rollback --databases ledger --accept-lost-writes ledger" in first.hint
    assert done == ["stopped", "no sweep starts it"] * stops


def test_why_it_went_back_is_told_first_also_where_aws_refuses_something_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def go() -> None:
        raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "not yours"}}, "CreateTags")

    monkeypatch.setattr(backwards, "open_back", lambda *_: SimpleNamespace(go=go, stopped_at=None, proof=SimpleNamespace(back_at=None)))
    swapping: Any = SimpleNamespace(run=run(), proof=SimpleNamespace(back_at=None, live=Silent(), foreign=False))
    with pytest.raises(Failure) as raised:
        backwards.by_itself(Rolled("ledger"), member_of(NOTE), swapping, FAILED, run)
    first, second = raised.value.faults
    assert (raised.value.code, first.what) == (Exit.FAILED, "ledger did not come back")
    assert "not yours" in second.what


def test_apply_does_not_end_a_rollback_that_would_lose_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    half_way = member_of(replace(CHANGED, state="going-back", new=replace(CHANGED.new, root="vol-new")))
    monkeypatch.setattr(backwards, "lost_by", lambda _: Losses(5))
    monkeypatch.setattr(one_database, "go_back", lambda *_, **__: pytest.fail("it went back"))
    target: Any = None
    with pytest.raises(Failure) as raised:
        one_database.roll(Rolled("ledger"), half_way, target, run, alone(), dry=False)
    assert raised.value.code is Exit.REFUSED
    assert "--mode rollback --accept-lost-writes ledger" in raised.value.faults[0].hint


@pytest.mark.parametrize("step", [NoteBack("i-1", "ami-0"), StopDatabase("i-1")])
def test_what_would_be_lost_is_asked_directly_before_it_is_noted_and_before_the_stop(step: NoteBack | StopDatabase) -> None:
    def guard() -> Losses:
        raise Failure(Exit.REFUSED, Fault("would lose 3"))

    instance: Any = SimpleNamespace(note=lambda *_, **__: pytest.fail("it was noted"), stop=lambda: pytest.fail("it was stopped"))
    live: Any = None
    proof = Proof(live=live, clock=SystemClock())
    back = GoingBack(instance=instance, proof=proof, want=Want(name="ledger", instance="i-1", run="r", snapshot=""), run=run(), guard=guard)
    back.last = SimpleNamespace(note=CHANGED, root="vol-new")  # type: ignore[assignment]
    with pytest.raises(Failure, match="would lose 3"):
        back.act(step)


@pytest.mark.parametrize("step", [ReplaceRoot("i-1", "ami-0"), StopInstance("i-1", "data volume")])
@pytest.mark.parametrize("snapshot", ["snap-1", ""])
def test_what_was_written_while_it_could_not_be_stopped_is_counted(step: ReplaceRoot | StopInstance, snapshot: str) -> None:
    """SSM does not respond for ten minutes: then its root volume is replaced under it."""
    counted: list[int] = []

    def guard() -> Losses:
        if counted:
            raise Failure(Exit.REFUSED, Fault("would lose 3"))
        counted.append(0)
        return Losses(0)

    def stop() -> None:
        raise Failure(Exit.REMOTE, Fault("SSM does not respond"))

    sent: list[str] = []
    ec2 = SimpleNamespace(stop_instances=lambda **_: sent.append("StopInstances"))
    clients: Any = SimpleNamespace(write=lambda _: ec2)
    instance: Any = SimpleNamespace(
        id="i-1", stop=stop, replace_root=lambda *_, **__: sent.append("ReplaceRoot"), context=SimpleNamespace(clients=clients)
    )
    live: Any = None
    want = Want(name="ledger", instance="i-1", run="r", snapshot=snapshot)
    back = GoingBack(instance=instance, proof=Proof(live=live, clock=SystemClock()), want=want, run=run(), guard=guard)
    back.last = SimpleNamespace(note=replace(CHANGED, new=replace(CHANGED.new, root="vol-new")), root="vol-new")  # type: ignore[assignment]
    back.act(StopDatabase("i-1"))
    if snapshot:
        with pytest.raises(Failure, match="would lose 3"):
            back.act(step)
        assert sent == []
    else:
        back.act(step)
        assert len(sent) == 1


@pytest.mark.parametrize("accepted", [(), ("ledger",)])
def test_a_rollback_counts_again_what_it_loses(accepted: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    guards: list[Callable[[], Losses]] = []

    def opened(_member: object, _note: object, _run: object, guard: Callable[[], Losses]) -> Any:
        guards.append(guard)
        return SimpleNamespace(last=None, require=lambda: None, finish=lambda: None)

    monkeypatch.setattr(backwards, "open_back", opened)
    monkeypatch.setattr(backwards, "_went", lambda *_: None)
    for name in ("let_in", "kept_out"):
        monkeypatch.setattr(backwards, name, lambda *_: nullcontext(""))
    monkeypatch.setattr(backwards, "lost_by", lambda _: Losses(5))
    backwards.go_back(Rolled("ledger"), member_of(CHANGED), run, accepted, alone(), dry=False)
    if accepted:
        assert guards[-1]() == Losses(5)
    else:
        with pytest.raises(Failure, match="would lose up to 5 transactions"):
            guards[-1]()


class Imagined(GoingBack):
    """In a world that does what `after_note` says; the stop is refused."""

    world: Seen

    def observe(self) -> Seen:
        self.last = self.world
        return self.world

    def act(self, step: BackStep) -> None:
        if isinstance(step, StopDatabase):
            raise Failure(Exit.REFUSED, Fault("would lose 3"))
        self.former = "rolled" if isinstance(step, NoteBack) else self.former
        self.world = after_note(self.want, self.world, step)


def test_a_rollback_that_comes_to_nothing_is_noted_as_rolled_again() -> None:
    clock: Any = SimpleNamespace(now=lambda: AT, check=lambda: None, monotonic=lambda: 0.0, last_asks=nullcontext, sleep=lambda _: None)
    instance: Any = SimpleNamespace(lease=ExitStack())
    live: Any = None
    proof = Proof(live=live, clock=clock)
    back = Imagined(instance=instance, proof=proof, want=Want(name="ledger", instance="i-1", run="r", snapshot=""), run=Run(clock))
    note = replace(NOTE, state="rolled", new=replace(NOTE.new, root="vol-new"))
    back.world = Seen(
        now=AT, note=note, stopped=False, state="running", root="vol-new", old_root="available", kept=False, data=True, data_found=True, data_kept=False,
        running=True, answers=True,
    )  # fmt: skip
    back.require()
    with pytest.raises(Failure, match="would lose 3"):
        back.go()
    assert back.world.note
    assert (back.world.note.state, back.world.stopped, back.world.running) == ("rolled", False, True)
    back.world = replace(back.world, old_root="in-use", now=AT + timedelta(hours=1))
    with pytest.raises(Failure, match="that was kept is in-use") as refused:
        back.require()
    assert refused.value.code is Exit.REFUSED


@pytest.mark.parametrize(("data", "snapshot"), [(True, "snap-1"), (False, "snap-1"), (False, "")])
def test_no_snapshot_takes_the_place_of_a_volume_that_somebody_has_attached_since(data: bool, snapshot: str) -> None:
    note = replace(CHANGED, new=replace(CHANGED.new, root="vol-new"))
    seen = Seen(
        now=AT, note=note, stopped=False, state="running", root="vol-new", old_root="available", kept=False, data=data, data_found=True,
        data_kept=False, running=True, answers=True,
    )  # fmt: skip
    move = decide(Want(name="ledger", instance="i-1", run="r", snapshot=snapshot), seen)
    if snapshot and not data:
        assert isinstance(move, Refuse)
        assert f"{note.volume}, is not attached to i-1 any more" in move.faults[0].what
    else:
        assert not isinstance(move, Refuse)


@pytest.mark.parametrize("started", [True, False], ids=["started by this run", "not touched"])
def test_what_this_run_has_started_without_its_data_takes_no_writes(started: bool) -> None:
    """Its address is the one that clients use: before anything is replaced, it never changed. One that runs anyhow may have been restored on purpose."""
    want = Want(name="ledger", instance="i-1", run=NOTE.run, snapshot="")
    seen = Seen(
        now=AT, note=NOTE, stopped=True, state="running", root=NOTE.old.root, old_root="available", kept=False, data=True, data_found=True,
        data_kept=False, running=True, answers=True, wrong="another store", started=started,
    )  # fmt: skip
    move = decide(want, seen)
    if started:
        assert move == StopDatabase("i-1")
        seen = replace(seen, running=False, answers=False)
        assert decide(want, seen) == LeaveStopped("i-1")  # a sweep starts what is noted as stopped by a run that is over
        seen = after_note(want, seen, LeaveStopped("i-1"))
        move = decide(want, seen)
        assert undo(want, seen, "") == Done("left")
    assert isinstance(move, Refuse)
    assert ("Neo4j is stopped again" in move.faults[0].hint) is started


def test_another_database_that_cannot_be_stopped_is_said_to_take_writes() -> None:
    def stop() -> None:
        raise Failure(Exit.REMOTE, Fault("SSM does not respond"))

    instance: Any = SimpleNamespace(stop_for_good=stop)
    live: Any = None
    proof = Proof(live=live, clock=SystemClock(), wrong="another store")
    back = GoingBack(instance=instance, proof=proof, want=Want(name="ledger", instance="i-1", run="r", snapshot=""), run=run())
    with pytest.raises(Failure) as failure:
        back.act(StopDatabase("i-1"))
    first, second = failure.value.faults
    assert "is another database: another store" in first.what
    assert "takes writes" in first.hint
    assert second.what == "SSM does not respond"


@pytest.mark.parametrize(("closed", "asked"), [("stopped", 1), ("", 1), ("closed before", 0)])
def test_a_restored_database_that_stays_read_only_is_no_success(closed: str, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    @contextmanager
    def around(what: str, *_: object) -> Iterator[str]:
        told.append(f"{what} begins")
        yield closed
        told.append(f"{what} ends")

    monkeypatch.setattr(backwards, "let_in", partial(around, "let_in"))
    monkeypatch.setattr(backwards, "kept_out", partial(around, "kept_out"))
    monkeypatch.setattr(
        backwards,
        "open_back",
        lambda *_: SimpleNamespace(
            last=SimpleNamespace(restored=True), require=lambda: told.append("checked"), finish=lambda: told.append("noted")
        ),
    )
    monkeypatch.setattr(backwards, "_went", lambda *_: told.append("went"))
    monkeypatch.setattr(backwards, "require_open", lambda *_: told.append("asked"))
    backwards.go_back(Rolled("ledger"), member_of(CHANGED), run, ("ledger",), alone(), dry=False)
    assert told == ["checked", "let_in begins", "kept_out begins", "went", "kept_out ends", "let_in ends", "noted", *["asked"] * asked]


@pytest.mark.parametrize(
    ("edition", "closed", "fails"), [("enterprise", True, True), ("enterprise", False, False), ("community", True, False)]
)
def test_what_is_read_only_is_said_with_what_opens_it(edition: str, closed: bool, fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writes, "running", lambda *_: SimpleNamespace(edition=edition))
    monkeypatch.setattr(writes, "access_mode", lambda *_: State(None, "read-only", closed))
    of: Any = SimpleNamespace(found=None, database=SimpleNamespace(database="neo4j"))
    with pytest.raises(Failure, match="is read-only") if fails else nullcontext() as raised:
        writes.require_open(member_of(CHANGED), of, run)
    if raised:
        assert raised.value.code is Exit.FAILED
        assert "ALTER DATABASE `neo4j` SET ACCESS READ WRITE" in raised.value.faults[0].hint


def test_status_tells_of_writes_that_are_stopped() -> None:
    status = Status("ledger", writes=GateNote("r-1", "read-write", None))
    assert Statuses([status], None, "lock").outcome == "stopped"
    assert told_of(status) == [
        "writes to it are stopped by the run r-1; it was read-write before",
        "next: that run is over; --mode sweep lets writes in again, and so does what continues it",
    ]
    assert Statuses([Status("ledger")], None, "lock").outcome == "current"


@pytest.mark.parametrize(("lease", "told"), [("", True), (f" {own_lease(AT)}", False)], ids=["over", "alive"])
def test_an_apply_that_is_refused_says_that_a_dead_run_has_stopped_writes(lease: str, told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Fault] = []
    context: Any = SimpleNamespace(clock=SimpleNamespace(now=lambda: AT), runner=SimpleNamespace(warning=said.append))
    member = member_of(None)
    member.machine.tags[WRITES_STOPPED_BY] = f"r-1 read-write{lease}"  # type: ignore[index]

    def refuse(*_: object) -> None:
        raise Failure(Exit.REFUSED, Fault("another plan"))

    monkeypatch.setattr(rolling, "members", lambda *_: [member])
    monkeypatch.setattr(rolling, "reviewed", refuse)
    discover: Any = lambda: None  # noqa: E731
    context.asked = SimpleNamespace(image_id="ami-1")
    with pytest.raises(Failure, match="another plan"):
        rolling._forwards(Result(), context, {}, discover, lambda *_: None, None)
    assert [each.what for each in said] == [
        "writes to ledger are still stopped by the run r-1, which is over; it was read-write before"
    ] * told


@pytest.mark.parametrize("stopped", [True, False])
def test_a_rollback_with_nothing_to_go_back_from_lets_writes_in_again(stopped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(writes, "let_in_again", lambda *_: opened.append("ledger"))
    member = member_of(None)
    if stopped:
        member.machine.tags[WRITES_STOPPED_BY] = "r-1 read-write"  # type: ignore[index]
    rolled = Rolled("ledger")
    backwards.go_back(rolled, member, run, (), alone(), dry=True)
    assert opened == []
    backwards.go_back(rolled, member, run, (), alone(), dry=False)
    assert (opened, rolled.outcome) == (["ledger"] * stopped, "current")
