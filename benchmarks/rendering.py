"""Rendering a file, and how soon a command answers at all."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.row import Row
from benchmarks.timing import Contender, in_turns

ROOT = Path(__file__).resolve().parent.parent
DEFINITION = {
    "family": "credex-core",
    "containerDefinitions": [
        {
            "name": "web",
            "image": "old",
            "memory": 256,
            "environment": [{"name": f"VARIABLE_{number}", "value": "x"} for number in range(13)],
        }
    ],
}


def contenders(peer: Path | None, folder: Path, command: list[str]) -> tuple[Contender, list[Contender]]:
    """Ours, started by `command`, and the peer's, if there is one: the same file, the same inputs."""
    file = folder / "task-definition.json"
    file.write_text(json.dumps(DEFINITION, indent=2))
    (folder / "output").touch()
    shared = {**plain(), "GITHUB_OUTPUT": str(folder / "output"), "RUNNER_TEMP": str(folder), "GITHUB_ACTIONS": "true"}
    ours = Contender("render", command, {**shared, "INPUT_TASK_DEFINITION": str(file), "INPUT_CONTAINER_NAME": "web", "INPUT_IMAGE": "new"})
    if not peer:
        return ours, []
    inputs = {"INPUT_TASK-DEFINITION": str(file), "INPUT_CONTAINER-NAME": "web", "INPUT_IMAGE": "new"}
    return ours, [Contender("the Node action", ["node", str(peer / "dist" / "index.js")], {**shared, **inputs})]


def plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_"))}


def rows(peer: Path | None, folder: Path) -> Iterator[Row]:
    ours, theirs = contenders(peer, folder, ["bash", str(ROOT / "actions" / "install.sh"), "run", "render-task-definition"])
    (mine, *others) = in_turns([ours, *theirs])
    if others:
        (other,) = others
        yield Row("render, wall", ms(mine.seconds), ms(other.seconds), mine.seconds / other.seconds, 0.3)
        yield Row("render, peak memory", mib(mine.mebibytes), mib(other.mebibytes), mine.mebibytes / other.mebibytes, 0.3)
    else:
        yield Row("render, wall (no --peer to compare with)", ms(mine.seconds))
        yield Row("render, peak memory", mib(mine.mebibytes))
    bare = Contender("python", [sys.executable, "-c", "pass"], plain())
    for what, arguments, code in (
        ("--help", ["--help"], 0),
        ("--version", ["--version"], 0),
        ("render-task-definition --help", ["render-task-definition", "--help"], 0),
        *((what, arguments, 2) for what, arguments in faulty(folder / "task-definition.json")),
    ):
        mine, other = in_turns([Contender(what, command(*arguments), plain(), code), bare])
        yield Row(f"{what}, against bare python", ms(mine.seconds), ms(other.seconds), mine.seconds / other.seconds, 3)


def faulty(file: Path) -> Iterator[tuple[str, list[str]]]:
    """What is wrong with the inputs, and the arguments. `file`: a task definition."""
    named = ["render-task-definition", "--task-definition"]
    yield "a bad input's error: a missing file", [*named, "none.json"]
    yield "a bad input's error: an unknown container", [*named, str(file), "--images", "typo=x"]
    yield "a bad input's error: a misspelled container", [*named, str(file), "--images", "wep=x"]


def command(*arguments: str) -> list[str]:
    """As install.sh runs it: isolated, without `site`, with our packages on the path after Python's own."""
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    program = f"import sys; sys.path += [{str(ROOT)!r}, {packages!r}]; from credex_actions.cli import run; run()"
    return [sys.executable, "-I", "-S", "-c", program, *arguments]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def mib(size: float) -> str:
    return f"{size:.1f} MiB"
