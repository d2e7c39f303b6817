"""What Terraform has to be told once another instance has the database: its state still names the one from before, and its next apply would attach the data volume there. Pure."""

from shlex import quote
from zlib import crc32


def advice(former: str, now: str, volume: str, device: str, image: str) -> list[str]:
    """Sentences, and the commands in their order. `image`: the AMI of the instance that has it `now`."""
    return [
        f"Terraform's state names {former}: where it manages the instance, its next apply would attach {volume} to that one. Before it, in the folder of the configuration:",
        _again("instance", former, now),
        _again("attachment", attachment_id(device, former, volume), f"{device}:{volume}:{now}"),
        f"and set `ami` of that instance to {image}: another one would replace it, which guard-terraform-plan refuses. Then `terraform plan` shows nothing to create or destroy",
    ]


def told_back(former: str, now: str, volume: str, device: str, image: str) -> list[str]:
    """After going back: only where it was told of the other instance in the meantime."""
    return [f"If Terraform's state names {former} by now:", *advice(former, now, volume, device, image)[1:]]


def _again(what: str, former: str, now: str) -> str:
    return f'{what}=$(terraform state list -id={former}) && terraform state rm "${what}" && terraform import "${what}" {quote(now)}'


def attachment_id(device: str, instance: str, volume: str) -> str:
    """That the state has for an aws_volume_attachment. Source: terraform-provider-aws, internal/service/ec2/ebs_volume_attachment.go."""
    return f"vai-{crc32(f'{device}-{instance}-{volume}-'.encode())}"
