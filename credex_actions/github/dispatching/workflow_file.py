"""What a workflow file says about starting it manually: its inputs, and whether a run's name shows one of them. Pure.

Source: GitHub docs, "Workflow syntax", on.workflow_dispatch.inputs and run-name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from credex_actions.core.documents.yaml_depth import events
from credex_actions.core.faults import Fault
from credex_actions.core.text import LONGEST_ECHO, nearest, one_line

LONGEST_NAME: Final = 4096
"""Characters of a run-name that are looked at; GitHub shows far fewer."""
MOST_ALIASES: Final = 500
MOST_INPUTS: Final = 25
"""Source: GitHub REST API, "Create a workflow dispatch event"."""
TRUE: Final = ("true", "True", "TRUE")

_LOADER: Final[type[Any]] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""A release carries PyYAML without its compiled part."""

LooksSecret = Callable[[str, str], object]
MOST_SEPARATORS: Final = 2
SHORT: Final = 2
"""Whether a value of this name looks like a secret; what knows secrets is not GitHub's, so it is passed in."""


@dataclass(frozen=True)
class DispatchInput:
    name: str
    kind: str = "string"
    required: bool = False
    default: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class DispatchableWorkflow:
    """`run_name`: the expression as it is written; empty if there is none."""

    name: str
    inputs: Mapping[str, DispatchInput]
    run_name: str = ""

    def shows(self, name: str) -> bool:
        """Whether the runs' names surely hold this input's value: an expression that is the input alone, or the input and a text for its absence."""
        expressions = (part.partition("}}")[0].strip() for part in self.run_name[:LONGEST_NAME].split("${{")[1:])
        alone = re.compile(
            rf"(?:github\.event\.)?inputs(?:\.{re.escape(name)}|\['{re.escape(name)}'\])(?:\s*\|\|\s*'[^']*')?", re.IGNORECASE
        )
        return any(alone.fullmatch(expression) for expression in expressions)


class NotDispatchable(Exception):
    """The sentence says why."""


def parse(text: str, path: str) -> DispatchableWorkflow:
    """Raises NotDispatchable."""
    try:
        # Every scalar stays the text that it is, as GitHub reads choices and defaults; and `on` stays `on`.
        _check_size(text, path)
        document = yaml.load(text, Loader=_LOADER)  # noqa: S506 - builds texts, lists and mappings only
    except (yaml.YAMLError, RecursionError, ValueError):
        raise NotDispatchable(f"{path} is not valid YAML at that ref") from None
    on = document.get("on", document.get("true")) if isinstance(document, dict) else None
    triggers: dict[Any, Any] = on if isinstance(on, dict) else dict.fromkeys(map(str, on)) if isinstance(on, list) else {on: None}
    if "workflow_dispatch" not in triggers:
        raise NotDispatchable(f"{path} has no workflow_dispatch trigger, so it cannot be dispatched")
    trigger = triggers["workflow_dispatch"]
    declared = trigger.get("inputs") if isinstance(trigger, dict) else None
    named = declared.items() if isinstance(declared, dict) else ()
    inputs = {str(name): _input(str(name), each if isinstance(each, dict) else {}) for name, each in named}
    name, run_name = (each if isinstance(each, str) else "" for each in (document.get("name"), document.get("run-name")))
    return DispatchableWorkflow(name or path, inputs, run_name)


def _check_size(text: str, path: str) -> None:
    """Nested documents are built recursively, and aliases multiply. Raises NotDispatchable for what no workflow is."""
    aliases = 0
    try:
        for event in events(text, _LOADER):
            aliases += isinstance(event, yaml.AliasEvent)
            if aliases > MOST_ALIASES:
                raise RecursionError
    except RecursionError:
        raise NotDispatchable(f"{path} is nested too deeply, or has too many aliases, for a workflow") from None


def _input(name: str, declared: Mapping[str, Any]) -> DispatchInput:
    options = declared.get("options")
    return DispatchInput(
        name,
        kind if isinstance(kind := declared.get("type"), str) and kind else "string",
        declared.get("required") in TRUE,
        declared["default"] if isinstance(declared.get("default"), str) else None,
        tuple(each for each in options if isinstance(each, str)) if isinstance(options, list) else (),
    )


def misfits(
    workflow: DispatchableWorkflow, given: Mapping[str, str], looks_secret: LooksSecret, environments: Sequence[str] | None = None
) -> list[Fault]:
    """`environments`: the repository's, None if they are not known.

    All that GitHub would reject, or accept and misread, each with what is accepted. A value is repeated only if it does not look secret.
    """
    known = tuple(workflow.inputs)
    accepted = f"The workflow accepts: {', '.join(known)}." if known else "The workflow accepts no inputs."
    faults = []
    if len(given) > MOST_INPUTS:
        faults.append(
            Fault(f"are {len(given)}; GitHub takes at most {MOST_INPUTS}", "Omit some, or pass several as one JSON string.", "inputs")
        )
    for name, value in given.items():
        shown = one_line(name, 80)
        if name not in workflow.inputs:
            guess = nearest(name, known)
            faults.append(Fault(f"the workflow has no input '{shown}'{f'; did you mean {guess}?' if guess else ''}", accepted, "inputs"))
        elif fault := _misfit(workflow.inputs[name], value, environments):
            what, hint = fault
            named = what if _hidden(workflow.inputs[name], value, looks_secret) else f"is '{one_line(value)}'; it {what}"
            faults.append(Fault(f"{shown} {named}", hint, "inputs"))
    for each in workflow.inputs.values():
        if each.required and each.default in (None, "") and not given.get(each.name):
            options = f" Accepted: {', '.join(each.options)}." if each.options else ""
            faults.append(
                Fault(f"{each.name} is required by the workflow and has no default", f"Add a line {each.name}=….{options}", "inputs")
            )
    return faults


def _misfit(declared: DispatchInput, value: str, environments: Sequence[str] | None) -> tuple[str, str] | None:
    if declared.kind == "environment" and environments is not None and value not in environments:
        return "must be one of the repository's environments", f"{_meant(value, environments)}Accepted: {', '.join(environments)}."
    if declared.kind == "choice" and value not in declared.options:
        return "must be one of the workflow's options", f"{_meant(value, declared.options)}Accepted: {', '.join(declared.options)}."
    if declared.kind == "boolean" and value not in ("true", "false"):
        return "must be a boolean", "Accepted: true, false."
    if declared.kind == "number" and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", value, re.ASCII):
        return "must be a number", "Write it in digits, such as 3 or 0.5."
    return None


def _meant(value: str, accepted: Sequence[str]) -> str:
    guess = nearest(value, tuple(accepted))
    return f"Did you mean {guess}? " if guess else ""


def _hidden(declared: DispatchInput, value: str, looks_secret: LooksSecret) -> bool:
    """Whether `value` may be a secret that was put in the wrong place. What is shown is close to an option, or up to three short plain words."""
    if looks_secret(declared.name, value):
        return True
    if nearest(value, declared.options):
        return False
    words = re.fullmatch(r"(?:[A-Za-z]{1,15}|[0-9]{1,3})(?:[-_./ ](?:[A-Za-z]{1,15}|[0-9]{1,3})){0,7}", value)
    few = len(value) <= LONGEST_ECHO and len(re.findall(r"[-_./ ]", value)) <= MOST_SEPARATORS
    contains_option = any(len(option) > SHORT and option.lower() in value.lower() for option in declared.options)
    return not (words and (few or contains_option))
