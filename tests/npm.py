"""Packages from npm that tests run, pinned by hash, installed once for each lock file, outside the source tree.

The lock files name no registry: `script/lock` writes them so, and npm asks the one it is configured for.
"""

import fcntl
import shutil
import subprocess
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).resolve().parents[1] / ".cache"
PINNED: Final = "package.json", "package-lock.json"


def installed(folder: Path) -> Path:
    """The folder whose node_modules has what `folder`'s package-lock.json names; who comes first installs it, and others wait for that.

    Raises FileNotFoundError where npm is missing.
    """
    packages = CACHE / folder.name
    wanted = {name: (folder / name).read_text() for name in PINNED}
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (packages / "complete").exists() and all((packages / name).read_text() == text for name, text in wanted.items()):
            return packages
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("npm is needed here: install Node.js 20 or newer")
        shutil.rmtree(packages, ignore_errors=True)
        packages.mkdir()
        for name, text in wanted.items():
            (packages / name).write_text(text)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
        subprocess.run(command, cwd=packages, check=True, timeout=600)
        (packages / "complete").touch()
    return packages
