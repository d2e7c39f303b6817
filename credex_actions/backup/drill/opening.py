"""From a backup to the drill of it."""

from functools import cache

from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Context, Target
from credex_actions.backup.drill.drilling import Drilling
from credex_actions.backup.drill.scratch import ScratchInstance
from credex_actions.backup.drill.steps import Want
from credex_actions.backup.reaching import copy
from credex_actions.core.loop import Run


def open_drill(context: Context, target: Target, backup: Backup, run: Run) -> Drilling:
    return Drilling(
        context=context,
        target=target,
        backup=backup,
        scratch=ScratchInstance(context, target, backup, context.run),
        want=Want(backup=backup.id, place=backup.place, run=context.run, loads=backup.method == "dump", give_up=context.give_up),
        run=run,
        live_of=cache(lambda instance, address: copy(context, target, instance, address, backup.taken)),
    )
