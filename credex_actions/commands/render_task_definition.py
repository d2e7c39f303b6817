"""render-task-definition: renders a task definition with images, variables and secrets, and validates it before ECS does."""

from typing import TYPE_CHECKING

from credex_actions.core.runner import Runner
from credex_actions.declarations.render_task_definition import Inputs, Outputs

if TYPE_CHECKING:
    from credex_actions.core.faults import Fault

AGAIN = "Run the same command again: it changes nothing but the file that it writes."


def besides(inputs: Inputs) -> "list[Fault]":
    from credex_actions.ecs.definition.source import misshapen

    return misshapen(inputs.task_definition, inputs.unknown_fields)


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.ecs.rendering.rendered import rendered

    return Outputs(**rendered(inputs, runner))
