"""Every write has a class, and the table of writes holds them all."""

import ast
from pathlib import Path

import pytest

import credex_actions
from credex_actions.core.loop import Step
from credex_actions.generation.writes_page import MODULES, steps_of

PACKAGE = Path(credex_actions.__file__).parent
STEPS = [step for modules in MODULES.values() for module in modules for step in steps_of(module)]


def defined() -> set[str]:
    """Names of the classes that derive from Step, wherever in the package they stand."""
    trees = [ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")]
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {each.name for each in classes if any(isinstance(base, ast.Name) and base.id == Step.__name__ for base in each.bases)}


def test_the_table_holds_every_step() -> None:
    assert {step.__name__ for step in STEPS} >= defined()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.__module__}.{step.__name__}")
def test_a_step_says_what_twice_would_leave(step: type[Step]) -> None:
    assert step.twice
    assert step.harmless or not step.twice.startswith("nothing")
