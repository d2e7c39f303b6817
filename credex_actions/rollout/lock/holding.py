"""The lock held around the work: taken, renewed while the run lives, released. A run that lost it, such as one whose machine slept, writes nothing more."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

import botocore.exceptions

from credex_actions.aws.lease import machine, process
from credex_actions.core.aws.clients import NOT_ALLOWED, code_of, message_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Lost, NoEffect, Operation, Run, drive
from credex_actions.rollout.context import Context
from credex_actions.rollout.lock.bids import FREE, LASTS, RENEWED_EVERY, Bid, Entry, Head, Kind, TornHistoryError, head_of, read_bid
from credex_actions.rollout.lock.steps import LockStep, Release, Seen, Take, Want, after_bid, held, release, take

UNSURE_AFTER: Final = LASTS.total_seconds() - 15
"""Seconds since the last renewal, after which the lock may have expired: nothing more is written then."""


def name_of(environment: str) -> str:
    """Of the parameter."""
    return "/".join(
        ["/credex-actions", *([re.sub(r"[^A-Za-z0-9_.-]", "-", environment)] if environment else []), "neo4j-ami-rollout", "lock"]
    )


def look(context: Context, name: str) -> tuple[Head, int]:
    """The bid that counts, and the highest number. Raises TornHistoryError."""
    pages = context.clients.read("ssm").get_paginator("get_parameter_history")
    try:
        found = look_again(context.clock, lambda: [each for page in pages.paginate(Name=name) for each in page["Parameters"]])
    except botocore.exceptions.ClientError as error:
        if code_of(error) == "ParameterNotFound":
            return FREE, 0
        raise
    entries = sorted(
        (Entry(version=each["Version"], at=each["LastModifiedDate"], bid=read_bid(each["Value"])) for each in found),
        key=lambda each: each.version,
    )
    return head_of(entries), entries[-1].version if entries else 0


@dataclass
class Lock:
    context: Context
    want: Want
    run: Run
    bid: int = 0
    head: Head = FREE
    renewed: tuple[datetime, float] | None = None
    sent: tuple[datetime, float] | None = None  # the first bid since then whose response did not come
    lost: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raises Failure(REFUSED) where another run holds it."""
        drive(Operation(self._observe, partial(take, self.want), self._act, partial(after_bid, self.want)), self.run)
        thread = threading.Thread(target=self._renew, name="lock", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.over.set()
            thread.join(1)
            self._release()

    def _release(self) -> None:
        """What cannot be released expires by itself."""
        trouble = (Failure, Cancelled, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)
        with suppress(*trouble), self.context.clock.last_asks():
            drive(Operation(self._observe, partial(release, self.want), self._act, partial(after_bid, self.want)), self.run)

    def check(self) -> None:
        """Before each write. Raises Failure where the lock may be another run's."""
        if not self.lost and self.renewed:
            wall, steady = self.renewed  # one stands still while a machine sleeps, and the other may be set
            since = max((self.run.clock.now() - wall).total_seconds(), self.run.clock.monotonic() - steady)
            self.lost = "it could not be renewed in time" if since > UNSURE_AFTER else ""
        if self.lost:
            hint = "Run the same command again: it looks at what is there, and continues."
            raise Failure(Exit.REMOTE, Fault(f"the lock {self.want.name} was lost: {self.lost}", hint))

    def _observe(self) -> Seen:
        torn, newest = False, 0
        try:
            self.head, newest = look(self.context, self.want.name)
        except TornHistoryError:
            torn = True
        self._find_own(self.head)
        return Seen(now=self.run.clock.now(), head=self.head, newest=newest, dead=_is_dead(self.head), bid=self.bid, torn=torn)

    def _find_own(self, head: Head) -> None:
        """A bid whose response was lost counts from when it was sent, once it shows."""
        if self.sent and head.run == self.want.run and head.until is not None and head.version > self.bid:
            self.bid, self.renewed, self.sent = head.version, self.sent, None

    def _act(self, step: LockStep) -> None:
        match step:
            case Take():
                self._put("take", step.follows, dead=_is_dead(self.head))
            case Release():
                self._put("release", step.follows)

    def _put(self, kind: Kind, follows: int, *, dead: bool = False) -> None:
        bid = Bid(
            kind=kind,
            follows=follows,
            run=self.want.run,
            holder=self.context.caller.arn,
            machine=machine(),
            process=process(os.getpid()),
            dead=dead,
        )
        sent = (self.run.clock.now(), self.run.clock.monotonic())
        self.sent = self.sent or sent
        try:
            with one_write():
                answer = self.context.clients.write("ssm").put_parameter(Name=self.want.name, Value=str(bid), Type="String", Overwrite=True)
        except botocore.exceptions.ClientError as error:
            if code_of(error) in NOT_ALLOWED:
                what = f"access denied to the lock {self.want.name}: {message_of(error)}"
                raise Failure(Exit.BAD_INPUT, Fault(what, "Grant the role ssm:PutParameter and ssm:GetParameterHistory on it.")) from None
            raise
        self.bid, self.renewed, self.sent = answer["Version"], sent, None

    def _renew(self) -> None:
        while not self.over.wait(RENEWED_EVERY):
            trouble = (Failure, Cancelled, Lost, NoEffect, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)
            with suppress(TornHistoryError, *trouble), self.context.clock.last_asks():  # it is tried again at the next turn
                self._renew_once()

    def _renew_once(self) -> None:
        head, _ = look(self.context, self.want.name)
        if head.run != self.want.run or head.until is None:
            self.lost = held(self.want.name, head).what if head.until else "somebody has released it"
            self.over.set()
            return
        self._find_own(head)
        self._put("renew", head.version)


def _is_dead(head: Head) -> bool:
    """Whether its process, on this machine, is gone."""
    if not head.machine or head.machine != machine() or not head.process:
        return False
    return process(int(head.process.partition(".")[0])) != head.process


def lock_of(context: Context, run: Run) -> Lock:
    return Lock(context, Want(name=name_of(context.asked.environment), run=context.run), run)
