"""Building an AMI with Image Builder: killed before and after every write, by reads that lag, by two runs at once, and what must be true in all of it."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import product
from typing import Any

import pytest

from credex_actions.core.loop import Done, Refuse, Step, Wait
from credex_actions.rollout.image import steps
from credex_actions.rollout.image.image_builder.names import DEFINED, IMAGE, kind_of
from credex_actions.rollout.image.image_builder.steps import (
    IN_PROGRESS,
    SHOWS_WITHIN,
    Build,
    CancelBuild,
    Claim,
    Define,
    Discard,
    Pieces,
    StartBuild,
    TakeOver,
)
from credex_actions.rollout.image.steps import CreateImage, Image, Install, Launch, Seen, Want

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
WANT = Want(version="5.26.16", name="neo4j-5.26.16-0", base="ami-base", run="r", give_up=NOW + timedelta(hours=1))
NAMES = (
    "component/credex-neo4j-0/5.26.16",
    "image-recipe/credex-neo4j-0/5.26.16",
    "infrastructure-configuration/credex-neo4j-0",
    "distribution-configuration/credex-neo4j-0",
    "image/credex-neo4j-0/5.26.16",
)
CLAIM = Claim(resource=NAMES[3], run="r", by="r", mine=True)
CLAIMS = [
    None,
    CLAIM,
    replace(CLAIM, by="former"),
    replace(CLAIM, run="other", by="other", mine=False),
    replace(CLAIM, run="other", by="other", mine=False, alive=False),
]
STATES = ("BUILDING", "AVAILABLE", "FAILED", "CANCELLED")
BUILDS = [None, *(Build(resource=f"{NAMES[4]}/1", state=state, ours=ours) for state, ours in product(STATES, (False, True)))]
THERE = [(), NAMES[:2], NAMES[:3]]
IMAGES = [None, Image(id="ami-1", state="pending"), Image(id="ami-1", state="available"), Image(id="ami-1", state="available", proven=True)]
build = partial(steps.decide, WANT)


def worlds() -> Iterator[Seen]:
    for claim, made, there, image, tested, starting, cancelling in product(
        CLAIMS, BUILDS, THERE, IMAGES, (None, "", "silent"), (False, True), (None, 5.0)
    ):
        if (claim or not (made or there)) and (made or cancelling is None) and (image or tested is None):
            pieces = Pieces(names=NAMES, claim=claim, build=made, there=there, starting=starting and not made, cancelling_for=cancelling)
            yield Seen(now=NOW, image=image, tested=tested, pieces=pieces)


@cache
def way(decide: Callable[[Seen], object], seen: Seen) -> list[tuple[Seen, object]]:
    """The states on the way, with the move from each, to its end."""
    passed: list[tuple[Seen, object]] = []
    for _ in range(60):
        move: Any = decide(seen)
        passed.append((seen, move))
        if isinstance(move, Done | Refuse):
            return passed
        seen = steps.after(WANT.run, seen, move)
    raise AssertionError(f"it never ends: {[str(move) for _, move in passed[-6:]]}")


def test_a_build_ends_from_wherever_it_begins_with_an_ami_that_is_proven_or_says_why_not() -> None:
    for seen in worlds():
        *_, (last, end) = way(build, seen)
        if isinstance(end, Done):
            assert last.image
            assert (last.image.proven, last.image.protected, last.image.state) == (True, True, "available")
        else:
            assert isinstance(end, Refuse)
            assert end.faults[0].hint


def test_a_build_is_started_by_whoever_has_the_claim_and_only_where_none_is_in_progress_and_all_is_defined() -> None:
    for seen in worlds():
        for state, move in way(build, seen):
            assert not isinstance(move, CreateImage | Install), "no builder of ours is at work"
            if isinstance(move, StartBuild | Define) and kind_of(move.resource) != "distribution-configuration":
                assert state.pieces
                assert state.pieces.claim
                assert (state.pieces.claim.mine, state.pieces.claim.by) == (True, "r")
                assert not state.pieces.building
                assert state.image is None
            if isinstance(move, StartBuild):
                assert state.pieces
                assert all(state.pieces.has(kind) for kind in DEFINED)


def test_nothing_of_a_run_that_may_be_at_work_is_touched() -> None:
    for seen in worlds():
        for state, move in (*way(build, seen), *way(steps.remove, seen)):
            if state.pieces and (other := state.pieces.held_by_other) and isinstance(move, TakeOver | CancelBuild | Discard):
                assert not other.alive
                assert isinstance(move, TakeOver)


def test_the_ami_is_image_builder_s_until_that_calls_it_available() -> None:
    for seen in worlds():
        for state, move in way(build, seen):
            if isinstance(move, Launch | steps.BootTest | steps.Deregister):
                assert state.image
                assert not (state.pieces and state.pieces.building)


def test_whatever_happened_nothing_of_ours_is_left_in_image_builder_and_the_claim_goes_last() -> None:
    for seen in worlds():
        for state, _ in way(build, seen):
            if state.pieces is None or state.pieces.claim is None or not state.pieces.claim.mine:
                continue
            passed = way(steps.remove, state)
            last, end = passed[-1]
            assert end == Done("removed")
            assert last.pieces
            assert (last.pieces.claim, last.pieces.build, last.pieces.there, last.pieces.starting) == (None, None, (), False)
            discarded = [move.resource for _, move in passed if isinstance(move, Discard)]
            assert discarded[-1] == NAMES[3]
            for before, move in passed:
                if isinstance(move, Discard) and kind_of(move.resource) == IMAGE:
                    assert before.pieces
                    assert not before.pieces.building


def test_nothing_is_sent_twice_on_one_way_and_its_removal() -> None:
    """Equal steps are one intention: what is removed at the end is not what was cleared at the beginning."""
    for seen in worlds():
        passed = way(build, seen)
        sent = [move for _, move in (*passed, *way(steps.remove, passed[-1][0])) if isinstance(move, Step)]
        assert len(sent) == len(set(sent)), [str(each) for each in sent]


@pytest.mark.parametrize(("state", "ours"), [("FAILED", False), ("CANCELLED", False), ("CANCELLED", True), ("AVAILABLE", False)])
def test_what_a_run_that_is_over_has_left_is_cleared_and_not_told(state: str, ours: bool) -> None:
    """Its client token would find that build again: the claim begins anew, with another one."""
    left = Pieces(
        names=NAMES, claim=replace(CLAIM, by="former"), build=Build(resource=f"{NAMES[4]}/1", state=state, ours=ours), there=NAMES[:3]
    )
    moves = [move for _, move in way(build, Seen(now=NOW, pieces=left))]
    assert moves[:6] == [*(Discard(each, "former") for each in (f"{NAMES[4]}/1", NAMES[1], NAMES[0], NAMES[2], NAMES[3])), Define(NAMES[3])]
    assert StartBuild(NAMES[4]) in moves


def test_nothing_is_waited_for_for_ever() -> None:
    for seen in worlds():
        assert not isinstance(build(replace(seen, now=WANT.give_up)), Wait)


def test_the_way_of_a_build_from_nothing() -> None:
    passed = way(build, Seen(now=NOW, pieces=Pieces(names=NAMES)))
    assert [str(move) for _, move in passed if isinstance(move, Step)] == [
        "create distribution-configuration/credex-neo4j-0 in Image Builder",
        "create component/credex-neo4j-0/5.26.16 in Image Builder",
        "create image-recipe/credex-neo4j-0/5.26.16 in Image Builder",
        "create infrastructure-configuration/credex-neo4j-0 in Image Builder",
        "build image/credex-neo4j-0/5.26.16 with Image Builder",
        "launch a test instance from the AMI",
        "test that the AMI boots and Neo4j responds, on the test instance",
        "note on the AMI that it passed the boot test",
        "set when the AMI is deprecated",
        "protect the AMI from deregistration",
    ]
    assert [str(move) for _, move in way(steps.remove, passed[-1][0]) if isinstance(move, Step)] == [
        "terminate the test instance, with its volumes",
        "delete image/credex-neo4j-0/5.26.16 of the run r from Image Builder",
        "delete image-recipe/credex-neo4j-0/5.26.16 of the run r from Image Builder",
        "delete component/credex-neo4j-0/5.26.16 of the run r from Image Builder",
        "delete infrastructure-configuration/credex-neo4j-0 of the run r from Image Builder",
        "delete distribution-configuration/credex-neo4j-0 of the run r from Image Builder",
    ]


@pytest.mark.parametrize(
    ("made", "code", "says"),
    [
        (Build(resource="image/x/1", state="FAILED", why="mismatch", log="the log group l"), 1, "mismatch"),
        (Build(resource="image/x/1", state="CANCELLED"), 4, "someone else ended it"),
        (Build(resource="image/x/1", state="AVAILABLE", seen_for=SHOWS_WITHIN), 4, "EC2 shows no AMI of it"),
    ],
)
def test_a_build_that_ended_otherwise_is_told(made: Build, code: int, says: str) -> None:
    end = build(Seen(now=NOW, pieces=Pieces(names=NAMES, claim=CLAIM, build=made, there=NAMES[:3])))
    assert isinstance(end, Refuse)
    assert (int(end.code), says in end.faults[0].what) == (code, True)
    assert "the log group l" in end.faults[0].hint or made.state != "FAILED"


TAKES = 3
"""Ticks of a build, and of a cancellation."""


@dataclass
class Service:
    """Image Builder and EC2 as they are. `tokens`: of builds, with the claim that they were for; `started`: how many builds ran."""

    claim: tuple[str, str, int] | None = None
    """Who works, who created it, and its number, which no other one has."""
    claims: int = 0
    there: tuple[str, ...] = ()
    builds: dict[str, tuple[str, int]] = field(default_factory=dict)
    tokens: dict[int, str] = field(default_factory=dict)
    image: Image | None = None
    started: int = 0
    amis: int = 0

    def tick(self) -> None:
        for name, (state, left) in self.builds.items():
            if state not in IN_PROGRESS | {"CANCELLING"}:
                continue
            self.builds[name] = (state, left - 1)
            if left == 1 and state == "CANCELLING":
                self.builds[name] = ("CANCELLED", 0)
            elif left == 1 and self.image is not None:  # EC2 gives a name once
                self.builds[name] = ("FAILED", 0)
            elif left == 1:
                self.builds[name], self.image = ("AVAILABLE", 0), Image(id="ami-1", state="available")
                self.amis += 1


@dataclass
class Runner:
    """One run. It sees the service as it was `lag` looks ago, and sends nothing twice: what it sent has only not shown yet."""

    name: str
    service: Service
    dead: set[str]
    lag: int = 0
    before: frozenset[str] | None = None
    tested: str | None = None
    cancelling: bool = False
    sent: set[Step] = field(default_factory=set)
    shown: list[Service] = field(default_factory=list)
    removing: bool = False
    ended: Done | Refuse | None = None

    def seen(self) -> Seen:
        self.shown.append(deepcopy(self.service))
        service = self.shown[max(len(self.shown) - 1 - self.lag, 0)]
        claim = None
        if service.claim:
            run, by, _ = service.claim
            claim = Claim(resource=NAMES[3], run=run, by=by, mine=run == self.name, alive=run not in self.dead)
        listed = list(service.builds) if claim and (claim.mine or not claim.alive) else []
        if self.before is None:
            self.before = frozenset(each for each in listed if service.builds[each][0] not in IN_PROGRESS | {"CANCELLING"})
        made = None
        if listed:
            state = service.builds[listed[-1]][0].replace("CANCELLING", "BUILDING")
            made = Build(resource=listed[-1], state=state, ours=listed[-1] not in self.before)
        pieces = Pieces(
            names=NAMES,
            claim=claim,
            build=made,
            there=service.there if claim and claim.mine and not (made and made.in_progress) else (),
            cancelling_for=5.0 if self.cancelling else None,
        )
        return Seen(now=NOW, image=service.image, tested=self.tested, pieces=pieces)

    def step(self) -> Step | None:
        """The next write, which is not done yet. None where it waits, or has come to its end."""
        if self.ended:
            return None
        seen = self.seen()
        move = steps.remove(seen) if self.removing else steps.decide(replace(WANT, run=self.name), seen)
        if isinstance(move, Done | Refuse):
            if self.removing:
                self.ended = move
            self.removing = True
            return None
        return move if isinstance(move, Step) and move not in self.sent else None

    def act(self, step: Step) -> None:
        service = self.service
        self.sent.add(step)
        match step:
            case Define(resource=resource) if resource == NAMES[3]:
                if service.claim is None:
                    service.claims += 1
                    service.claim = (self.name, self.name, service.claims)
            case Define(resource=resource):
                service.there = (*service.there, resource) if resource not in service.there else service.there
            case TakeOver():
                if service.claim:
                    service.claim = (self.name, *service.claim[1:])
            case StartBuild(resource=resource):
                assert service.claim
                number = service.claim[2]
                if number not in service.tokens:
                    service.started += 1
                    service.tokens[number] = f"{resource}/{service.started}"
                    service.builds[service.tokens[number]] = ("PENDING", TAKES)
            case CancelBuild(resource=resource):
                self.cancelling = True
                if resource in service.builds and service.builds[resource][0] in IN_PROGRESS:
                    service.builds[resource] = ("CANCELLING", TAKES)
            case Discard(resource=resource):
                self._discard(resource)
            case _:
                self.act_on_image(step)

    def _discard(self, resource: str) -> None:
        service = self.service
        if kind_of(resource) == IMAGE:
            service.builds.pop(resource, None)
            self.cancelling = False
        elif resource == NAMES[3]:
            service.claim = None
        else:
            service.there = tuple(each for each in service.there if each != resource)

    def act_on_image(self, step: Step) -> None:
        """The test instance is left out: it is in the other model."""
        image = self.service.image
        assert image
        match step:
            case Launch():
                self.tested = ""
            case steps.Mark():
                self.service.image = replace(image, proven=True)
            case steps.Deprecate():
                self.service.image = replace(image, deprecated=True)
            case steps.Protect():
                self.service.image = replace(image, protected=True)


def finish(runner: Runner, most: int = 200) -> None:
    for _ in range(most):
        if step := runner.step():
            runner.act(step)
        runner.service.tick()
        if runner.ended:
            return
    raise AssertionError(f"{runner.name} never ends: {runner.seen()}")


def whole(service: Service) -> None:
    assert service.image
    assert (service.image.proven, service.image.protected) == (True, True)
    assert service.amis == 1


MOMENTS = list(product(range(22), (False, True)))
"""After how many rounds a run is killed, and whether the write that it was about to send still takes effect."""


def killed(service: Service, name: str, rounds: int, dead: set[str], *, takes_effect: bool, lag: int = 0) -> None:
    runner = Runner(name, service, dead, lag)
    for at in range(rounds + 1):
        step = runner.step()
        if step and (at < rounds or takes_effect):
            runner.act(step)
        if runner.ended:
            break
        service.tick()
    dead.add(name)


@pytest.mark.parametrize(("rounds", "takes_effect"), MOMENTS)
def test_killed_anywhere_the_next_run_makes_the_ami_and_one_alone(rounds: int, takes_effect: bool) -> None:
    for second, lag in product(range(0, 22, 3), (0, 2)):
        service, dead = Service(), set[str]()
        killed(service, "first", rounds, dead, takes_effect=takes_effect, lag=lag)
        killed(service, "second", second, dead, takes_effect=takes_effect, lag=lag)
        finish(Runner("third", service, dead, lag))
        whole(service)


@pytest.mark.parametrize(("offset", "lag"), list(product(range(16), (0, 1, 3))))
def test_two_runs_at_once_start_one_build(offset: int, lag: int) -> None:
    """Each looks, and sends what it decided only after the other one has sent its own."""
    service, dead = Service(), set[str]()
    runners = [Runner("a", service, dead, lag), Runner("b", service, dead, lag)]
    for at in range(240):
        decided = [(runner, runner.step()) for runner in runners[: 1 if at < offset else 2]]
        for runner, step in decided:
            if step:
                runner.act(step)
        service.tick()
        if all(runner.ended for runner in runners):
            break
    assert [runner.ended for runner in runners] == [Done("removed"), Done("removed")]
    whole(service)
    assert service.started == 1
    assert (service.claim, service.builds, service.there) == (None, {}, ())


@pytest.mark.parametrize("rounds", range(12))
def test_two_runs_that_take_over_at_once_make_one_ami(rounds: int) -> None:
    service, dead = Service(), set[str]()
    killed(service, "first", rounds, dead, takes_effect=True)
    runners = [Runner("a", service, dead), Runner("b", service, dead)]
    for _ in range(120):
        for runner, step in [(runner, runner.step()) for runner in runners]:
            if step:
                runner.act(step)
        service.tick()
    whole(service)
    assert all(runner.ended for runner in runners)


@pytest.mark.parametrize(("seen_for", "seconds"), [(0.0, 1.0), (30.0, 3.0), (900.0, 6.0)])
def test_the_longer_a_build_takes_the_less_often_it_is_looked_at(seen_for: float, seconds: float) -> None:
    made = Build(resource=f"{NAMES[4]}/1", state="BUILDING", progress="3 of 7 steps", seen_for=seen_for)
    move = build(Seen(now=NOW, pieces=Pieces(names=NAMES, claim=CLAIM, build=made)))
    assert move == Wait(f"Image Builder: {NAMES[4]}/1 is BUILDING, 3 of 7 steps", seconds)
