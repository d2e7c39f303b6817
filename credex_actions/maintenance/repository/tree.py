"""The files of a repository, as git has them: what is ignored or not committed is nobody's neglect."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

from credex_actions.maintenance.checking import Skipped

LARGEST: Final = 1 << 20
"""Bytes of a file that is read: no document or workflow is larger."""
GIT_WITHIN: Final = 120


@dataclass(frozen=True)
class Tree:
    """`files`: paths relative to `root`, with `/`, sorted."""

    root: str
    files: tuple[str, ...]

    @cached_property
    def known(self) -> frozenset[str]:
        """Files and directories."""
        folders = {str(parent) for file in self.files for parent in PurePosixPath(file).parents}
        return frozenset(self.files) | folders

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(file.rpartition("/")[2] for file in self.files)

    def text(self, file: str) -> str:
        """Empty for what is too large, no text, or gone."""
        path = os.path.join(self.root, file)
        try:
            if os.path.islink(path) or os.path.getsize(path) > LARGEST:
                return ""
            with open(path, encoding="utf-8") as opened:
                return opened.read()
        except (OSError, UnicodeDecodeError):
            return ""

    def below(self, *suffixes: str) -> Iterator[str]:
        return (file for file in self.files if file.endswith(suffixes))


def read_tree(root: str) -> Tree:
    """Raises Skipped."""
    if not os.path.isdir(root):
        raise Skipped(f"{root} is not a directory: is the repository checked out?")
    listed = git(root, "ls-files", "-z", "--cached")
    return Tree(root, tuple(sorted(each for each in listed.split("\0") if each)))


def git(root: str, *arguments: str, feed: str = "", none: int = 0) -> str:
    """What it prints. `none`: the exit code that says that there is nothing to print. Raises Skipped."""
    try:
        ended = subprocess.run(
            ["git", "-c", "core.quotepath=off", "-C", root, *arguments],
            capture_output=True,
            timeout=GIT_WITHIN,
            check=False,
            input=feed.encode(),
        )
    except FileNotFoundError:
        raise Skipped("git is not installed here") from None
    except subprocess.TimeoutExpired:
        raise Skipped(f"git {arguments[0]} has not ended within {GIT_WITHIN} seconds") from None
    if ended.returncode not in {0, none}:
        lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Skipped(f"git {arguments[0]}: {lines[-1] if lines else f'ended with code {ended.returncode}'}")
    return ended.stdout.decode("utf-8", "replace")


def directory_of(file: str) -> str:
    """As Dependabot names it: `/` is the repository."""
    return f"/{file.rpartition('/')[0]}"


def line_of(text: str, needle: str) -> int:
    """The first line that has `needle`, from 1; 0 if none has."""
    at = text.find(needle)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def directories(files: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({directory_of(file) for file in files}))
