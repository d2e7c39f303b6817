"""What is generated is what the declarations say, and starting stays cheap."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"boto3", "botocore", "dataclasses", "argparse", "pathlib", "tempfile", "logging", "inspect", "rich", "yaml", "tenacity", "msgspec"}


def test_generated_files_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "script" / "generate"), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def loaded(*arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends; isolated, as the actions run it."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from credex_actions.cli import main; main({list(arguments)!r}); print('\\n' + ' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_help_and_version_load_nothing_heavy() -> None:
    for flag in ("--help", "--version"):
        assert not loaded(flag) & (HEAVY | {"typing", "json", "re"})


def test_rendering_loads_nothing_heavy(tmp_path: Path) -> None:
    file = tmp_path / "task-definition.json"
    file.write_text('{"family": "core", "containerDefinitions": [{"name": "web", "image": "i", "memory": 8}]}')
    modules = loaded(
        "render-task-definition", "--task-definition", str(file), "--output-file", str(tmp_path / "out.json"), "--image", "new"
    )
    assert not modules & HEAVY
    assert "credex_actions.ecs.rendered" in modules
