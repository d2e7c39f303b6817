"""render-task-definition: puts images, variables and secrets into a task definition, and checks it before ECS does."""

from typing import Annotated, NamedTuple

from credex_actions.core.declaration import Input, Output
from credex_actions.core.kinds import TEXT
from credex_actions.core.runner import Runner


class Inputs(NamedTuple):
    task_definition: Annotated[str | None, Input("file that holds the task definition, JSON or YAML", TEXT)] = None


class Outputs(NamedTuple):
    task_definition: Annotated[str, Output("path of the rendered file")]


def run(inputs: Inputs, runner: Runner) -> Outputs:
    raise NotImplementedError
