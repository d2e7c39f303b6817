"""Structured inputs and botocore's model: what passes here is what the client sends, whatever it is given."""

from typing import Any

import botocore.session
import botocore.validate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.faults import Exit, Failure
from credex_actions.ecs.aws_json import checked, read_value

OVERRIDES = ("overrides", "containerOverrides")
NAMES = ["name", "command", "environment", "value", "cpu", "type", "key", "resourceRequirements", "environmentFiles", "nmae"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.sampled_from(["app", "s3", "GPU", "", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_whatever_passes_is_accepted_by_the_client_that_sends_it(value: Any) -> None:
    if checked(value, "ecs", "RunTask", OVERRIDES, "input"):
        return
    shape = botocore.session.get_session().get_service_model("ecs").operation_model("RunTask").input_shape
    assert shape is not None
    member = shape.members["overrides"].members["containerOverrides"]  # type: ignore[attr-defined]
    assert not botocore.validate.ParamValidator().validate(value, member).has_errors()


@given(st.text(max_size=60) | st.text("[]{}:,-&*!|>#%@`\"'?~ab01.\n\t\r ", max_size=40))
def test_any_text_is_a_value_or_bad_input(text: str) -> None:
    try:
        read_value(text, "run-task-container-overrides", "RunTask", OVERRIDES)
    except Failure as failure:
        found = failure.faults
    else:
        found = ()
    assert [fault for fault in found if not fault.where.startswith("run-task-container-overrides") or fault.file or fault.line] == []


def test_all_faults_are_told_with_their_paths() -> None:
    value = [{"nme": "a", "cpu": "x", "environmentFiles": [{"type": "s4"}]}]
    told = {fault.where: (fault.what, fault.hint) for fault in checked(value, "ecs", "RunTask", OVERRIDES, "in")}
    assert told["in: $[0].nme"] == ("unknown field", "Did you mean name?")
    assert told["in: $[0].cpu"] == ("is a string", "ECS expects a whole number here.")
    assert told["in: $[0].environmentFiles[0].type"][0] == "'s4' is not one of the accepted values"
    assert told["in: $[0].environmentFiles[0]"][0] == "lacks value"


@pytest.mark.parametrize("text", ["[" * 5000, "&a [*a]", "- !!python/object:os.system x", "{" + '"a":1,' * 5, "\x00"])
def test_hostile_documents_are_bad_input(text: str) -> None:
    with pytest.raises(Failure) as caught:
        read_value(text, "in", "RunTask", OVERRIDES)
    assert caught.value.code == Exit.BAD_INPUT
