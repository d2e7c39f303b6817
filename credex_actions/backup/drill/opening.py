"""From a backup to the drill of it."""

from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Context, Target
from credex_actions.backup.drill.drilling import Drilling
from credex_actions.backup.drill.restored import restored_copy
from credex_actions.backup.drill.scratch import scratch_instance
from credex_actions.backup.drill.steps import Want
from credex_actions.core.loop import Run


def open_drill(context: Context, target: Target, backup: Backup, run: Run) -> Drilling:
    restored = restored_copy(context, target, backup, scratch_instance(context, target, backup), context.run, run)
    want = Want(backup=backup.id, place=backup.place, run=context.run, loads=backup.method == "dump", give_up=context.give_up)
    return Drilling(context, want, restored)
