"""One call of render-task-definition: read, fill, render, mask, check. What is in order is delivered, by a module that is loaded only then."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from credex_actions.core.documents.document import Document, parse, read_document
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.declarations.render_task_definition import Inputs
from credex_actions.ecs.definition.empty_values import without_null
from credex_actions.ecs.definition.parts import last_of_each
from credex_actions.ecs.definition.registration import clean, judge, of_definition, wrapping
from credex_actions.ecs.definition.secrets.guard import elsewhere, mask_by_name_or_shape, mask_plaintext, plaintext
from credex_actions.ecs.definition.source import choose, read
from credex_actions.ecs.rendering.given_values import given_values, unused
from credex_actions.ecs.rendering.render import Definition, Wanted, definition_as_it_was, origins, render, words
from credex_actions.ecs.rendering.template import filled


def rendered(inputs: Inputs, runner: Runner) -> dict[str, Any]:
    """Renders as `inputs` say. Answers the outputs; raises Failure with every fault."""
    wanted, faults = _wanted(inputs)
    values, unset = given_values(inputs, runner.environment)
    values.mask(runner)
    mask_by_name_or_shape(runner, (inputs.environment_variables or {}).items(), "environment-variables")
    faults += unset
    if inputs.output_file == "-" and runner.json_on_stdout:
        faults.append(Fault("is stdout, which --json uses", "Provide a file, or omit --json.", "output-file"))
    source = _source(inputs, runner, faults)
    if source is None or not isinstance(source.value, Mapping):
        faults += [] if source is None else judge(source).faults
        raise Failure(Exit.BAD_INPUT, *faults)
    filling = filled(source, values, inputs.keep_placeholders, template=bool(inputs.task_definition))
    values.mask_used(runner, filling.used)
    faults += filling.faults
    definition, found = render(filling.definition, wanted)
    faults += found
    for guarded_one in (definition, clean(source.value)):
        mask_plaintext(runner, guarded_one)
    definition, guarded = _guarded(inputs, source, definition, faults)
    judged = judge(
        source._replace(value={"taskDefinition": definition} if wrapping(source.value) else definition),
        template=source.value,
        inputs=origins(definition, wanted),
        unknown=of_definition(inputs.unknown_fields),
    )
    told = {fault.where for fault in filling.faults}
    # an image may be missing because its container was not found
    faults += [each for each in judged.faults if each.where not in told and not (found and each.what == "image is missing")]
    definition = last_of_each(without_null(definition, of_definition(inputs.unknown_fields)))
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    if inputs.plaintext_secrets == "refuse" and guarded:
        raise Failure(Exit.REFUSED, *guarded)
    from credex_actions.ecs.rendering.delivered import delivered

    return delivered(
        inputs,
        runner,
        source,
        definition,
        warnings=[*judged.warnings, *guarded, *_odd_command(inputs.command), *unused(values, filling.used, inputs.keep_placeholders)],
        as_it_was=definition_as_it_was(wanted) and not filling.used,
    )


def _wanted(inputs: Inputs) -> tuple[Wanted, list[Fault]]:
    faults: list[Fault] = []
    command = None
    if inputs.command is not None:
        try:
            command = words(inputs.command)
        except ValueError as error:
            faults.append(Fault(str(error), 'Write words as in a shell, or ["sh", "-c", "…"].', "command"))
    wanted = Wanted(
        container_names=inputs.container_name,
        image=inputs.image,
        images=inputs.images or {},
        keep_image=inputs.keep_image,
        environment=inputs.environment_variables,
        secrets=inputs.secrets,
        exclusive=inputs.exclusive,
        log_driver=inputs.log_configuration_log_driver,
        log_options=inputs.log_configuration_options,
        labels=inputs.docker_labels,
        command=command,
        env_files=inputs.env_files,
        task_role=inputs.task_role_arn,
        execution_role=inputs.execution_role_arn,
        cpu=inputs.cpu,
        memory=inputs.memory,
        tags=inputs.tags,
        patch=_patch(inputs.patch, faults),
    )
    if inputs.plaintext_secrets == "reference" and not inputs.secrets_prefix:
        faults.append(
            Fault(
                "is missing, though plaintext-secrets is reference",
                "Provide the path of the parameters, such as /credex/staging.",
                "secrets-prefix",
            )
        )
    return wanted, faults


def _odd_command(command: str | None) -> Iterator[Fault]:
    if command and "\\" in command and not command.lstrip().startswith("[") and "\\" not in "".join(words(command)):
        what = "has backslashes, which are removed: the words are split as a shell does"
        yield Fault(what, r'For a Windows path use a JSON array: ["C:\\app\\run.exe", "--x"].', "command")


def _patch(given: str | None, faults: list[Fault]) -> list[Any]:
    if given is None:
        return []
    try:
        inline = (given.lstrip().startswith(("[", "-", "{")) or "\n" in given.strip()) and not os.path.isfile(given)
        document = parse(given, "") if inline else read_document(given.strip(), "patch")
    except Failure as failure:
        faults.extend(fault._replace(where=fault.where or "patch") for fault in failure.faults)
        return []
    if not isinstance(document.value, list):
        faults.append(
            document.fault((), "is not a JSON patch", 'A patch is a list of operations: [{"op": …, "path": …}].')._replace(where="patch")
        )
        return []
    return document.value


def _source(inputs: Inputs, runner: Runner, faults: list[Fault]) -> Document | None:
    source, unfit, notices = choose(inputs)
    faults.extend(unfit)
    for notice in notices:
        runner.notice(notice)
    try:
        return read(source, inputs, runner) if source else None
    except Failure as failure:
        if failure.code != Exit.BAD_INPUT:
            raise
        faults.extend(failure.faults)
        return None


def _guarded(inputs: Inputs, source: Document, definition: Definition, faults: list[Fault]) -> tuple[Definition, list[Fault]]:
    """The definition with its plain-text secrets as the input says, and what there is to say about them. Adds to `faults` what cannot be moved."""
    if inputs.plaintext_secrets == "allow":
        return definition, []
    found = list(plaintext(definition))
    beside = list(_beside(inputs, source, definition))
    if inputs.plaintext_secrets == "reference":
        from credex_actions.ecs.definition.secrets.references import reference, referenced

        prefix = inputs.secrets_prefix or ""
        moved = [(container, name, value) for _, container, name, value, _ in found]
        result, clashes = referenced(definition, moved, lambda name: reference(prefix, name))
        faults += clashes
        return result, beside
    hint = "Anyone who may describe the task definition can read it. plaintext-secrets: reference moves it to secrets."
    given = inputs.environment_variables or {}
    top = wrapping(source.value)
    told = [(path, name, value, f"{name} of {container} is a secret in plain text ({why})") for path, container, name, value, why in found]
    return definition, [
        Fault(what, hint, "environment-variables") if given.get(name) == value else source.fault((*top, *path, "value"), what, hint)
        for path, name, value, what in told
    ] + beside


def _beside(inputs: Inputs, source: Document, definition: Definition) -> Iterator[Fault]:
    """What there is to say about secrets outside the environments, which can be no references where they stand."""
    top = wrapping(source.value)
    for path, name, value, why in elsewhere(definition):
        option = path[-3:-1] == ("logConfiguration", "options")
        what = f"the option {name} is a secret in plain text ({why})" if option else f"a secret in plain text ({why})"
        way = "use logConfiguration.secretOptions" if option else "pass it as a variable, with secrets"
        hint = f"Anyone who may describe the task definition can read it: {way}."
        if option and (inputs.log_configuration_options or {}).get(name) == value:
            yield Fault(what, hint, "log-configuration-options")
        else:
            yield source.fault((*top, *path), what, hint)
