"""Going back from new user data, through the loop that counts equal steps as one, and what is asked directly before the root volume is replaced."""

from contextlib import ExitStack, nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import NoEffect, Run, Sent
from credex_actions.rollout.back.deciding import after_note
from credex_actions.rollout.back.going_back import GoingBack
from credex_actions.rollout.back.losses import Losses
from credex_actions.rollout.back.steps import BackStep, HoldDatabase
from credex_actions.rollout.back.world import Seen, Want
from credex_actions.rollout.swap.note import Note
from credex_actions.rollout.swap.proof import Proof
from credex_actions.rollout.swap.steps import ReplaceRoot, StartDatabase, StopDatabase
from credex_actions.rollout.user_data.steps import KeepUserData, SetUserData, StartInstance, StopBeforeRestart
from tests.unit.test_rollout_swap import AT, CHANGED, NOTE

OLD, NEW, FOREIGN = "0" * 64, "1" * 64, "2" * 64


def rolled(note: Note) -> Note:
    return replace(note, state="rolled", old=replace(note.old, user_data=OLD), new=replace(note.new, root="vol-new", user_data=NEW))


def clock() -> Any:
    passed = iter(range(100_000))
    return SimpleNamespace(
        now=lambda: AT, check=lambda: None, monotonic=lambda: float(next(passed)), last_asks=nullcontext, sleep=lambda _: None
    )


class Imagined(GoingBack):
    """In a world that does what `after_note` says."""

    world: Seen

    def observe(self) -> Seen:
        self.last = self.world
        return self.world

    def act(self, step: BackStep) -> None:
        self.former = self.former or "rolled"
        self.world = after_note(self.want, self.world, step)


def going(note: Note, snapshot: str, **changes: Any) -> Imagined:
    instance: Any = SimpleNamespace(lease=ExitStack())
    live: Any = None
    run = Run(clock())
    proof = Proof(live=live, clock=run.clock)
    back = Imagined(instance=instance, proof=proof, want=Want(name="ledger", instance="i-1", run="r", snapshot=snapshot), run=run)
    back.run.on_wait = lambda move: setattr(back, "world", after_note(back.want, back.world, move))
    seen = Seen(
        now=AT, note=rolled(note), stopped=False, state="running", root="vol-new", old_root="available", kept=False, data=True, data_found=True,
        data_kept=False, running=True, answers=True, user_data=NEW,
    )  # fmt: skip
    back.world = replace(seen, **changes)
    return back


def steps(back: Imagined) -> list[BackStep]:
    return list(back.run.sent)  # type: ignore[arg-type]


@pytest.mark.parametrize("old_root", ["available", "missing"])
@pytest.mark.parametrize("changed", [False, True], ids=["same store", "changed store"])
def test_every_start_that_going_back_needs_is_sent(changed: bool, old_root: str) -> None:
    back = going(CHANGED if changed else NOTE, "snap-1" if changed else "", old_root=old_root)
    assert back.go().outcome == "rolled-back"
    assert (back.world.user_data, back.world.root, back.world.state, back.world.answers) == (OLD, NOTE.old.root, "running", True)


@pytest.mark.parametrize("changed", [False, True], ids=["same store", "changed store"])
def test_the_new_root_is_never_booted_again_where_the_old_one_is_there(changed: bool) -> None:
    back = going(CHANGED if changed else NOTE, "snap-1" if changed else "")
    back.go()
    order = [type(step) for step in steps(back)]
    assert order.index(StopDatabase) < order.index(ReplaceRoot) < order.index(SetUserData) < order.index(StartInstance)
    assert order.count(StartInstance) == 1
    assert HoldDatabase not in order


def test_where_the_old_root_is_gone_neo4j_is_kept_from_starting_before_the_restart() -> None:
    back = going(CHANGED, "snap-1", old_root="missing")
    back.go()
    sent = steps(back)
    order = [type(step) for step in sent]
    assert order.index(StopBeforeRestart) < order.index(HoldDatabase) < order.index(SetUserData) < order.index(ReplaceRoot)
    assert order.count(StartInstance) == 2
    assert ReplaceRoot("i-1", NOTE.old.image) in sent


def test_user_data_that_somebody_else_has_set_are_kept_before_they_are_overwritten() -> None:
    back = going(NOTE, "", user_data=FOREIGN)
    back.go()
    order = steps(back)
    assert order.index(KeepUserData("i-1", FOREIGN)) < order.index(SetUserData("i-1", OLD))


def asked(silence: str, *sent: BackStep, **changes: Any) -> tuple[GoingBack, list[str]]:
    """One whose next step is to replace the root, and what it does."""
    did: list[str] = []
    instance: Any = SimpleNamespace(
        replace_root=lambda *_, **__: did.append("replaced"), stop=lambda: did.append("stopped"), start=lambda *, enabled: did.append(f"started {enabled}")
    )  # fmt: skip
    live: Any = SimpleNamespace(silence=lambda: silence)

    def guard() -> Losses:
        did.append("counted")
        return Losses(0)

    run = Run(clock(), sent={step: Sent(AT, AT) for step in sent})
    proof = Proof(live=live, clock=run.clock)
    back = GoingBack(instance=instance, proof=proof, want=Want(name="ledger", instance="i-1", run="r", snapshot=""), run=run, guard=guard)
    last: Any = SimpleNamespace(note=rolled(CHANGED), root="vol-new", **changes)
    back.last = last
    return back, did


def test_a_database_that_began_to_respond_is_stopped_with_the_guard_before_its_root_is_replaced() -> None:
    back, did = asked("")
    with pytest.raises(NoEffect, match="has begun to respond"):
        back.act(ReplaceRoot("i-1", "vol-old"))
    assert back.running
    back.act(StopDatabase("i-1"))
    assert did == ["counted", "stopped"]


def test_a_database_that_was_started_after_the_stop_is_not_replaced() -> None:
    back, did = asked("", StopDatabase("i-1"))
    with pytest.raises(Failure, match="started by somebody else") as raised:
        back.act(ReplaceRoot("i-1", "vol-old"))
    assert (raised.value.code, did) == (Exit.REMOTE, [])


def test_a_silent_database_and_one_that_cannot_be_stopped_are_replaced() -> None:
    silent, did = asked("no route")
    silent.act(ReplaceRoot("i-1", "vol-old"))
    assert did == ["replaced"]
    stubborn, did = asked("", StopDatabase("i-1"))
    stubborn.instance.stop = _fail  # type: ignore[method-assign]
    stubborn.act(StopDatabase("i-1"))
    stubborn.act(ReplaceRoot("i-1", "vol-old"))
    assert did == ["counted", "replaced"]


def _fail() -> None:
    raise Failure(Exit.REMOTE, Fault("no agent responds"))


def test_on_the_old_root_nothing_can_be_lost_any_more_and_nothing_is_refused() -> None:
    back, did = asked("no route")
    back.last = SimpleNamespace(note=rolled(CHANGED), root=CHANGED.old.root)  # type: ignore[assignment]
    back.act(StopBeforeRestart("i-1"))
    assert did == ["stopped"]


def test_a_unit_that_was_disabled_for_going_back_is_enabled_where_it_stays() -> None:
    back, did = asked("no route")
    back.held = True
    back.act(StartDatabase("i-1"))
    assert (did, back.held) == (["started True"], False)
