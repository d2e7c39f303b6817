"""What becomes of a built release in git: a commit, two tags and a branch, the same ones whoever makes them."""

import subprocess
from pathlib import Path

import pytest

from releasing import publish, repository, tree
from releasing.contents import File
from releasing.publish import NotPublishedError
from releasing.versions import Version

SECONDS = 1_790_000_000


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of an empty origin, with one commit."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch", "main", tmp_path / "origin"], check=True)
    subprocess.run(["git", "clone", "--quiet", tmp_path / "origin", tmp_path / "clone"], check=True, capture_output=True)
    folder = tmp_path / "clone"
    (folder / "CHANGELOG.md").write_text("before\n")
    (folder / "source").write_text("source\n")
    repository.git(folder, "add", ".")
    repository.git(folder, "commit", "--quiet", "--message", "As it is", **repository.WHO)
    repository.git(folder, "push", "--quiet", "origin", "HEAD:main")
    return folder


def built(folder: Path, version: str, *files: File) -> Path:
    folder.mkdir()
    tree.pack(files, folder / f"credex-actions-tree-{version}.tar.gz", SECONDS)
    (folder / "CHANGELOG.md").write_text(f"after {version}\n")
    return folder


FILES = (
    File("action.yml", b"name: x\n"),
    File("start.sh", b"echo\r\n", executable=True),
    File("packages/.gitignore", b"*\n"),
    File("packages/a.py", b""),
    File("packages.txt", b""),
)


def names(folder: Path) -> dict[str, str]:
    """Reference -> commit, at origin."""
    listed = repository.git(folder, "ls-remote", "origin").splitlines()
    return {name: commit for commit, name in (line.split("\t") for line in listed) if name != "HEAD"}


def test_a_release_is_a_commit_of_exactly_its_files_on_what_it_was_built_from(clone: Path, tmp_path: Path) -> None:
    head = repository.git(clone, "rev-parse", "HEAD")
    publish.publish(clone, built(tmp_path / "built", "1.2.0", *FILES), push=True)
    seen = names(clone)
    commit = seen["refs/tags/v1.2.0"]
    assert seen["refs/tags/v1"] == commit
    assert repository.git(clone, "rev-parse", f"{commit}^") == head
    assert repository.git(clone, "rev-parse", f"{commit}^{{tree}}") == tree.identity(FILES)
    listed = repository.git(clone, "ls-tree", "-r", commit).splitlines()
    assert {(line.split()[0], line.split("\t")[1]) for line in listed} == {
        ("100644", "action.yml"),
        ("100755", "start.sh"),
        ("100644", "packages/.gitignore"),
        ("100644", "packages/a.py"),
        ("100644", "packages.txt"),  # which git orders before the folder
    }
    assert repository.git(clone, "cat-file", "blob", f"{commit}:start.sh") == "echo"
    assert int(repository.git(clone, "cat-file", "-s", f"{commit}:start.sh")) == len(
        b"echo\r\n"
    )  # as it is, whatever git thinks of line ends
    assert repository.git(clone, "show", f"{seen['refs/heads/changelog-v1.2.0']}:CHANGELOG.md") == "after 1.2.0"
    assert repository.git(clone, "show", f"{seen['refs/heads/changelog-v1.2.0']}:source") == "source"
    assert repository.git(clone, "status", "--porcelain") == ""


def test_running_it_again_changes_nothing(clone: Path, tmp_path: Path) -> None:
    folder = built(tmp_path / "built", "1.2.0", *FILES)
    publish.publish(clone, folder, push=True)
    before = names(clone)
    publish.publish(clone, folder, push=True)
    assert names(clone) == before


def test_a_tag_is_never_replaced(clone: Path, tmp_path: Path) -> None:
    publish.publish(clone, built(tmp_path / "built", "1.2.0", *FILES), push=True)
    before = names(clone)
    with pytest.raises(NotPublishedError, match="never replaced"):
        publish.publish(clone, built(tmp_path / "other", "1.2.0", *FILES[:1]), push=True)
    repository.git(clone, "tag", "--delete", "v1.2.0")  # a clone that does not know of it
    with pytest.raises(subprocess.CalledProcessError):
        publish.publish(clone, tmp_path / "other", push=True)
    assert names(clone) == before  # all or nothing: neither v1 nor the branch moved


def test_the_major_tag_moves_with_the_next_version_and_not_with_a_candidate(clone: Path, tmp_path: Path) -> None:
    publish.publish(clone, built(tmp_path / "built", "1.2.0", *FILES), push=True)
    publish.publish(clone, built(tmp_path / "candidate", "1.3.0-rc.1", *FILES[:2]), push=True)
    assert names(clone)["refs/tags/v1"] == names(clone)["refs/tags/v1.2.0"]
    assert "refs/heads/changelog-v1.3.0-rc.1" not in names(clone)
    publish.publish(clone, built(tmp_path / "next", "1.3.0", *FILES[:3]), push=True)
    assert names(clone)["refs/tags/v1"] == names(clone)["refs/tags/v1.3.0"] != names(clone)["refs/tags/v1.2.0"]


def test_a_job_that_is_run_again_late_does_not_move_the_major_tag_back(clone: Path, tmp_path: Path) -> None:
    first = built(tmp_path / "first", "1.2.0", *FILES)
    publish.publish(clone, first, push=True)
    publish.publish(clone, built(tmp_path / "newer", "1.10.0", *FILES[:2]), push=True)
    publish.publish(clone, built(tmp_path / "other", "2.0.0", *FILES[:3]), push=True)
    before = names(clone)
    assert "v1 stays where it is" in publish.publish(clone, first, push=True)
    assert names(clone) == before
    assert before["refs/tags/v1"] == before["refs/tags/v1.10.0"]
    assert before["refs/tags/v2"] == before["refs/tags/v2.0.0"]


def test_a_candidate_of_a_later_version_does_not_keep_the_major_tag_back(clone: Path, tmp_path: Path) -> None:
    publish.publish(clone, built(tmp_path / "candidate", "1.3.0-rc.1", *FILES[:2]), push=True)
    publish.publish(clone, built(tmp_path / "built", "1.2.0", *FILES), push=True)
    assert names(clone)["refs/tags/v1"] == names(clone)["refs/tags/v1.2.0"]


@pytest.mark.parametrize("seen", [{}, {"v1": "0" * 39 + "1"}], ids=["none-yet", "another"])
def test_a_major_tag_that_somebody_else_moved_meanwhile_is_left_and_nothing_is_pushed(
    clone: Path, tmp_path: Path, seen: dict[str, str]
) -> None:
    publish.publish(clone, built(tmp_path / "built", "1.2.0", *FILES), push=True)
    before = names(clone)
    lease, moved = publish.major(Version(1, 3, 0), repository.git(clone, "rev-parse", "HEAD"), seen)
    with pytest.raises(subprocess.CalledProcessError):
        repository.git(clone, "push", "--quiet", "--atomic", lease, "origin", moved, "HEAD:refs/tags/v1.3.0")
    assert names(clone) == before


def test_what_main_does_not_have_is_not_released(clone: Path, tmp_path: Path) -> None:
    (clone / "source").write_text("of a branch\n")
    repository.git(clone, "commit", "--quiet", "--all", "--message", "Not reviewed", **repository.WHO)
    folder = built(tmp_path / "built", "1.2.0", *FILES)
    before = names(clone)
    with pytest.raises(NotPublishedError, match="is not in main"):
        publish.check(clone, folder)
    with pytest.raises(NotPublishedError, match="is not in main"):
        publish.publish(clone, folder, push=True)
    assert names(clone) == before
    assert repository.tags(clone) == []


def on_older_branch(clone: Path, tmp_path: Path) -> str:
    """Version 2 is out, and the clone is on a fix of version 1: the commit of the first release, and one more."""
    publish.publish(clone, built(tmp_path / "one", "1.2.0", *FILES), push=True)
    publish.publish(clone, built(tmp_path / "two", "2.0.0", *FILES[:3]), push=True)
    repository.git(clone, "switch", "--quiet", "--create", "releases/v1", "v1.2.0^")
    (clone / "source").write_text("fixed\n")
    repository.git(clone, "commit", "--quiet", "--all", "--message", "Fixed", **repository.WHO)
    return repository.git(clone, "rev-parse", "HEAD")


def test_a_fix_of_an_older_major_version_moves_its_own_tag_alone(clone: Path, tmp_path: Path) -> None:
    fix = on_older_branch(clone, tmp_path)
    repository.git(clone, "push", "--quiet", "origin", "HEAD")
    before = names(clone)
    folder = built(tmp_path / "fix", "1.2.1", *FILES[:2])
    assert publish.check(clone, folder) == "releases/v1 has the workflows of 1.2.1."
    publish.publish(clone, folder, push=True)
    after = names(clone)
    assert after["refs/tags/v1"] == after["refs/tags/v1.2.1"] != before["refs/tags/v1"]
    assert repository.git(clone, "rev-parse", "v1.2.1^") == fix
    assert repository.git(clone, "show", f"{after['refs/heads/changelog-v1.2.1']}:source") == "fixed"
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"refs/tags/v1", "refs/tags/v1.2.1", "refs/heads/changelog-v1.2.1"}


def test_a_fix_of_an_older_major_version_is_released_from_its_branch_alone(clone: Path, tmp_path: Path) -> None:
    fix = on_older_branch(clone, tmp_path)
    repository.git(clone, "push", "--quiet", "origin", "v1.2.0^:refs/heads/releases/v1")  # the branch does not have the fix
    before = names(clone)
    folder = built(tmp_path / "fix", "1.2.1", *FILES[:2])
    words = r"is not in releases/v1, and 1\.2\.1 is released only from what releases/v1 has"
    with pytest.raises(NotPublishedError, match=words):
        publish.check(clone, folder)
    with pytest.raises(NotPublishedError, match=words):
        publish.publish(clone, folder, push=True)
    with pytest.raises(NotPublishedError, match="is not in main"):
        publish.publish(clone, built(tmp_path / "other", "2.0.1", *FILES[:2]), push=True)
    assert names(clone) == before
    assert repository.git(clone, "rev-parse", "HEAD") == fix


def test_a_commit_is_for_the_branch_that_it_was_begun_on(clone: Path, tmp_path: Path) -> None:
    assert repository.branch_of_releases(clone, "main") == ("main", True)
    on_older_branch(clone, tmp_path)
    repository.git(clone, "push", "--quiet", "origin", "HEAD")
    assert repository.branch_of_releases(clone, "main") == ("releases/v1", True)
    repository.git(clone, "switch", "--quiet", "--create", "topic")
    repository.git(clone, "commit", "--quiet", "--allow-empty", "--message", "Not reviewed", **repository.WHO)
    assert repository.branch_of_releases(clone, "main") == ("releases/v1", False)
    repository.git(clone, "switch", "--quiet", "main")
    assert repository.branch_of_releases(clone, "main") == ("main", True)
    repository.git(clone, "remote", "remove", "origin")
    assert repository.branch_of_releases(clone, "main") == ("main", False)


def test_without_push_nothing_leaves_the_machine(clone: Path, tmp_path: Path) -> None:
    before = names(clone)
    said = publish.publish(clone, built(tmp_path / "built", "1.2.0", *FILES), push=False)
    assert said.endswith(f"python3 -m releasing.publish {tmp_path / 'built'} --push")
    assert names(clone) == before


def changed_on_main(clone: Path, folder: Path, name: str) -> None:
    """By somebody else, while the release waits for its reviewers."""
    subprocess.run(["git", "clone", "--quiet", clone.parent / "origin", folder], check=True, capture_output=True)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("on: push\n")
    repository.git(folder, "add", ".")
    repository.git(folder, "commit", "--quiet", "--message", "Meanwhile", **repository.WHO)
    repository.git(folder, "push", "--quiet", "origin", "HEAD:main")


def test_other_workflows_on_main_end_it_before_anything_is_signed(clone: Path, tmp_path: Path) -> None:
    folder = built(tmp_path / "built", "1.2.0", *FILES)
    changed_on_main(clone, tmp_path / "one", "source-too")
    assert "main has the workflows of 1.2.0" in publish.check(clone, folder)
    changed_on_main(clone, tmp_path / "two", ".github/workflows/checks.yml")
    before = names(clone)
    with pytest.raises(NotPublishedError, match=r"\.github/workflows/checks\.yml.*start the workflow Release again"):
        publish.check(clone, folder)
    assert names(clone) == before
    assert repository.tags(clone) == []


def test_what_is_pushed_already_needs_no_check(clone: Path, tmp_path: Path) -> None:
    folder = built(tmp_path / "built", "1.2.0", *FILES)
    publish.publish(clone, folder, push=True)
    changed_on_main(clone, tmp_path / "one", ".github/workflows/checks.yml")
    assert "pushed already" in publish.check(clone, folder)


def test_another_build_of_a_version_that_is_pushed_ends_before_anything_is_signed(clone: Path, tmp_path: Path) -> None:
    publish.publish(clone, built(tmp_path / "built", "1.2.0", *FILES), push=True)
    with pytest.raises(NotPublishedError, match="A release is never replaced"):
        publish.check(clone, built(tmp_path / "other", "1.2.0", *FILES[1:]))


def test_a_folder_without_a_release_is_none(clone: Path, tmp_path: Path) -> None:
    with pytest.raises(NotPublishedError, match="has no release in it"):
        publish.publish(clone, tmp_path, push=True)
