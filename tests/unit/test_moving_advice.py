"""What is said after data were moved is true and can be pasted: the line of neo4j.yml is read by our own reader, the resources are HCL's own form."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from credex_actions.neo4j.configuration.model import OwnVolume
from credex_actions.neo4j.configuration.reading import read_configuration
from credex_actions.rollout.moving.advice import Moved, advice
from credex_actions.rollout.moving.working import sensible


def moved(**changes: Any) -> Moved:
    usual = {
        "name": "ledger-space", "instance": "i-0123456789abcdef0", "volume": "vol-0123456789abcdef0", "zone": "af-south-1a", "size": 40,
        "device": "/dev/sdf", "path": "/var/lib/neo4j/data", "kept": "/var/lib/neo4j/data.on-root", "kms_key": "",
        "tags": {"Role": "LedgerSpace", "Environment": "production", "Data": "true"}, "environment": "production",
    }  # fmt: skip
    return Moved(**{**usual, **changes})


def code(given: Moved, language: str) -> str:
    return next(each.code for each in advice(given) if each.language == language)


@pytest.mark.parametrize(
    "given",
    [moved(), moved(device="/dev/sdg", path="/data", tags={"a key: with # signs": 'and "quotes"', "Data": "true"}, environment="")],
    ids=["usual", "odd"],
)
def test_the_line_for_the_configuration_finds_the_volume(given: Moved, tmp_path: Path) -> None:
    text = f"databases:\n  ledger-space:\n    instances: {{tags: {{Role: LedgerSpace}}}}\n    login: {{secret: ledger}}\n    {code(given, 'yaml')}\n"
    (tmp_path / "neo4j.yml").write_text(text)
    data = read_configuration(str(tmp_path / "neo4j.yml"), given.environment).configuration.databases["ledger-space"].data
    assert isinstance(data, OwnVolume)
    assert (data.volume.tags, data.device, data.path) == (given.tags, given.device, given.path)
    assert ("{environment}" in text) == bool(given.environment)


@pytest.mark.parametrize(
    "given", [moved(), moved(name="4-space", kms_key="alias/data", tags={'with "quotes"': "and ${odd}"})], ids=["usual", "odd"]
)
def test_the_resources_are_as_terraform_writes_them(given: Moved, tmp_path: Path) -> None:
    assert shutil.which("terraform"), "terraform is needed"
    (tmp_path / "main.tf").write_text(f"{code(given, 'terraform')}\n")
    ended = subprocess.run(["terraform", "fmt", "-check", "-diff", str(tmp_path)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout + ended.stderr
    assert f'id = "{given.device}:{given.volume}:{given.instance}"' in code(given, "terraform")
    assert "${odd}" not in code(given, "terraform").replace("$${odd}", "")


@pytest.mark.parametrize(("kib", "gib"), [(0, 20), (9 * 1024**2, 20), (11 * 1024**2, 30), (100 * 1024**2, 200)])
def test_a_volume_has_room_for_twice_the_data(kib: int, gib: int) -> None:
    assert sensible(kib) == gib
