"""The same from the tree of a release: how soon a command starts, and a rendering from the start of its step, also as the first step of a job."""

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rendering import ROOT, contenders, faulty, ms, plain
from benchmarks.row import Row
from benchmarks.timing import Contender, in_turns, once

RUNS = 15


def rows(peer: Path | None, folder: Path) -> Iterator[Row]:
    output = folder / "release"
    subprocess.run([sys.executable, "-m", "releasing", "--only-tree", "--output", output], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (folder / "bin").mkdir()
    # As on GitHub's runners: the first python3 on PATH is an interpreter, not a shim that looks for one.
    (folder / "bin" / "python3").symlink_to(sys._base_executable)  # noqa: SLF001 - the one behind the virtual environment
    path = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    start = output / "tree" / "actions" / "start.sh"

    def step(*arguments: str) -> list[str]:
        """As the runner runs the line of an action."""
        return ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", f'. "{start}" run "$@"', "bash", *arguments]

    ours, theirs = contenders(peer, folder, step("render-task-definition"))
    ours = Contender(ours.name, ours.command, {**ours.environment, **path})
    version = Contender("--version", step("--version"), ours.environment)
    bare = Contender("python", [str(folder / "bin" / "python3"), "-I", "-S", "-c", "pass"], path)
    started, alone = (min(once(each)[0] for _ in range(RUNS)) for each in (version, bare))
    yield Row("release: set-up (a step that only starts), fastest", f"{started:.3f} s", f"python {alone:.3f} s", value=started, limit=0.02)
    own = {**plain(), **path, "RUNNER_TEMP": str(folder)}
    for what, arguments in faulty(folder / "task-definition.json"):
        mine, usual = in_turns([Contender(what, step(*arguments), own, 2), Contender("python", [sys.executable, "-c", "pass"], own)])
        yield Row(f"release: {what}, against bare python", ms(mine.seconds), ms(usual.seconds), mine.seconds / usual.seconds, 3)
    (mine, *other) = in_turns([ours, *theirs])
    if not other:
        yield Row("release: render, from the start of its step", ms(mine.seconds))
        return
    yield Row("release: render, from the start of its step", ms(mine.seconds), ms(other[0].seconds), mine.seconds / other[0].seconds, 0.25)
    first, again = first_in_a_job(ours, theirs[0], folder / "first")
    yield Row("release: the same, first in a job", ms(first), ms(again), first / again)


def first_in_a_job(ours: Contender, theirs: Contender, temporary: Path) -> tuple[float, float]:
    """With a RUNNER_TEMP that has no byte code yet, in turns with what keeps none."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(RUNS):
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        seconds[0].append(once(Contender(ours.name, ours.command, {**ours.environment, "RUNNER_TEMP": str(temporary)}))[0])
        seconds[1].append(once(theirs)[0])
    return statistics.median(seconds[0]), statistics.median(seconds[1])
