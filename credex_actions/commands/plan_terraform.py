"""plan-terraform: plans with Terraform or OpenTofu, refuses a plan that would lose data, and saves the plan for apply-terraform."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.plan_terraform import Inputs, Outputs

AGAIN = "Run the same command again: it plans anew, and changes nothing."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.terraform.running.planning import plan

    return plan(inputs, runner)
