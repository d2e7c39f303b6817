"""Times whole commands, in turns, as the operating system accounts for them. Ratios hold where the machine's speed drifts; single times do not."""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """Medians over the runs: wall seconds, and the peak memory in MiB of the largest process."""

    seconds: float
    mebibytes: float


@dataclass(frozen=True)
class Contender:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    code: int = 0


LAUNCHER = """
import json, os, sys, time
null = os.open(os.devnull, os.O_RDWR)
began = time.perf_counter()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, n) for n in (0, 1, 2)])
_, status, usage = os.wait4(process, 0)
print(json.dumps([time.perf_counter() - began, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]))
"""
"""Linux counts what the parent had in memory before `exec` as the child's peak: so a parent with next to nothing starts it."""


def once(contender: Contender) -> tuple[float, float]:
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, *contender.command]
    told = subprocess.run(launcher, env=contender.environment, check=True, capture_output=True, text=True).stdout
    seconds, mebibytes, code = json.loads(told)
    if code != contender.code:
        raise RuntimeError(f"{contender.name} ended with {code}, not {contender.code}: {' '.join(contender.command)}")
    return seconds, mebibytes


def in_turns(contenders: Sequence[Contender], runs: int = 15) -> list[Figures]:
    """One warm-up each, then A B A B …"""
    for contender in contenders:
        once(contender)
    seen: list[list[tuple[float, float]]] = [[] for _ in contenders]
    for _ in range(runs):
        for index, contender in enumerate(contenders):
            seen[index].append(once(contender))
    return [Figures(statistics.median(s for s, _ in runs_of), statistics.median(m for _, m in runs_of)) for runs_of in seen]
