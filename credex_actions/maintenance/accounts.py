"""Signs in to the accounts of the configuration, and names the places in them where checks look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import boto3
import botocore.exceptions
import botocore.session
from msgspec import UNSET

from credex_actions.aws.who import Who
from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.aws.sign_in import Role, assumed
from credex_actions.core.text import one_line
from credex_actions.core.workers import WorkerClock, side_by_side
from credex_actions.maintenance.configuration.model import Account
from credex_actions.maintenance.context import Scope

SESSION: Final = "credex-actions-maintenance"
PARALLEL: Final = 16
AN_HOUR: Final = 3600
"""Seconds, the most that a role gets that another role assumes. It is renewed. Source: IAM user guide, "Role chaining"."""
OWN: Final = Account(name="")
"""The one that is looked at where the configuration names none."""


@dataclass(frozen=True)
class Opened:
    """An account. `scopes` is empty where nobody could sign in, and `why` says why. `name`: as the configuration has it, "" for the job's own."""

    name: str
    scopes: tuple[Scope, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class SignedIn:
    """`home`: the job's own account, in the job's region; None where there is none, and `why` says why. `accounts`: those of the configuration that are looked at."""

    home: Scope | None = None
    accounts: tuple[Opened, ...] = ()
    why: str = ""

    def account(self, name: str) -> Opened:
        """Where nobody is signed in at all, no account is opened, and the reason has no place."""
        return next((each for each in self.accounts if each.name == name), Opened("", why=self.why))


NO_REGION: Final = "no AWS region is set (AWS_REGION)"


def at_home(
    own: boto3.session.Session | None,
    caller: Who,
    accounts: Sequence[Account],
    owner_tags: tuple[str, ...],
    clock: WorkerClock,
    hide: Callable[[str], None],
) -> SignedIn:
    """`accounts`: those of the configuration that are looked at; the job's own is `OWN`. Raises Cancelled."""
    clients = Clients(session=own, before_write=clock.check)
    home = Scope(caller.account, clients.region, clients, owner_tags) if clients.region else None
    return SignedIn(home, tuple(open_accounts(own, caller, accounts, owner_tags, clock, hide)), "" if home else NO_REGION)


def open_accounts(
    own: boto3.session.Session | None,
    caller: Who,
    accounts: Sequence[Account],
    owner_tags: tuple[str, ...],
    clock: WorkerClock,
    hide: Callable[[str], None],
) -> list[Opened]:
    """In the order of the configuration. Raises Cancelled."""
    home = Clients(session=own, before_write=clock.check)
    tried: dict[str, Opened] = {}

    def one(account: Account) -> None:
        tried[account.name] = _opened(account, home, own, caller, owner_tags, clock, hide)

    _, cancelled = side_by_side(one, [accounts], clock, PARALLEL)
    if cancelled:
        raise cancelled
    return [tried[account.name] for account in accounts]


def _opened(
    account: Account,
    home: Clients,
    own: boto3.session.Session | None,
    caller: Who,
    owner_tags: tuple[str, ...],
    clock: WorkerClock,
    hide: Callable[[str], None],
) -> Opened:
    regions = account.regions or ([home.region] if home.region else [])
    if not regions:
        return Opened(account.name, why=NO_REGION)
    try:
        if account.role is UNSET:
            number = caller.account
            return Opened(account.name, tuple(_scope(number, region, _in_region(own, region), owner_tags, clock) for region in regions))
        role = Role(account.role, AN_HOUR, SESSION)
        number = account.role.split(":")[4]
        sts = home.read("sts")
        session = assumed(role, sts, hide, regions[0])
        return Opened(account.name, tuple(_scope(number, region, _in_region(session, region), owner_tags, clock) for region in regions))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        return Opened(account.name, why=one_line(explain(error).faults[0].what))


def _in_region(session: boto3.session.Session | None, region: str) -> boto3.session.Session:
    """The same credentials, renewed together, in another region. A session of botocore has one region, which all made of it would share."""
    if session is None:
        return boto3.session.Session(region_name=region)
    inner = botocore.session.Session()
    inner._credentials = session.get_credentials()  # type: ignore[attr-defined] # noqa: SLF001 - botocore has no other way
    return boto3.session.Session(botocore_session=inner, region_name=region)


def _scope(account: str, region: str, session: boto3.session.Session, owner_tags: tuple[str, ...], clock: WorkerClock) -> Scope:
    return Scope(account, region, Clients(session=session, before_write=clock.check), owner_tags)
