"""Commands as functions: `credex_actions.render_task_definition(task_definition="td.json", image="repo:2")` answers the command's outputs.

Inputs are the command's own, by name; a text is read as the action would read it, any other value is taken as it is. What a command
prints goes to `log`; nothing is written for a GitHub runner. Raises credex_actions.core.faults.Failure with every fault and the exit code.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final, TextIO

from credex_actions.core.command.declaration import REQUIRED, Field, inputs_of
from credex_actions.core.command.kinds import SECRETS
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.core.secret import Secret
from credex_actions.core.text import nearest

ABOUT_GITHUB: Final = frozenset(("GITHUB_API_URL", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_RUN_ID"))
"""Of GITHUB_*: what says where and who; the rest belongs to the step that runs us."""


def function(name: str) -> Callable[..., Any]:
    """The command in `credex_actions/commands/{name}.py` as a function of its inputs."""
    command = import_module(f"credex_actions.commands.{name}")

    def call(*, log: TextIO | None = None, environment: Mapping[str, str] | str | None = None, **inputs: Any) -> Any:
        if isinstance(environment, str):  # the input of that name, which some commands have
            inputs, environment = {**inputs, "environment": environment}, None
        given = os.environ if environment is None else environment
        own = {key: value for key, value in given.items() if key in ABOUT_GITHUB or not key.startswith(("GITHUB_", "RUNNER_", "INPUT_"))}
        stream = log or sys.stderr
        return command.run(_read(command.Inputs, inputs), Runner(own, stream, stream))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = command.__doc__
    return call


def _read(declaration: type[Any], inputs: Mapping[str, Any]) -> Any:
    values: dict[str, Any] = {}
    faults = [*_unknown(declaration, inputs)]
    for field in inputs_of(declaration):
        value = inputs.get(field.attribute)
        if value is None or (isinstance(value, str) and not value.strip()):
            if field.default is REQUIRED:
                faults.append(Fault(f"is missing: {field.input.help}", f"Give {field.attribute}=…", field.attribute))
            continue
        try:
            values[field.attribute] = _value(field, value)
        except ValueError as error:
            faults.extend(Fault(str(sentence), f"Expected: {field.input.kind.name}.", field.attribute) for sentence in error.args)
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return declaration(**values)


def _value(field: Field, value: Any) -> Any:
    if isinstance(value, str):
        return field.input.kind.parse(value)
    if field.input.kind is SECRETS and isinstance(value, Mapping):
        return {name: Secret(each) if isinstance(each, str) else each for name, each in value.items()}
    return value


def _unknown(declaration: type[Any], inputs: Mapping[str, Any]) -> Iterator[Fault]:
    for name in inputs:
        if name not in declaration._fields:
            guess = nearest(name, list(declaration._fields))
            yield Fault("there is no such input", f"Did you mean {guess}?" if guess else "The action's README lists the inputs.", name)
