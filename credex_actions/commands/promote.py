"""promote: opens or updates the pull request that promotes one branch to the next; it never merges."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.promote import Inputs, Outputs

AGAIN = "Run the same command again: it checks for the pull request first, and never opens a second one."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.github.promotion.promoting import promote

    return Outputs(**promote(inputs, runner))
