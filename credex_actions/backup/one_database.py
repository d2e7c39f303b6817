"""What a mode does with one database. Nothing is raised: what became of it is the result."""

from collections.abc import Callable, Iterator

import botocore.exceptions

from credex_actions.backup import ages
from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Context, Target
from credex_actions.backup.drill.drilling import Drilling
from credex_actions.backup.drill.opening import open_drill
from credex_actions.backup.drill.restored import failed_checks
from credex_actions.backup.outcome import Result
from credex_actions.backup.reaching import live
from credex_actions.backup.sweeping import start_if_left_stopped
from credex_actions.backup.taking.opening import open_taking
from credex_actions.core.aws.clients import explain
from credex_actions.core.clock import Cancelled
from credex_actions.core.command.edge import bug
from credex_actions.core.durations import in_words
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.core.timeline import lasted
from credex_actions.neo4j.difference import Another, Later, Older, Same, SameContent, difference_by_tag
from credex_actions.neo4j.fingerprint import Tag, tag_of

Say = Callable[[str], None]


def guarded(kind: Callable[..., None], result: Result, context: Context, target: Target | None, backups: list[Backup], say: Say) -> None:
    """What a mode does, its failures as parts of the result. `target` is None for a mode that needs no instance."""
    try:
        kind(result, context, target, backups, say)
    except Failure as failure:
        _failed(result, of_the_whole(failure, result.run))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        _failed(result, explain(error, left=result.run.state() if result.run else result.left))
    except Cancelled as cancelled:
        state = result.run.state() if result.run else result.left
        _failed(result, Failure(Exit.of(cancelled), Fault(f"{result.name}: cancelled"), left=getattr(cancelled, "left", "") or state))
    except Exception as error:  # noqa: BLE001 - in a thread: what is raised here would be missing from the results, and pass for a success
        state = result.run.state() if result.run else result.left
        _failed(result, Failure(Exit.REMOTE, bug(error), left=f"{state}; --mode sweep starts a database that was left stopped"))
    if result.drilling and result.drilling.copy.left:
        result.left = f"{result.left}; {result.drilling.copy.left}"
        result.faults = (*result.faults, Fault(result.drilling.copy.left))
        result.code = result.code or Exit.REMOTE


def of_the_whole(failure: Failure, run: Run | None) -> Failure:
    """A step that failed, such as a command on the instance, knows of itself alone: that it changed nothing does not mean that nothing was changed."""
    done = run.state() if run else NOTHING_CHANGED
    if done == NOTHING_CHANGED or done in failure.left:
        return failure
    code = Exit.REMOTE if failure.code in {Exit.BAD_INPUT, Exit.REFUSED} else failure.code
    return Failure(code, *failure.faults, left=done if failure.left == NOTHING_CHANGED else f"{failure.left}; {done}")


def _failed(result: Result, failure: Failure) -> None:
    result.outcome = result.outcome or ("cancelled" if failure.code in {Exit.INTERRUPTED, Exit.TERMINATED} else "failed")
    result.code, result.faults, result.left = failure.code, failure.faults, failure.left
    result.says = result.says or failure.faults[0].what


def take(result: Result, context: Context, target: Target, backups: list[Backup], say: Say) -> None:
    result.run = Run(context.clock, on_step=lambda step: say(f"{target.name}: {step}"), on_wait=lambda wait: say(wait.why))
    if not context.asked.dry_run:
        start_if_left_stopped(context, target, result.run)
    database = live(context, target)
    say(f"{target.name}: reading its fingerprint")
    fingerprint = database.fingerprint()
    if wrong := not_what_was(backups, tag_of(fingerprint)):
        hint = (
            "Find out why before anything is pruned: the backups from before may be all that is left of it. This one is taken all the same."
        )
        context.runner.warning(Fault(f"{target.name}: {wrong}", hint))
        result.lines.append(wrong)
    taking = open_taking(context, target, database, fingerprint, result.run)
    if context.asked.dry_run:
        result.outcome, result.plan = "planned", tuple(taking.plan())
        return
    taking.take()
    backup = taking.backup()
    result.backup, result.outcome = backup, "taken"
    result.says = f"{backup.id} is complete ({backup.place}); {taking.guarantee}"
    result.lines.append(f"fingerprint {backup.fingerprint}")


def not_what_was(backups: list[Backup], now: Tag) -> str:
    """Why the database is not the one of the newest backup any more, such as one that was wiped since; "" if it is, or is not known to be another."""
    newest = ages.newest_good(backups)
    verdict = difference_by_tag(newest.fingerprint, now) if newest and newest.fingerprint else None
    return f"seen from {newest.id}, the database is: {verdict}" if newest and isinstance(verdict, Another | Older) else ""


def drill(result: Result, context: Context, target: Target, backups: list[Backup], say: Say) -> None:
    backup = _chosen(context, target, backups)
    result.backup = backup
    result.run = Run(context.clock, on_step=lambda step: say(f"{target.name}: {step}"), on_wait=lambda wait: say(wait.why))
    if not target.found.profile_arn:
        what = f"{target.found.instance_id} has no instance profile: SSM cannot check the store of a copy that is launched like it"
        hint = "Give the instance a profile with the policy AmazonSSMManagedInstanceCore."
        raise Failure(Exit.BAD_INPUT, Fault(what, hint))
    drilling = open_drill(context, target, backup, result.run)
    if context.asked.dry_run:
        result.outcome, result.plan = "planned", tuple(drilling.plan())
        return
    result.drilling = drilling
    done = drilling.drill()
    result.outcome = done.outcome
    result.lines += drilling.copy.comparison.notes if drilling.copy.comparison else ()
    if done.outcome == "proven":
        assert drilling.copy.seconds is not None
        result.says = f"{backup.id} was restored in {lasted(drilling.copy.seconds)} and is proven: {drilling.copy.proven}"
        return
    result.says = f"{backup.id} is not proven: {'; '.join(_wrong(drilling))}"
    hint = "Take a new backup now, and keep this one for an investigation. The evidence has all that was found."
    result.code, result.faults, result.left = Exit.FAILED, (Fault(f"differs: {result.says}", hint),), f"{backup.id} is marked as not proven"


def _wrong(drilling: Drilling) -> Iterator[str]:
    """Why a backup is not proven, a sentence each."""
    if drilling.unusable:
        yield drilling.unusable
    if drilling.copy.comparison and not drilling.copy.comparison.same:
        yield drilling.copy.comparison.sentence
    yield from failed_checks(drilling.copy)


def verify(result: Result, context: Context, target: Target, backups: list[Backup], say: Say) -> None:
    """Whether a backup is one of the database that serves now; without restoring it."""
    backup = _chosen(context, target, backups)
    result.backup = backup
    say(f"{target.name}: reading its fingerprint")
    now = tag_of(live(context, target).fingerprint())
    assert backup.fingerprint
    verdict = difference_by_tag(backup.fingerprint, now)
    match verdict:
        case Same() | Later() | SameContent():
            result.outcome, result.says = "matches", f"seen from {backup.id}, the database is the {verdict}"
        case _:
            result.outcome, result.says = "differs", f"seen from {backup.id}, the database that serves now is: {verdict}"
            hint = "Find out which of the two is the right one before anything is pruned or restored."
            result.code, result.faults = Exit.FAILED, (Fault(f"differs: {result.says}", hint),)
    age = context.clock.now() - backup.taken
    result.lines.append(f"taken {in_words(age)} ago; {f'drilled {backup.drill}' if backup.drill else 'never drilled'}")


def _chosen(context: Context, target: Target, backups: list[Backup]) -> Backup:
    """The one that was asked for, or the newest good one. Raises Failure."""
    wanted = context.asked.backup
    if wanted is None:
        newest = ages.newest_good(backups)
        if newest is None:
            why = ages.stale(target.name, backups, context.asked.maximum_age, context.clock.now())
            raise Failure(Exit.FAILED, Fault(why, "Take one: --mode backup."))
        return newest
    found = next((each for each in ages.newest_first(backups) if wanted in (each.id, each.place)), None)
    if found is None:
        raise Failure(Exit.BAD_INPUT, Fault(f"{wanted} is no backup of {target.name}", "`list` shows them.", "backup"))
    if not found.usable or (found.disproven and context.asked.mode != "drill"):
        what = f"{found.id} cannot be used: {found.why or ('a drill has not proven it' if found.usable else f'it is {found.state}')}"
        raise Failure(Exit.BAD_INPUT, Fault(what, "Choose one that is complete: `list` shows them.", "backup"))
    return found
