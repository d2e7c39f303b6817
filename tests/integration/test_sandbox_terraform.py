"""Terraform against the sandbox's EC2: what a plain apply does to databases."""

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.databases import PASSWORD, accounts
from tests.terraform import environment

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow
CONFIGURATION = Path(__file__).with_name("terraform") / "databases.tf"


class Terraform:
    """Or OpenTofu, on a copy of the configuration."""

    def __init__(self, folder: Path, sandbox: "Sandbox") -> None:
        shutil.copy(CONFIGURATION, folder)
        self._folder = folder
        self._environment = environment(folder, **sandbox.environment)

    def run(self, *words: str) -> str:
        command = [shutil.which("terraform") or "tofu", *words, "-input=false", "-no-color"]
        ended = subprocess.run(command, cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout


def test_a_plain_apply_with_a_newer_image_wipes_what_is_on_the_root_volume(sandbox: "Sandbox", tmp_path: Path) -> None:
    """And nothing says so before. What is on a volume of its own is there again, under the newer version."""
    sandbox.client("ssm").put_parameter(Name="/db/first", Value=PASSWORD, Type="SecureString")
    terraform = Terraform(tmp_path, sandbox)
    terraform.run("init")

    def apply() -> dict[str, str]:
        terraform.run("apply", "-auto-approve")
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
    plan = terraform.run("plan")
    assert "No changes. Your infrastructure matches the configuration." in plan
