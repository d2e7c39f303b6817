"""The mode migrate-data-volume: under the lock, one database after the other. What became of it is the result."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Final

from msgspec import UNSET

from credex_actions.aws.run_command import run as run_command
from credex_actions.aws.run_command import succeeded
from credex_actions.aws.script import Script
from credex_actions.backup.ages import newest_good
from credex_actions.backup.context import Target
from credex_actions.backup.reaching import live
from credex_actions.backup.reading import of_database, read_all
from credex_actions.backup.taking.commands import STARTS_BY_ITSELF
from credex_actions.core.durations import duration
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.core.text import listed
from credex_actions.databases.finding import Found, find_all, require_one_each
from credex_actions.rollout.around.stopping_writes import let_in_again, open_writes
from credex_actions.rollout.context import Context
from credex_actions.rollout.gates.backups import backup_gate, drill_gate
from credex_actions.rollout.gates.gate import Gate, faults
from credex_actions.rollout.image.outcome import Result
from credex_actions.rollout.lock.holding import lock_of
from credex_actions.rollout.moving.advice import Moved, advice
from credex_actions.rollout.moving.commands import LOOKS_WITHIN, Where
from credex_actions.rollout.moving.moving import Moving
from credex_actions.rollout.moving.volumes import Volumes
from credex_actions.rollout.moving.world import Seen, Want
from credex_actions.rollout.running import running

LEAST: Final = 20
"""GiB."""
KIB_IN_GIB: Final = 1024**2
SLOWEST: Final = 20 * 1024
"""KiB that are copied and compared in a second, at least."""


def move(result: Result, context: Context) -> None:
    """Raises Failure, Cancelled and AWS's own errors. The first database that fails ends it."""
    databases = {name: each for name, each in context.asked.databases.items() if each.data == "root"}
    for name in context.asked.databases:
        if name not in databases:
            result.lines.append(f"{name}: its data are on a volume of their own already")
    if not databases:
        result.outcome, result.says = "current", "no database has its data on a root volume"
        return
    found = find_all(context.clients, databases, context.asked.given.document)
    require_one_each(found, context.asked.given.document)
    targets = [Target(name, databases[name], each) for name, each in found.items()]
    _require(result, context, targets)
    if context.asked.dry_run:
        result.outcome, result.plan = "planned", tuple(step for each in targets for step in _opened(context, each, result.run).plan())
        return
    lock = lock_of(context, result.run)
    on_step = result.run.on_step

    def checked(step: object) -> None:
        on_step(step)  # type: ignore[arg-type]
        lock.check()

    with lock.held():
        for target in targets:
            _move_one(result, context, target, replace(result.run, on_step=checked))
    result.outcome = "moved"
    names = listed([each.name for each in targets])
    result.says = (
        f"{names} {'runs' if len(targets) == 1 else 'run'} from {'a volume of its own' if len(targets) == 1 else 'volumes of their own'}"
    )


def _require(result: Result, context: Context, targets: list[Target]) -> None:
    """Raises Failure: REFUSED without a backup that is fresh and one that is proven, BAD_INPUT where SSM cannot work."""
    for target in targets:
        if not target.found.profile_arn:
            what = f"{target.found.instance_id} has no instance profile: SSM cannot move its data"
            hint = "Associate one with the policy AmazonSSMManagedInstanceCore; that is possible while the instance runs."
            raise Failure(Exit.BAD_INPUT, Fault(what, hint))
    backups = read_all(context.clients, context.clock, context.asked)
    settings, now = context.asked.configuration.backup, context.clock.now()
    environment = context.asked.environment
    gates: list[Gate] = []
    for target in targets:
        own = of_database(backups, target.name)
        gates.append(backup_gate(target.name, environment, own, duration(settings.maximum_age), now))
        gates.append(drill_gate(target.name, environment, own, duration(settings.drill_every), now))
        if newest := newest_good(own):
            result.lines.append(f"{target.name}: relies on the backup {newest.id} ({newest.place})")
    shut = list(faults(gates))
    if shut:
        raise Failure(Exit.REFUSED, *shut)


def _move_one(result: Result, context: Context, target: Target, run: Run) -> None:
    moving = _opened(context, target, run)
    seen = moving.prepare()
    if _serves(seen):
        edition = running(context, target.found, target.database).edition
        writes = open_writes(context, target, edition, replace(run, sent={}, waits=[], turned_away={}, looks_for={}))
        with writes.stopped() as done:
            result.lines.append(f"{target.name}: {done.why}")
            moving.move()
        run.sent.update(writes.run.sent)
    else:
        moving.move()
        let_in_again(context, target, lambda: replace(run, sent={}, waits=[], turned_away={}, looks_for={}))
    assert moving.where
    if moving.copied:
        result.lines.append(f"{target.name}: copied {moving.copied}")
    result.advice += advice(_moved(context, target, moving))


def _serves(seen: Seen) -> bool:
    return seen.place.running and not seen.place.mounted


def _opened(context: Context, target: Target, run: Run) -> Moving:
    found, settings, kib = target.found, target.database.move, _used(context, target)
    return Moving(
        context=context,
        target=target,
        live=live(context, target),
        volumes=Volumes(
            clients=context.clients,
            clock=context.clock,
            name=target.name,
            environment=context.asked.environment,
            instance=found.instance_id,
            run=context.run,
            tags=_tags(target),
            kms_key=settings.kms_key if isinstance(settings.kms_key, str) else "",
        ),
        want=Want(
            name=target.name,
            instance=found.instance_id,
            zone=found.zone,
            size=settings.size if isinstance(settings.size, int) else sensible(kib),
            device=settings.device,
            kept=f"{settings.path}.on-root",
            run=context.run,
            give_up=context.give_up,
            start_within=duration(context.asked.configuration.rollout.start_within).total_seconds(),
        ),
        path=settings.path,
        starts_after=STARTS_BY_ITSELF + kib // SLOWEST,
        run=run,
    )


def _tags(target: Target) -> Mapping[str, str]:
    given = target.database.move.tags
    return {**target.database.instances.tags, "Data": "true"} if given is UNSET else dict(given)


def _used(context: Context, target: Target) -> int:
    """KiB. Raises Failure where the instance does not tell."""
    where = Where(target.name, target.database.move.path, "vol-0", "/dev/null")
    script = Script(where.used(), context.runner.redact)
    ended = run_command(context.clients, context.clock, target.found.instance_id, script, within=LOOKS_WITHIN, comment="size of the data")
    return int(succeeded(ended, f"measuring {target.database.move.path}").output.strip())


def sensible(kib: int) -> int:
    """GiB, in tens."""
    return max(LEAST, ceil(2 * kib / KIB_IN_GIB / 10) * 10)


def _moved(context: Context, target: Target, moving: Moving) -> Moved:
    assert moving.where
    found: Found = target.found
    volume = context.clients.read("ec2").describe_volumes(VolumeIds=[moving.where.volume])["Volumes"][0]
    return Moved(
        name=target.name,
        instance=found.instance_id,
        volume=moving.where.volume,
        zone=found.zone,
        size=volume["Size"],
        device=moving.want.device,
        path=moving.path,
        kept=moving.where.kept,
        kms_key=moving.volumes.kms_key,
        tags=moving.volumes.tags,
        environment=context.asked.environment,
    )
