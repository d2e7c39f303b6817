"""The guard's verdict on a saved plan, while somebody may press Ctrl-C."""

from credex_actions.core.faults import Failure
from credex_actions.core.runner import Runner
from credex_actions.declarations.guard_terraform_plan import Inputs
from credex_actions.terraform import guarding
from credex_actions.terraform.judging.exceptions import Exceptions
from credex_actions.terraform.running.changes import Changes
from credex_actions.terraform.running.program import Terraform


def verdict(inputs: Inputs, runner: Runner, known: Exceptions, terraform: Terraform, changes: Changes) -> guarding.Verdict:
    """Raises Failure(BAD_INPUT) for what is no plan, Cancelled. The terminal's Ctrl-C ends the program that shows the plan too, which is no fault of the plan."""
    try:
        found = guarding.judged(inputs, runner, known, terraform.path, changes)
    except Failure:
        terraform.clock.check()
        raise
    terraform.clock.check()
    return found
