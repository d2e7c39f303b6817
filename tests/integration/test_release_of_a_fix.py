"""A fix of version 1 when version 2 is out: by the page's own commands, in a repository of its own with an origin of its own."""

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from releasing import changelog, publish, repository, tree
from releasing.contents import File
from releasing.versions import parsed
from tests.documented import block

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/how-to/release.md"
SECONDS = 1_790_000_000
ENTRY = "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- Something.\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What is checked out here, in a new repository."""
    folder = tmp_path / "clone"
    listed = repository.git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in (name for name in listed if not name.startswith(("tests/", "docs/", "examples/")) and (ROOT / name).is_file()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    (folder / "CHANGELOG.md").write_text(ENTRY)
    repository.git(folder, "init", "--quiet", "--initial-branch", "main")
    repository.git(folder, "init", "--quiet", "--bare", str(tmp_path / "origin"))
    repository.git(folder, "remote", "add", "origin", str(tmp_path / "origin"))
    committed(folder, "As it is")
    repository.git(folder, "push", "--quiet", "origin", "main")
    return folder


def committed(folder: Path, message: str) -> None:
    repository.git(folder, "add", ".")
    repository.git(folder, "commit", "--quiet", "--message", message, **repository.WHO)


def publish_quickly(clone: Path, folder: Path, text: str) -> None:
    """A version, without what the tree of a release has; its changelog is merged."""
    version = parsed(text)
    assert version is not None
    folder.mkdir()
    tree.pack([File("action.yml", b"name: x\n")], folder / f"credex-actions-tree-{version}.tar.gz", SECONDS)
    (folder / "CHANGELOG.md").write_text(changelog.released((clone / "CHANGELOG.md").read_text(), version, date(2026, 11, 1)))
    publish.publish(clone, folder, push=True)
    repository.git(clone, "fetch", "--quiet", "origin")
    repository.git(clone, "merge", "--quiet", "--ff-only", f"origin/changelog-v{version}")
    repository.git(clone, "push", "--quiet", "origin", "main")


def run(clone: Path, module: str, *arguments: str) -> str:
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=clone, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_a_fix_of_the_older_major_version_is_built_and_published_from_its_branch(clone: Path, tmp_path: Path) -> None:
    publish_quickly(clone, tmp_path / "1.0.0", "1.0.0")
    built_from = repository.git(clone, "rev-parse", "v1.0.0^")
    (clone / "CHANGELOG.md").write_text((clone / "CHANGELOG.md").read_text().replace("[Unreleased]", "[Unreleased]\n\n### Removed\n\n- A."))
    committed(clone, "Version 2")
    repository.git(clone, "push", "--quiet", "origin", "main")
    publish_quickly(clone, tmp_path / "2.0.0", "2.0.0")
    before = repository.tags_of_origin(clone)

    commands = block(PAGE, 1).replace("v1.4.2", "v1.0.0")
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], cwd=clone, check=True, capture_output=True, env={**os.environ, "LC_ALL": "C"}
    )
    text = (clone / "CHANGELOG.md").read_text()
    assert "2.0.0" not in text
    (clone / "CHANGELOG.md").write_text(text.replace("[Unreleased]", "[Unreleased]\n\n### Fixed\n\n- A fault.", 1))
    committed(clone, "Fixed")
    repository.git(clone, "push", "--quiet", "origin", "releases/v1")

    output = tmp_path / "fix"
    assert run(clone, "releasing", "--only-tree", "--output", str(output)).startswith("Built 1.0.1 in ")
    head = repository.git(clone, "rev-parse", "HEAD")
    assert (output / "notes.md").read_text() == (
        f"### Fixed\n\n- A fault.\n\n[All changes since 1.0.0]({tree.REPOSITORY}/compare/{built_from}...{head})\n"
    )
    assert "releases/v1 has the workflows" in run(clone, "releasing.publish", str(output), "--check")
    run(clone, "releasing.publish", str(output), "--push")
    after = repository.tags_of_origin(clone)
    assert {name for name in after if after[name] != before.get(name)} == {"v1", "v1.0.1"}
    assert after["v1"] == after["v1.0.1"]
    assert after["v2"] == before["v2"] == before["v2.0.0"]
