"""Going back: asked for, or by itself where a database did not come back well and nothing is lost by it."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from typing import Final, NoReturn

from credex_actions.backup.context import Target as Reached
from credex_actions.backup.live import Position
from credex_actions.backup.reaching import live as reach
from credex_actions.core.aws.clients import explain
from credex_actions.core.documentation import page_at
from credex_actions.core.durations import duration
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.core.text import one_line
from credex_actions.core.timeline import lasted
from credex_actions.rollout.around.gates import WRITES_STOPPED_BY
from credex_actions.rollout.back.going_back import GoingBack
from credex_actions.rollout.back.losses import FLAG, Losses, losses, never_responded, refusal
from credex_actions.rollout.back.world import Want
from credex_actions.rollout.rolling.following import address_of, follow, renewed
from credex_actions.rollout.rolling.opening import Member
from credex_actions.rollout.rolling.outcome import Rolled
from credex_actions.rollout.rolling.together import Together
from credex_actions.rollout.rolling.writes import TROUBLE, kept_out, let_in, reached, require_open
from credex_actions.rollout.successor.terraform import told_back
from credex_actions.rollout.swap import machine
from credex_actions.rollout.swap.note import Note, rollback_of
from credex_actions.rollout.swap.proof import Proof
from credex_actions.rollout.swap.steps import LeaveStopped, StopDatabase
from credex_actions.rollout.swap.swapping import Swapping

PATIENCE: Final = 600.0
"""Seconds at least for a database to respond after it went back: there is nothing to be tried after that."""
CLOSED_BEFORE: Final = "closed before"
"""How stopping the writes ends where nothing was written before either."""
NOTHING: tuple[str, ...] = ("rolled-back",)


def has_begun(member: Member) -> bool:
    """Whether there is anything to go back from."""
    return member.note is not None and member.note.state not in NOTHING


def _leaves_a_changed_store(member: Member, note: Note) -> bool:
    root = member.machine.root
    return not (note.same_store or root == note.old.root or (note.state == "going-back" and root != note.new.root))


def lost_by(member: Member) -> Losses:
    """What going back would lose, as far as the database tells."""
    note, instance = member.note, member.instance
    assert note
    if not _leaves_a_changed_store(member, note):
        return Losses(0)
    database = reach(instance.context, Reached(member.name, instance.database, instance.found))
    return losses(note, None if database.answers() else database.position())


def require(members: list[Member], accepted: tuple[str, ...], by: str = "") -> None:
    """Raises Failure(REFUSED) for all whose writes would be lost without anybody having said so. `by`: what has to be said besides the flag."""
    faults = []
    for member in members:
        if has_begun(member) and member.name not in accepted and member.note:
            lost = lost_by(member)
            if not lost.none:
                faults.append(refusal(member.name, member.note, lost, by))
    if faults:
        raise Failure(Exit.REFUSED, *faults)


def go_back(rolled: Rolled, member: Member, begin: Callable[[], Run], accepted: tuple[str, ...], together: Together, *, dry: bool) -> None:
    """`accepted`: the databases that may lose writes; what is lost is counted again directly before each of them goes back."""
    note = member.note
    of, another = reached(member), partial(_begun, rolled, begin)
    if note is None or not has_begun(member):
        if not dry and WRITES_STOPPED_BY in member.machine.tags:
            with let_in(member, another, together):
                rolled.lines.append("what a run had stopped of the writes to it is let in again")
        rolled.outcome = "current"
        rolled.says = "nothing to go back from: " + (
            f"it went back to {note.old.image} already" if note else "no roll-out is noted on its instance"
        )
        return
    if dry:
        rolled.outcome, rolled.plan = "planned", tuple(open_back(member, note, _begun(rolled, begin)).plan())
        rolled.says = f"from {note.new.image} (Neo4j {note.new.version}) back to {note.old.image} (Neo4j {note.old.version})"
        return

    def guard() -> Losses:
        try:
            lost = lost_by(member)
        except Failure:
            lost = Losses(None)  # whoever accepts that does not need a database that is well
        if not lost.none and member.name not in accepted:
            raise Failure(Exit.REFUSED, refusal(member.name, note, lost))
        return lost

    open_back(member, note, begin(), guard).require()  # before writes are stopped: nothing was changed then
    gate = kept_out(member, of, another, together) if _leaves_a_changed_store(member, note) else nullcontext("")
    with let_in(member, another, together), gate as closed:
        back = open_back(member, note, another(), guard)
        _went(rolled, back, note)
        since = _address_back(rolled, member, note, another, continued=note.state == "going-back")
    renewed(rolled, member, since)
    back.finish()
    if back.last and back.last.restored and closed != CLOSED_BEFORE:
        require_open(member, reached(member), another)


def _address_back(rolled: Rolled, member: Member, note: Note, begin: Callable[[], Run], *, continued: bool) -> datetime | None:
    """Once the database is on its former instance again."""
    address = address_of(member, note.former, note.backup) if note.former else None
    return follow(rolled, member, address, begin, continued=continued) if address else None


def _begun(rolled: Rolled, begin: Callable[[], Run]) -> Run:
    run = begin()
    rolled.runs.append(run)
    return run


def _went(rolled: Rolled, back: GoingBack, note: Note) -> None:
    try:
        back.go()
    finally:
        rolled.stopped, rolled.back = rolled.stopped or back.stopped_at, back.proof.back_at
    rolled.outcome = "rolled-back"
    down = f", {lasted(rolled.downtime)} without service" if rolled.downtime is not None else ""
    told = f"; {back.proof.verdict}" if back.proof.verdict else ""
    rolled.says = one_line(f"back on {note.old.image} (Neo4j {note.old.version}){down}{told}", 300)
    rolled.lines += back.lines
    if back.lost and not note.same_store:
        seen = "none was seen" if back.lost.none else str(back.lost)
        rolled.lines.append(f"lost: {seen}, by the last look before the stop")
    if note.former and back.last and back.last.pair:
        at, volume = back.last.pair, back.last.restored.id if back.last.restored else note.volume
        rolled.lines.append(f"it is on {at.former} again; {at.successor} is kept, stopped")
        rolled.lines += told_back(at.successor, at.former, volume, note.former.device, note.old.image)
    if back.last and back.last.restored:
        rolled.lines.append(
            f"its data volume is {back.last.restored.id} now, restored from the backup {note.backup}; {note.volume} is kept, detached"
        )
        rolled.lines.append(
            "users, roles and passwords are those of the backup, too: what was changed of them since has to be changed again"
        )
        rolled.lines.append(
            f"Terraform knows {note.volume} as the data volume: replace it in the state by {back.last.restored.id} before the next plan"
        )


def open_back(member: Member, note: Note, run: Run, guard: Callable[[], Losses | None] = lambda: None) -> GoingBack:
    """Raises Failure where the snapshot that has to be restored is not there."""
    instance = member.instance
    context, found = instance.context, instance.found
    snapshot = ""
    if not note.same_store and not (note.state == "rolling" and member.machine.root == note.old.root):
        kept = machine.snapshot(context.clients, run.clock, note.backup)
        if kept is None or kept.state != "completed":
            what = f"the snapshot of the backup {note.backup}, from before {found.name} was moved, {'does not exist' if kept is None else f'is {kept.state}'}"
            hint = f"Neo4j {note.old.version} refuses the store as it is now. Restore another backup: {page_at('docs/how-to/back-up-neo4j.md')}"
            raise Failure(Exit.REFUSED, Fault(what, hint))
        snapshot = kept.id
    within = max(duration(context.asked.given.configuration.rollout.start_within).total_seconds(), PATIENCE)
    want = Want(
        name=found.name,
        instance=found.instance_id,
        run=context.run,
        snapshot=snapshot,
        start_within=within,
        followed=note.former is None,
    )
    proof = Proof(live=reach(context, Reached(found.name, instance.database, found)), clock=run.clock)
    return GoingBack(instance=instance, proof=proof, want=want, run=run, guard=guard)


def by_itself(rolled: Rolled, member: Member, swapping: Swapping, failure: Failure, begin: Callable[[], Run]) -> None:
    """After a roll that failed once the new root was in place. Raises Failure: what failed, and what was done about it."""
    there = member.instance.look()
    note = member.instance.read_note(there.tags)
    if note is None:
        raise failure
    now = Member(member.instance, there, note)
    live = swapping.proof.live
    if not note.same_store and swapping.proof.foreign:
        _stopped_there(now, note, failure, begin())
    if not (note.same_store or (never_responded(swapping.run, responded=swapping.proof.back_at is not None) and live.unheard())):
        _stays(rolled, note, failure, losses(note, _last(swapping)))

    def guard() -> None:
        if not note.same_store and not live.unheard():
            _stays(rolled, note, failure, losses(note, _last(swapping)))

    try:
        back = open_back(now, note, begin(), guard)
        _went(rolled, back, note)
        renewed(rolled, now, _address_back(rolled, now, note, begin, continued=False))
        back.finish()
    except TROUBLE as error:
        worse = error if isinstance(error, Failure) else explain(error, left=rolled.state())
        if worse.faults[: len(failure.faults)] == failure.faults:
            raise
        raise Failure(Exit.FAILED, *failure.faults, *worse.faults, left=worse.left) from None
    causes = "the AMI and the new user data" if note.changes_user_data else "the AMI with --mode build and a drill"
    hint = f"Check {causes} before the next attempt. The root volume of the new version is kept for an investigation."
    fault = Fault(f"rolled back: {rolled.name}: {failure.faults[0].what}", hint)
    rolled.code, rolled.faults = Exit.FAILED, (fault, *failure.faults[1:])
    strange = (
        f"; what was written meanwhile to the other database is on the root volume {there.root}, which is kept" * swapping.proof.foreign
    )
    known = f"nothing was lost{strange}" if note.same_store else f"nothing responded to this run on Neo4j {note.new.version}"
    rolled.left = f"{rolled.name} is {rolled.says}; {known}"


def _stopped_there(member: Member, note: Note, failure: Failure, run: Run) -> NoReturn:
    """Raises Failure. Another database on the new root volume takes writes that nobody finds again; whether the data volume was opened by the new version is not known, so that it does not go back by itself."""
    instance, name = member.instance, member.name
    hint = f"Mount the data volume {note.volume} there, start Neo4j, and run the same command again. Or {rollback_of(name)} {FLAG} {name} restores the backup {note.backup}."
    try:
        with run.sending(StopDatabase(instance.id)):
            instance.stop_for_good()
        with run.sending(LeaveStopped(instance.id)):  # a sweep starts what is noted as stopped
            instance.remove_stop()
    except TROUBLE as error:
        worse = error if isinstance(error, Failure) else explain(error)
        what = f"{name} takes writes that nobody finds again: on {note.new.image} it is another database, and Neo4j could not be stopped"
        raise Failure(Exit.FAILED, Fault(what, hint), *failure.faults, *worse.faults, left=run.state()) from None
    what = f"{name} is down: on {note.new.image} it is another database, and Neo4j was stopped there"
    raise Failure(Exit.FAILED, Fault(what, hint), *failure.faults, left=f"{name} is down; {run.state()}")


def _stays(rolled: Rolled, note: Note, failure: Failure, lost: Losses) -> NoReturn:
    """Raises Failure: a store that was changed is not restored without anybody having said so once writes may have been let in."""
    would = "what is written meanwhile" if lost.none else str(lost)
    hint = f"It stays on {note.new.image}. Check it; {rollback_of(rolled.name)} goes back, and asks before it loses anything."
    what = f"it was not rolled back by itself: writes may have been let in, and that would lose {would}"
    left = f"{rolled.name} is on {note.new.image}, not baked; {rolled.state()}"
    raise Failure(failure.code, *failure.faults, Fault(what, hint), left=left)


def _last(swapping: Swapping) -> Position | None:
    database = swapping.proof.live
    try:
        return None if database.answers() else database.position()
    except Failure:
        return None
