"""A release as script/release builds it, and a machine from which no package index can be reached."""

import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CLOSED: Final = "http://127.0.0.1:9"
NO_INDEX: Final = {
    "PIP_INDEX_URL": f"{CLOSED}/simple",
    "UV_DEFAULT_INDEX": f"{CLOSED}/simple",
    "HTTPS_PROXY": CLOSED,
    "https_proxy": CLOSED,
}
"""With these nothing is installed: tests/integration/test_release_tree.py."""


def build(output: Path, *arguments: str, **environment: str) -> str:
    command = [sys.executable, "-m", "releasing", "--dry-run", "--output", str(output), *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def built(base: Path) -> Path:
    """The folder of a release, below `base`; who comes first builds it, or unpacks the candidate whose folder the variable RELEASE_UNDER_TEST names."""
    folder, unfinished = base / "release", base / "release-unfinished"
    with (base / "release.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            if candidate := os.environ.get("RELEASE_UNDER_TEST"):
                unpack(Path(candidate), unfinished)
            else:
                build(unfinished)
            unfinished.rename(folder)
    return folder


def unpack(candidate: Path, folder: Path) -> None:
    """As the folder was when it was built."""
    shutil.copytree(candidate, folder)
    (archive,) = folder.glob("credex-actions-tree-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (folder / archive.name.removesuffix(".tar.gz")).rename(folder / "tree")
