"""What a roll-out to a new instance tells of Terraform, carried out by the real one: afterwards its plan has nothing to create or destroy. No database runs for it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from credex_actions.rollout.successor.terraform import advice
from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.neo4j.empty_database import EmptyDatabase
from tests.terraform import environment

pytestmark = pytest.mark.slow
CONFIGURATION = """\
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws" }}
  }}
}}
resource "aws_instance" "ledger" {{
  ami           = "{image}"
  instance_type = "t3.micro"
  tags          = {{ Role = "ledger" }}
}}
resource "aws_ebs_volume" "ledger" {{
  availability_zone = aws_instance.ledger.availability_zone
  size              = 11
}}
resource "aws_volume_attachment" "ledger" {{
  device_name = "/dev/sdf"
  volume_id   = aws_ebs_volume.ledger.id
  instance_id = aws_instance.ledger.id
}}
"""


def test_what_terraform_is_told_leaves_it_nothing_to_create_or_destroy(tmp_path: Path) -> None:
    with Sandbox(pace=0.05, servers=EmptyDatabase) as sandbox:
        ec2: Any = sandbox.client("ec2")
        old, new = sandbox.neo4j_image("5.26.0"), sandbox.neo4j_image("5.26.16")
        settings = environment(tmp_path, **sandbox.environment)
        binary = shutil.which("terraform") or shutil.which("tofu") or "terraform"

        def told(command: str) -> str:
            ended = subprocess.run(
                ["bash", "-euc", command.replace("terraform ", f"{binary} ")], cwd=tmp_path, env=settings, capture_output=True, text=True, check=False
            )  # fmt: skip
            assert ended.returncode == 0, ended.stdout + ended.stderr
            return ended.stdout

        def planned() -> dict[str, list[str]]:
            told("terraform plan -input=false -out plan")
            changes = json.loads(told("terraform show -json plan"))["resource_changes"]
            return {each["address"]: each["change"]["actions"] for each in changes}

        (tmp_path / "main.tf").write_text(CONFIGURATION.format(image=old))
        told("terraform init -input=false && terraform apply -input=false -auto-approve")
        (former,) = [each["id"] for each in sandbox.instances()]
        (volume,) = [each["VolumeId"] for each in ec2.describe_volumes()["Volumes"] if each["Size"] == 11]
        zone = ec2.describe_instances(InstanceIds=[former])["Reservations"][0]["Instances"][0]["Placement"]["AvailabilityZone"]
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Role", "Value": "ledger"}]}]
        launched = ec2.run_instances(
            ImageId=new, InstanceType="t3.micro", MinCount=1, MaxCount=1, Placement={"AvailabilityZone": zone}, TagSpecifications=tags
        )  # fmt: skip
        successor = launched["Instances"][0]["InstanceId"]
        ec2.stop_instances(InstanceIds=[former])
        ec2.get_waiter("instance_stopped").wait(InstanceIds=[former], WaiterConfig={"Delay": 1})
        ec2.detach_volume(VolumeId=volume, InstanceId=former)
        ec2.get_waiter("volume_available").wait(VolumeIds=[volume], WaiterConfig={"Delay": 1})
        ec2.get_waiter("instance_running").wait(InstanceIds=[successor], WaiterConfig={"Delay": 1})
        ec2.attach_volume(VolumeId=volume, InstanceId=successor, Device="/dev/sdf")

        (tmp_path / "main.tf").write_text(CONFIGURATION.format(image=new))
        _, instance, attachment, ami = advice(former, successor, volume, "/dev/sdf", new)
        assert new in ami
        told(instance)
        told(attachment)
        for address, actions in planned().items():
            assert not {"create", "delete"} & set(actions), (address, actions)
        assert sandbox.misfits == []
