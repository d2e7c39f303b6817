"""neo4j-backup: backs up Neo4j databases on EC2, and proves by restoring them that the backups are the databases."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.neo4j_backup import Inputs, Outputs

AGAIN = "Run the same command again: it checks what is there first."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.backup.backing_up import back_up
    from credex_actions.core.command.partial import handed_on

    return handed_on(Outputs, lambda: back_up(inputs, runner))
