"""verify-deployment: checks that a deployment is healthy and stays so, and rolls back to the previous revision if it does not."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.verify_deployment import Inputs, Outputs

AGAIN = "Run the same command again: it checks from the start, and changes nothing unless rollback-to is set."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.core.command.partial import handed_on
    from credex_actions.ecs.verification.verifying import verify_and_report

    return handed_on(Outputs, lambda: verify_and_report(inputs, runner))
