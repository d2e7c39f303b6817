"""A command as users call it: the real command line, in a process of its own, and what they get from it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.warm import Command


@dataclass(frozen=True)
class Ended:
    """What a person and a workflow get: the exit code, both streams, the outputs, and the job summary."""

    code: int
    stdout: str
    stderr: str
    outputs: dict[str, Any]
    report: dict[str, Any]
    summary: str


def put(path: Path, text: str) -> None:
    """Whole at once: another command of the same test may be reading the file."""
    whole = path.with_name(f".{path.name}")
    whole.write_text(text)
    whole.replace(path)


@contextmanager
def under_way(process: Command) -> Iterator[Command]:
    """Whatever happens in the block, the process has ended after it."""
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def ended(process: Command, folder: Path, seconds: float = 300) -> Ended:
    """Waits for the end of a process that was called with --json, and whose job summary is in `folder`."""
    stdout, stderr = process.communicate(timeout=seconds)
    assert process.returncode is not None
    return ended_with(process.returncode, stdout, stderr, folder / "summary.md")


def ended_with(code: int, stdout: str, stderr: str, summary: Path) -> Ended:
    """Of a command that was called with --json."""
    assert "Traceback" not in stderr, stderr
    told: dict[str, Any] = json.loads(stdout) if stdout.strip() else {}
    return Ended(code, stdout, stderr, told, told.pop("report", {}), summary.read_text() if summary.exists() else "")


def told(ended: Ended, code: int, *words: str) -> None:
    assert ended.code == code, ended.stderr
    for word in words:
        assert word in ended.stderr, ended.stderr
    assert "an error in credex-actions itself" not in ended.stderr
