"""Reads act's JSON log as it comes, and says what happens in GitHub's words."""

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from credex_actions.sandbox.github.act import gates as act_gates
from credex_actions.sandbox.github.act.names import Names
from credex_actions.sandbox.github.runs.happenings import Entering, Happening, JobEnded, JobStarted, Line, StepEnded, StepStarted

if TYPE_CHECKING:
    import subprocess

MARKS: Final = ("group", "endgroup", "error", "warning", "notice", "debug")


@dataclass
class _Telling:
    """`begun`: jobs that have begun and not ended; `steps`: the open step of each; `failed`: jobs whose step has failed, and not yet
    said why; `forgiven`: those whose step may fail; `held`: what was told of jobs before they were let into their environments.
    """

    names: Names
    masks: list[str]
    begun: set[str] = field(default_factory=set)
    steps: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    forgiven: set[str] = field(default_factory=set)
    held: dict[str, list[Happening]] = field(default_factory=dict)

    def tell(self, record: Mapping[str, Any]) -> Iterator[Happening]:
        if "job" not in record or self.names.is_caller(record):
            return
        job = self.names.job(record)
        if record.get("stepID") == [act_gates.STEP]:
            yield from self._gate(job, record)
            return
        if job not in self.begun and self.names.is_gated(record):
            self.held[job] = []
        for happening in self._told(job, record):
            if job not in self.held:
                yield happening
            elif isinstance(happening, JobEnded):
                del self.held[job]
                yield JobEnded(job, "failure")
            else:
                self.held[job].append(happening)

    def _gate(self, job: str, record: Mapping[str, Any]) -> Iterator[Happening]:
        if record.get("raw_output"):
            yield Entering(job, *act_gates.asked(str(record["msg"]).rstrip("\n")), self.names.batch(record))
        elif record.get("stepResult") == "success" and record.get("stage", "Main") == "Main":
            yield from self.held.pop(job, ())

    def _told(self, job: str, record: Mapping[str, Any]) -> Iterator[Happening]:
        if job not in self.begun:
            self.begun.add(job)
            yield JobStarted(job)
        late = record.get("raw_output") or record.get("command") in MARKS  # what a step wrote may come after its end
        if job in self.failed and not late:
            yield from self._failed_step(job, record)
            if record.get("level") != "error":
                yield from self._step(job, record)
        else:
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
            if record["stepResult"] == "failure" and job in self.forgiven:
                self.forgiven.discard(job)
                yield StepEnded(job, self.steps.pop(job), "success")
            elif record["stepResult"] == "failure":
                self.failed.add(job)  # why is in one of the next records
            else:
                yield StepEnded(job, self.steps.pop(job), str(record["stepResult"]))
        elif command in MARKS:
            yield Line(job, f"##[{command}]{self._masked(_words_of(record))}")
        elif record.get("raw_output"):
            yield Line(job, self._masked(text))
        elif "Failed but continue next step" in text:
            self.forgiven.add(job)
        elif "unsupported platform" in text or (record.get("level") == "error" and job not in self.steps):
            yield Line(job, f"##[error]{self._masked(text.strip())}")

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


def told(process: "subprocess.Popen[str]", names: Names, hidden: Iterable[str], stop: threading.Event) -> Iterator[Happening]:
    """What act's log tells, as it comes. `hidden`: values that no line shows. After `stop` is set, what ends was cancelled."""
    masks = sorted(
        {line for value in hidden for line in (value, *value.splitlines()) if line},
        key=len,
        reverse=True,
    )
    telling, complaints, told, failed = _Telling(names, masks), [], False, False
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
            told, failed = True, failed or (isinstance(happening, JobEnded) and happening.conclusion != "success")
            yield _cancelled(happening) if stop.is_set() else happening
        if record.get("level") in {"error", "fatal"} and "job" not in record:
            complaints.append(str(record.get("msg", "")))
    code = process.wait()
    for job in sorted(telling.begun):
        failed = True
        yield JobEnded(job, "cancelled" if stop.is_set() else "failure")
    if not told and code == 0:
        yield from (JobEnded(name, "skipped") for name in names.listed())  # an `if` left out every job, of which act says nothing
    elif not failed and (code != 0 or not told) and not stop.is_set():
        why = next((each for each in complaints if each), "it says nothing of why")
        yield from broken(f"act ended with exit code {code}, and no job had failed: {why}" if told else why)


def _cancelled(happening: Happening) -> Happening:
    """What ends after the run was cancelled has not failed."""
    if isinstance(happening, StepEnded | JobEnded) and happening.conclusion == "failure":
        return happening._replace(conclusion="cancelled")
    return happening


def broken(why: str) -> Iterator[Happening]:
    """A run that did not get as far as a job."""
    yield JobStarted("workflow")
    yield Line("workflow", f"##[error]{why}")
    yield JobEnded("workflow", "failure")
