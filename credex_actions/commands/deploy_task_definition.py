"""deploy-task-definition: registers a task definition, rolls it out, follows that deployment to its end, and reports how it ended."""

from typing import TYPE_CHECKING

from credex_actions.core.runner import Runner
from credex_actions.declarations.deploy_task_definition import Inputs, Outputs

if TYPE_CHECKING:
    from credex_actions.core.faults import Fault

AGAIN = "Run the same command again: it checks the current state first, then continues."


def besides(inputs: Inputs) -> "list[Fault]":
    from credex_actions.ecs.definition.source import misshapen

    return misshapen(inputs.task_definition, inputs.unknown_fields)


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.core.command.partial import handed_on
    from credex_actions.ecs.deployment import request

    asked = request.read(inputs)  # what is wrong is told before AWS's library is loaded, which takes ten times as long
    from credex_actions.ecs.deployment.deploying import deploy

    return handed_on(Outputs, lambda: deploy(asked, inputs, runner))
