"""maintenance-report: runs what a team should review regularly as checks, and reports what to decide, what changed and what is fine."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.maintenance_report import Inputs, Outputs

AGAIN = "Run the same command again: the checks change nothing, and the issue and the pull requests are compared with what exists."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.core.command.partial import handed_on
    from credex_actions.maintenance.maintaining import maintain

    return handed_on(Outputs, lambda: maintain(inputs, runner))
