"""Wheel and sdist, checked by twine, and the bill of materials."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from releasing import packages
from releasing.tree import version_module
from releasing.versions import Version

TOOLS: Final = Path(__file__).resolve().parent.parent / ".venv" / "release"
"""An environment of their own, so that who only develops need not have them."""


def build(root: Path, version: Version, seconds: int, output: Path) -> None:
    tools = set_up(root)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(seconds)}
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        copy(root, source)
        (source / "credex_actions" / "_version.py").write_text(version_module(version.python))
        hatchling = Path(sys.executable).with_name("hatchling")
        subprocess.run([hatchling, "build", "--directory", output], cwd=source, env=environment, check=True, stdout=subprocess.DEVNULL)
    built = sorted(output.glob("credex_actions-*"))
    subprocess.run([tools / "twine", "--no-color", "check", "--strict", *built], check=True)
    bill(root, version, tools, environment, output / "bill-of-materials.cdx.json")


def copy(root: Path, target: Path) -> None:
    """What git has, or would have: nothing that is ignored gets into a wheel."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "credex_actions", "*.md", "LICENSE", "pyproject.toml"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target / name)


def bill(root: Path, version: Version, tools: Path, environment: dict[str, str], file: Path) -> None:
    """What the tree carries, with the hashes of the wheels that it was taken from (CycloneDX)."""
    with tempfile.TemporaryDirectory() as scratch:
        about = Path(scratch) / "pyproject.toml"
        about.write_text(f'[project]\nname = "credex-actions"\nversion = "{version.python}"\nlicense = "MIT"\n')
        command = [
            str(tools / "cyclonedx-py"),
            "requirements",
            "--output-reproducible",
            "--of",
            "JSON",
            "--pyproject",
            str(about),
            "-o",
            str(file),
            "-",
        ]
        pins = packages.pinned(root / "actions" / "requirements")
        subprocess.run(command, input=pins, env={**environment, "PYTHONWARNINGS": "ignore"}, check=True, text=True)


def set_up(root: Path) -> Path:
    """The folder with the tools' commands."""
    pins = root / "script" / "requirements-release.txt"
    ready = TOOLS / "ready"
    if not ready.exists() or ready.read_text() != pins.read_text():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, TOOLS], check=True)
        environment = {**os.environ, "VIRTUAL_ENV": str(TOOLS)}
        subprocess.run([uv, "pip", "sync", "--quiet", "--require-hashes", pins], env=environment, check=True)
        ready.write_text(pins.read_text())
    return TOOLS / "bin"
