"""How a job of act's asks for the secrets of its own environment."""

import json

import pytest

from credex_actions.sandbox.github.act.secrets import asking, handed


def test_a_job_without_an_environment_has_everybody_s_set() -> None:
    step = {"env": {"A": "${{ secrets.A }}", "ALL": "${{ x && toJSON(secrets) || '' }}"}, "run": "echo secrets.A"}
    asked = asking(step, "")
    assert asked["env"]["A"] == "${{ secrets.A }}"
    assert asked["env"]["ALL"] == "${{ x && (secrets[format('SANDBOX_SET_{0}', '')] || secrets.SANDBOX_SET_ || toJSON(secrets)) || '' }}"
    assert asked["run"] == "echo secrets.A"


@pytest.mark.parametrize(
    ("environment", "expression"),
    [
        ("production", "'production'"),
        ("it's {odd}", "'it''s {odd}'"),
        ("${{ inputs.place }}", "(inputs.place)"),
        ("a-${{ inputs.b }}-${{ c }}", "format('a-{0}-{1}', inputs.b, c)"),
    ],
)
def test_a_job_with_one_looks_for_its_own_first(environment: str, expression: str) -> None:
    asked = asking(["${{ secrets.KEY }}"], environment)
    assert asked == [f"${{{{ (secrets[format('SANDBOX_OF_{{0}}_KEY', {expression})] || secrets.KEY) }}}}"]


def test_the_sets_that_act_is_told() -> None:
    told = handed({"A": "1", "B": "2"}, {"production": {"B": "3"}})
    assert told["SANDBOX_OF_production_B"] == "3"
    assert json.loads(told["SANDBOX_SET_"]) == {"A": "1", "B": "2"}
    assert json.loads(told["SANDBOX_SET_production"]) == {"A": "1", "B": "3"}
