"""What is generated is what the declarations say, and starting stays cheap."""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"boto3", "botocore", "dataclasses", "argparse", "pathlib", "tempfile", "logging", "inspect", "rich", "yaml", "tenacity", "msgspec"}


MOST_MODULES: Final = 60
"""Of Python's and of others', beside those that are built in."""


def test_generated_files_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "script" / "generate"), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


UNUSED: Final = {
    "uuid",
    "platform",
    "urllib.parse",
    "ipaddress",
    "importlib",
    "threading",
    "subprocess",
    "datetime",
    "shutil",
    "random",
    "gettext",
}
"""Of Python's own, which rendering has no use for: each costs it a hundredth or more. What reaches for one again stands here to be seen."""


def loaded(*arguments: str, **environment: str) -> set[str]:
    """The modules that a command has loaded when it ends; isolated, as the actions run it."""
    paths = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    program = f"import sys; sys.path += {paths!r}; from credex_actions.cli import main; main({list(arguments)!r}); print('\\n' + ' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True, env=environment)
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
    assert "credex_actions.ecs.rendering.rendered" in modules


def test_rendering_in_a_job_loads_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    file = tmp_path / "task-definition.json"
    file.write_text('{"family": "core", "containerDefinitions": [{"name": "web", "image": "i", "memory": 8}]}')
    files = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "RUNNER_TEMP": str(tmp_path)}
    inputs = {"INPUT_TASK_DEFINITION": str(file), "INPUT_CONTAINER_NAME": "web", "INPUT_IMAGE": "new"}
    role = {"INPUT_ROLE_TO_ASSUME": "arn:aws:iam::123456789012:role/deployer", "INPUT_ROLE_DURATION_SECONDS": "3600"}
    modules = loaded("render-task-definition", GITHUB_ACTIONS="true", **files, **inputs, **role)
    assert (tmp_path / "output").read_text().startswith("task-definition<<ghadelimiter_")
    assert not modules & (HEAVY | UNUSED)
    assert not {name for name in modules if name.startswith("credex_actions.core")} & {
        f"credex_actions.core.{name}" for name in ("aws", "aws.clients", "aws.sign_in", "aws.identity_token", "clock", "loop", "retry")
    }
    others = {name for name in modules if not name.startswith("credex_actions")} - set(sys.builtin_module_names)
    assert len(others) < MOST_MODULES, sorted(others)
