"""The bootstrap: nothing cached, already set up, and a bare pip install of the same set."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.row import Row

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3


def rows(folder: Path) -> Iterator[Row]:
    for name in ("render-task-definition", "deploy-task-definition", "trigger-dev-deploy"):
        install = str(ROOT / "actions" / "install.sh")
        temporary = folder / "runner"

        def environment(temporary: Path = temporary) -> dict[str, str]:
            # A folder of its own as cache too: what pip or uv kept from before must not help.
            return {
                **os.environ,
                "RUNNER_TEMP": str(temporary),
                "RUNNER_TOOL_CACHE": str(temporary / "tools"),
                "UV_CACHE_DIR": str(temporary / "uv"),
                "PIP_CACHE_DIR": str(temporary / "pip"),
                "HOME": str(temporary),
            }

        def fresh(name: str = name, install: str = install, temporary: Path = temporary) -> float:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            return seconds([install, "run", name, "--help"], environment())

        def again(name: str = name, install: str = install) -> float:
            return seconds([install, "run", name, "--help"], environment())

        def pip(name: str = name) -> float:
            shutil.rmtree(folder / "pip", ignore_errors=True)
            requirements = str(ROOT / "actions" / "requirements" / f"{name}.txt")
            began = time.perf_counter()
            subprocess.run([sys.executable, "-m", "venv", str(folder / "pip")], check=True, capture_output=True)
            subprocess.run(
                [str(folder / "pip" / "bin" / "pip"), "install", "--no-cache-dir", "-q", "--no-deps", "-r", requirements],
                check=True,
                capture_output=True,
            )
            return time.perf_counter() - began

        bare = seconds([sys.executable, "-c", "pass"], dict(os.environ))
        cold, warm, plain = median(fresh), median(again, 7), median(pip, 1)
        yield Row(f"{name}: set-up, nothing cached", f"{cold:.2f} s", f"pip {plain:.2f} s", value=cold, limit=1.5)
        yield Row(f"{name}: set-up, already there", f"{warm:.3f} s", f"python {bare:.3f} s", value=warm, limit=0.05)


def median(measure: Callable[[], float], runs: int = RUNS) -> float:
    return statistics.median(measure() for _ in range(runs))


def seconds(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began
