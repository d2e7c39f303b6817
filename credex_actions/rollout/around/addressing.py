"""The parameter with a database's Bolt URL, read before its address may change, set after, and set back: the effects at the edge of address.py."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from credex_actions.aws.parameters import described, kept
from credex_actions.backup.context import Target
from credex_actions.core.aws.clients import Clients, code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, NoEffect, Operation, Run, Step, drive, plan
from credex_actions.databases.connection import BOLT_URL
from credex_actions.databases.url import host_of, moved
from credex_actions.rollout.around.address import AddressStep, Held, Seen, Want, after, decide
from credex_actions.rollout.context import Context


@dataclass
class Address:
    """`former`: as it was when this was opened. `at`: the instance's address then. `tried`: what was written, or may have been: its response may be lost."""

    clients: Clients
    clock: Clock
    parameter: str
    former: Held
    at: str
    tried: str = ""
    written: int | None = None

    def follow(self, address: str, run: Run) -> Done:
        """To the instance's address now. Raises Failure where somebody has changed the parameter meanwhile, which is left as it is then."""
        url = moved(self.former.url, self.at, address)
        if url == self.former.url:
            why = "the address is the same" if address == self.at else f"it names {host_of(url)}, which is not the instance's address"
            return Done("unchanged", f"{self.parameter} holds {url}: {why}")
        return drive(self._operation(Want(parameter=self.parameter, former=self.former, url=url)), run)

    def last_written(self) -> datetime:
        """By whomever, with whatever: AWS's time."""
        at: datetime = _parameter(self.clients, self.clock, self.parameter)["LastModifiedDate"]
        return at.astimezone(UTC)

    def plan(self, address: str) -> list[str]:
        want = Want(parameter=self.parameter, former=self.former, url=moved(self.former.url, self.at, address))
        return [str(move) for move in plan(self._operation(want), self._observe()) if isinstance(move, Step)]

    def back(self, run: Run) -> Done:
        """To what it was, if this run has changed it and nobody has since."""
        now = self._observe().now
        if not self.tried or now == self.former:
            return Done("unchanged", f"{self.parameter} was not changed")
        version = self.written or (now.version if now.url == self.tried else self.former.version + 1)
        want = Want(parameter=self.parameter, former=Held(self.tried, version), url=self.former.url)
        self.written = None
        return drive(self._operation(want), run)

    def _operation(self, want: Want) -> Operation[Seen, AddressStep]:
        return Operation(self._observe, partial(decide, want), self._act, after)

    def _observe(self) -> Seen:
        return Seen(now=read(self.clients, self.clock, self.parameter), written=self.written)

    def _act(self, step: AddressStep) -> None:
        known = look_again(self.clock, lambda: described(self.clients, step.parameter))
        if known is None:
            raise NoEffect(f"{step.parameter} existed, but is not visible now")
        self.tried = step.url
        with one_write():
            answer = self.clients.write("ssm").put_parameter(Name=step.parameter, Value=step.url, Overwrite=True, **kept(known))
        self.written = answer["Version"]


def open_address(context: Context, target: Target, at: str = "") -> Address | None:
    """To be opened before the address may change; None without `url-parameter`. `at`: the address that the URL names, if that is no more the instance's."""
    parameter = target.database.url_parameter
    if not isinstance(parameter, str):
        return None
    former = read(context.clients, context.clock, parameter)
    if not former.url:
        what = f"the parameter {parameter} does not hold a Bolt URL"
        raise Failure(Exit.BAD_INPUT, Fault(what, "Write it as bolt://10.0.1.5:7687, without user and password.", "url-parameter"))
    return Address(context.clients, context.clock, parameter, former, at or target.found.address)


def read(clients: Clients, clock: Clock, name: str) -> Held:
    """Raises Failure(BAD_INPUT) where there is no such parameter."""
    found = _parameter(clients, clock, name)
    return Held(found["Value"] if BOLT_URL.fullmatch(found["Value"]) else "", found["Version"])


def _parameter(clients: Clients, clock: Clock, name: str) -> dict[str, Any]:
    ssm = clients.read("ssm")
    try:
        found: dict[str, Any] = look_again(clock, lambda: ssm.get_parameter(Name=name, WithDecryption=True))["Parameter"]
    except ClientError as error:
        if code_of(error) != "ParameterNotFound":
            raise
        what, hint = f"the parameter {name} does not exist", "Create it, or correct the name, the region or the account."
        raise Failure(Exit.BAD_INPUT, Fault(what, hint, "url-parameter")) from None
    return found
