"""A command that SSM runs on an instance: what brings it to its end, and what that end means. Pure.

SendCommand takes no client token: a command whose response was lost is known again by the mark in its comment.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias, assert_never

from credex_actions.core.durations import in_words
from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait

DELIVERED_WITHIN: Final = timedelta(seconds=60)
"""For the agent to fetch the command; SSM takes no less than 30 seconds."""
GRACE: Final = timedelta(seconds=30)
"""For SSM to say that a command has ended, after it should have."""
AGENT_EVERY: Final = timedelta(seconds=5)
"""Between two attempts to send a command to an instance whose agent SSM does not know yet."""
FASTEST, SLOWEST = 0.25, 5.0
"""Seconds between two looks: a tenth of the time that has passed, within these."""


@dataclass(frozen=True, kw_only=True)
class Want:
    """`comment`: with the mark. `online_within`: how long the agent of an instance that has just started is waited for."""

    instance: str
    comment: str
    within: timedelta
    online_within: timedelta = timedelta()


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """As GetCommandInvocation has it; `code` is -1 where the script did not end by itself."""

    status: str
    details: str = ""
    code: int = -1
    output: str = ""
    error: str = ""

    @property
    def ended(self) -> bool:
        return self.status in {"Success", "Failed", "TimedOut", "Cancelled"}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`rejected`: how often SSM did not know the instance, last at `rejected_at`. `command`: its id, "" as long as it is not known."""

    now: datetime
    began: datetime
    rejected: int = 0
    rejected_at: datetime | None = None
    command: str = ""
    sent_at: datetime | None = None
    invocation: Invocation | None = None


@dataclass(frozen=True)
class Send(Step):
    says = "run a command on {instance}: {comment} (attempt {attempt})"
    twice = "the command runs a second time"
    unseen = "It is not known whether the command ran: look for its comment under Run Command, Command history, before you run this again."
    instance: str
    comment: str
    attempt: int


@dataclass(frozen=True)
class Cancel(Step):
    says = "cancel command {command}"
    harmless = True
    twice = "nothing: the command is being cancelled already"
    command: str


CommandStep: TypeAlias = Send | Cancel


def decide(want: Want, seen: Seen) -> Decision[CommandStep]:
    """What brings the command to its end next. The first case that fits wins."""
    match seen:
        case Seen(invocation=Invocation(ended=True)):
            return Done("ended")
        case Seen(command=str(command), sent_at=datetime() as sent_at) if seen.now >= sent_at + DELIVERED_WITHIN + want.within + GRACE:
            what = f"timed out: SSM does not report the end of command {command} on {want.instance} ({_status(seen)})"
            return Refuse((Fault(what, "It may still be running: see Run Command, Command history."),), Exit.REMOTE)
        case Seen(command=str(command), sent_at=datetime() as sent_at) if command:
            return Wait(f"the command on {want.instance} is {_status(seen)}", _pause(seen.now - sent_at))
        case Seen(rejected_at=None):
            return Send(want.instance, want.comment, 1)
        case Seen(rejected_at=datetime()) if seen.now >= seen.began + want.online_within:
            return Refuse((unknown_instance(want.instance),), Exit.REMOTE)
        case Seen(rejected_at=datetime() as rejected_at) if seen.now < rejected_at + AGENT_EVERY:
            return Wait(f"SSM does not know {want.instance} yet", (rejected_at + AGENT_EVERY - seen.now).total_seconds())
        case _:
            return Send(want.instance, want.comment, seen.rejected + 1)


def _status(seen: Seen) -> str:
    return (seen.invocation.details or seen.invocation.status) if seen.invocation else "not visible yet"


def _pause(passed: timedelta) -> float:
    return min(max(passed.total_seconds() / 10, FASTEST), SLOWEST)


def decide_cancel(seen: Seen) -> Decision[CommandStep]:
    """After a signal: a command that is known and has not ended is asked to end, once."""
    match seen:
        case Seen(command=""):
            return Done("unknown")
        case Seen(invocation=Invocation(ended=True)):
            return Done("ended")
        case Seen(invocation=Invocation(status="Cancelling")):
            return Done("cancelled")
        case _:
            return Cancel(seen.command)


def after(seen: Seen, move: CommandStep | Wait) -> Seen:
    """The world if `move` works."""
    match move:
        case Send():
            return replace(seen, command="next", sent_at=seen.now, invocation=Invocation(status="InProgress"))
        case Cancel():
            return replace(seen, invocation=Invocation(status="Cancelling"))
        case Wait():
            ends = Invocation(status="Success", code=0) if seen.command else None
            return replace(seen, now=seen.now + timedelta(seconds=move.seconds), invocation=ends)
        case _:
            assert_never(move)


def unknown_instance(instance: str) -> Fault:
    what = f"SSM does not know {instance}, or it is not running: its agent has not registered"
    hint = (
        "Check that the instance runs, that its instance profile has the policy AmazonSSMManagedInstanceCore, that the SSM agent runs, "
        "and that it reaches the endpoints ssm, ssmmessages and ec2messages (aws ssm describe-instance-information lists those that SSM knows)."
    )
    return Fault(what, hint)


def fault_of(want: Want, command: str, seen: Invocation) -> tuple[Exit, Fault] | None:
    """Why the script did not end by itself, if it did not. Source: Systems Manager user guide, "Understanding command statuses"."""
    if seen.status == "Success" or (seen.status == "Failed" and seen.code > 0):
        return None
    which = f"command {command} on {want.instance}"
    match seen.details.replace(" ", "") or seen.status:
        case "DeliveryTimedOut" | "Undeliverable" as details:
            what = f"{details}: {which} never started: the SSM agent did not fetch it in time"
            return Exit.REMOTE, Fault(
                what, "Check that the instance runs and that its SSM agent is online, then run the same command again."
            )
        case "ExecutionTimedOut" | "TimedOut":
            what = f"timed out: {which} was ended after {in_words(want.within)}"
            return Exit.REMOTE, Fault(
                what, "What it did until then remains. Check the load of the instance, then run the same command again."
            )
        case "Cancelled" | "Cancelling":
            return Exit.FAILED, Fault(f"cancelled: {which} was cancelled by somebody else", "CloudTrail has the caller of CancelCommand.")
        case "AccessDenied":
            return Exit.FAILED, Fault(f"access denied: {which} was not started", "Allow ssm:SendCommand for this instance and document.")
        case "InvalidPlatform":
            return Exit.FAILED, Fault(f"InvalidPlatform: {which} was not started: AWS-RunShellScript is for Linux", "")
        case details:
            last = seen.error.strip().rpartition("\n")[2]
            what = f"{details}: the SSM agent could not run {which}{f': {last}' if last else ''}"
            return Exit.FAILED, Fault(what, "The log of the agent on the instance is /var/log/amazon/ssm/amazon-ssm-agent.log.")
