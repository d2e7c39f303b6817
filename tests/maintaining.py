"""What the tests of maintenance-report's checks share: a context with the defaults, and repositories made of texts."""

import io
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from credex_actions.core.clock import SystemClock
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock
from credex_actions.maintenance.catalogue.check import Check
from credex_actions.maintenance.context import Context
from credex_actions.maintenance.finding import Examined
from credex_actions.maintenance.repository.tree import Tree

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def context(checks: Iterable[Check], environment: Mapping[str, str] | None = None, **settings: float) -> Context:
    """`settings`: CHECK__SETTING, with underscores for dashes."""
    clock = WorkerClock(SystemClock())
    chosen = {check.name: {name: each.default for name, each in check.settings.items()} for check in checks}
    for name, value in settings.items():
        check, _, setting = name.replace("_", "-").partition("--")
        chosen[check][setting] = value
    runner = Runner(environment or {}, io.StringIO(), io.StringIO())
    return Context(runner, clock, clock.now() + timedelta(minutes=5), chosen)


def tree(folder: Path, files: Mapping[str, str]) -> Tree:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(str(folder), tuple(sorted(files)))


def git(folder: Path, *arguments: str, at: datetime = NOW) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
    date = {
        "GIT_AUTHOR_DATE": at.isoformat(),
        "GIT_COMMITTER_DATE": at.isoformat(),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "PATH": "/usr/bin:/bin:/usr/local/bin",
    }
    subprocess.run(["git", *who, "-C", str(folder), *arguments], check=True, capture_output=True, env=date)


def committed(folder: Path, files: Mapping[str, str], subject: str = "A change", at: datetime = NOW) -> None:
    if not (folder / ".git").exists():
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "-q")
    tree(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", subject, at=at)


def states(examined: Examined) -> dict[str, str]:
    return {each.check: each.state for each in examined.ran}
