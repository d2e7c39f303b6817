"""What has to be written down after a move, so that neo4j.yml and Terraform say what is true now: the very lines. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from credex_actions.backup.ages import command
from credex_actions.core.documentation import page_at
from credex_actions.rollout.advice import Advice


@dataclass(frozen=True, kw_only=True)
class Moved:
    """`tags`: of the volume, as neo4j.yml is to name them. `environment`: "" without one."""

    name: str
    instance: str
    volume: str
    zone: str
    size: int
    device: str
    path: str
    kept: str
    kms_key: str
    tags: Mapping[str, str]
    environment: str


def advice(moved: Moved) -> list[Advice]:
    return [
        Advice(f"In neo4j.yml, databases.{moved.name}: replace `data: root` by", _configured(moved), "yaml"),
        Advice(
            "In Terraform, add what exists now; `terraform plan` then has two imports, and nothing to create or destroy",
            "\n".join(_resources(moved, _label(moved.name))),
            "terraform",
        ),
        Advice(
            f"In user_data, mount {moved.volume} on {moved.path}, as {page_at('examples/credex-core/terraform/modules/neo4j/first-boot.sh')} does: "
            "a root volume that is replaced knows nothing of /etc/fstab"
        ),
        Advice("Take a snapshot, and drill it", f"{command('backup', moved.name, moved.environment)} --method snapshot", "sh"),
        Advice(
            f"The former data are still on the root volume of {moved.instance}. When you no longer want them, there",
            f"sudo rm -rf {moved.kept}",
            "sh",
        ),
    ]


def _configured(moved: Moved) -> str:
    """`{environment}` is put back where a tag is the environment's name: one file is for all of them."""
    tags = {key: "{environment}" if moved.environment and value == moved.environment else value for key, value in moved.tags.items()}
    told = ", ".join(f"{_plain(key)}: {json.dumps(value)}" for key, value in tags.items())
    more = "" if moved.device == "/dev/sdf" else f", device: {moved.device}"
    more += "" if moved.path == "/var/lib/neo4j/data" else f", path: {moved.path}"
    return f"data: {{volume: {{tags: {{{told}}}}}{more}}}"


def _label(name: str) -> str:
    label = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"{label}_data" if label[0].isalpha() else f"db_{label}_data"


def _resources(moved: Moved, label: str) -> Iterator[str]:
    yield f'resource "aws_ebs_volume" "{label}" {{'
    yield f'  availability_zone = "{moved.zone}"'
    yield f"  size              = {moved.size}"
    yield '  type              = "gp3"'
    yield "  encrypted         = true"
    if moved.kms_key:
        yield f"  kms_key_id        = {_quoted(moved.kms_key)}"
    yield f"  tags              = {{ {', '.join(f'{_quoted(key)} = {_quoted(value)}' for key, value in moved.tags.items())} }}"
    yield ""
    yield "  lifecycle {"
    yield "    prevent_destroy = true"
    yield "  }"
    yield "}"
    yield ""
    yield f'resource "aws_volume_attachment" "{label}" {{'
    yield f'  device_name                    = "{moved.device}"'
    yield f"  volume_id                      = aws_ebs_volume.{label}.id"
    yield f'  instance_id                    = "{moved.instance}" # or the resource of the instance'
    yield "  stop_instance_before_detaching = true"
    yield "}"
    yield ""
    yield "import {"
    yield f"  to = aws_ebs_volume.{label}"
    yield f'  id = "{moved.volume}"'
    yield "}"
    yield ""
    yield "import {"
    yield f"  to = aws_volume_attachment.{label}"
    yield f'  id = "{moved.device}:{moved.volume}:{moved.instance}"'
    yield "}"


def _quoted(text: str) -> str:
    """For HCL, which reads expressions in strings. Source: Terraform language, "Strings and Templates"."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _plain(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", key) else json.dumps(key)
