"""The JDK and Maven that Neo4j needs: found, or named with the way to get them."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

OLDEST: Final = 17
NEWER: Final = 21
CALENDAR: Final = 2025
"""Neo4j 5 runs on the first, from this version on it needs the second. Source: Neo4j operations manual, "System requirements"."""
INSTALLED: Final = Path("/usr/lib/jvm")
"""Where Linux distributions keep JDKs side by side."""
PACKAGES: Final = {"a JDK": "openjdk-17-jdk-headless", "Maven": "maven"}
"""Of Debian."""
INSTALLS_WITHIN: Final = 600


class MissingToolError(Exception):
    """Says what is missing, and how to get it."""


class Toolchain(NamedTuple):
    java: str
    javac: str
    maven: str


def find(version: str = "") -> Toolchain:
    """For that version of Neo4j. Raises MissingToolError where something is missing and cannot be installed: as root on Debian it is."""
    needs = NEWER if int(version.partition(".")[0] or 0) >= CALENDAR else OLDEST
    try:
        return _look(needs)
    except MissingToolError:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise
        _install()
        return _look(needs)


def _look(needs: int) -> Toolchain:
    """JAVA_HOME before PATH, and before what is installed beside; the first one that is new enough."""
    kits = list(_kits())
    maven = shutil.which("mvn")
    missing = [*([] if kits else ["a JDK"]), *([] if maven else ["Maven"])]
    if missing or maven is None:
        verb = "are" if len(missing) > 1 else "is"
        install = " ".join(PACKAGES[each] for each in missing)
        raise MissingToolError(
            f"{' and '.join(missing)} {verb} missing; Neo4j needs {'them' if len(missing) > 1 else 'it'}. On Debian: apt-get install {install}"
        )
    for java, javac in kits:
        if _number(java) >= needs:
            return Toolchain(java, javac, maven)
    first = _number(kits[0][0])
    raise MissingToolError(f"Java {first or '?'} is too old for Neo4j: it needs {needs}. Set JAVA_HOME to a newer JDK.")


def _kits() -> Iterator[tuple[str, str]]:
    home = os.environ.get("JAVA_HOME")
    own = str(Path(home) / "bin") if home else None
    first = {name: (own and shutil.which(name, path=own)) or shutil.which(name) for name in ("java", "javac")}
    if all(first.values()):
        yield str(first["java"]), str(first["javac"])
        for folder in sorted(INSTALLED.glob("*/bin")):
            if (folder / "java").exists() and (folder / "javac").exists():
                yield str(folder / "java"), str(folder / "javac")


def _number(java: str) -> int:
    found = re.search(r'version "(\d+)', _said(java))
    return int(found[1]) if found else 0


def release(java: str) -> str:
    """Tells one build of Java from another."""
    return sha256(_said(java).encode()).hexdigest()[:12]


@cache
def _said(java: str) -> str:
    return subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr


def _install() -> None:
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES.values()]):
        subprocess.run(["apt-get", "--quiet=2", *words], capture_output=True, timeout=INSTALLS_WITHIN, check=False)
