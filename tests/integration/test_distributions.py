"""Wheel, sdist and bill of materials of a release: whole and installable. twine has checked the first two, or there would be no release."""

import email
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.released import ROOT

pytestmark = pytest.mark.slow


def test_the_wheel_has_the_version_and_runs(release: Path, tmp_path: Path) -> None:
    (wheel,) = release.glob("*.whl")
    version = wheel.name.split("-")[1]
    with zipfile.ZipFile(wheel) as archive:
        about = email.message_from_bytes(archive.read(f"credex_actions-{version}.dist-info/METADATA"))
        archive.extractall(tmp_path)  # noqa: S202 - ours
    assert about["License-Expression"] == "MIT"
    assert about["Description-Content-Type"] == "text/markdown"
    shown = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            "import sys; sys.path.insert(0, sys.argv.pop(1)); from credex_actions.cli import run; run()",
            str(tmp_path),
            "--version",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == f"credex-actions {version}\n"


def test_the_sdist_has_what_builds_the_wheel(release: Path) -> None:
    (sdist,) = release.glob("credex_actions-*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "LICENSE", "README.md", "credex_actions/cli.py"} <= names
    assert not [name for name in names if name.startswith(("tests/", ".venv/", "releasing/"))]


def test_the_bill_names_every_package_that_the_tree_carries(release: Path) -> None:
    bill = json.loads((release / "bill-of-materials.cdx.json").read_text())
    (wheel,) = release.glob("*.whl")
    assert (bill["bomFormat"], bill["metadata"]["component"]["version"]) == ("CycloneDX", wheel.name.split("-")[1])
    listed = {f"{each['name'].replace('-', '_').lower()}-{each['version']}" for each in bill["components"]}
    carried = {
        path.name.removesuffix(".dist-info").replace("-", "_", path.name.count("-") - 2).lower()
        for path in (release / "tree" / "packages").glob("*.dist-info")
    }
    assert listed == carried
    for each in bill["components"]:
        assert any(reference.get("hashes") for reference in each["externalReferences"]), each["name"]


def test_script_release_says_what_stands_in_its_way(tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    command = [str(ROOT / "script" / "release"), "--dry-run", "--version", "one", "--output", str(tmp_path)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not an empty folder" in done.stderr
    assert "one is not a version" in done.stderr
