"""Gives act what it lacks, environments: in the copy of a workflow that it runs, every job that names one begins with a step that asks, and waits.

The step puts what it asks for into a folder of its own, names that folder in the log, and waits there for the answer.
"""

import copy
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from credex_actions.sandbox.github.act import secrets as act_secrets
from credex_actions.sandbox.github.act.mirrored import mirror
from credex_actions.sandbox.github.git import store as git_store

STEP: Final = "sandbox-gate"
APPROVED: Final = "approved"
SCRIPT: Final = rf"""\
[ -n "$ENVIRONMENT" ] || exit 0
trap 'exit 130' INT
gate=$(mktemp -d "$GATES/gate-XXXXXXXX")
printf %s "$ENVIRONMENT" >"$gate/environment"
printf %s "$URL" >"$gate/url"
printf %s "$DEPLOYMENT" >"$gate/deployment"
printf %s "$gate" | sed 's/./& /g'; echo
until [ -e "$gate/answer" ]; do sleep 0.1; done
[ "$(cat "$gate/answer")" = {APPROVED} ]
"""
WORKFLOWS: Final = Path(".github", "workflows")
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
    _rewrite(checkout / WORKFLOWS, gates)
    if tracked := git_store.git(checkout, "ls-files", "-z", str(WORKFLOWS)).decode().split("\0")[:-1]:
        git_store.git(checkout, "update-index", "--skip-worktree", *tracked)
    found = dict(actions)
    for number, folder in enumerate(sorted({folder for folder in actions.values() if (folder / WORKFLOWS).is_dir()})):
        own = scratch / f"reused-{number}"
        begun = {file.relative_to(folder): text for file in folder.rglob("action.yml") if (text := begun_always(file.read_text()))}
        mirror(folder, own, {WORKFLOWS, *(file.parent for file in begun)})
        _rewrite(own / WORKFLOWS, gates)
        for file, text in begun.items():
            _put(own / file, text)
        found |= {name: own for name, place in actions.items() if place == folder}
    return found


def asked(line: str) -> tuple[str, str, bool, Callable[[bool], None]]:
    """What a gate's line in the log asks: environment, URL, whether it is a deployment; and who takes the answer.

    The line spaces its letters out: act hides secrets, and one that is a common word would be found in it.
    """
    gate = Path(line[::2])

    def answer(let_in: bool) -> None:
        if gate.is_dir():
            (gate / "said").write_text(APPROVED if let_in else "rejected")
            (gate / "said").rename(gate / "answer")

    environment, url, deployment = ((gate / name).read_text() for name in ("environment", "url", "deployment"))
    return environment, url, deployment != "false", answer


def without_environments(folder: Path) -> None:
    """For act alone, which has nobody to ask and refuses `deployment`."""
    _rewrite(folder / ".github" / "workflows", None)


def _rewrite(folder: Path, gates: Path | None) -> None:
    """A file that is not a workflow stays as it is: act says what is wrong with it."""
    for file in sorted(folder.glob("*.y*ml")):
        try:
            document = _read(file.read_text())
        except (UnicodeDecodeError, yaml.YAMLError):
            continue
        if _adapt(document, gates):
            _put(file, _written(document))


@lru_cache(maxsize=256)
def begun_always(text: str) -> str | None:
    """A composite action's first step runs whenever the action does; act leaves it out once the run is cancelled. The action.yml to give it; None where it does already.

    Source: actions/runner, SuccessFunction, which decides by the action's own status.
    """
    document = _read(text)
    steps = document.get("runs", {}).get("steps") if isinstance(document, dict) else None
    if not steps or "if" in steps[0]:
        return None
    steps[0]["if"] = "always()"
    return _written(document)


def _read(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader


def _written(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000)


def _put(file: Path, text: str) -> None:
    file.unlink()  # it may be a hard link to the original
    file.write_text(text)


def _adapt(document: Any, gates: Path | None) -> bool:
    """Gives jobs their gates and their secrets. Whether that changed anything."""
    jobs = document.get("jobs") if isinstance(document, dict) else None
    if not isinstance(jobs, dict):
        return False
    before = copy.deepcopy(jobs)
    for key, job in jobs.items():
        if not isinstance(job, dict):
            continue
        environment = job.pop("environment", None)
        asked = environment if isinstance(environment, dict) else {"name": environment}
        if environment and gates and isinstance(job.get("steps"), list):
            job["steps"] = [_gate(asked, gates), *(_behind_the_gate(step) for step in job["steps"])]
        if gates:
            jobs[key] = act_secrets.asking(job, str(asked.get("name") or ""))
    return bool(jobs != before)


def _gate(asked: Mapping[str, Any], gates: Path) -> dict[str, Any]:
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
    """A job that is rejected runs none of its steps, also not those that run always."""
    if not isinstance(step, dict) or "if" not in step:
        return step
    condition = _text(step["if"])
    whole = WHOLE.fullmatch(condition)
    condition = whole["expression"].strip() if whole else condition
    return {**step, "if": f"${{{{ ({condition}) && steps.{STEP}.outcome == 'success' }}}}"}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
