"""What git knows of the repository, and the one thing that a release writes into it: a commit with its tree, and a tag."""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

WHO: Final = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "credex-actions"), ("EMAIL", "credex-actions@users.noreply.github.com"))
}


def git(root: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
    return done.stdout.strip()


def tags(root: Path) -> list[str]:
    return git(root, "tag", "--list").splitlines()


def is_clean(root: Path) -> bool:
    return not git(root, "status", "--porcelain")


def tags_of_origin(root: Path) -> dict[str, str]:
    """Tag -> the object that it names; of an annotated one, that of the tag itself, which is what a lease is compared with."""
    listed = (line.split("\t") for line in git(root, "ls-remote", "--refs", "--tags", "origin").splitlines())
    return {name.removeprefix("refs/tags/"): commit for commit, name in listed}


def contains(root: Path, branch: str) -> bool:
    """Whether `branch` has the present commit; False where there is no such branch."""
    done = subprocess.run(["git", "merge-base", "--is-ancestor", "HEAD", branch], cwd=root, check=False, capture_output=True)
    return done.returncode == 0


def branch_of_releases(root: Path, main: str) -> tuple[str, bool]:
    """The branch of origin's, among `main` and those below releases/, that lacks the fewest of this commit's ancestors, and whether it has the commit itself.

    A topic that no branch has yet is for the one that it was begun on. `main` if there are several, or none.
    """
    listed = git(
        root, "for-each-ref", "--format=%(refname:lstrip=3)", f"refs/remotes/origin/{main}", "refs/remotes/origin/releases"
    ).splitlines()
    lacking = {
        name: int(git(root, "rev-list", "--count", f"origin/{name}..HEAD")) for name in sorted(listed, key=lambda name: name != main)
    }
    name = min(lacking, key=lambda name: lacking[name], default=main)
    return name, lacking.get(name) == 0


def is_shallow(root: Path) -> bool:
    return git(root, "rev-parse", "--is-shallow-repository") == "true"


def commit_time(root: Path) -> int:
    return int(git(root, "log", "-1", "--format=%ct"))


def commit(root: Path, folder: Path, seconds: int, message: str) -> str:
    """A commit of exactly what is in `folder`, on top of the present one, which that was built from. No branch has it; its id follows from its content."""
    with tempfile.TemporaryDirectory() as scratch:
        apart = {
            "GIT_DIR": git(root, "rev-parse", "--absolute-git-dir"),
            "GIT_INDEX_FILE": str(Path(scratch) / "index"),
            "GIT_WORK_TREE": str(folder),
        }
        git(folder, "-c", "core.autocrlf=false", "-c", "core.fileMode=true", "add", "--all", "--force", ".", **apart)
        return _committed(root, git(folder, "write-tree", **apart), seconds, message)


def commit_file(root: Path, path: str, content: Path, seconds: int, message: str) -> str:
    """A commit on top of the present one in which one file has other content. No branch has it."""
    with tempfile.TemporaryDirectory() as scratch:
        apart = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        git(root, "read-tree", "HEAD", **apart)
        blob = git(root, "hash-object", "-w", "--no-filters", str(content.absolute()))
        git(root, "update-index", "--cacheinfo", f"100644,{blob},{path}", **apart)
        return _committed(root, git(root, "write-tree", **apart), seconds, message)


def _committed(root: Path, tree: str, seconds: int, message: str) -> str:
    dates = {f"GIT_{role}_DATE": f"{seconds} +0000" for role in ("AUTHOR", "COMMITTER")}
    return git(root, "commit-tree", tree, "-p", git(root, "rev-parse", "HEAD"), "-m", message, **WHO, **dates)
