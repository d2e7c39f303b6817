"""The lock of a roll-out in Parameter Store: many runs at the same moment, renewals, a run that lost it, one whose process is gone."""

import io
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from credex_actions.aws.lease import machine
from credex_actions.aws.who import who
from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Failure
from credex_actions.core.loop import Run
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.rollout import request
from credex_actions.rollout.context import Context
from credex_actions.rollout.lock.bids import Bid
from credex_actions.rollout.lock.holding import Lock, lock_of, look, name_of

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

CONFIGURATION: Final = Path(__file__).resolve().parents[2] / "examples" / "credex-core" / "neo4j.yml"
NAME: Final = name_of("production")


@pytest.fixture
def context(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> Context:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    clients, clock, said = Clients(), WorkerClock(SystemClock()), io.StringIO()
    asked = request.read(Inputs(mode="status", config=str(CONFIGURATION), environment="production"))
    return Context(Runner(sandbox.environment, said, said), clock, clients, asked, who(clients), "", clock.now() + timedelta(hours=1))


def lock(context: Context, run: str) -> Lock:
    made = lock_of(context, Run(context.clock))
    made.want = type(made.want)(name=NAME, run=run)
    return made


def test_of_many_that_come_at_the_same_moment_one_holds_it(context: Context) -> None:
    ends: list[str] = []
    start, others = threading.Barrier(8), threading.Semaphore(0)

    def one(run: str) -> None:
        start.wait()
        try:
            with lock(context, run).held():
                ends.append("held")
                for _ in range(7):  # until all others have given up
                    assert others.acquire(timeout=60)
        except Failure as failure:
            ends.append(failure.code.name)
            others.release()

    threads = [threading.Thread(target=one, args=(f"run-{number}",)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(ends) == ["REFUSED"] * 7 + ["held"]
    assert look(context, NAME)[0].until is None


def test_it_is_renewed_and_whoever_lost_it_writes_nothing_more(context: Context) -> None:
    ssm: Any = context.clients.write("ssm")
    mine = lock(context, "mine")
    with mine.held():
        first, _ = look(context, NAME)
        mine._renew_once()  # as its thread does every half minute
        second, number = look(context, NAME)
        assert (second.run, second.version) == ("mine", first.version + 1)
        mine.check()
        robbed = Bid(kind="take", follows=number, run="other", holder="somebody else", machine=machine(), dead=True)
        ssm.put_parameter(Name=NAME, Value=str(robbed), Type="String", Overwrite=True)
        mine._renew_once()
        with pytest.raises(Failure, match=r"the lock .* was lost: refused: a roll-out is at work here: somebody else"):
            mine.check()
    head, _ = look(context, NAME)
    assert head.run == "other"  # it is not released by one that does not hold it


def test_on_the_same_machine_it_is_taken_from_a_process_that_is_gone(context: Context) -> None:
    dead = Bid(kind="take", follows=0, run="killed", holder="a run that was killed", machine=machine(), process="4194305.1")
    context.clients.write("ssm").put_parameter(Name=NAME, Value=str(dead), Type="String")
    with lock(context, "next").held():
        assert look(context, NAME)[0].run == "next"


def test_a_bid_whose_response_was_lost_counts_from_when_it_was_sent(context: Context) -> None:
    mine = lock(context, "mine")
    mine.sent = (mine.run.clock.now() - timedelta(minutes=2), mine.run.clock.monotonic() - 120)
    own = Bid(kind="take", follows=0, run="mine", holder="this run")
    context.clients.write("ssm").put_parameter(Name=NAME, Value=str(own), Type="String")
    with mine.held(), pytest.raises(Failure, match="it could not be renewed in time"):
        mine.check()
