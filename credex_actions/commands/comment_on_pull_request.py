"""comment-on-pull-request: keeps one comment on a pull request up to date; a later run updates it and adds no second one."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.comment_on_pull_request import Inputs, Outputs

AGAIN = "Run the same command again: it looks for the comment first."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.github.commenting.commenting import comment

    return Outputs(**comment(inputs, runner))
