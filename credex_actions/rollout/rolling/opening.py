"""From what was asked for and what is found to the moves: everything that stands in the way is said before anything is changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from credex_actions.aws.scratch.like import user_data_of
from credex_actions.backup.context import Target as Reached
from credex_actions.backup.reaching import live as reach
from credex_actions.backup.taking.opening import new_id
from credex_actions.core.aws.clients import CONNECTIONS
from credex_actions.core.durations import duration
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.core.workers import side_by_side
from credex_actions.databases.finding import Found
from credex_actions.neo4j.configuration.groups import entry_of
from credex_actions.rollout.context import Context
from credex_actions.rollout.running import running
from credex_actions.rollout.successor import obstacles as succession
from credex_actions.rollout.successor.obstacles import NEW_INSTANCE
from credex_actions.rollout.successor.world import Former
from credex_actions.rollout.swap import images, layout
from credex_actions.rollout.swap.images import Target
from credex_actions.rollout.swap.instance import Instance, at_work
from credex_actions.rollout.swap.machine import Machine
from credex_actions.rollout.swap.note import Note, Side, rollback_of
from credex_actions.rollout.swap.proof import Proof
from credex_actions.rollout.swap.swapping import Swapping
from credex_actions.rollout.swap.world import Want
from credex_actions.rollout.user_data import restart
from credex_actions.rollout.user_data.content import digest, short, wanted
from credex_actions.rollout.user_data.restarting import restart_of
from credex_actions.rollout.versions.paths import path

R = TypeVar("R")


@dataclass(frozen=True)
class Member:
    """One database, as it is configured and as it was found at the beginning. `user_data`: as they are set on its instance; `configured`: None for those."""

    instance: Instance
    machine: Machine
    note: Note | None
    user_data: bytes = b""
    configured: bytes | None = None

    @property
    def name(self) -> str:
        return self.instance.found.name

    @property
    def half_way(self) -> bool:
        return self.note is not None and self.note.unfinished

    @property
    def wanted(self) -> bytes:
        return wanted(self.user_data, self.configured)

    @property
    def has_booted_with_it(self) -> bool:
        """Whether the user data that are configured are those that its root volume was booted with. A boot does not run what was changed since."""
        if self.configured is None:
            return True
        booted = self.note.booted_with(self.machine.root) if self.note else ""
        return (booted or digest(self.user_data)) == digest(self.wanted)


def members(context: Context, found: Mapping[str, Found]) -> list[Member]:
    """In the order in which they are moved."""

    def one(name: str) -> tuple[str, Member]:
        instance = Instance(context, found[name], context.asked.databases[name])
        there = instance.look()
        own = user_data_of(context.clients, context.clock, found[name].instance_id)
        return name, Member(instance, there, instance.read_note(there.tags), own, context.asked.user_data_of(name))

    return _of_each(context, list(found), one)


def _of_each(context: Context, names: list[str], one: Callable[[str], tuple[str, R]]) -> list[R]:
    """Looked at side by side; the results in the order of `names`."""
    seen, cancelled = side_by_side(one, [names], context.clock, CONNECTIONS, hurried=context.runner.in_actions)
    if cancelled:
        raise cancelled
    by_name = dict(seen)
    return [by_name[name] for name in names]


def continued(context: Context, half_way: list[Member]) -> Target:
    """The AMI of a roll-out that was begun: what was begun is ended first. Raises Failure."""
    begun = next((each.note for each in half_way if each.note and each.note.state == "rolling"), half_way[0].note)
    assert begun
    if context.asked.image_id:
        return images.asked_for(context, context.asked.image_id)
    context.runner.info(f"A roll-out to {begun.new.image} (Neo4j {begun.new.version}) was begun by the run {begun.run}, and is continued.")
    return images.asked_for(context, begun.new.image)


def is_current(member: Member, target: Target) -> bool:
    return member.machine.root_of == target.root_of and member.has_booted_with_it and not (member.note and member.note.unfinished)


def require(context: Context, all_of_them: list[Member], target: Target) -> None:
    """Raises Failure(REFUSED) with all that stands in the way of any of them."""
    moving = {member.name: member for member in all_of_them if not is_current(member, target)}
    faults = _of_each(context, list(moving), lambda name: (name, list(_in_the_way(moving[name], target))))
    if any(faults):
        raise Failure(Exit.REFUSED, *(fault for each in faults for fault in each))


def _in_the_way(member: Member, target: Target) -> Iterator[Fault]:
    context = member.instance.context
    yield from layout.obstacles(member.name, member.instance.database, member.machine.record)
    if context.asked.configuration.rollout.swap == NEW_INSTANCE:
        yield from _of_a_new_one(member, target)
    elif not (member.half_way and member.note and member.note.former):
        yield from layout.kept_by_ec2(member.name, member.machine.record, target.record)
    if member.wanted != member.user_data and not member.half_way and context.asked.configuration.rollout.swap != NEW_INSTANCE:
        stop = restart_of(context.clients, context.clock, member.machine.record, member.instance.database)
        yield from restart.obstacles(member.name, member.machine.record, stop)
    yield from layout.misfits(member.name, member.machine.record, target.record)
    yield from _begun_with_others(member)
    if busy := at_work(member.name, member.machine.tags, context.run, context.clock.now()):
        yield busy
    if member.note and member.note.unfinished:
        return
    now = running(context, member.instance.found, member.instance.database).version
    if refused := path(now, target.version).refused:
        yield Fault(f"{member.name}: {refused}", "Choose another version.", "version")
    if member.machine.state != "running":
        what = f"{member.name}: its instance {member.instance.id} is {member.machine.state}"
        yield Fault(what, "Start it: whether its database is well is not known otherwise.")


def _of_a_new_one(member: Member, target: Target) -> Iterator[Fault]:
    """What was begun is ended first: nothing of it is asked again."""
    if member.half_way:
        return
    context, database, record = member.instance.context, member.instance.database, member.machine.record
    stop = restart_of(context.clients, context.clock, record, database)
    yield from succession.obstacles(member.name, database, record, target.record, stop, member.instance.found.volume_id)


def _begun_with_others(member: Member) -> Iterator[Fault]:
    """What was begun is ended first, also where the file has changed since; only its user data have to be known for that."""
    note = member.note
    if note is None or note.state != "rolling" or not note.changes_user_data or member.machine.root != note.old.root:
        return
    if note.new.user_data in _known(member):
        return
    what = f"{member.name}: a roll-out with the user data {short(note.new.user_data)} was begun by the run {note.run}, and the file has others now"
    where = f"databases.{entry_of(member.name)}.user-data.file"
    yield Fault(what, f"Run it with the file as it was, then with the new one. Or go back: {rollback_of(member.name)}.", where)


def _known(member: Member) -> dict[str, bytes]:
    return {digest(each): each for each in (member.user_data, member.configured, member.wanted) if each is not None}


def open_swap(member: Member, target: Target, run: Run) -> Swapping:
    instance = member.instance
    context, found, database = instance.context, instance.found, instance.database
    begun = member.note if member.note and member.half_way else None
    has = digest(member.user_data)
    booted = member.note.booted_with(member.machine.root) if member.note else ""
    old = begun.old if begun else replace(_old(member), user_data=has, booted="" if booted == has else booted)
    new = replace(target.side, user_data=begun.new.user_data if begun else digest(member.wanted))
    configured = context.asked.given.configuration.rollout
    begins = begun is None and configured.swap == NEW_INSTANCE
    want = Want(
        name=found.name,
        instance=found.instance_id,
        volume=found.volume_id,
        run=context.run,
        old=old.image,
        new=target.image,
        version=str(target.version),
        backup=new_id(found.name, context.clock.now()),
        give_up=context.give_up,
        start_within=duration(configured.start_within).total_seconds(),
    )
    return Swapping(
        instance=instance,
        proof=Proof(live=reach(context, Reached(found.name, database, found)), clock=run.clock),
        want=want,
        run=run,
        old=old,
        new=new,
        image_root=target.root_of,
        known=_known(member),
        former=Former(found.instance_id, context.run, found.volume_device) if begins else None,
    )


def _old(member: Member) -> Side:
    """What it runs from. After a replacement the notes know better than EC2, and its root volume where there are none: going back may have to make one of that AMI."""
    note, root = member.note, member.machine.root
    for side in (note.new, note.old) if note else ():
        if side.root == root:
            return side
    context, found = member.instance.context, member.instance.found
    version = running(context, found, member.instance.database).version
    return Side(image=images.of_root(context, member.machine.root_of, found.image_id), version=version, root=root)
