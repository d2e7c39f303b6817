"""trigger-dev-deploy: starts a workflow, follows its own run job by job, shows the logs, and ends as the run ends."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.trigger_dev_deploy import Inputs, Outputs

AGAIN = "Look at the workflow's page first: running the same command again starts another run; --run-id N follows one that is there."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.core.command.partial import handed_on
    from credex_actions.github.triggering.trigger import trigger

    return handed_on(Outputs, lambda: trigger(inputs, runner))
