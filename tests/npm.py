"""Packages from npm that tests run, installed once for each package.json, outside the source tree. No lock file: it would hold the addresses of a registry."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).resolve().parents[1] / ".cache"


def installed(folder: Path) -> Path:
    """The folder whose node_modules has what `folder`'s package.json names. Raises FileNotFoundError where npm is missing."""
    packages = CACHE / folder.name
    wanted = (folder / "package.json").read_text()
    mark = packages / "package.json"
    if mark.exists() and mark.read_text() == wanted and (packages / "complete").exists():
        return packages
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is needed here: install Node.js 20 or newer")
    shutil.rmtree(packages, ignore_errors=True)
    packages.mkdir(parents=True)
    mark.write_text(wanted)
    command = [npm, "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    subprocess.run(command, cwd=packages, check=True, timeout=600)
    (packages / "complete").touch()
    return packages
