"""The repositories behind the API: bare ones that git itself reads and writes."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

AUTHOR: Final = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A developer"), ("EMAIL", "developer@example.com"))
}


class Commit(NamedTuple):
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    email: str
    date: str
    message: str


class NoSuchRevisionError(Exception):
    """git knows no such branch, tag or commit."""


def git(folder: Path, *arguments: str, stdin: bytes | None = None) -> bytes:
    """Raises subprocess.CalledProcessError."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= AUTHOR | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(["git", *arguments], cwd=folder, env=environment, input=stdin, check=True, capture_output=True).stdout


def create(folder: Path, branch: str) -> None:
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare", "--initial-branch", branch)
    git(folder, "config", "http.receivepack", "true")


def commit_files(folder: Path, branch: str, files: Mapping[str, str | None], message: str, source: Path | None = None) -> str:
    """A commit on `branch` (made from the default branch where it is new) with these files changed; None removes one. Gives its sha."""
    with tempfile.TemporaryDirectory(prefix="github-push-") as scratch:
        tree = Path(scratch) / "tree"
        git(folder.parent, "clone", "--quiet", str(folder), str(tree))
        known = git(tree, "branch", "--remotes", "--list", f"origin/{branch}").strip()
        empty = not git(tree, "branch", "--remotes").strip()
        git(
            tree,
            "checkout",
            "--quiet",
            *(("-B", branch, f"origin/{branch}") if known else ("--orphan", branch) if empty else ("-B", branch)),
        )
        if source is not None:
            copy(source, tree)
        for name, text in files.items():
            path = tree / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        git(tree, "add", "--all")
        git(tree, "commit", "--quiet", "--allow-empty", "--message", message)
        git(tree, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return git(tree, "rev-parse", "HEAD").decode().strip()


def copy(source: Path, into: Path) -> None:
    """What a push of `source` would bring: in a checkout what git tracks or does not ignore; else all but dependencies and virtual environments."""
    try:
        listed = git(source, "ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0")
    except subprocess.CalledProcessError:
        listed = []
    if not any(listed):  # no checkout, or one that ignores the whole folder
        shutil.copytree(source, into, dirs_exist_ok=True, symlinks=True, ignore=_not_pushed)
        return
    for name in filter(None, listed):
        path = source / name
        if path.is_symlink() or path.is_file():  # one that was deleted, and not committed, is still listed; a submodule is a folder
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, into / name, follow_symlinks=False)


def _not_pushed(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name in {".git", "node_modules"} or (Path(folder) / name / "pyvenv.cfg").exists()}


def branches(folder: Path) -> dict[str, str]:
    """Name -> sha."""
    listed = git(folder, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads").decode()
    return dict(line.rsplit(" ", 1) for line in listed.splitlines())


def tags(folder: Path) -> dict[str, str]:
    listed = git(folder, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/tags").decode()
    return dict(line.rsplit(" ", 1) for line in listed.splitlines())


def resolve(folder: Path, revision: str) -> str:
    """The commit that a branch, tag or sha names. Raises NoSuchRevisionError."""
    for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
        try:
            return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode().strip()
        except subprocess.CalledProcessError:
            continue
    raise NoSuchRevisionError(revision)


def read(folder: Path, sha: str, path: str) -> bytes | None:
    """The file's bytes; None if there is none."""
    try:
        return git(folder, "cat-file", "blob", f"{sha}:{path}")
    except subprocess.CalledProcessError:
        return None


def listing(folder: Path, sha: str, path: str) -> list[tuple[str, str, str]] | None:
    """(type, sha, name) of what is in a folder; None if there is no such folder."""
    try:
        listed = git(folder, "ls-tree", f"{sha}:{path}").decode()
    except subprocess.CalledProcessError:
        return None
    rows = (line.split(None, 2) for line in listed.splitlines())
    return [(kind, rest.split("\t")[0], rest.split("\t")[1]) for _, kind, rest in rows]


def commit(folder: Path, sha: str) -> Commit:
    text = git(folder, "show", "--no-patch", "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%B", sha).decode()
    full, tree, parents, author, email, date, message = text.split("\0")
    return Commit(full, tree, tuple(parents.split()), author, email, date, message.strip())


def between(folder: Path, base: str, head: str) -> tuple[str, list[Commit], int]:
    """Their merge base, the commits that `head` has beyond it (oldest first), and how many `base` has beyond it."""
    merge_base = git(folder, "merge-base", base, head).decode().strip()
    ahead = git(folder, "rev-list", "--reverse", f"{base}..{head}").decode().split()
    behind = int(git(folder, "rev-list", "--count", f"{head}..{base}"))
    return merge_base, [commit(folder, sha) for sha in ahead], behind


def checkout(folder: Path, sha: str, into: Path, full_name: str) -> None:
    """A clone of its own at `sha`, as a run's workspace. act reads the repository's name off the remote."""
    git(folder.parent, "clone", "--quiet", "--no-checkout", str(folder), str(into))
    git(into, "checkout", "--quiet", "--detach", sha)
    git(into, "remote", "set-url", "origin", f"https://github.com/{full_name}.git")


def changed_files(folder: Path, base: str, head: str) -> list[dict[str, object]]:
    """As a comparison lists them: filename, status, additions, deletions, changes."""
    kinds = {"A": "added", "D": "removed", "M": "modified"}
    named = git(folder, "diff", "--no-renames", "--name-status", "-z", base, head).decode().split("\0")[:-1]
    status = dict(zip(named[1::2], named[::2], strict=True))
    rows = []
    for line in git(folder, "diff", "--no-renames", "--numstat", "-z", base, head).decode().split("\0")[:-1]:
        plus, minus, name = line.split("\t", 2)
        added, removed = (int(count) if count.isdigit() else 0 for count in (plus, minus))
        kind = kinds.get(status.get(name, "M"), "changed")
        rows.append({"sha": head, "filename": name, "status": kind, "additions": added, "deletions": removed, "changes": added + removed})
    return rows


def write_tree(folder: Path, base: str, files: Mapping[str, bytes]) -> str:
    """The sha of a tree: that of `base` with these files."""
    with tempfile.TemporaryDirectory(prefix="github-tree-") as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        if base:
            _plumbing(folder, index, "read-tree", base)
        for path, content in files.items():
            blob = git(folder, "hash-object", "-w", "--stdin", stdin=content).decode().strip()
            _plumbing(folder, index, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        return _plumbing(folder, index, "write-tree")


def write_commit(folder: Path, tree: str, parents: tuple[str, ...], message: str) -> str:
    return git(folder, "commit-tree", tree, *(part for each in parents for part in ("-p", each)), stdin=message.encode()).decode().strip()


def set_branch(folder: Path, branch: str, sha: str) -> None:
    git(folder, "update-ref", f"refs/heads/{branch}", sha)


def _plumbing(folder: Path, more: Mapping[str, str], *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | AUTHOR | dict(more)
    return subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout.strip()
