"""Runs workflows of a repository through act, and reads from its log what a run on GitHub would show: steps, jobs, annotations, summaries."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

ACT = Path(sys.executable).with_name("act")


@dataclass(frozen=True)
class Event:
    """One thing that became visible. `where`: the job, and the step with its caller first, by their names."""

    kind: Literal["step", "job", "line", "annotation", "summary", "remark"]  # a line is the step's own, a remark act's
    job: str
    step: str
    text: str
    good: bool = True
    seconds: float = 0.0


@dataclass
class WorkflowRun:
    exit_code: int | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def jobs(self) -> dict[str, bool]:
        """The jobs that ran, in the order of their ends, and whether each succeeded."""
        return {event.job: event.good for event in self.events if event.kind == "job"}

    @property
    def summary(self) -> str:
        return "\n".join(event.text for event in self.events if event.kind == "summary")

    @property
    def errors(self) -> list[str]:
        return [event.text for event in self.events if event.kind == "annotation" and not event.good]

    @property
    def log(self) -> str:
        """All that the run's page would show."""
        return "\n".join(event.text for event in self.events)


@dataclass(frozen=True)
class Setting:
    """What GitHub knows next to the repository. act has no environments: one call has the secrets and variables of the environment it deploys to."""

    secrets: Mapping[str, str]
    variables: Mapping[str, str]
    environment: Mapping[str, str]  # of the runner
    local_actions: Mapping[str, Path]  # OWNER/REPOSITORY@REF -> folder


def run(
    repository: Path, event: str, branch: str, setting: Setting, workflow: str = ".github/workflows", **payload: Any
) -> Iterator[Event | int]:
    """The events as they happen; last of all, act's exit code. Leaving the iteration early ends the run. `workflow`: a file, or all in a folder. `payload`: of the event."""
    scratch = Path(tempfile.mkdtemp(prefix="act-"))
    try:
        yield from _run(repository, event, branch, setting, workflow, scratch, payload)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _run(
    repository: Path, event: str, branch: str, setting: Setting, workflow: str, scratch: Path, told: Mapping[str, Any]
) -> Iterator[Event | int]:
    # JSON is YAML, which act reads for these names; in its dotenv format a `$` or a quote in a value would not survive.
    files = {"secret": scratch / "secrets.yml", "var": scratch / "variables.yml", "env": scratch / "environment.yml"}
    for kind, values in (("secret", setting.secrets), ("var", setting.variables), ("env", setting.environment)):
        files[kind].touch(mode=0o600)
        files[kind].write_text(json.dumps(dict(values)))
    payload = scratch / "event.json"
    payload.write_text(
        json.dumps({"ref": f"refs/heads/{branch}", **told})
    )  # where branches share a commit, act would guess which one is meant
    local = [option for name, folder in setting.local_actions.items() for option in ("--local-repository", f"{name}={folder}")]
    command = [
        str(ACT),
        event,
        "--json",
        "--no-cache-server",
        "--action-offline-mode",
        "-P",
        "ubuntu-latest=-self-hosted",
        "--action-cache-path",
        str(scratch / "cache"),
    ]
    command += ["--eventpath", str(payload), "--workflows", workflow]
    command += [option for kind, file in files.items() for option in (f"--{kind}-file", str(file))]
    # A group of its own, so that whoever leaves early takes the steps along.
    with subprocess.Popen(
        [*command, *local],
        cwd=repository,
        env=_bare_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            masks = {line for value in setting.secrets.values() for line in (value, *value.splitlines()) if line}
            for line in process.stdout or ():
                with suppress(json.JSONDecodeError):
                    record = json.loads(line)
                    if record.get("command") == "add-mask":
                        masks.add(record["arg"])
                    yield from _events(record, masks)
            yield process.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


def _bare_environment() -> dict[str, str]:
    """act hands its own environment to the steps; the keys and tokens of whoever runs the tests stay out."""
    kept = {
        "PATH",
        "HOME",
        "LANG",
        "TMPDIR",
        "UV_CACHE_DIR",
        "PIP_CERT",
        "SSL_CERT_FILE",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "PIP_INDEX_URL",
        "UV_DEFAULT_INDEX",
    }
    return {name: value for name, value in os.environ.items() if name in kept or name.lower() in {"https_proxy", "http_proxy", "no_proxy"}}


def _events(record: Mapping[str, Any], masks: set[str]) -> Iterator[Event]:
    """A composite action's records come twice, for its step and for the step that uses it: the latter has one id."""
    job, step, text = str(record.get("job", "")).rstrip(), str(record.get("step", "")), str(record.get("msg", "")).rstrip("\n")
    command, outermost = record.get("command"), len(record.get("stepID", ())) == 1
    if "jobResult" in record:
        yield Event("job", job, "", text.strip(), record["jobResult"] == "success")
    elif command == "summary":
        if outermost:
            yield Event("summary", job, step, _scrubbed(str(record["content"]), masks))
    elif command in {"error", "warning", "notice"}:
        yield Event("annotation", job, step, _masked(record), command != "error")
    elif "stepResult" in record and outermost and record.get("stage") == "Main":
        yield Event("step", job, step, "", record["stepResult"] == "success", record.get("executionTime", 0) / 1e9)
    elif text:
        yield Event("line" if record.get("raw_output") else "remark", job, step, text)


def _scrubbed(summary: str, masks: set[str]) -> str:
    """As GitHub's runner does with a summary before it is shown; act hides nothing in one."""
    for mask in sorted(masks, key=len, reverse=True):
        summary = summary.replace(mask, "***")
    return summary


def _masked(record: Mapping[str, Any]) -> str:
    """The annotation's text as the log shows it: `msg` is masked, `arg` and `raw` are not."""
    shown = str(record["msg"]).strip()
    return shown.partition("::")[2].partition("::")[2] or shown


def finish(events: Iterator[Event | int]) -> WorkflowRun:
    result = WorkflowRun()
    for event in events:
        if isinstance(event, int):
            result.exit_code = event
        else:
            result.events.append(event)
    return result
