"""Every state that the building of an AMI and its removal can get into, and what must be true in all of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest

from credex_actions.aws.scratch.machine import ENDED, Machine
from credex_actions.core.loop import Done, Refuse, Step, Wait
from credex_actions.rollout.image import steps
from credex_actions.rollout.image.steps import Image, Rival, Seen, Want

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
WANT = Want(version="5.26.16", name="neo4j-5.26.16-0", base="ami-base", run="r", give_up=NOW + timedelta(hours=1))
STATES = ("pending", "running", "stopping", "stopped", "shutting-down", "terminated")
MACHINES = [None, *(Machine(instance=f"i-{state}", state=state, launched=NOW) for state in STATES)]
IMAGES = [
    None,
    Image(id="ami-1", state="pending"),
    Image(id="ami-1", state="failed", why="Client.InternalError"),
    Image(id="ami-1", state="available"),
    *(
        Image(id="ami-1", state="available", proven=True, deprecated=one, protected=other)
        for one, other in product((False, True), repeat=2)
    ),
]
RIVALS = [
    (),
    (Rival(run="other", instance="i-0", launched=NOW - timedelta(seconds=5)),),
    (Rival(run="other", instance="i-9", launched=NOW + timedelta(seconds=5)),),
]


def worlds() -> Iterator[Seen]:
    """Also those that no run of ours leaves behind: a person, or another run, may have."""
    for image, builder, tester, installed, tested, rivals, launching in product(
        IMAGES, MACHINES, MACHINES, (False, True), (None, "", "silent"), RIVALS, (False, True)
    ):
        testers = tester is None or tester.state in {"pending", "running", "terminated"}
        if testers and (builder or not installed) and (tester or tested is None):
            tester = replace(tester, instance=f"t-{tester.state}") if tester else None  # noqa: PLW2901 - another machine than the builder
            yield Seen(
                now=NOW, image=image, builder=builder, tester=tester, installed=installed, tested=tested, rivals=rivals, launching=launching
            )


def way(decide: Callable[[Seen], Any], seen: Seen) -> list[tuple[Seen, Any]]:
    """The states on the way, with the move from each, to its end."""
    passed = []
    for _ in range(60):
        move = decide(seen)
        passed.append((seen, move))
        if isinstance(move, Done | Refuse):
            return passed
        seen = steps.after(WANT.run, seen, move)
    raise AssertionError(f"it never ends: {[str(move) for _, move in passed[-6:]]}")


build = partial(steps.decide, WANT)


def test_a_build_ends_from_wherever_it_begins_with_an_ami_that_is_proven_and_protected_or_says_why_not() -> None:
    for seen in worlds():
        *_, (last, end) = way(build, seen)
        if isinstance(end, Done):
            assert last.image
            assert last.image.proven
            assert last.image.deprecated
            assert last.image.protected
            assert last.image.state == "available"
        else:
            assert isinstance(end, Refuse)
            assert end.faults[0].hint


def test_no_ami_is_created_but_of_a_builder_that_is_stopped_and_installed_and_none_where_one_exists() -> None:
    for seen in worlds():
        for state, move in way(build, seen):
            if isinstance(move, steps.CreateImage):
                assert state.image is None
                assert state.installed
                assert state.builder
                assert state.builder.state == "stopped"
                assert move.instance == state.builder.instance
                assert steps.first_rival(state) is None


def test_no_ami_is_marked_that_has_not_passed_its_boot_test_and_none_that_is_proven_is_touched() -> None:
    for seen in worlds():
        for state, move in (*way(build, seen), *way(steps.remove, seen)):
            match move:
                case steps.Mark():
                    assert state.tested == ""
                case steps.Deregister():
                    assert state.image
                    assert not state.image.proven
                case steps.BootTest() | steps.Launch(role=steps.TESTER):
                    assert state.image
                    assert state.image.state == "available"
                case steps.Deprecate() | steps.Protect():
                    assert state.image
                    assert state.image.proven


def test_whatever_happened_no_machine_is_left_nor_an_ami_that_cannot_be_used() -> None:
    for seen in worlds():
        for state, _ in way(build, seen):
            *_, (last, end) = way(steps.remove, state)
            assert end == Done("removed")
            assert all(machine is None or machine.state == "terminated" for machine in (last.builder, last.tester))
            assert not last.launching
            if last.image and not last.image.proven:
                assert last.image.state in {"available", "pending"}
                assert not last.tested


def test_a_machine_is_terminated_once() -> None:
    for seen in worlds():
        sent = [move for _, move in way(steps.remove, seen) if isinstance(move, Step)]
        assert len(sent) == len(set(sent))


@pytest.mark.parametrize("machine", [each for each in MACHINES if each and each.state not in ENDED])
def test_of_two_runs_that_see_each_other_exactly_one_waits(machine: Machine) -> None:
    mine = replace(machine, instance="i-1")
    theirs = replace(machine, instance="i-2")
    ours = Seen(now=NOW, builder=mine, rivals=(Rival(run="b", instance="i-2", launched=NOW),))
    others = Seen(now=NOW, builder=theirs, rivals=(Rival(run="a", instance="i-1", launched=NOW),))
    assert steps.first_rival(ours) is None
    assert isinstance(build(others), Wait)


def test_a_run_without_a_machine_waits_for_one_that_builds_already_but_not_where_the_ami_is_proven() -> None:
    rival = (Rival(run="other", instance="i-2", launched=NOW + timedelta(seconds=30)),)
    assert isinstance(build(Seen(now=NOW, rivals=rival)), Wait)
    done = Image(id="ami-1", state="available", proven=True, deprecated=True, protected=True)
    assert build(Seen(now=NOW, rivals=rival, image=done)) == Done("built")


def test_nothing_is_waited_for_for_ever() -> None:
    for seen in worlds():
        end = build(replace(seen, now=WANT.give_up))
        assert not isinstance(end, Wait)


def test_the_way_of_a_build_from_nothing() -> None:
    sent = [str(move) for _, move in way(build, Seen(now=NOW)) if isinstance(move, Step)]
    assert sent == [
        "launch a builder from ami-base",
        "install Neo4j 5.26.16 on the builder",
        "stop the builder",
        "create the AMI neo4j-5.26.16-0 from the builder",
        "launch a test instance from the AMI",
        "test that the AMI boots and Neo4j responds, on the test instance",
        "note on the AMI that it passed the boot test",
        "set when the AMI is deprecated",
        "protect the AMI from deregistration",
    ]
