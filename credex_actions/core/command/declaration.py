"""What a command declares: its inputs, its outputs, and what each is for. Everything that names an input is drawn from here.

    class Inputs(NamedTuple):
        image: Annotated[str | None, Input("the image that the container runs", TEXT)] = None

A declaration is a NamedTuple, not a dataclass: importing `dataclasses` alone would cost a rendered file a fifth of its time
(docs/decisions/0002-declarations-are-named-tuples.md).
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, Protocol

from credex_actions.core.command.kinds import Kind
from credex_actions.core.runner import Runner


class Input(NamedTuple):
    """One input. `from_file`: `--NAME-file` reads it from a file, for values that do not belong into a process table."""

    help: str
    kind: Kind
    from_file: bool = False


class Output(NamedTuple):
    help: str


class Field(NamedTuple):
    """An input as it is named outside: `name` for action.yml and flags, `variable` for the environment."""

    attribute: str
    name: str
    variable: str
    input: Input
    default: Any  # REQUIRED if there is none


REQUIRED: Final = object()


class Command(Protocol):
    """A module in `credex_actions/commands`. `AGAIN`: what running the same command again does, for whoever has to decide that.

    It may have `besides(inputs) -> list[Fault]`: what is wrong with the files that inputs name, where other inputs cannot be read.
    """

    AGAIN: str
    Inputs: type[Any]
    Outputs: type[Any]

    def run(self, inputs: Any, runner: Runner) -> Any: ...


def inputs_of(declaration: type[Any]) -> Iterator[Field]:
    defaults = declaration._field_defaults
    for attribute in declaration._fields:
        name = attribute.replace("_", "-")
        marker: Input = declaration.__annotations__[attribute].__metadata__[0]
        yield Field(attribute, name, f"INPUT_{attribute.upper()}", marker, defaults.get(attribute, REQUIRED))


def outputs_of(declaration: type[Any]) -> Iterator[tuple[str, str, Output]]:
    """(attribute, name, marker) of each output."""
    for attribute in declaration._fields:
        yield attribute, attribute.replace("_", "-"), declaration.__annotations__[attribute].__metadata__[0]
