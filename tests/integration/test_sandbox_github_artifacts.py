"""Artifacts of a run of the sandbox's GitHub, as the stand-ins for upload-artifact and download-artifact leave and fetch them."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.suite import STAND_INS
from tests.integration.triggering import NAME

pytestmark = pytest.mark.slow

RUN: Final = 17


class Job:
    def __init__(self, github: GitHub, folder: Path) -> None:
        github.repository(NAME, {"README.md": ""})
        self.folder = folder
        self.about = {
            "GITHUB_API_URL": github.url,
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_RUN_ID": str(RUN),
            "http_proxy": "http://127.0.0.1:1",
        }

    def uploads(self, name: str, *files: Path, overwrite: str = "false") -> subprocess.CompletedProcess[str]:
        return self._does("upload", NAME=name, FILES="\n".join(map(str, files)), OVERWRITE=overwrite)

    def downloads(self, name: str = "", pattern: str = "*", merge: str = "false") -> subprocess.CompletedProcess[str]:
        return self._does("download", NAME=name, PATTERN=pattern, FOLDER=str(self.folder / "fetched"), MERGE=merge)

    @property
    def fetched(self) -> dict[str, str]:
        folder = self.folder / "fetched"
        return {str(each.relative_to(folder)): each.read_text() for each in sorted(folder.rglob("*")) if each.is_file()}

    def _does(self, what: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        script = STAND_INS / f"{what}-artifact" / f"{what}.py"
        return subprocess.run([sys.executable, "-I", script], env={**self.about, **inputs}, capture_output=True, text=True, check=False)


@pytest.fixture
def job(github: GitHub, tmp_path: Path) -> Job:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(name)
    return Job(github, tmp_path)


def test_what_one_job_uploads_another_one_downloads(job: Job) -> None:
    assert job.uploads("part-1", job.folder / "a.json").stdout == "artifact part-1: a.json, 1 bytes\n"
    job.uploads("part-2", job.folder / "b.json")
    job.uploads("other", job.folder / "b.json", job.folder / "a.json")
    assert job.downloads(pattern="part-*", merge="true").stdout == "Total of 2 artifact(s) downloaded\n"
    assert job.fetched == {"a.json": "a", "b.json": "b"}


def test_without_merging_each_has_a_folder_but_the_one_that_is_named(job: Job) -> None:
    for name in ("part-1", "part-2"):
        job.uploads(name, job.folder / "a.json")
    job.downloads()
    job.downloads(name="part-1")
    assert set(job.fetched) == {"a.json", "part-1/a.json", "part-2/a.json"}


def test_a_name_is_taken_until_it_is_overwritten(job: Job) -> None:
    job.uploads("part", job.folder / "a.json")
    refused = job.uploads("part", job.folder / "b.json")
    assert (refused.returncode, "an artifact with this name already exists on the workflow run" in refused.stderr) == (1, True)
    assert job.uploads("part", job.folder / "b.json", overwrite="true").returncode == 0
    job.downloads()
    assert job.fetched == {"part/b.json": "b"}


def test_a_pattern_may_match_nothing_and_a_name_may_not(job: Job) -> None:
    assert job.downloads(pattern="part-*").returncode == 0
    assert job.downloads(name="part").returncode == 1
    assert job.uploads("part", job.folder / "none.json").returncode == 1
