"""AMIs that a Terraform state names are found wherever they stand, and what is no state is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Failure
from credex_actions.rollout.image.states import NoStateError, images_in, named

ONE, TWO, THREE = "ami-0123456789abcdef0", "ami-0fedcba9876543210", "ami-12345678"


def state(*resources: Any, **more: Any) -> str:
    return json.dumps({"version": 4, "terraform_version": "1.11.4", "serial": 7, "resources": list(resources), **more})


def test_they_are_found_in_instances_templates_data_sources_and_outputs() -> None:
    instance = {"type": "aws_instance", "instances": [{"attributes": {"ami": ONE, "user_data": "secret"}}]}
    template = {"type": "aws_launch_template", "instances": [{"attributes": {"image_id": TWO}}]}
    text = state(instance, template, outputs={"image": {"value": f"newest: {THREE}."}})
    assert images_in(text) == {ONE, TWO, THREE}
    assert images_in(state()) == set()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON"),
        ("[]", "is no state of Terraform"),
        (json.dumps({"format_version": "1.0", "values": {}}), "is no state of Terraform"),
        (json.dumps({"version": 4, "encrypted_data": "AAAA"}), "is encrypted"),
        (json.dumps({"version": 3, "modules": []}), "is a state of another form"),
    ],
)
def test_what_is_no_state_is_told(text: str, says: str) -> None:
    with pytest.raises(NoStateError, match=says):
        images_in(text)


def test_all_that_cannot_be_read_is_told_at_once_and_nothing_of_it_is_shown(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps({"planned_values": "canary-password"}))
    clients: Any = None  # files need none
    with pytest.raises(Failure) as refused:
        named(clients, SystemClock(), [str(tmp_path / "plan.json"), str(tmp_path / "nowhere.tfstate")])
    assert [fault.what.partition("/")[0] for fault in refused.value.faults] == ["", "the Terraform state "]
    assert "canary-password" not in str(refused.value)
    (tmp_path / "terraform.tfstate").write_text(state({"ami": ONE}))
    file = str(tmp_path / "terraform.tfstate")
    assert named(clients, SystemClock(), [file]) == {ONE: f"the Terraform state {file} names it"}
