"""dnf and rpm of the sandbox's instances: what a recipe's script calls, and what they refuse."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from credex_actions.sandbox.aws.ec2.machine import installed
from credex_actions.sandbox.aws.ssm.programs.packages import dnf, rpm
from credex_actions.sandbox.aws.ssm.programs.program import Call, Said
from tests.version_sources import package

JAVA = "java-17-amazon-corretto-headless"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("cypher-shell", "neo4j", "neo4j-enterprise"):
        (tmp_path / f"{name}.rpm").write_bytes(package(name, "5.26.16"))
    (tmp_path / "page.rpm").write_bytes(b"<html>")
    return tmp_path


def call(root: Path, program: Any, *words: str) -> Said:
    machine: Any = SimpleNamespace(root=root / "volume")
    said: Said = program(Call(machine, words, {}, root, "", "", None))
    return said


def test_neo4j_is_installed_from_its_file_and_is_then_the_instance_s_version(root: Path) -> None:
    assert call(root, rpm, "-q", "neo4j") == Said("package neo4j is not installed\n", "", 1)
    assert call(root, dnf, "install", "-y", "-q", JAVA).code == 0
    assert installed(root / "volume") == ""
    assert call(root, dnf, "install", "-y", "-q", "./cypher-shell.rpm", "./neo4j.rpm").code == 0
    assert installed(root / "volume") == "5.26.16"
    assert call(root, rpm, "-q", "--queryformat", "%{VERSION}", "neo4j").output == "5.26.16"
    assert call(root, rpm, "-q", "cypher-shell").output == "cypher-shell-5.26.16\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("install", "-y", "./neo4j.rpm"), "nothing provides cypher-shell needed by neo4j-5.26.16"),
        (("install", "-y", "./cypher-shell.rpm"), "nothing provides java-"),
        (("install", "-y", "./page.rpm"), "Failed to open or read the package file ./page.rpm"),
        (("install", "-y", "./nowhere.rpm"), "Failed to open or read"),
        (("install", "-y", JAVA, "./cypher-shell.rpm", "./neo4j-enterprise.rpm"), "Community Edition alone"),
        (("remove", "neo4j"), "only dnf install"),
    ],
)
def test_what_dnf_refuses_installs_nothing(root: Path, words: tuple[str, ...], why: str) -> None:
    said = call(root, dnf, *words)
    assert said.code == 1
    assert why in said.error
    assert call(root, rpm, "-q", "neo4j").code == 1
