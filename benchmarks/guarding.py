"""Guarding a small plan, beside rendering a file, and one of 50 MB."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rendering import DEFINITION, ROOT, mib, ms
from benchmarks.row import Row
from benchmarks.timing import Contender, in_turns

SMALL = ROOT / "tests" / "plans" / "made" / "instance-replaced-by-ami.json"
LARGE = 50_000_000


def rows(folder: Path) -> Iterator[Row]:
    file = folder / "task-definition.json"
    file.write_text(json.dumps(DEFINITION, indent=2))
    (folder / "output").touch()
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_"))}
    shared = {**plain, "GITHUB_OUTPUT": str(folder / "output"), "RUNNER_TEMP": str(folder), "GITHUB_ACTIONS": "true"}
    render = Contender("render", started("render-task-definition"), {**shared, "INPUT_TASK_DEFINITION": str(file), "INPUT_IMAGE": "new"})
    mine, other = in_turns([guarding(SMALL, shared), render])
    yield Row("guard a small plan, against rendering a file", ms(mine.seconds), ms(other.seconds), mine.seconds / other.seconds, 1.1)
    large = folder / "plan.json"
    large.write_text(plan_of(LARGE))
    (mine,) = in_turns([guarding(large, shared)], runs=3)
    yield Row(f"guard a plan of {large.stat().st_size / 1e6:.0f} MB, wall", f"{mine.seconds:.1f} s", value=mine.seconds, limit=3)
    yield Row("guard the same plan, peak memory", mib(mine.mebibytes), value=mine.mebibytes, limit=400)


def guarding(plan: Path, environment: dict[str, str]) -> Contender:
    return Contender("guard", started("guard-terraform-plan"), {**environment, "INPUT_PLAN": str(plan)}, 3)


def started(command: str) -> list[str]:
    return ["bash", str(ROOT / "actions" / "install.sh"), "run", command]


def plan_of(size: int) -> str:
    """A plan like the small one, with as many instances that stay as they are as make it that large; the state repeats them, as in a real one."""
    plan = json.loads(SMALL.read_text())
    replaced = plan["resource_changes"][0]
    kept = {**replaced["change"], "actions": ["no-op"], "after": replaced["change"]["before"]}
    values = {"address": replaced["address"], "mode": "managed", "type": replaced["type"], "values": replaced["change"]["before"]}
    number = size // (len(json.dumps(kept)) + 2 * len(json.dumps(values)) + 200)
    plan["resource_changes"] += [{**replaced, "address": f"aws_instance.kept[{index}]", "change": kept} for index in range(number)]
    module = {"root_module": {"resources": [values] * number}}
    return json.dumps({"planned_values": module, **plan, "prior_state": {"format_version": "1.0", "values": module}})
