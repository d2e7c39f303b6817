"""migrate: rewrites workflows that deploy to ECS with the aws-actions to this suite, and shows the difference."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.migrate import Inputs, Outputs

AGAIN = "Run the same command again: a step that is rewritten already stays as it is."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.github.migration.migrating import migrate

    return Outputs(**migrate(inputs, runner))
