"""From a database, its newest backup and an AMI to the rehearsal."""

from credex_actions.aws.scratch.like import Like
from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Target
from credex_actions.backup.drill.restored import restored_copy
from credex_actions.core.loop import Run
from credex_actions.rollout.context import Context
from credex_actions.rollout.rehearsal.candidate import Candidate
from credex_actions.rollout.rehearsal.note import Pair
from credex_actions.rollout.rehearsal.rehearsing import Rehearsing
from credex_actions.rollout.rehearsal.scratch import scratch_instance
from credex_actions.rollout.rehearsal.steps import Want
from credex_actions.rollout.user_data.content import digest


def pair_of(candidate: Candidate, user_data: bytes, version: str) -> Pair:
    """`version`: of the store, as it is now."""
    return Pair(candidate.image, candidate.recipe, digest(user_data), version)


def open_rehearsal(context: Context, target: Target, backup: Backup, candidate: Candidate, own: Like, run: Run) -> Rehearsing:
    """`own`: what the new instance is to be launched like."""
    copy = restored_copy(context, target, backup, scratch_instance(context, target, backup, candidate, own), context.run, run)
    want = Want(backup=backup.id, place=backup.place, image=candidate.image, run=context.run, give_up=context.give_up)
    return Rehearsing(context, want, pair_of(candidate, own.user_data, backup.version), copy)
