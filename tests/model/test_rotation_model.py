"""Every way through a rotation: it is killed before and after every step, runs again, and ends where it should; at no moment is anything lost."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from credex_actions.core.faults import Failure
from credex_actions.core.loop import Done, Lost, NoEffect, Operation, Run, Step, Wait, drive, plan
from credex_actions.rotation.deciding import steps
from credex_actions.rotation.deciding.decision import decide
from credex_actions.rotation.deciding.foresight import after
from credex_actions.rotation.deciding.state import Held, Identity, Seen, User, Version, Want, WantedPlace
from tests.undisturbed import Undisturbed

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = BEGAN - timedelta(days=200)
PLACES = (WantedPlace(key="github"), WantedPlace(key="ssm"))
OLD = Identity(name="old", created=LONG_AGO, used=LONG_AGO)
PATIENT = BEGAN + timedelta(days=30)

KEYS = Want(name="deployer", creates=True, revokes="keys", places=PLACES, give_up=PATIENT)
LOGIN = Want(name="database", installs=True, adopts=True, revokes="login", places=PLACES, give_up=PATIENT)
SECRET = Want(name="jwt", adopts=True, places=(*PLACES, WantedPlace(key="former", former=True)), give_up=PATIENT)
COPIED = Want(name="rates", rotate_after=None, places=PLACES, give_up=PATIENT)

STARTS: dict[str, tuple[Want, Seen]] = {
    "a key that rotation never saw": (KEYS, Seen(now=BEGAN, identities=(OLD,))),
    "a user without a key and without an escrow": (KEYS, Seen(now=BEGAN, held=Held(open=False))),
    "a database": (
        LOGIN,
        Seen(
            now=BEGAN,
            adoptable=True,
            identities=(replace(OLD, name="neo4j"),),
            users=(User(name="api", since=LONG_AGO, redeployable=True),),
        ),
    ),
    "a generated secret with an overlap": (SECRET, Seen(now=BEGAN, adoptable=True)),
    "a copied value": (COPIED, Seen(now=BEGAN, offered=True)),
}


def second_time(name: str) -> tuple[Want, Seen]:
    """A hundred days after the first rotation has ended, in another run."""
    want, start = STARTS[name]
    world = World(want, start)
    world.run()
    world.restart()
    later = world.now() + timedelta(days=100)
    offered = True if start.offered else None
    return replace(want, give_up=later + timedelta(days=30)), replace(world.state, now=later, offered=offered)


class Killed(BaseException):
    """As a process is: nothing of it is remembered."""


@dataclass
class World(Undisturbed):
    """The truth is `state`; what a run remembers is lost with it. `trouble`: what strikes at which moment, once."""

    want: Want
    state: Seen
    trouble: dict[str, type[BaseException]] = field(default_factory=dict)
    sent: list[steps.RotationStep] = field(default_factory=list)
    made: int = 0

    def now(self) -> datetime:
        return self.state.now

    def monotonic(self) -> float:
        return (self.state.now - BEGAN).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.state = after(self.want, self.state, Wait("", seconds)) if seconds else self.state

    def strike(self, moment: str) -> None:
        if struck := self.trouble.pop(moment, None):
            raise struck

    def act(self, step: steps.RotationStep) -> None:
        self.strike(f"before {step}")
        before, self.state = self.state, self._made_unique(step, after(self.want, self.state, step))
        self.sent.append(step)
        check(self.want, before, step, self.state)
        self.strike(f"after {step}")

    def _made_unique(self, step: steps.RotationStep, state: Seen) -> Seen:
        """The next value is another one each time, as it is in truth."""
        if isinstance(step, steps.Create):
            self.made += 1
            name = f"key-{self.now():%Y-%m-%d}-{self.made}"
            return replace(state, in_hand=name, identities=(*state.identities[:-1], replace(state.identities[-1], name=name)))
        return state

    def restart(self) -> None:
        """What a new run finds: the intent is another's whose process has ended, a value in hand is gone, unnoted receipts of GitHub are unknown."""
        held, places = self.state.held, dict(self.state.places)
        for key in self.state.unnoted:
            places[key] = places[key] if key == "ssm" else ""
        intent = held.intent and replace(held.intent, mine=False, ended=True)
        self.state = replace(
            self.state,
            held=replace(held, intent=intent),
            in_hand="",
            verified=0,
            verifying_since=None,
            places=places,
            intents=0,
            spent=frozenset(),
            renewed=False,
            deleted=frozenset(),
            gave_up=False,
        )

    def run(self) -> Done:
        operation: Operation[Seen, steps.RotationStep] = Operation(
            lambda: self.state, partial(decide, self.want), self.act, partial(after, self.want)
        )
        return drive(operation, Run(self))


def check(want: Want, before: Seen, step: steps.RotationStep, state: Seen) -> None:
    """What is true after every step."""
    held = state.held
    versions = {each.id: each for each in (held.current, held.pending, held.previous) if each}
    alive = {each.name for each in state.identities if each.active}
    for key, version in state.places.items():
        assert not version or version in versions, f"{key} holds a value that nobody can recover"
    if isinstance(step, steps.Write):
        assert step.version in versions, "a value is written that is not in the escrow"
    if held.current and held.current.identity:
        assert held.current.identity in alive, "the current value does not work"
    if isinstance(step, steps.Deactivate | steps.CloseLogin):
        assert held.current
        assert all(state.places.get(place.key) == held.current.id for place in want.places), "a value is ended that some place still holds"
    if isinstance(step, steps.Delete):
        former = next(each for each in before.identities if each.name == step.identity)
        assert not former.active, "a key is deleted that nobody watched"
    if isinstance(step, steps.DeleteOrphan | steps.Undo):
        assert step.identity not in state.places.values()
        assert step.identity != OLD.name


for each in [*STARTS]:
    STARTS[f"{each}, the second time"] = second_time(each)
for each in (
    "a key that rotation never saw, the second time",
    "a database, the second time",
    "a generated secret with an overlap, the second time",
):
    leaked, found = STARTS[each]
    STARTS[f"{each}, leaked"] = (replace(leaked, mode="emergency", created_before=found.now), found)


def moments(want: Want, start: Seen) -> Iterator[str]:
    world = World(want, start)
    world.run()
    for step in world.sent:
        yield f"before {step}"
        yield f"after {step}"


CASES = [(name, moment) for name, (want, start) in STARTS.items() for moment in moments(want, start)]


@pytest.mark.parametrize("name", STARTS)
def test_a_rotation_ends_with_one_value_everywhere(name: str) -> None:
    want, start = STARTS[name]
    world = World(want, start)
    assert world.run().outcome == "ended"
    ends_well(world)


def ends_well(world: World) -> None:
    held = world.state.held
    assert held.current
    assert not held.pending
    assert {world.state.places.get(place.key) for place in world.want.places} == {held.current.id}
    if world.want.revokes:
        assert [each.name for each in world.state.identities if each.active] == [held.current.identity]
        assert len(world.state.identities) == 1, "a key is left over"


@pytest.mark.parametrize(("name", "moment"), CASES)
@pytest.mark.parametrize("trouble", [Killed, Lost, NoEffect])
def test_whatever_happens_at_a_step_running_again_completes(name: str, moment: str, trouble: type[BaseException]) -> None:
    want, start = STARTS[name]
    world = World(want, start, {moment: trouble})
    for _ in range(3):
        try:
            world.run()
            break
        except (Killed, Failure):
            world.restart()
    ends_well(world)
    assert not world.trouble, "the trouble never struck"


@pytest.mark.parametrize("name", STARTS)
def test_killed_at_every_fourth_step_it_still_ends(name: str) -> None:
    want, start = STARTS[name]
    world = World(want, start)
    for _ in range(100):
        count = 0

        def act(step: steps.RotationStep) -> None:
            nonlocal count
            world.act(step)
            count += 1
            if count == 4:
                raise Killed

        operation: Operation[Seen, steps.RotationStep] = Operation(lambda: world.state, partial(decide, want), act, partial(after, want))
        try:
            drive(operation, Run(world))
            break
        except (Killed, Failure):
            world.restart()
    ends_well(world)


@pytest.mark.parametrize("name", STARTS)
def test_a_plan_ends_as_the_run_does(name: str) -> None:
    want, start = STARTS[name]
    world = World(want, start)
    operation: Operation[Seen, steps.RotationStep] = Operation(lambda: start, partial(decide, want), world.act, partial(after, want))
    planned = [type(move).__name__ for move in plan(operation, start) if isinstance(move, Step)]
    assert world.run().outcome == "ended"
    assert [type(step).__name__ for step in world.sent] == planned


def test_two_keys_that_rotation_does_not_know_are_left_alone() -> None:
    seen = Seen(now=BEGAN, identities=(OLD, replace(OLD, name="other")))
    with pytest.raises(Failure, match="two access keys"):
        World(KEYS, seen).run()


def test_an_inactive_key_that_was_never_used_makes_room_on_demand() -> None:
    spare = Identity(name="spare", created=LONG_AGO, active=False)
    world = World(replace(KEYS, replace_inactive=True), Seen(now=BEGAN, identities=(OLD, spare)))
    assert world.run().outcome == "ended"
    assert isinstance(world.sent[0], steps.MakeRoom)
    assert {each.name for each in world.state.identities} & {"spare", "old"} == set()
    used = replace(spare, used=LONG_AGO)
    with pytest.raises(Failure, match="two access keys"):
        World(replace(KEYS, replace_inactive=True), Seen(now=BEGAN, identities=(OLD, used))).run()


def test_a_run_leaves_the_key_that_it_uses_to_the_next_one() -> None:
    world = World(replace(KEYS, own_key="old"), Seen(now=BEGAN, identities=(OLD,)))
    done = world.run()
    assert done.outcome == "waiting"
    assert "this run itself uses old" in done.why
    assert world.now() < BEGAN + timedelta(hours=2), "it waits for nothing that it prevents itself"


def test_a_key_that_someone_made_meanwhile_is_never_deleted() -> None:
    world = World(KEYS, Seen(now=BEGAN, identities=(OLD,)), {"before create a new value of deployer at its source": Killed})
    with pytest.raises(Killed):
        world.run()
    world.restart()
    used = Identity(name="by-hand", created=world.now(), used=world.now())
    world.state = replace(world.state, identities=(OLD, used))
    with pytest.raises(Failure, match="by-hand"):
        world.run()
    assert used in world.state.identities


def test_a_former_key_that_is_still_used_stays() -> None:
    want = replace(KEYS, give_up=None)
    current = Version(id="2", created=BEGAN, identity="new", known=frozenset({"old"}))
    held = Held(current=current, distributed=("2", BEGAN))
    places = {"github": "2", "ssm": "2"}
    later = BEGAN + timedelta(hours=5)
    used = replace(OLD, used=later - timedelta(minutes=10), used_for="ecs")
    seen = Seen(now=later, held=held, places=places, identities=(used, Identity(name="new", created=BEGAN)))
    done = decide(want, seen)
    assert isinstance(done, Done)
    assert done.outcome == "waiting"
    assert "ecs" in done.why


def test_a_deactivated_key_that_someone_tries_to_use_is_activated_again() -> None:
    current = Version(id="2", created=BEGAN, identity="new", known=frozenset({"old"}))
    off = BEGAN + timedelta(hours=3)
    held = Held(current=current, distributed=("2", BEGAN), deactivated=("old", off))
    former = replace(OLD, active=False, used=off + timedelta(minutes=5))
    seen = Seen(
        now=off + timedelta(minutes=6),
        held=held,
        places={"github": "2", "ssm": "2"},
        identities=(former, Identity(name="new", created=BEGAN)),
    )
    assert decide(KEYS, seen) == steps.Reactivate("deployer", "old")
    assert decide(replace(KEYS, mode="emergency"), seen) == steps.Delete("deployer", "old")


def test_another_run_at_work_is_waited_for() -> None:
    world = World(KEYS, Seen(now=BEGAN, identities=(OLD,)), {"after create a new value of deployer at its source": Killed})
    with pytest.raises(Killed):
        world.run()
    intent = world.state.held.intent
    assert intent
    world.state = replace(world.state, in_hand="", held=replace(world.state.held, intent=replace(intent, mine=False, ended=False)))
    assert isinstance(decide(KEYS, world.state), Wait)
    world.state = replace(world.state, now=world.now() + timedelta(minutes=3))
    assert isinstance(decide(KEYS, world.state), steps.DeleteOrphan)


def test_a_key_whose_answer_was_lost_is_replaced_in_the_same_run() -> None:
    class Deaf(World):
        def act(self, step: steps.RotationStep) -> None:
            super().act(step)
            if isinstance(step, steps.Create) and self.made == 1:
                self.state = replace(self.state, in_hand="")
                raise Lost

    world = Deaf(KEYS, Seen(now=BEGAN, identities=(OLD,)))
    assert world.run().outcome == "ended"
    assert world.made == 2
    ends_well(world)


@pytest.mark.parametrize("name", [each for each in STARTS if "leaked" not in each])
def test_what_a_run_leaves_waiting_a_later_one_finishes(name: str) -> None:
    want, start = STARTS[name]
    world = World(replace(want, give_up=None), start)
    for _ in range(4):
        done = world.run()
        world.restart()
        world.state = replace(world.state, now=world.now() + timedelta(days=2))
        world.want = replace(want, mode="finish", give_up=None)
        if done.outcome == "ended":
            break
    assert done.outcome == "ended"
    ends_well(world)


@pytest.mark.parametrize("name", [each for each in STARTS if "leaked" in each])
def test_an_emergency_waits_for_no_grace(name: str) -> None:
    want, start = STARTS[name]
    world = World(replace(want, give_up=None), start)
    assert world.run().outcome == "ended"
    assert world.now() - start.now < timedelta(minutes=1)


def test_an_emergency_that_is_run_again_rotates_nothing_twice() -> None:
    want, start = STARTS["a key that rotation never saw, the second time, leaked"]
    world = World(want, start)
    world.run()
    world.restart()
    made = world.made
    world.run()
    assert world.made == made


@pytest.mark.parametrize("busy", [User(name="api", since=LONG_AGO, redeployable=True, busy=True), User(name="a run", since=LONG_AGO)])
def test_a_plan_ends_however_long_the_run_would_wait_for_its_users(busy: User) -> None:
    want, start = STARTS["a generated secret with an overlap"]
    want = replace(want, give_up=BEGAN + timedelta(days=300))
    begun = replace(start, users=(busy,))
    operation: Operation[Seen, steps.RotationStep] = Operation(
        lambda: begun, partial(decide, want), World(want, begun).act, partial(after, want)
    )
    assert list(plan(operation, begun))[-1] == Done("ended")


def test_a_service_that_someone_deploys_is_not_started_anew_into_it() -> None:
    want, start = STARTS["a database"]
    busy = User(name="api", since=LONG_AGO, redeployable=True, busy=True)
    current = Version(id="1", created=LONG_AGO, identity="neo4j")
    held = Held(current=current, pending=Version(id="2", created=BEGAN, identity="b"), distributed=("2", BEGAN))
    seen = replace(start, held=held, verified=9, places={"github": "2", "ssm": "2"}, users=(busy,), identities=())
    assert isinstance(decide(want, seen), Wait)
    assert decide(replace(want, give_up=None), seen) == Done("unfinished", "api is being deployed, and is restarted after that")
    assert isinstance(decide(want, replace(seen, users=(replace(busy, busy=False),))), steps.Redeploy)


def test_a_current_key_that_somebody_took_away_is_replaced() -> None:
    want, start = STARTS["a key that rotation never saw, the second time"]
    start = replace(start, now=start.now - timedelta(days=99))
    assert decide(want, start) == Done("ended"), "it is not due"
    gone = replace(start, identities=())
    operation: Operation[Seen, steps.RotationStep] = Operation(
        lambda: gone, partial(decide, want), World(want, gone).act, partial(after, want)
    )
    moves = list(plan(operation, gone))
    assert any(isinstance(move, steps.Create) for move in moves)
    assert moves[-1] == Done("ended")


def test_a_database_whose_login_nobody_tells_is_refused_before_anything_is_made() -> None:
    want, start = STARTS["a database"]
    world = World(want, replace(start, adoptable=False, held=Held(open=False)))
    with pytest.raises(Failure, match="none of its targets holds the login"):
        world.run()
    assert world.sent == []


def test_a_leaked_value_that_was_not_issued_anew_is_no_success() -> None:
    want, start = STARTS["a copied value, the second time"]
    with pytest.raises(Failure, match="still in use everywhere"):
        World(replace(want, mode="emergency", created_before=start.now), replace(start, offered=False)).run()
