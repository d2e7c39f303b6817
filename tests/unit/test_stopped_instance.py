"""An instance that was stopped for its user data and does not start: EC2's words, another start by what undoes, and what a person is told."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import botocore.exceptions
import pytest

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Lost, NoEffect, Run, Sent, Step
from credex_actions.rollout.back import preparing
from credex_actions.rollout.back.world import Want
from credex_actions.rollout.rolling.left_down import down_first
from credex_actions.rollout.rolling.outcome import Rolled
from credex_actions.rollout.rolling.status import Status
from credex_actions.rollout.rolling.telling import told_of
from credex_actions.rollout.swap import deciding as swap_deciding
from credex_actions.rollout.swap.proof import Proof
from credex_actions.rollout.swap.swapping import Swapping
from credex_actions.rollout.user_data.changing import Changing
from credex_actions.rollout.user_data.steps import StartAgain, StartInstance, StopInstance
from tests.model.test_roll_model import SAME, note_of, want_swap
from tests.model.test_user_data_model import begun, on_new_with, with_user_data
from tests.unit.test_rollout_swap import AT

WORDS = "We currently do not have sufficient r6i.large capacity in the Availability Zone you requested"


def refusing(code: str) -> Changing:
    def start(**_: object) -> None:
        answer: Any = {"Error": {"Code": code, "Message": WORDS}, "ResponseMetadata": {"HTTPStatusCode": 500}}
        raise botocore.exceptions.ClientError(answer, "StartInstances")

    clients: Any = SimpleNamespace(write=lambda _: SimpleNamespace(start_instances=start))
    clock: Any = None
    return Changing(clients, clock, "ledger", "i-1", {})


def test_what_ec2_says_of_its_capacity_is_not_lost() -> None:
    with pytest.raises(NoEffect, match=f"InsufficientInstanceCapacity: {WORDS}"):
        refusing("InsufficientInstanceCapacity").start_instance()
    with pytest.raises(Lost):
        refusing("InternalError").start_instance()


def test_what_undoes_starts_it_although_a_start_was_sent() -> None:
    stopped = on_new_with(SAME)
    seen = replace(stopped, note=with_user_data(note_of("two", SAME, "going-back", root="vol-new")), state="stopped")
    assert preparing.undo(Want(name="ledger", instance="i-1", run="two", snapshot=""), seen, "rolled") == StartAgain("i-1")
    forwards = replace(begun(), note=with_user_data(note_of("one", SAME)), state="stopped", running=False)
    assert swap_deciding.undo(want_swap("one", SAME), forwards) == StartAgain("i-1")


def story(*steps: tuple[Step, int | None]) -> Run:
    clock: Any = None
    sent = {
        step: Sent(AT + timedelta(minutes=at), None if ended is None else AT + timedelta(minutes=ended)) for at, (step, ended) in enumerate(steps)
    }  # fmt: skip
    return Run(clock, sent=sent)


STOP, START = StopInstance("i-1", "user data"), StartInstance("i-1", "user data")
LEFT: dict[str, tuple[tuple[tuple[Step, int | None], ...], bool]] = {
    "stopped": (((STOP, 1),), True),
    "its stop was sent": (((STOP, None),), True),
    "its start was not accepted": (((STOP, 1), (START, None)), True),
    "started": (((STOP, 1), (START, 2)), False),
}


@pytest.mark.parametrize(("steps", "left"), LEFT.values(), ids=LEFT)
def test_an_instance_that_stays_stopped_is_named_with_what_starts_it(steps: tuple[tuple[Step, int | None], ...], left: bool) -> None:
    first, _ = down_first(Rolled("ledger", runs=[story(*steps)]), (Fault("ledger: cancelled"),))
    assert ("its instance i-1 was stopped, and nothing starts it by itself" in first.what) == left
    assert ("aws ec2 start-instances --instance-ids i-1" in first.hint) == left


def test_a_status_says_that_nothing_starts_it() -> None:
    machine: Any = SimpleNamespace(state="stopped", record={"InstanceId": "i-1"}, tags={})
    assert any("aws ec2 start-instances --instance-ids i-1" in line for line in told_of(Status("ledger", machine=machine)))


@pytest.mark.parametrize(
    ("state", "words"), [("stopped", "aws ec2 start-instances --instance-ids i-1"), ("running", "systemctl start neo4j on i-1")]
)
def test_the_hint_of_a_failed_undo_can_be_followed(state: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise Failure(Exit.REMOTE, Fault(WORDS))

    monkeypatch.setattr("credex_actions.rollout.swap.swapping.drive", fail)
    parts: Any = SimpleNamespace(state=state, pair=None)
    clock: Any = SimpleNamespace(last_asks=nullcontext)
    none: Any = None
    instance: Any = SimpleNamespace(id="i-1")
    swapping = Swapping(
        instance=instance,
        proof=Proof(live=none, clock=clock),
        want=want_swap("one", SAME),
        run=Run(clock),
        old=none,
        new=none,
        image_root="",
        last=parts,
    )
    with pytest.raises(Failure) as raised:
        swapping._undo()
    assert words in raised.value.faults[0].hint
    assert raised.value.faults[1].what == WORDS
