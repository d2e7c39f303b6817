"""docs/how-to/test-your-own-pipeline.md, followed to the letter by a repository that has nothing of the suite but its wheel, in a new virtual environment."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "how-to" / "test-your-own-pipeline.md"
TYPED: Final = """\
import credex_actions
from credex_actions import ecs

checked = ecs.check_task_definition({"family": "shop"})
reveal_type(checked.errors[0].line)
reveal_type(credex_actions.verify_deployment(url="https://example.com").outcome)
credex_actions.verify_deployment(urll="https://example.com")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel. Its dependencies are those of the development environment, which comes after it on the path."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    install = [str(uv), "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(python), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, text=True, timeout=60)
    (site,) = (folder / "env" / "lib").glob("*/site-packages")
    (site / "development.pth").write_text(next(path for path in sys.path if path.endswith("site-packages")) + "\n")
    (python.parent / "act").symlink_to(Path(sys.executable).with_name("act"))
    return python


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for path, text in re.findall(r"^`(\S+\.(?:yml|json|py))`:\n\n```\w+\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\ncredex_suite = {ROOT}\n")
    return tmp_path


def test_a_repository_tests_its_own_workflow(installed: Path, repository: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "PYTEST_", "PYTHONPATH"))}
    command = [str(installed), "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=repository, env=own, capture_output=True, text=True, timeout=900, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout


def test_the_wheel_is_the_package_that_is_imported_and_is_typed(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [installed, "-c", "import credex_actions; print(credex_actions.__file__)"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(where.stdout.strip()).is_relative_to(installed.parents[1])
    assert (Path(where.stdout.strip()).parent / "py.typed").exists()
    (tmp_path / "typed.py").write_text(TYPED)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--python-executable", installed, "--no-incremental", "--strict", "typed.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'Revealed type is "int"' in checked.stdout.replace("builtins.", "")
    assert checked.stdout.count("error:") == 1, checked.stdout
    assert 'Unexpected keyword argument "urll"' in checked.stdout
