"""Whether the run that a scratch resource belongs to is over."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from credex_actions.aws import lease
from credex_actions.backup import sweep
from credex_actions.backup.sweeping import DeleteScratchVolume, Leftover, TerminateInstance
from credex_actions.core.loop import Done, Wait

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=2)


def test_a_lease_is_read_as_it_was_written() -> None:
    own = lease.own_lease(NOW)
    assert lease.read_lease(str(own)) == own
    assert len(str(own)) < 256


def test_this_process_is_alive() -> None:
    assert not lease.is_over(lease.own_lease(NOW), NOW)


def test_a_process_of_this_machine_that_ended_is_over_at_once() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    held = lease.Lease(LATER, lease.machine(), lease.process(child.pid))
    assert not lease.is_over(held, NOW)
    child.communicate(b"\n")
    assert lease.is_over(held, NOW)


def test_a_process_that_has_got_the_number_of_one_that_ended_is_another_one() -> None:
    number, _, began = lease.process(os.getpid()).partition(".")
    assert lease.is_over(lease.Lease(LATER, lease.machine(), f"{number}.{int(began) - 1}"), NOW)


def test_on_another_machine_only_time_tells() -> None:
    held = lease.Lease(LATER, "0123456789abcdef", "12.34")
    assert not lease.is_over(held, NOW)
    assert not lease.is_over(held, LATER + lease.SLACK)
    assert lease.is_over(held, LATER + lease.SLACK + timedelta(seconds=1))


@pytest.mark.parametrize("text", ["", "forever", "2026-13-28T12:00:00Z - -", "2026-11-28T12:00:00Z", "x" * 300])
def test_a_lease_that_cannot_be_read_holds_nothing(text: str) -> None:
    assert lease.read_lease(text) is None
    assert lease.is_over(lease.read_lease(text), NOW)


INSTANCE, VOLUME = TerminateInstance("i-1", "run"), DeleteScratchVolume("vol-1", "run")


def seen(*leftovers: Leftover, first: datetime | None = None, going: tuple[str, ...] = ()) -> sweep.Seen:
    first_held = ((INSTANCE, first),) if first else ()
    return sweep.Seen(now=NOW, leftovers=leftovers, first_held=first_held, going=going)


def test_what_belongs_to_a_run_that_is_over_goes() -> None:
    assert sweep.decide(seen(Leftover(INSTANCE, None))) == INSTANCE
    assert isinstance(sweep.decide(seen(going=("i-1",))), Wait)
    assert sweep.decide(seen(Leftover(VOLUME, None))) == VOLUME
    assert sweep.decide(seen()) == Done("swept")


def test_a_run_that_may_be_alive_is_waited_for_and_left_alone_if_it_renews() -> None:
    assert isinstance(sweep.decide(seen(Leftover(INSTANCE, LATER), first=LATER)), Wait)
    assert sweep.decide(seen(Leftover(INSTANCE, LATER + timedelta(seconds=30)), first=LATER)) == Done("swept")
