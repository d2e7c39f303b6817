"""Gives act what it lacks, environments: in the copy of a workflow that it runs, every job that names one begins with a step that asks, and waits.

The step puts what it asks for into a folder of its own, names that folder in the log, and waits there for the answer.
"""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import yaml

from credex_actions.sandbox.github import git_store

STEP: Final = "sandbox-gate"
MARK: Final = "sandbox-gate asks in "
APPROVED: Final = "approved"
SCRIPT: Final = f"""\
[ -n "$ENVIRONMENT" ] || exit 0
trap 'exit 130' INT
gate=$(mktemp -d "$GATES/gate-XXXXXXXX")
printf %s "$ENVIRONMENT" >"$gate/environment"
printf %s "$URL" >"$gate/url"
printf %s "$DEPLOYMENT" >"$gate/deployment"
echo "{MARK}$gate"
until [ -e "$gate/answer" ]; do sleep 0.1; done
[ "$(cat "$gate/answer")" = {APPROVED} ]
"""
WHOLE: Final = re.compile(r"\s*\$\{\{(?P<expression>(?:(?!\$\{\{).)*)\}\}\s*", re.DOTALL)


class _Loader(yaml.SafeLoader):
    """Knows `on` and `yes` as texts, as act and GitHub do."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def prepare(checkout: Path, actions: dict[str, Path], scratch: Path, gates: Path) -> dict[str, Path]:
    """Gives a run's workflows gates: in its checkout, of which git takes no notice, and in copies of what it reuses.

    `actions`, and what comes back, where it has copies: OWNER/REPOSITORY@REF -> folder.
    """
    if changed := _rewrite(checkout / ".github" / "workflows", gates):
        git_store.git(checkout, "update-index", "--skip-worktree", *(str(file.relative_to(checkout)) for file in changed))
    found = dict(actions)
    for number, folder in enumerate(sorted({folder for folder in actions.values() if (folder / ".github" / "workflows").is_dir()})):
        copy = scratch / f"reused-{number}"
        shutil.copytree(folder, copy, copy_function=_link, symlinks=True)
        _rewrite(copy / ".github" / "workflows", gates)
        for file in sorted(copy.rglob("action.yml")):
            _begin_always(file)
        found |= {name: copy for name, place in actions.items() if place == folder}
    return found


def asked(line: str) -> tuple[str, str, bool, Callable[[bool], None]]:
    """What a gate's line in the log asks: environment, URL, whether it is a deployment; and who takes the answer."""
    gate = Path(line.removeprefix(MARK).strip())

    def answer(let_in: bool) -> None:
        if gate.is_dir():
            (gate / "said").write_text(APPROVED if let_in else "rejected")
            (gate / "said").rename(gate / "answer")

    environment, url, deployment = ((gate / name).read_text() for name in ("environment", "url", "deployment"))
    return environment, url, deployment != "false", answer


def without_environments(folder: Path) -> None:
    """For act alone, which has nobody to ask and refuses `deployment`."""
    _rewrite(folder / ".github" / "workflows", None)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _rewrite(folder: Path, gates: Path | None) -> list[Path]:
    """The files that changed. One that is no workflow stays as it is: act says what is wrong with it."""
    changed = []
    for file in sorted(folder.glob("*.y*ml")):
        try:
            document = yaml.load(file.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader
        except (UnicodeDecodeError, yaml.YAMLError):
            continue
        if _give_gates(document, gates):
            _write(file, document)
            changed.append(file)
    return changed


def _begin_always(file: Path) -> None:
    """A composite action's first step runs whenever the action does; act leaves it out once the run is cancelled.

    Source: actions/runner, SuccessFunction, which decides by the action's own status.
    """
    document = yaml.load(file.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader
    steps = document.get("runs", {}).get("steps") if isinstance(document, dict) else None
    if steps and "if" not in steps[0]:
        steps[0]["if"] = "always()"
        _write(file, document)


def _write(file: Path, document: Any) -> None:
    file.unlink()  # it may be a hard link to the original
    file.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000))


def _give_gates(document: Any, gates: Path | None) -> bool:
    jobs = document.get("jobs") if isinstance(document, dict) else None
    everybody = jobs.values() if isinstance(jobs, dict) else ()
    named = [job for job in everybody if isinstance(job, dict) and job.get("environment")]
    for job in named:
        environment = job.pop("environment")
        if gates and isinstance(job.get("steps"), list):
            job["steps"] = [_gate(environment, gates), *(_behind_the_gate(step) for step in job["steps"])]
    return bool(named)


def _gate(environment: Any, gates: Path) -> dict[str, Any]:
    asked = environment if isinstance(environment, dict) else {"name": environment}
    return {
        "name": STEP,
        "id": STEP,
        "shell": "bash",
        "working-directory": "/",
        "env": {
            "ENVIRONMENT": str(asked.get("name") or ""),
            "URL": str(asked.get("url") or ""),
            "DEPLOYMENT": _text(asked.get("deployment", True)),
            "GATES": str(gates),
        },
        "run": SCRIPT,
    }


def _behind_the_gate(step: Any) -> Any:
    """A job that is turned away runs none of its steps, also not those that run always."""
    if not isinstance(step, dict) or "if" not in step:
        return step
    condition = _text(step["if"])
    whole = WHOLE.fullmatch(condition)
    condition = whole["expression"].strip() if whole else condition
    return {**step, "if": f"${{{{ ({condition}) && steps.{STEP}.outcome == 'success' }}}}"}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
