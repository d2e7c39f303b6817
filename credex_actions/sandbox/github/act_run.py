"""Executes a workflow file by act, and tells what happens as GitHub would name it.

What act does not tell is missing here too: jobs and steps that an `if` left out, and what a step does before and after itself (`pre`, `post`).
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from credex_actions.sandbox.github.act_names import Names
from credex_actions.sandbox.github.happenings import Happening, JobEnded, JobStarted, Line, StepEnded, StepStarted

ACT: Final = Path(sys.executable).with_name("act")
POLITE: Final = 7.5
"""Seconds from SIGINT to SIGTERM. Source: GitHub docs, "Workflow cancellation reference"."""
LAST: Final = 2.5
KEPT: Final = (
    *("PATH", "HOME", "LANG", "TMPDIR", "UV_CACHE_DIR", "PIP_CERT", "SSL_CERT_FILE", "PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
    *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"),
)
"""Of this process's environment: act hands its own to the steps, and the keys and tokens of whoever runs the sandbox stay out."""
MARKS: Final = ("group", "endgroup", "error", "warning", "notice", "debug")


@dataclass(frozen=True)
class Setting:
    """What GitHub knows beside the repository. `local_actions`: OWNER/REPOSITORY@REF -> folder. `token`: the run's github.token."""

    secrets: Mapping[str, str]
    variables: Mapping[str, str]
    environment: Mapping[str, str]
    local_actions: Mapping[str, Path]
    actor: str
    token: str


def happenings(
    checkout: Path, workflow: str, event: str, payload: Mapping[str, Any], setting: Setting, stop: threading.Event, kill: threading.Event
) -> Iterator[Happening]:
    """As they happen. `stop` cancels the run as GitHub does, `kill` at once; no process of it outlives the iteration."""
    scratch = Path(tempfile.mkdtemp(prefix="act-"))
    try:
        if not ACT.exists():
            yield from _broken("act is not installed: pip install 'credex-actions[sandbox]'")
            return
        reusable = [checkout, *setting.local_actions.values()]
        names = Names(checkout / workflow, [folder / ".github" / "workflows" for folder in reusable])
        command = _command(scratch, checkout, workflow, event, payload, setting)
        with subprocess.Popen(
            command,
            cwd=checkout,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            over = threading.Event()
            watcher = threading.Thread(target=_watch, args=(process, stop, kill, over), daemon=True)
            watcher.start()
            try:
                yield from _told(process, names, setting, stop)
            finally:
                over.set()
                watcher.join()
                _signal(process, signal.SIGKILL)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _command(scratch: Path, checkout: Path, workflow: str, event: str, payload: Mapping[str, Any], setting: Setting) -> list[str]:
    # JSON is YAML, which act reads for these names; in its dotenv format a `$` or a quote in a value would not survive.
    secrets = {**setting.secrets, "GITHUB_TOKEN": setting.token}
    options = []
    for kind, values in (("secret", secrets), ("var", setting.variables), ("env", setting.environment)):
        file = scratch / f"{kind}.yml"
        file.touch(mode=0o600)
        file.write_text(json.dumps(dict(values)))
        options += [f"--{kind}-file", str(file)]
    (scratch / "event.json").write_text(json.dumps(dict(payload)))
    options += [part for name, folder in setting.local_actions.items() for part in ("--local-repository", f"{name}={folder}")]
    options += ["--eventpath", str(scratch / "event.json"), "--actor", setting.actor, "--action-cache-path", str(scratch / "cache")]
    options += ["-W", str(checkout / workflow), "-P", "ubuntu-latest=-self-hosted", "--action-offline-mode", "--no-cache-server"]
    return [str(ACT), event, "--json", *options]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in KEPT}


def _watch(process: "subprocess.Popen[str]", stop: threading.Event, kill: threading.Event, over: threading.Event) -> None:
    """Ends act and its steps when the run is cancelled: SIGINT, then SIGTERM, then for good."""
    while not (stop.wait(0.1) or over.is_set()):
        pass
    for number, patience in ((signal.SIGINT, POLITE), (signal.SIGTERM, LAST), (signal.SIGKILL, 0.0)):
        if over.is_set():
            return
        _signal(process, number)
        waited = 0.0
        while waited < patience and not over.wait(0.1) and not kill.is_set():
            waited += 0.1


def _signal(process: "subprocess.Popen[str]", number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@dataclass
class _Telling:
    """`begun`: jobs that have begun and not ended; `steps`: the open step of each; `failed`: jobs whose step has failed, and not yet said why."""

    names: Names
    masks: list[str]
    begun: set[str] = field(default_factory=set)
    steps: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def tell(self, record: Mapping[str, Any]) -> Iterator[Happening]:
        if "job" not in record or self.names.is_caller(record):
            return
        job = self.names.job(record)
        if job not in self.begun:
            self.begun.add(job)
            yield JobStarted(job)
        if job in self.failed:
            yield from self._failed_step(job, record)
        yield from self._step(job, record)
        if "jobResult" in record:
            self.begun.discard(job)
            yield JobEnded(job, str(record["jobResult"]))

    def _step(self, job: str, record: Mapping[str, Any]) -> Iterator[Happening]:
        """A composite action's records come twice, for its step and for the step that uses it: the latter has one id."""
        text, command = str(record.get("msg", "")).rstrip("\n"), record.get("command")
        outermost = len(record.get("stepID", record.get("stepid", ()))) == 1
        if text.lstrip().startswith("⭐ Run ") and outermost and record.get("stage", "Main") == "Main":
            name = self.names.step(record)
            self.steps[job] = name
            yield StepStarted(job, name)
            if header := self.names.header(record):
                yield Line(job, f"##[group]{self._masked(header)}")
                yield Line(job, "##[endgroup]")
        elif "stepResult" in record and outermost and job in self.steps and record.get("stage", "Main") == "Main":
            if record["stepResult"] == "failure" and record.get("stage") == "Main":
                self.failed.add(job)  # why stands in the next record
            else:
                yield StepEnded(job, self.steps.pop(job), str(record["stepResult"]))
        elif command in MARKS:
            yield Line(job, f"##[{command}]{self._masked(_words_of(record))}")
        elif record.get("raw_output"):
            yield Line(job, self._masked(text))

    def _failed_step(self, job: str, record: Mapping[str, Any]) -> Iterator[Happening]:
        """Why a step failed: the exit code of its command, or what act says."""
        self.failed.discard(job)
        said = str(record.get("msg", "")).strip() if record.get("level") == "error" else ""
        code = re.search(r"exit(?:code)? (?:status )?'?(\d+)", said)
        reason = f"Process completed with exit code {code[1] if code else 1}." if code or not said else said
        yield Line(job, f"##[error]{self._masked(reason)}")
        yield StepEnded(job, self.steps.pop(job), "failure")

    def _masked(self, text: str) -> str:
        for mask in self.masks:
            text = text.replace(mask, "***")
        return text


def _words_of(record: Mapping[str, Any]) -> str:
    """The command's text as the log shows it: `msg` is masked, `arg` and `raw` are not."""
    shown = str(record["msg"]).strip()
    return shown.partition("::")[2].partition("::")[2].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def _told(process: "subprocess.Popen[str]", names: Names, setting: Setting, stop: threading.Event) -> Iterator[Happening]:
    masks = sorted(
        {line for value in (*setting.secrets.values(), setting.token) for line in (value, *value.splitlines()) if line},
        key=len,
        reverse=True,
    )
    telling, complaints, told = _Telling(names, masks), [], False
    for line in process.stdout or ():
        try:
            record = json.loads(line)
        except ValueError:
            complaints.append(line.strip())
            continue
        if record.get("command") == "add-mask":
            telling.masks = sorted({*telling.masks, *filter(None, str(record["arg"]).splitlines())}, key=len, reverse=True)
            continue
        for happening in telling.tell(record):
            told = True
            yield happening
        if record.get("level") in {"error", "fatal"} and "job" not in record:
            complaints.append(str(record.get("msg", "")))
    process.wait()
    for job in sorted(telling.begun):
        yield JobEnded(job, "cancelled" if stop.is_set() else "failure")
    if not told and not stop.is_set():
        yield from _broken(next((each for each in complaints if each), "act ended without a word"))


def _broken(why: str) -> Iterator[Happening]:
    """A run that did not get as far as a job."""
    yield JobStarted("workflow")
    yield Line("workflow", f"##[error]{why}")
    yield JobEnded("workflow", "failure")
