"""The public part of credex_actions.ecs: pure, without AWS and without its libraries."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from credex_actions.core.documents.document import parse, read_document
from credex_actions.core.faults import Fault
from credex_actions.ecs.definition.diff import diff
from credex_actions.ecs.definition.registration import clean, judge
from credex_actions.ecs.tasks.stop_reasons import Cause, cause_of


class Checked(NamedTuple):
    """`errors`: what ECS would reject; `warnings`: what it accepts, and what is most likely not meant."""

    errors: list[Fault]
    warnings: list[Fault]


def check_task_definition(definition: str | Mapping[str, Any]) -> Checked:
    """What is wrong with a task definition, by ECS's own model of RegisterTaskDefinition and its rules across fields; all of it at once.

    `definition`: the path of a JSON or YAML file, or the definition itself, with the members of the API (`containerDefinitions`). A fault of a file has
    line and column, counted from 1. Raises Failure (exit code 2) for a file that cannot be read or parsed. Source: botocore's model of ECS; the rules name
    the sentences of AWS's documentation that they rest on (docs/reference/task-definitions.md).
    """
    document = read_document(definition, "task-definition") if isinstance(definition, str) else parse(json.dumps(definition), "")
    judged = judge(document)
    if isinstance(definition, str):
        return Checked(judged.faults, judged.warnings)
    return Checked(*([fault._replace(line=0, column=0) for fault in faults] for faults in (judged.faults, judged.warnings)))


def compare_task_definitions(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The differences, one a line: `+` is new, `-` is gone, `~` has another value. Empty if both mean the same to ECS.

    What only ECS adds to a registered definition is no difference. Values that are secret by name or shape are masked.
    """
    return [str(each) for each in diff(clean(before), clean(after))]


def why_stopped(task: Mapping[str, Any]) -> Cause:
    """Why a task stopped: `what` in plain words, `hint` what to do (may be empty), `detail` ECS's own sentence where it says more.

    `task`: a record of DescribeTasks, whose lastStatus is STOPPED; ECS keeps it for an hour. Without the task definition every container counts as essential.
    """
    containers = [
        (str(each.get("name", "")), each.get("exitCode"), str(each.get("reason", "")), True) for each in task.get("containers", ())
    ]
    return cause_of(str(task.get("stopCode", "")), str(task.get("stoppedReason", "")), containers)
