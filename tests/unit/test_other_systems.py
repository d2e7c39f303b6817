"""What a system lacks that is not Linux or macOS is said, and not stumbled over."""

import json
import subprocess
import sys
from pathlib import Path

WITHOUT_TIMERS = "import signal; del signal.setitimer; from credex_actions.cli import run; run()"


def test_a_command_that_waits_says_where_it_can(tmp_path: Path) -> None:
    done = started("verify-deployment", "--url", "http://127.0.0.1:9/", folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "a cancellation would not be obeyed in time" in done.stderr
    assert "Run this command on Linux or macOS." in done.stderr


def test_rendering_waits_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "task-definition.json"
    file.write_text(json.dumps({"family": "web", "containerDefinitions": [{"name": "web", "image": "a", "memory": 256}]}))
    done = started("render-task-definition", "--task-definition", str(file), "--image", "b", "--container-name", "web", folder=tmp_path)
    assert done.returncode == 0, done.stderr


def started(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_TIMERS, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
