"""script/create-release with a `gh` that keeps its releases and pull requests in files: done once, whatever happened before."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GH = """\
#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$STATE/calls"
case "$1 $2" in
  'release list') (cd -- "$STATE" && for each in release-v*; do [[ ! -e $each || $each == *-rc.* ]] || echo "${each#release-}"; done) ;;
  'release view') [[ -e $STATE/release-$3 ]] && cat "$STATE/release-$3" ;;
  'release create') [[ ! -e $STATE/cut-off ]] || { echo true >"$STATE/release-$3"; exit 143; }; echo false >"$STATE/release-$3" ;;
  'release delete') rm "$STATE/release-$3" ;;
  'pr list') [[ ! -e $STATE/pull ]] || echo 7 ;;
  'pr create') touch "$STATE/pull" ;;
esac
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH)
    (tmp_path / "bin" / "gh").chmod(0o755)
    return tmp_path


def create(state: Path, version: str, branch: str = "main") -> list[str]:
    """What was asked for that changes something."""
    folder = state / f"built {version}"
    folder.mkdir(exist_ok=True)
    for name in (
        f"credex-actions-tree-{version}.tar.gz",
        f"credex_actions-{version}.tar.gz",
        "a.whl",
        "bill-of-materials.cdx.json",
        "notes.md",
    ):
        (folder / name).touch()
    (state / "calls").unlink(missing_ok=True)
    environment = {**os.environ, "PATH": f"{state / 'bin'}:{os.environ['PATH']}", "STATE": str(state)}
    subprocess.run([ROOT / "script" / "create-release", folder, branch], env=environment, check=True)
    return [line for line in (state / "calls").read_text().splitlines() if " create " in line]


def test_a_release_has_its_files_and_its_changelog_is_proposed(state: Path) -> None:
    release, pull = create(state, "1.2.0")
    assert release.startswith("release create v1.2.0 --verify-tag --title 1.2.0 --notes-file notes.md -- ")
    assert {"credex-actions-tree-1.2.0.tar.gz", "credex_actions-1.2.0.tar.gz", "a.whl", "bill-of-materials.cdx.json"} <= set(
        release.split()
    )
    assert pull.startswith("pr create --head changelog-v1.2.0 --base main")
    assert "--latest" not in release
    assert create(state, "1.2.0") == []


def test_a_fix_of_an_older_major_version_is_not_the_latest_and_its_changelog_goes_to_its_branch(state: Path) -> None:
    (state / "release-v2.0.0").write_text("false\n")
    release, pull = create(state, "1.2.1", "releases/v1")
    assert " --latest=false " in release
    assert pull.startswith("pr create --head changelog-v1.2.1 --base releases/v1 ")


@pytest.mark.parametrize(("version", "is_newest"), [("1.9.1", False), ("1.10.0", False), ("1.10.1", True), ("1.11.0", True)])
def test_a_job_that_is_run_again_late_does_not_make_an_older_version_the_latest(state: Path, version: str, *, is_newest: bool) -> None:
    for other in ("v1.9.0", "v1.10.0", "v1.11.0-rc.1"):
        (state / f"release-{other}").write_text("false\n")
    asked = create(state, version)
    assert [" --latest=false " in each for each in asked if each.startswith("release ")] == ([] if version == "1.10.0" else [not is_newest])


def test_a_run_that_was_cut_off_is_continued(state: Path) -> None:
    (state / "release-v1.2.0").write_text("false\n")
    (pull,) = create(state, "1.2.0")
    assert pull.startswith("pr create")


def test_a_draft_that_a_run_left_which_was_cut_off_while_it_uploaded_is_no_release(state: Path) -> None:
    (state / "cut-off").touch()
    with pytest.raises(subprocess.CalledProcessError):
        create(state, "1.2.0")
    (state / "cut-off").unlink()
    release, pull = create(state, "1.2.0")
    assert release.startswith("release create v1.2.0 ")
    assert pull.startswith("pr create")
    assert (state / "release-v1.2.0").read_text() == "false\n"
    assert create(state, "1.2.0") == []


def test_a_candidate_is_a_prerelease_without_a_changelog(state: Path) -> None:
    (release,) = create(state, "1.2.0-rc.1")
    assert "--prerelease" in release
