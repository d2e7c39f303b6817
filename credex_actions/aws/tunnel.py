"""A port of an instance on this machine, through SSM port forwarding: a session is opened, and ended again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeAlias
from uuid import uuid4

import botocore.exceptions

from credex_actions.aws import plugin
from credex_actions.aws.command_steps import AGENT_EVERY, unknown_instance
from credex_actions.core.aws.clients import Clients, code_of, explain, one_write
from credex_actions.core.clock import Clock, OutOfTime
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Decision, Done, Lost, Operation, Refuse, Run, Step, Wait, drive
from credex_actions.core.runner import Runner

DOCUMENT: Final = "AWS-StartPortForwardingSession"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`session`: its id. `rejected`: how often SSM had no connection to the instance, last at `rejected_at`."""

    now: datetime
    began: datetime
    session: str = ""
    rejected: int = 0
    rejected_at: datetime | None = None


@dataclass(frozen=True)
class Open(Step):
    says = "open a session to port {port} of {instance} (attempt {attempt})"
    harmless = True
    twice = "a second session that nobody uses, which is ended with the first, and would end by itself when it is idle"
    instance: str
    port: int
    attempt: int


@dataclass(frozen=True)
class End(Step):
    says = "end session {session}"
    harmless = True
    twice = "nothing: the session has ended already"
    session: str


TunnelStep: TypeAlias = Open | End


def decide(instance: str, port: int, within: timedelta, seen: Seen) -> Decision[TunnelStep]:
    """What opens the session next. The first case that fits wins."""
    match seen:
        case Seen(session=str(session)) if session:
            return Done("open")
        case Seen(rejected_at=None):
            return Open(instance, port, 1)
        case Seen(rejected_at=datetime()) if seen.now >= seen.began + within:
            return Refuse((unknown_instance(instance),), Exit.REMOTE)
        case Seen(rejected_at=datetime() as rejected_at) if seen.now < rejected_at + AGENT_EVERY:
            return Wait(f"{instance} is not connected to SSM yet", (rejected_at + AGENT_EVERY - seen.now).total_seconds())
        case _:
            return Open(instance, port, seen.rejected + 1)


def decide_end(seen: Seen) -> Decision[TunnelStep]:
    return End(seen.session) if seen.session else Done("ended")


def after(seen: Seen, move: TunnelStep | Wait) -> Seen:
    """The world if `move` works."""
    match move:
        case Open():
            return replace(seen, session="next")
        case End():
            return replace(seen, session="")
        case Wait(seconds=seconds):
            return replace(seen, now=seen.now + timedelta(seconds=seconds))


@contextmanager
def tunnel(clients: Clients, clock: Clock, instance_id: str, port: int, *, runner: Runner, within: float = 0.0) -> Iterator[int]:
    """The port on loopback that leads to `port` of the instance. `within`: seconds for which an instance without a connection to SSM is waited for.

    Everybody on this machine can use it, as if it were the instance's. Raises Failure; on a signal the session is ended as well.
    """
    program = plugin.find(runner.environment)
    tunnel = _Tunnel(clients, instance_id, port, Run(clock), clock.now(), clients.read("ssm").meta.endpoint_url)
    try:
        session = tunnel.start(timedelta(seconds=within))
        runner.mask(session["TokenValue"])
        region = clients.region or ""
        with plugin.forwarding(program, session, tunnel.request, region, tunnel.endpoint, clock, runner.environment) as local:
            yield local
    finally:
        tunnel.end()
        for each in tunnel.open:
            hint = "It ends by itself when it has been idle for twenty minutes, or as the Session Manager preferences say."
            runner.warning(Fault(f"the SSM session {each} could not be ended", hint))


@dataclass
class _Tunnel:
    """`open`: ids of sessions to end. `lost`: a response of StartSession was, so that there may be one more."""

    clients: Clients
    instance: str
    port: int
    run: Run
    began: datetime
    endpoint: str
    mark: str = field(default_factory=lambda: f"credex-actions {uuid4().hex[:20]}")
    session: dict[str, str] = field(default_factory=dict)
    rejected: list[datetime] = field(default_factory=list)
    lost: bool = False
    open: list[str] = field(default_factory=list)

    @property
    def request(self) -> dict[str, Any]:
        return {
            "Target": self.instance,
            "DocumentName": DOCUMENT,
            "Reason": self.mark,
            "Parameters": {"portNumber": [str(self.port)]},
        }

    def start(self, within: timedelta) -> dict[str, str]:
        try:
            drive(Operation(self.observe, partial(decide, self.instance, self.port, within), self.act, after), self.run)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise explain(error, left=self.run.state()) from None
        return self.session

    def observe(self) -> Seen:
        return Seen(
            now=self.run.clock.now(),
            began=self.began,
            session=self.session.get("SessionId", ""),
            rejected=len(self.rejected),
            rejected_at=self.rejected[-1] if self.rejected else None,
        )

    def act(self, step: TunnelStep) -> None:
        ssm = self.clients.write("ssm")
        if isinstance(step, End):
            with one_write():
                ssm.terminate_session(SessionId=step.session)
            self.open.remove(step.session)
            return
        try:
            with one_write():
                answer = ssm.start_session(**self.request)
        except (Lost, OutOfTime):
            self.lost = True
            raise
        except botocore.exceptions.ClientError as error:
            if code_of(error) != "TargetNotConnected":
                raise
            self.rejected.append(self.run.clock.now())
            return
        self.session = {key: answer[key] for key in ("SessionId", "TokenValue", "StreamUrl")}
        self.open.append(answer["SessionId"])

    def end(self) -> None:
        """Whatever cannot be ended stays in `open`."""
        run = Run(self.run.clock)
        try:
            with run.clock.last_asks():
                self._find_lost()
                drive(Operation(self._still_open, decide_end, self.act, after), run)
        except (Failure, OutOfTime, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
            return

    def _still_open(self) -> Seen:
        return replace(self.observe(), session=self.open[0] if self.open else "")

    def _find_lost(self) -> None:
        if not self.lost:
            return
        request = {"State": "Active", "Filters": [{"key": "Target", "value": self.instance}]}
        pages = self.clients.read("ssm").get_paginator("describe_sessions").paginate(**request)
        found = [each["SessionId"] for page in pages for each in page["Sessions"] if each.get("Reason") == self.mark]
        self.open += [each for each in found if each not in self.open]
