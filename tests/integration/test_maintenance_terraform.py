"""Real Terraform: what fmt, validate and a plan without a lock say, and that they leave nothing behind."""

import os
import subprocess
from pathlib import Path

import pytest

from credex_actions.maintenance.catalogue.terraform import CHECKS
from credex_actions.maintenance.finding import Examined
from credex_actions.maintenance.infrastructure.drift import Root
from credex_actions.maintenance.infrastructure.examining import examine
from tests import terraform
from tests.maintaining import committed, context, states

pytestmark = pytest.mark.slow
MAIN = 'terraform {\n  required_version = ">= 1.4"\n}\n\nvariable "size" {\n  type = number\n}\n\nresource "terraform_data" "one" {\n  input = var.size\n}\n'
"""terraform_data is Terraform's own: no provider has to be had."""
BACKEND = 'terraform {\n  backend "local" {}\n}\n'
WANTED = frozenset(("terraform-drift", "terraform-format"))


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if ".git/" not in str(path)}


def test_real_terraform(tmp_path: Path) -> None:
    repository, elsewhere = tmp_path / "repository", tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = terraform.environment(elsewhere)
    committed(repository, {"infra/main.tf": MAIN, "infra/backend.tf": BACKEND, "infra/one.tfvars": "size = 1\n", "ugly.tf": "locals {\n a=1\n}\n",
                           "broken/main.tf": BACKEND + 'resource "terraform_data" "x" {\n  inputs = 1\n}\n'})  # fmt: skip
    state = elsewhere / "terraform.tfstate"
    run = ["terraform", f"-chdir={repository / 'infra'}"]
    made = {**environment, "TF_DATA_DIR": str(elsewhere / "data")}
    subprocess.run([*run, "init", f"-backend-config=path={state}"], env=made, check=True, capture_output=True)
    subprocess.run([*run, "apply", "-auto-approve", "-var-file=one.tfvars"], env=made, check=True, capture_output=True)
    before, was = files_of(repository), state.read_bytes()

    def examined(size: int) -> Examined:
        (repository / "infra/one.tfvars").write_text(f"size = {size}\n")
        roots = [Root("infra", "development", ("infra/one.tfvars",), (f"path={state}",))]
        return examine(context(CHECKS, {**environment, "PATH": os.environ["PATH"]}), str(repository), roots, wanted=WANTED.__contains__)

    same, changed = examined(1), examined(2)
    assert states(same) == {"terraform-drift": "ran", "terraform-format": "ran"}
    assert [(each.check, each.resource, each.place and each.place.line) for each in same.findings] == [
        ("terraform-format", "ugly.tf", 1),
        ("terraform-format", "broken/main.tf", 5),
    ]
    assert ("terraform-drift", "infra (development) is as its code says") in same.notes
    (found,) = (each for each in changed.findings if each.check == "terraform-drift")
    assert (found.resource, found.severity) == ("infra (development) terraform_data.one", "medium")
    assert state.read_bytes() == was
    assert files_of(repository) == before
