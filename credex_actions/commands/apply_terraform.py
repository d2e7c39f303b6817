"""apply-terraform: applies exactly the saved plan that was reviewed, if the guard finds it safe and nothing has changed since."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.apply_terraform import Inputs, Outputs

AGAIN = "Plan again: a saved plan of which anything was applied is stale."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.terraform.running.applying import apply

    return apply(inputs, runner)
