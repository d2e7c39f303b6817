"""Which files of a commit are part of its release: what a job reads, and the page that a person sees who looks at the tag."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from credex_actions.generation.carried import TOKEN_SUFFICES
from releasing.packages import LISTS

ROOT: Final = Path(__file__).resolve().parent.parent
TAKEN: Final = re.compile(
    r"(action\.yml|\.gitattributes|LICENSE|README\.md|CHANGELOG\.md|SECURITY\.md|docs/assets/[^/]+\.svg|(actions|credex_actions)/.+|\.github/(actions/.+|workflows/[^/]+\.yml))"
)
LEFT_OUT: Final = re.compile(r"credex_actions/(sandbox|generation)/.+")
NOT_INSTALLED: Final = {f"actions/requirements/{name}.txt" for name in LISTS if name not in TOKEN_SUFFICES}
"""A list that is there is one that its command may have to install (actions/start.py)."""


class File(NamedTuple):
    path: str
    content: bytes
    executable: bool = False


def is_taken(path: str) -> bool:
    return TAKEN.fullmatch(path) is not None and LEFT_OUT.fullmatch(path) is None and path not in NOT_INSTALLED


def of_working_tree(root: Path = ROOT) -> Iterator[File]:
    """The files as they are now; in a clean tree, those of its commit. Of the workflows those that other repositories reuse."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, check=True, capture_output=True
    )
    for path in sorted(listed.stdout.decode().split("\0")[:-1]):
        if not is_taken(path) or not (root / path).is_file():
            continue
        content = (root / path).read_bytes()
        if not path.startswith(".github/workflows/") or b"workflow_call:" in content:
            yield File(path, content, os.access(root / path, os.X_OK))
