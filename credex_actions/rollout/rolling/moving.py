"""One database moved to another AMI, with all that belongs to it: writes are stopped before, and let in again whatever happens; its address is followed; it is watched."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from credex_actions.backup.reaching import live as reach
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.core.text import one_line
from credex_actions.core.timeline import lasted
from credex_actions.rollout.around.addressing import Address
from credex_actions.rollout.around.baking import Alarms, Bake, open_alarms, typical_before
from credex_actions.rollout.around.stopping_writes import open_writes
from credex_actions.rollout.rolling.backwards import by_itself
from credex_actions.rollout.rolling.following import address_of, follow, renewed
from credex_actions.rollout.rolling.opening import Member, open_swap
from credex_actions.rollout.rolling.outcome import Rolled
from credex_actions.rollout.rolling.together import Together
from credex_actions.rollout.rolling.writes import let_in, reached, writes_stopped
from credex_actions.rollout.running import running
from credex_actions.rollout.successor.terraform import advice
from credex_actions.rollout.swap.images import Target
from credex_actions.rollout.swap.swapping import Swapping


def move(rolled: Rolled, member: Member, target: Target, runs: Callable[[], Run], together: Together) -> None:
    """`together`: with whom it shares the service. Raises Failure, Cancelled and AWS's own errors; what is done then is in `rolled`."""
    context, of = member.instance.context, reached(member)
    continued = member.half_way and member.note is not None and member.note.former is not None
    begin = partial(_begin, rolled, runs)
    around = None if member.half_way else _around(member)
    swapping = open_swap(member, target, begin())
    with let_in(member, begin, together) if member.half_way else writes_stopped(rolled, member, of, begin, together):
        if not _swapped(rolled, member, swapping, begin):
            return
        around = around or _around(member, measured=False)
        # before tasks start that would read the old one
        since = follow(rolled, member, around.address, begin, continued=continued) if around.address else None
    renewed(rolled, member, since)
    bake = Bake(
        member.name, reach(context, reached(member)), around.alarms, context.asked.given.configuration.rollout, around.before, context.clock
    )
    if not _baked(rolled, member, swapping, bake, begin):
        return
    swapping.finish()
    rolled.outcome = "rolled"
    down = f", {lasted(rolled.downtime)} without service" if rolled.downtime is not None else ""
    with_what = " with new user data" if swapping.old.user_data != swapping.new.user_data else ""
    told = f"from Neo4j {swapping.old.version} to {target.version} on {target.image}{with_what}{down}; {swapping.proof.verdict}"
    rolled.says = one_line(told, 300)
    rolled.lines += _kept(member, swapping)


def _kept(member: Member, swapping: Swapping) -> Iterator[str]:
    pair = swapping.last.pair if swapping.last else None
    if pair is None:
        yield f"the root volume {swapping.old.root} is kept for going back; backup {swapping.backup}"
        return
    yield f"it is on {pair.successor} now; {pair.former} is kept, stopped, for going back; backup {swapping.backup}"
    note = member.instance.read_note(member.instance.look().tags)
    assert note
    assert note.former
    yield from advice(pair.former, pair.successor, note.volume, note.former.device, note.new.image)


class Around(NamedTuple):
    """`before`: how long queries took while the database ran as it did; empty where that is over."""

    alarms: Alarms
    address: Address | None
    before: Mapping[str, float]


def _around(member: Member, *, measured: bool = True) -> Around:
    """To be opened before anything is changed, but for a database that is half-way: that may be down, and comes first."""
    context, note = member.instance.context, member.note if member.half_way else None
    address = address_of(member, note.former if note else None, note.backup if note else "")
    return Around(open_alarms(context), address, typical_before(reach(context, reached(member))) if measured else {})


def planned(member: Member, target: Target, run: Run) -> tuple[Swapping, tuple[str, ...]]:
    """What `move` would do to the instance, and to what writes to its database."""
    context, of = member.instance.context, reached(member)
    swapping = open_swap(member, target, run)
    if member.half_way:
        return swapping, tuple(swapping.plan())
    writes = open_writes(context, of, running(context, of.found, of.database).edition, run)
    return swapping, (*writes.plan(), *swapping.plan())


def _begin(rolled: Rolled, runs: Callable[[], Run]) -> Run:
    run = runs()
    rolled.runs.append(run)
    return run


def _swapped(rolled: Rolled, member: Member, swapping: Swapping, begin: Callable[[], Run]) -> bool:
    """Whether the database is back, and the one from before. Where it went back instead, `rolled` says so."""
    failure = None
    try:
        swapping.roll()
    except Failure as error:
        if error.code is not Exit.FAILED or not (swapping.last and swapping.last.swapped):
            raise
        failure = error
    finally:
        rolled.stopped = rolled.stopped or swapping.stopped_at
        rolled.back = rolled.back or swapping.proof.back_at
    if (
        failure is not None
    ):  # not while it is handled: it would be the context, and so a part of the words, of whatever fails on the way back
        by_itself(rolled, member, swapping, failure, begin)
    return failure is None


def _baked(rolled: Rolled, member: Member, swapping: Swapping, bake: Bake, begin: Callable[[], Run]) -> bool:
    done = bake.watch(begin())
    if done.outcome == "baked":
        rolled.lines.append(done.why)
        return True
    failure = Failure(Exit.FAILED, Fault(f"{member.name} does not run well on {swapping.new.image}: {done.why}"))
    by_itself(rolled, member, swapping, failure, begin)
    return False
