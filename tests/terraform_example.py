"""The example's Terraform against the sandbox: an account with a network, and copies of both configurations that plan and apply there."""

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import credex_actions
from credex_actions.sandbox import Sandbox
from credex_actions.terraform.plan.showing import program_on_path
from tests.terraform import environment

EXAMPLE: Final = Path(__file__).resolve().parents[1] / "examples" / "credex-core"
LOCAL: Final = 'terraform {\n  backend "local" {}\n}\n'
ROLES: Final = ("LedgerSpace", "SearchSpace")


class Cloud:
    """`terraform` has the data on volumes of its own, `terraform-root-volume` on the instances' root volumes."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.folder = folder
        self.ec2 = sandbox.client("ec2")
        vpc = self.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        self.subnets = [each["SubnetId"] for each in self.ec2.describe_subnets()["Subnets"]]
        for each in self.subnets[:2]:
            self.ec2.modify_subnet_attribute(SubnetId=each, MapPublicIpOnLaunch={"Value": False})
        self.network = json.dumps({"vpc_id": vpc, "private_subnet_ids": self.subnets[:2], "public_subnet_ids": self.subnets[:2]})
        self.environment = {
            **environment(folder, TF_DATA_DIR=str(folder / "data")),
            **{name: value for name, value in sandbox.environment.items() if name.startswith("AWS_")},
        }
        for name in ("terraform", "terraform-root-volume"):
            shutil.copytree(EXAMPLE / name, folder / name)
            (folder / name / "backend_override.tf").write_text(LOCAL)
        self.terraform("terraform", "init", "-input=false")  # its modules; the provider is the other's too
        shutil.copy(folder / "terraform" / ".terraform.lock.hcl", folder / "terraform-root-volume")

    def image(self, name: str) -> str:
        return str(self.ec2.register_image(Name=name, RootDeviceName="/dev/xvda")["ImageId"])

    def terraform(self, directory: str, *arguments: str, asking: str = "") -> str:
        command, folder = [str(program_on_path(self.environment)), *arguments], self.folder / directory
        done = subprocess.run(command, cwd=folder, env=self.environment, input=asking, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def plan(self, directory: str, **inputs: Any) -> Any:
        inputs = {"directory": str(self.folder / directory), "plan_file": str(self.folder / f"{directory}.tfplan"), **inputs}
        return credex_actions.plan_terraform(log=io.StringIO(), environment=self.environment, **inputs)

    def plan_databases(self, image: str) -> Any:
        """The example's, in development."""
        root = self.folder / "terraform"
        return self.plan(
            "terraform",
            var_files=(str(root / "environments" / "dev.tfvars"),),
            vars=self.variables(image),
            config=str(root / "guard.yml"),
        )

    def variables(self, image: str) -> dict[str, str]:
        databases = {role: {"ami": image, "instance_type": "t3.medium", "data_gib": 10, "subnet": at} for at, role in enumerate(ROLES)}
        return {"network": self.network, "databases": json.dumps(databases)}

    def apply(self, directory: str, planned: Any, config: str | None = None) -> Any:
        return credex_actions.apply_terraform(
            plan_file=planned.plan_file,
            plan_id=planned.plan_id,
            directory=str(self.folder / directory),
            config=config,
            log=io.StringIO(),
            environment=self.environment,
        )
