"""After the restart on its old root volume a database has to be the one from before, by its fingerprint and not by Bolt alone."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.neo4j.fingerprint import Fingerprint, tag_of
from credex_actions.rollout.swap.proof import Proof
from credex_actions.rollout.swap.steps import StopDatabase
from credex_actions.rollout.swap.swapping import Swapping
from tests.model.test_roll_model import want_swap
from tests.unit.test_neo4j_difference import BASE, like_base
from tests.unit.test_rollout_swap import NOTE


class Live:
    def __init__(self, now: Fingerprint | None) -> None:
        self.now = now

    def silence(self) -> str:
        return ""

    def fingerprint(self) -> Fingerprint:
        if self.now is None:
            raise Failure(Exit.REMOTE, Fault("the query failed"))
        return self.now


def restarted(now: Fingerprint | None) -> Swapping:
    live: Any = Live(now)
    clock: Any = SystemClock()
    none: Any = None
    proof = Proof(live=live, clock=clock, first=BASE)
    return Swapping(instance=none, proof=proof, want=want_swap("one", NOTE.new.version), run=Run(clock), old=none, new=none, image_root="")


OLD, NEW = "0" * 64, "1" * 64
OTHER = like_base({"id": "F" * 64, "uuid": "another"}, {"nodes": 0, "relationships": 0}, exact="0" * 32)
FOUND: dict[str, tuple[Fingerprint | None, bool, bool]] = {
    "the same": (BASE, True, False),
    "another database": (OTHER, False, True),
    "one that cannot be read yet": (None, False, False),
}


@pytest.mark.parametrize("run", ["one", "another that was killed"])
@pytest.mark.parametrize(("now", "answers", "another"), FOUND.values(), ids=FOUND)
def test_what_responds_is_compared_with_what_was_stopped(now: Fingerprint | None, answers: bool, another: bool, run: str) -> None:
    note = replace(NOTE, run=run, before=tag_of(BASE), old=replace(NOTE.old, user_data=OLD), new=replace(NOTE.new, user_data=NEW))
    swapping = restarted(now)
    assert swapping._answers(True, note, swapped=False, has=NEW) == answers
    assert (swapping.proof.sure, bool(swapping.proof.another)) == (answers, another)
    assert not swapping._answers(False, note, swapped=False, has=NEW)


@pytest.mark.parametrize(("another", "by"), [("it is empty", "for good"), ("", "with a timer")])
def test_no_timer_starts_another_database_again(another: str, by: str) -> None:
    """A timer is for the one from before, whose run may be lost."""
    did: list[str] = []
    swapping = restarted(BASE)
    instance: Any = SimpleNamespace(stop=lambda: did.append("with a timer"), stop_for_good=lambda: did.append("for good"))
    swapping.instance, swapping.proof.another = instance, another
    swapping.act(StopDatabase("i-1"))
    assert did == [by]
    assert swapping.running is False
