"""The jars of one version of Neo4j and the class that starts it, made once and kept in the user's cache."""

import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from credex_actions.sandbox.neo4j.toolchain import Toolchain

DEFAULT: Final = "5.26.16"
SOURCE: Final = Path(__file__).with_name("Neo4jSandbox.java")
PLUGIN: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
ARTIFACTS: Final = (("org.neo4j", "neo4j"), ("org.neo4j.app", "neo4j-server"), ("org.neo4j", "neo4j-consistency-check"))
STARTER: Final = "starter.jar"
"""Java archives the classes of jars, and of no folder (class_data.py)."""
SIGNATURE: Final = re.compile(r"META-INF/[^/]+\.(SF|RSA|DSA|EC)", re.IGNORECASE)
"""Java archives no classes of signed jars either, and would check each of them at every start; Maven has checked the jars when it fetched them."""
LIBRARY: Final = "libjnidispatch.so"
PLATFORMS: Final = {"x86_64": "linux-x86-64", "aarch64": "linux-aarch64"}
FETCHES_WITHIN: Final = 900
BRIEF: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For programs that end before more thorough compiling pays: half of their processor time."""


class NoDistributionError(Exception):
    """Says what went wrong, in Maven's or the compiler's own words."""


def classpath(version: str, tools: Toolchain) -> str:
    """Of the server and the starter. Raises NoDistributionError."""
    made = folder(version, tools)
    return f"{made / STARTER}:{made / 'lib'}/*"


def folder(version: str, tools: Toolchain) -> Path:
    """Where they are. Raises NoDistributionError."""
    folder = _folder(version)
    if not folder.exists():
        with alone(folder):
            if not folder.exists():
                _make(folder, version, tools)
    return folder


def native(version: str) -> Path | None:
    """The folder with JNA's library for this machine, so that it need not be unpacked into the temporary folder at each start: that may be full."""
    folder = _folder(version) / "native"
    return folder if (folder / LIBRARY).exists() else None


def _folder(version: str) -> Path:
    mark = sha256(SOURCE.read_bytes() + repr((ARTIFACTS, STARTER, SIGNATURE.pattern, LIBRARY)).encode()).hexdigest()[:12]
    return _cache() / f"{version}-{mark}"


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "credex-actions" / "neo4j"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process makes it, the others wait for it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(folder: Path, version: str, tools: Toolchain) -> None:
    work = Path(mkdtemp(dir=folder.parent, prefix=".making-"))
    try:
        (work / "pom.xml").write_text(_pom(version))
        _run([tools.maven, "--quiet", "--batch-mode", "--no-transfer-progress", PLUGIN, "-DoutputDirectory=lib"], work)
        _run([tools.javac, *(f"-J{option}" for option in BRIEF), "-cp", "lib/*", "-d", "classes", str(SOURCE)], work)
        with zipfile.ZipFile(work / STARTER, "w") as jar:
            for each in (work / "classes").iterdir():
                jar.write(each, each.name)
        _unsign(work)
        _unpack(work)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _unsign(work: Path) -> None:
    for jar in (work / "lib").glob("*.jar"):
        with zipfile.ZipFile(jar) as signed:
            if not any(SIGNATURE.fullmatch(name) for name in signed.namelist()):
                continue
            with zipfile.ZipFile(work / "unsigned.jar", "w", zipfile.ZIP_DEFLATED) as unsigned:
                for each in signed.infolist():
                    if not SIGNATURE.fullmatch(each.filename):
                        unsigned.writestr(each, signed.read(each))
        (work / "unsigned.jar").replace(jar)


def _unpack(work: Path) -> None:
    wanted = f"com/sun/jna/{PLATFORMS.get(platform.machine(), '')}/{LIBRARY}"
    for jar in (work / "lib").glob("jna-[0-9]*.jar"):
        with zipfile.ZipFile(jar) as archive:
            if sys.platform == "linux" and wanted in archive.namelist():
                (work / "native").mkdir(exist_ok=True)
                (work / "native" / LIBRARY).write_bytes(archive.read(wanted))


def _run(command: list[str], folder: Path) -> None:
    environment = os.environ | {"MAVEN_OPTS": " ".join((*BRIEF, os.environ.get("MAVEN_OPTS", "")))}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=FETCHES_WITHIN)
    if ended.returncode:
        last = "\n".join((ended.stdout + ended.stderr).strip().splitlines()[-8:])
        raise NoDistributionError(f"{Path(command[0]).name} failed, so that there is no Neo4j to start:\n{last}")


def _pom(version: str) -> str:
    wanted = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for group, name in ARTIFACTS
    )
    head = "<modelVersion>4.0.0</modelVersion><groupId>sandbox</groupId><artifactId>neo4j</artifactId><version>1</version>"
    return f"<project>{head}<dependencies>{wanted}</dependencies></project>"
