"""The edge of every command: reads its inputs, runs it, hands on its outputs, and turns whatever happens into words and an exit code."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from credex_actions.core.command import inputs
from credex_actions.core.command.declaration import Command, outputs_of
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.interrupt import undisturbed
from credex_actions.core.runner import Runner, this_process
from credex_actions.core.text import plain, uncommanded_json

MOST_FAULTS: Final = 100
"""Told in words. More come from one cause, and bury it."""


def main(name: str, command: Command, arguments: Sequence[str]) -> int:
    """Runs one command of the command line or of an action. Answers its exit code; never raises."""
    _trim_settings_of_aws()
    os.environ.setdefault("AWS_SDK_UA_APP_ID", f"credex-{name}")  # whoever reads CloudTrail sees which command called
    given = inputs.flags(command.Inputs, arguments)
    runner = this_process(json_on_stdout=given.json)
    try:
        code = _run(name, command, given, runner)
    except BrokenPipeError as error:  # whoever was to read the result has gone
        runner.lost[runner.stdout] = error
        code = int(Exit.FAILED)
    return _with_losses(runner, code, in_json=given.json) if runner.lost else code


def _trim_settings_of_aws() -> None:
    """An empty AWS_PROFILE or AWS_DEFAULT_REGION is what a workflow makes of a variable that nobody set; botocore would take it at its word.

    A blank or a line end around one came with pasting; what is sent with it is refused, in words that show it.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        if value := os.environ[name].strip():
            os.environ[name] = value
        else:
            del os.environ[name]


def _with_losses(runner: Runner, code: int, *, in_json: bool) -> int:
    """Tells what could not be printed, where anything can still be.

    A reader who has gone is not told: that is how `| head` ends. But JSON is for a program, which now knows nothing of what was done.
    """
    lost = {
        stream: error
        for stream, error in runner.lost.items()
        if (in_json and stream is runner.stdout) or not isinstance(error, BrokenPipeError)
    }
    for stream, error in lost.items():
        what = f"{'stdout' if stream is runner.stdout else 'stderr'}: cannot be written to, so its output is lost: {error.strerror}"
        held = [f"{name} is {value}" for name, value in runner.outputs.items() if value and "\n" not in value]
        state = f"everything else was done; {', '.join(held)}" if code == Exit.DONE else f"the command ended with exit code {code}"
        with suppress(OSError):  # there may be no place left to say it
            runner.stderr.write(
                plain(runner.redact(f"error: {what}\n  Check whether the disk is full or the stream is closed.\nState: {state}.\n"))
            )
            runner.stderr.flush()
    for stream in runner.lost:
        if stream in (sys.stdout, sys.stderr):  # what is left in its buffer must not fail once more when Python exits
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code or int(Exit.REMOTE if lost else Exit.DONE)


def _run(name: str, command: Command, given: inputs.Given, runner: Runner) -> int:
    try:
        for secret in inputs.secrets(command.Inputs, given, runner.environment):
            runner.mask(secret)
        outputs = command.run(_read(command, given, runner), runner)
    except Partial as failure:
        with undisturbed():
            _tell(name, failure, runner, summarised=failure.summarised)
            _hand_on(command, failure.outputs, given, runner, failure)
        return int(failure.code)
    except Failure as failure:
        with undisturbed():
            from credex_actions.core.forked import with_cause

            caused = with_cause(failure, runner.environment)
            _tell(name, caused, runner)
            _hand_on(command, None, given, runner, caused)
        return int(caused.code)
    except KeyboardInterrupt as interrupt:  # also a Cancelled that nobody had more to say about
        code = Exit.of(interrupt)
        interrupted = Failure(code, Fault("interrupted", command.AGAIN), left="as it was at the interruption")
        _tell(name, interrupted, runner)
        return int(code)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a user never sees a traceback; the place is enough to find the fault
        ours = Failure(Exit.REMOTE, bug(error), Fault("it is not known what was done", command.AGAIN), left="not known")
        _tell(name, ours, runner)
        return int(ours.code)
    return int(_hand_on(command, outputs, given, runner, None))


def _read(command: Command, given: inputs.Given, runner: Runner) -> Any:
    """The inputs. Faults of what they name are reported together with their own, where the command can tell any (`besides`)."""
    try:
        return inputs.read(command.Inputs, given, runner.environment)
    except inputs.Unreadable as failure:
        besides = getattr(command, "besides", None)
        if besides is None or failure.rest is None:
            raise
        raise Failure(failure.code, *failure.faults, *besides(failure.rest)) from None


def bug(error: Exception) -> Fault:
    from traceback import extract_tb

    frames = [frame for frame in extract_tb(error.__traceback__) if "credex_actions" in frame.filename]
    last = frames[-1] if frames else None
    place = f" in {last.filename.rpartition('credex_actions/')[2]}:{last.lineno}" if last else ""
    return Fault(
        f"an error in credex-actions itself ({type(error).__name__}{place})",
        "Please report it with this message; it contains none of your values.",
    )


@undisturbed()
def _tell(name: str, failure: Failure, runner: Runner, *, summarised: bool = False) -> None:
    faults = [*failure.faults[:MOST_FAULTS]]
    if more := len(failure.faults) - len(faults):
        faults.append(Fault(f"{more:,} more {'error' if more == 1 else 'errors'}", "Fix those above; --json lists all of them."))
    for fault in faults:
        runner.error(fault)
    runner.info(f"State: {failure.left}.")
    if summarised or not runner.has_summary:
        return
    from credex_actions.core.summary import Page

    page = Page(runner.redact)
    page.verdict(good=False, sentence=f"{name}: {_VERDICTS.get(failure.code, 'failed')}")
    page.points([f"{fault.place}: {fault.what}" if fault.place else fault.what, fault.hint] for fault in faults)
    page.paragraph(f"State: {failure.left}.")
    runner.summary(str(page))


_VERDICTS: Mapping[Exit, str] = {
    Exit.BAD_INPUT: "invalid input; nothing was changed",
    Exit.REFUSED: "refused; nothing was changed",
    Exit.REMOTE: "could not be finished",
    Exit.INTERRUPTED: "interrupted",
    Exit.TERMINATED: "terminated",
}


@undisturbed()
def _hand_on(command: Command, outputs: Any, given: inputs.Given, runner: Runner, failure: Failure | None) -> Exit:
    """Answers DONE, or REMOTE where the outputs could not be passed to the runner: the steps that follow would continue without them."""
    values = {name: getattr(outputs, attribute) for attribute, name, _ in outputs_of(command.Outputs)} if outputs is not None else {}
    code = Exit.DONE
    try:
        for name, value in values.items():
            if value is not None:
                runner.output(name, _text(value))
    except OSError as error:
        runner.error(Fault(f"the outputs cannot be written: {error.strerror}", "Check whether the runner's disk is full.", "GITHUB_OUTPUT"))
        code = Exit.REMOTE
    if given.json:
        told = {"faults": [fault._asdict() for fault in failure.faults], "state": failure.left} if failure else {"faults": []}
        report = {**runner.report, **told}
        text = json.dumps(_redacted({**values, "report": report}, runner))
        try:
            runner.on_stdout(uncommanded_json(text) if runner.in_actions else text)
        except OSError as error:
            runner.lost[runner.stdout] = error
    return code


def _redacted(value: object, runner: Runner) -> object:
    """`value` as JSON has it, its texts without secrets. Its keys are ours: a secret that is called like one must not rename it."""
    if isinstance(value, Mapping):
        return {str(name): _redacted(member, runner) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(each, runner) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return runner.redact(value if isinstance(value, str) else str(value))


def _text(value: object) -> str:
    """Outputs are texts: booleans in GitHub's spelling, structures as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
