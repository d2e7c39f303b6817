"""On a machine without a JDK, Maven, Node or Chromium: what is missing is reported at once, and what can be done without is done."""

import shutil
import subprocess
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from credex_actions.sandbox.databases import Databases
from tests.e2e import demo

ROOT = Path(__file__).resolve().parents[2]
BARE = ("bash", "env", "dirname", "tail")


def folder_of(tools: Iterable[str], folder: Path) -> str:
    for tool in tools:
        (folder / tool).symlink_to(str(shutil.which(tool)))
    return str(folder)


def script_test(folder: Path, *tools: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": folder_of((*BARE, *tools), folder), **more}
    return subprocess.run([ROOT / "script" / "test"], env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_script_test_names_all_that_is_missing_before_it_begins(tmp_path: Path) -> None:
    ran = script_test(tmp_path)
    assert ran.returncode == 2
    assert "missing on this machine: git, a JDK (17 or newer), Maven, Node.js, npm, Chromium, Terraform or OpenTofu." in ran.stderr
    assert "apt-get install git openjdk-17-jdk-headless maven nodejs npm chromium\n" in ran.stderr
    assert ran.stdout == ""


def test_script_test_takes_a_jdk_from_java_home(tmp_path: Path) -> None:
    home = tmp_path / "jdk"
    (home / "bin").mkdir(parents=True)
    for tool in ("java", "javac"):
        (home / "bin" / tool).touch(mode=0o755)
    (home / "release").write_text('JAVA_VERSION="21.0.4"\n')
    (tmp_path / "bin").mkdir()
    ran = script_test(tmp_path / "bin", "git", JAVA_HOME=str(home))
    assert (
        "missing on this machine: Maven, Node.js, npm, Chromium, Terraform or OpenTofu. On Debian: apt-get install maven nodejs npm chromium\n"
        in ran.stderr
    )


@pytest.mark.parametrize(
    ("tools", "told"),
    [
        ((), "a JDK and Maven are missing; Neo4j needs them. On Debian: apt-get install openjdk-17-jdk-headless maven"),
        (("java", "javac"), "Maven is missing; Neo4j needs it. On Debian: apt-get install maven"),
    ],
)
def test_the_demo_says_in_one_line_what_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tools: tuple[str, ...], told: str
) -> None:
    for tool in tools:
        (tmp_path / tool).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    printed = StringIO()
    with Databases() as databases:
        assert not demo.started(databases, Console(file=printed, width=80))
        assert databases.servers == {}
    assert printed.getvalue() == f"Left out: the databases, and the rotation of their passwords: {told}\n"


def test_without_databases_the_demo_rotates_all_that_is_none() -> None:
    assert demo.of_no_database(ROOT / "examples" / "credex-core") == [
        "development-deployment",
        "staging-deployment",
        "production-deployment",
        "development-jwt-secret",
        "open-exchange-rates",
    ]


def test_the_demo_says_that_it_needs_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert demo.main([]) == 2
    assert capsys.readouterr().err == "script/demo needs git, which is missing. On Debian: apt-get install git\n"
