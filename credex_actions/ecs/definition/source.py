"""Where the task definition comes from that is rendered, or compared with: a file, a revision, or the newest of a family."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from credex_actions.core.documents.document import Document, read_document
from credex_actions.core.documents.json_paths import Pattern, at, parse
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.declarations.render_task_definition import Inputs
from credex_actions.ecs.definition.registration import clean, judge, of_definition

if TYPE_CHECKING:
    from credex_actions.core.clock import Clock


class Source(NamedTuple):
    """`where`: the input that names it. `name`: a path, where that is task-definition, else what DescribeTaskDefinition takes."""

    where: str
    name: str


def choose(inputs: Inputs) -> tuple[Source | None, list[Fault], list[Fault]]:
    """The source that counts, the faults of the inputs that name it, and notices of what is ignored: the first one given wins, as in the AWS action."""
    revision = inputs.task_definition_revision
    given = [
        (name, value)
        for name, value in (
            ("task-definition", inputs.task_definition),
            ("task-definition-arn", inputs.task_definition_arn),
            ("task-definition-family", inputs.task_definition_family),
        )
        if value
    ]
    if not given and revision:
        hint = "A revision belongs to a family: provide task-definition-family too, or task-definition-arn alone."
        return None, [Fault("is set without task-definition-family", hint, "task-definition-revision")], []
    if not given:
        hint = "Provide task-definition (a file), task-definition-arn or task-definition-family."
        return None, [Fault("is missing", hint, "task-definition")], []
    (where, name), *others = given
    by_family = where == "task-definition-family"
    if by_family and revision and not (revision.isascii() and revision.isdigit() and int(revision)):
        return (
            None,
            [Fault(f"'{revision[:20]}' is not a revision number", "Use a whole number, such as 10.", "task-definition-revision")],
            [],
        )
    ignored = [each for each, _ in others] + (["task-definition-revision"] if revision and not by_family else [])
    notices = [
        Fault(f"is ignored because {where} is set", "Of file, ARN and family the first is used. Provide one of them.", each)
        for each in ignored
    ]
    return Source(where, f"{name}:{revision}" if by_family and revision else name), [], notices


def read(source: Source, inputs: Inputs, runner: Runner) -> Document:
    """Raises Failure."""
    if source.where == "task-definition":
        return read_document(source.name, source.where)
    return described(source.name, source.where, inputs, runner)


def misshapen(path: str | None, unknown: Sequence[Pattern]) -> list[Fault]:
    """What is wrong with the file at `path`, whatever else would be put into it: its syntax, fields that ECS does not know, values of a wrong type."""
    if not path:
        return []
    try:
        document = read_document(path, "task-definition")
    except Failure as failure:
        return list(failure.faults)
    return [
        fault for fault in judge(document, unknown=of_definition(unknown), rules=()).faults if not _may_be_filled(document.value, fault)
    ]


def _may_be_filled(value: Any, fault: Fault) -> bool:
    """A value is missing, which an input may give, or a placeholder is in its place."""
    with suppress(KeyError, IndexError, TypeError):
        value = at(value, tuple(step for step in parse(fault.where) if step is not None)) if fault.where != "$" else value
        return isinstance(value, str) and "${" in value
    return True


class NoSuchDefinition(Failure):
    """ECS has no task definition of that name."""


def read_other(name: str, where: str, inputs: Inputs, runner: Runner) -> Document | None:
    """What the input `where` names: a file where it can be one, else a revision; None for a family that does not exist yet. Raises Failure."""
    if os.path.isfile(name) or "/" in name.partition("task-definition/")[0] or name.endswith((".json", ".yml", ".yaml")):
        return read_document(name, where)
    try:
        return described(name, where, inputs, runner)
    except NoSuchDefinition:
        if ":" in name:  # a revision, whose number or account must be wrong
            raise
        return None


def described(name: str, where: str, inputs: Inputs, runner: Runner) -> Document:
    """A revision from ECS. boto3 is imported for this alone. Raises Failure, NoSuchDefinition if there is none."""
    from credex_actions.core.asking import only_asking

    with only_asking() as clock:
        return _described(name, where, inputs, runner, clock)


def _described(name: str, where: str, inputs: Inputs, runner: Runner, clock: "Clock") -> Document:
    import botocore.exceptions

    from credex_actions.core.aws.clients import Clients, code_of, explain
    from credex_actions.core.aws.sign_in import signed_in
    from credex_actions.ecs.definition.unknown_fields import read_back

    try:
        clients = Clients(session=signed_in(inputs, runner, clock))
        read_back(clients.read("ecs"), of_definition(inputs.unknown_fields))
        answer = clients.read("ecs").describe_task_definition(taskDefinition=name, include=["TAGS"])
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        if isinstance(error, botocore.exceptions.ClientError) and code_of(error) == "ClientException":
            fault = Fault(f"ECS has no task definition {name}", "Check the name, the region and the account.", where)
            raise NoSuchDefinition(Exit.BAD_INPUT, fault) from None
        raise explain(error) from error
    value = clean(answer)
    return Document(value, json.dumps(value, default=str), name, yaml=False)
