"""The JDK and Maven that Neo4j needs: found, or named with the way to get them."""

import os
import re
import shutil
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

OLDEST: Final = 17
"""Java that Neo4j 5 runs on. Source: Neo4j operations manual, "System requirements"."""
PACKAGES: Final = {"a JDK": "openjdk-17-jdk-headless", "Maven": "maven"}
"""Of Debian."""
INSTALLS_WITHIN: Final = 600


class MissingToolError(Exception):
    """Says what is missing, and how to get it."""


class Toolchain(NamedTuple):
    java: str
    javac: str
    maven: str


def find() -> Toolchain:
    """Raises MissingToolError where something is missing and cannot be installed: as root on Debian it is."""
    try:
        return _look()
    except MissingToolError:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise
        _install()
        return _look()


def _look() -> Toolchain:
    home = os.environ.get("JAVA_HOME")
    own = str(Path(home) / "bin") if home else None
    found = {name: (own and shutil.which(name, path=own)) or shutil.which(name) for name in ("java", "javac")}
    maven = shutil.which("mvn")
    missing = [*([] if all(found.values()) else ["a JDK"]), *([] if maven else ["Maven"])]
    if missing or maven is None:
        verb = "are" if len(missing) > 1 else "is"
        install = " ".join(PACKAGES[each] for each in missing)
        raise MissingToolError(
            f"{' and '.join(missing)} {verb} missing; Neo4j needs {'them' if len(missing) > 1 else 'it'}. On Debian: apt-get install {install}"
        )
    java = str(found["java"])
    version = re.search(r'version "(\d+)', _said(java))
    if not version or int(version[1]) < OLDEST:
        raise MissingToolError(
            f"Java {version[1] if version else '?'} is too old for Neo4j: it needs {OLDEST}. Set JAVA_HOME to a newer JDK."
        )
    return Toolchain(java, str(found["javac"]), maven)


def release(java: str) -> str:
    """Tells one build of Java from another."""
    return sha256(_said(java).encode()).hexdigest()[:12]


@cache
def _said(java: str) -> str:
    return subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr


def _install() -> None:
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES.values()]):
        subprocess.run(["apt-get", "--quiet=2", *words], capture_output=True, timeout=INSTALLS_WITHIN, check=False)
