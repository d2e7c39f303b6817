"""Runs a script on an instance by SSM and waits for its end: the effects at the edge of command_steps.py."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any, Final
from uuid import uuid4

import botocore.exceptions

from credex_actions.aws.command_steps import (
    DELIVERED_WITHIN,
    Cancel,
    CommandStep,
    Invocation,
    Seen,
    Want,
    after,
    decide,
    decide_cancel,
    fault_of,
)
from credex_actions.aws.script import Script
from credex_actions.core.aws.clients import Clients, code_of, explain, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Cancelled, Clock, OutOfTime
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Operation, Run, Step, drive

DOCUMENT: Final = "AWS-RunShellScript"
LONGEST_COMMENT: Final = 100
"""Characters. Source: SSM API, SendCommand."""
LONGEST_OUTPUT: Final = 24_000
"""Characters of what a script prints that GetCommandInvocation gives; of what it prints to stderr it is 8,000. Source: SSM API, GetCommandInvocation."""
CUT: Final = "output truncated--"
"""What the agent ends a longer output with."""
CLOCKS_AGREE: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Ended:
    """The script ended by itself, with `code`."""

    code: int
    output: str
    error: str
    command_id: str

    @property
    def cut(self) -> bool:
        """Whether `output` lacks its end."""
        return len(self.output) >= LONGEST_OUTPUT or self.output.rstrip(" -\n").lower().endswith(CUT.rstrip("-"))


class CommandCancelled(Cancelled):
    """A signal came while the command ran; `left` says what became of it."""

    def __init__(self, signal_number: int, left: str) -> None:
        super().__init__(signal_number)
        self.left = left


def run(
    clients: Clients,
    clock: Clock,
    instance_id: str,
    script: Script,
    *,
    within: float,
    comment: str,
    online_within: float = 0.0,
    on_step: Callable[[Step], None] = lambda _: None,
) -> Ended:
    """Runs `script` as root with sh, for `within` seconds at most. `comment` shows in the command history.

    `online_within`: seconds for which the agent of an instance that has just started is waited for. Raises Failure where the script did not
    end by itself, CommandCancelled on a signal.
    """
    mark = f" [{uuid4().hex[:20]}]"
    want = Want(
        instance=instance_id,
        comment=f"{comment[: LONGEST_COMMENT - len(mark)]}{mark}",
        within=timedelta(seconds=ceil(within)),
        online_within=timedelta(seconds=online_within),
    )
    command = _Command(clients, want, script, Run(clock, on_step=on_step), clock.now())
    try:
        drive(Operation(command.observe, partial(decide, want), command.act, after), command.run)
    except Cancelled as cancelled:
        raise CommandCancelled(cancelled.signal_number, command.cancelled()) from cancelled
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise explain(error, left=command.run.state()) from None
    return command.ended()


@dataclass
class _Command:
    clients: Clients
    want: Want
    script: Script
    run: Run
    began: datetime
    id: str = ""
    sent_at: datetime | None = None
    rejected: list[datetime] = field(default_factory=list)
    invocation: Invocation | None = None

    def observe(self) -> Seen:
        if not self.id and any(sent.ended is None for sent in self.run.sent.values()):
            self._find()
        if self.id:
            self.invocation = look_again(self.run.clock, self._look)
        return Seen(
            now=self.run.clock.now(),
            began=self.began,
            rejected=len(self.rejected),
            rejected_at=self.rejected[-1] if self.rejected else None,
            command=self.id,
            sent_at=self.sent_at,
            invocation=self.invocation,
        )

    def _find(self) -> None:
        """By its comment: the response was lost."""
        since = f"{self.began - CLOCKS_AGREE:%Y-%m-%dT%H:%M:%SZ}"
        request = {"InstanceId": self.want.instance, "Filters": [{"key": "InvokedAfter", "value": since}]}
        pages = self.clients.read("ssm").get_paginator("list_commands")
        commands: list[Any] = look_again(self.run.clock, lambda: [each for page in pages.paginate(**request) for each in page["Commands"]])
        for each in commands:
            if each.get("Comment") == self.want.comment:
                self.id, self.sent_at = each["CommandId"], self.run.clock.now()

    def _look(self) -> Invocation | None:
        """None directly after the command was sent: it does not show at once."""
        try:
            seen = self.clients.read("ssm").get_command_invocation(CommandId=self.id, InstanceId=self.want.instance)
        except botocore.exceptions.ClientError as error:
            if code_of(error) == "InvocationDoesNotExist":
                return None
            raise
        return Invocation(
            status=seen["Status"],
            details=seen.get("StatusDetails", ""),
            code=seen.get("ResponseCode", -1),
            output=seen.get("StandardOutputContent", ""),
            error=seen.get("StandardErrorContent", ""),
        )

    def act(self, step: CommandStep) -> None:
        ssm = self.clients.write("ssm")
        if isinstance(step, Cancel):
            with one_write():
                ssm.cancel_command(CommandId=step.command, InstanceIds=[self.want.instance])
            return
        parameters = {"commands": [self.script.text], "executionTimeout": [str(int(self.want.within.total_seconds()))]}
        try:
            with one_write():
                answer = ssm.send_command(
                    InstanceIds=[self.want.instance],
                    DocumentName=DOCUMENT,
                    Comment=self.want.comment,
                    TimeoutSeconds=int(DELIVERED_WITHIN.total_seconds()),
                    Parameters=parameters,
                )
        except botocore.exceptions.ClientError as error:
            if code_of(error) != "InvalidInstanceId":
                raise
            self.rejected.append(self.run.clock.now())
            return
        self.id, self.sent_at = answer["Command"]["CommandId"], self.run.clock.now()

    def ended(self) -> Ended:
        assert self.invocation
        found = fault_of(self.want, self.id, self.invocation)
        if found:
            raise Failure(found[0], found[1], left=self.run.state())
        return Ended(self.invocation.code, self.invocation.output, self.invocation.error, self.id)

    def cancelled(self) -> str:
        """What is left, in words; a command that is known is asked to end."""
        if not self.run.sent:
            return "no command was sent"
        try:
            with self.run.clock.last_asks():
                done = drive(Operation(self.observe, decide_cancel, self.act, after), self.run)
        except (Cancelled, OutOfTime, Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
            return f"the command on {self.want.instance} ({self.want.comment}) may continue"
        which = f"command {self.id} on {self.want.instance}"
        ended_by_us = self.invocation is not None and self.invocation.status == "Cancelled"
        match done.outcome:
            case "ended":
                return f"{which} was asked to end, and has ended" if ended_by_us else f"{which} had ended"
            case "cancelled":
                return f"{which} was asked to end"
            case _:
                return f"it is not known whether the command on {self.want.instance} ({self.want.comment}) was sent"


def succeeded(ended: Ended, what: str) -> Ended:
    """`ended`, if its code is 0. Raises Failure(FAILED) with the last lines of its errors: `what` was tried, in words."""
    if ended.code == 0:
        return ended
    lines = [line for line in (ended.error or ended.output).strip().splitlines() if line.strip()]
    told = f": {' / '.join(line.strip() for line in lines[-3:])}" if lines else ""
    fault = Fault(
        f"{what} failed with code {ended.code}{told}", f"Command {ended.command_id} has all of it, under Run Command, Command history."
    )
    raise Failure(Exit.FAILED, fault, left=f"command {ended.command_id} has ended")
