"""Terraform against the sandbox's EC2: what a plain apply does to databases."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.integration.databases import PASSWORD, accounts
from tests.plans.make import Terraform

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow
CONFIGURATION = Path(__file__).with_name("terraform") / "databases.tf"


def test_a_plain_apply_with_a_newer_image_wipes_what_is_on_the_root_volume(sandbox: "Sandbox", tmp_path: Path) -> None:
    """And nothing says so before. What is on a volume of its own is there again, under the newer version."""
    sandbox.client("ssm").put_parameter(Name="/db/first", Value=PASSWORD, Type="SecureString")
    terraform, surroundings = Terraform(tmp_path, CONFIGURATION), cast("Any", sandbox.environment)

    def apply() -> dict[str, str]:
        terraform.run(tmp_path, "apply", "-auto-approve", "-input=false", "-no-color", **surroundings)
        return {each["name"]: each["address"] for each in sandbox.instances() if each["state"] == "running"}

    sandbox.neo4j_image("5.26.0")
    before = apply()
    assert accounts(before["LedgerSpace"], "Alice") == ["Alice"]
    assert accounts(before["SearchSpace"], "Alice") == ["Alice"]
    sandbox.neo4j_image("5.26.16")
    after = apply()
    assert accounts(after["LedgerSpace"]) == []
    assert accounts(after["SearchSpace"]) == ["Alice"]
    assert {each["version"] for each in sandbox.instances() if each["state"] == "running"} == {"5.26.16"}
    plan = terraform.run(tmp_path, "plan", "-input=false", "-no-color", **surroundings)
    assert "No changes. Your infrastructure matches the configuration." in plan
