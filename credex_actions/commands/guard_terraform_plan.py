"""guard-terraform-plan: refuses a Terraform plan that would lose data, and names the data, the cause and the safe way."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.guard_terraform_plan import Inputs, Outputs

AGAIN = "Run the same command again: it changes nothing."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.terraform.guarding import guard

    return guard(inputs, runner)
