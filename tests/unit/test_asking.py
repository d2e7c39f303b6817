"""A signal ends what only asks, also while an answer does not come, and it is said that nothing was changed."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

CALLS = {
    "render, compared with a family": ("render-task-definition", "--task-definition", "td.json", "--compare-with", "shop"),
    "render, from a family": ("render-task-definition", "--task-definition-family", "shop"),
    "rotate, a first manifest": ("rotate-secrets", "--mode", "init", "--manifest", "first.yml"),
}
DEFINITION = """{"family": "shop", "containerDefinitions": [{"name": "web", "image": "nginx:1", "memory": 128}]}"""


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """An endpoint that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(120)
        yield server


@pytest.mark.parametrize(("number", "code", "in_actions"), [(signal.SIGTERM, 143, "true"), (signal.SIGINT, 130, "false")])
@pytest.mark.parametrize("arguments", CALLS.values(), ids=CALLS)
def test_a_signal_ends_what_only_asks(
    arguments: tuple[str, ...], in_actions: str, number: signal.Signals, code: int, silent: socket.socket, tmp_path: Path
) -> None:
    (tmp_path / "td.json").write_text(DEFINITION)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "INPUT_"))}
    environment |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "canary",
        "AWS_REGION": "eu-west-1",
        "GITHUB_ACTIONS": in_actions,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    line = [sys.executable, "-m", "credex_actions", *arguments]
    with subprocess.Popen(line, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            asking, _ = silent.accept()
            with asking:
                asking.recv(1)
                process.send_signal(number)
                said, _ = process.communicate(timeout=60)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
    assert process.returncode == code, said
    assert "State: nothing was changed." in said
    assert "Traceback" not in said
    assert not (tmp_path / "first.yml").exists()
