"""What becomes of a rendered definition that has no fault: it is compared, written and told."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from credex_actions.core.documents.document import Document
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.private_file import temporary_path, write_private
from credex_actions.core.runner import Runner
from credex_actions.core.summary import Page
from credex_actions.core.text import uncommanded_json
from credex_actions.declarations.render_task_definition import Inputs
from credex_actions.ecs.definition.diff import Difference, coloured, diff
from credex_actions.ecs.definition.registration import clean
from credex_actions.ecs.definition.secrets.guard import mask_plaintext
from credex_actions.ecs.definition.source import read_other
from credex_actions.ecs.rendering.render import Definition


def delivered(
    inputs: Inputs, runner: Runner, source: Document, definition: Definition, *, warnings: Sequence[Fault], as_it_was: bool
) -> dict[str, Any]:
    """Answers the outputs. `as_it_was`: no input could have changed anything. Raises Failure, and writes nothing, if what it is to be compared with cannot be read."""
    differences = diff(_compared(inputs, runner, source), definition, runner.redact)
    lines = [runner.redact(str(each)) for each in differences]
    for fault in warnings:
        runner.warning(fault)
    if not lines and as_it_was:
        what = "no input changes the task definition: it is only checked"
        runner.notice(Fault(what, "Was an output that image, images or values should contain empty?"))
    path = _write(inputs, runner, definition)
    _tell(runner, path, definition, differences, lines)
    return {"task_definition": path, "changed": bool(lines), "diff": "\n".join(lines)}


def _compared(inputs: Inputs, runner: Runner, source: Document) -> Mapping[str, Any]:
    """What the difference is shown to."""
    given = inputs.compare_with
    if not given:
        return clean(source.value)
    document = read_other(given, "compare-with", inputs, runner)
    if document is None:
        what = f"ECS has no task definition {given} yet: all of this one counts as new"
        runner.notice(Fault(what, "If it should exist, check the name, the region and the account.", "compare-with"))
        return {}
    if not isinstance(document.value, Mapping):
        raise Failure(Exit.BAD_INPUT, document.fault((), "is not a task definition", "")._replace(where="compare-with"))
    other = clean(document.value)
    mask_plaintext(runner, other)
    return other


def _write(inputs: Inputs, runner: Runner, definition: Definition) -> str:
    text = json.dumps(definition, indent=2)
    if inputs.output_file == "-":
        try:
            runner.on_stdout(uncommanded_json(text))
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Failure(Exit.REMOTE, Fault(f"cannot be written to stdout: {error.strerror}", "Provide a file.", "output-file")) from None
        return "-"
    path = inputs.output_file or temporary_path(runner.environment, "task-definition")
    write_private(path, f"{text}\n".encode(), "output-file")
    return path


def _tell(runner: Runner, path: str, definition: Definition, differences: list[Difference], lines: list[str]) -> None:
    family = str(definition.get("family", ""))
    words_of = f"{len(lines)} difference{'' if len(lines) == 1 else 's'}" if lines else "no differences"
    if path != "-":
        runner.result("\n".join([f"Rendered {family} to {path}: {words_of}.", *(f"  {line}" for line in lines)]))
    page = Page(runner.redact)
    page.verdict(good=True, sentence=f"{family} is rendered: {words_of}")
    if differences:
        page.code(coloured(differences), "diff")
    runner.summary(str(page))
    runner.report["diff"] = lines
