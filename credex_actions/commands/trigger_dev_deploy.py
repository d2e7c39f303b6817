"""trigger-dev-deploy: dispatches a workflow, follows its own run job by job, shows the logs, and ends as the run ends."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.trigger_dev_deploy import Inputs, Outputs

AGAIN = "Check the workflow's page first: running the same command again dispatches another run; --run-id N follows an existing one."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.core.command.partial import handed_on
    from credex_actions.ecs.definition.secrets.guard import why_secret
    from credex_actions.github.triggering.trigger import trigger

    return handed_on(Outputs, lambda: trigger(inputs, runner, why_secret))
