"""What names a database's address follows it when it has gone to another instance: the parameter with its Bolt URL, and then the ECS service."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import UNSET

from credex_actions.core.loop import Run
from credex_actions.databases.url import moved
from credex_actions.rollout.around.addressing import Address, open_address
from credex_actions.rollout.around.service import renew
from credex_actions.rollout.rolling.opening import Member
from credex_actions.rollout.rolling.outcome import Rolled
from credex_actions.rollout.rolling.writes import reached
from credex_actions.rollout.successor.world import Former
from credex_actions.rollout.swap.succession import Succession

RENEWED_BY_ONE: Final = threading.Lock()
"""Databases of a batch have one service: a deployment for one of them would be superseded by that for the next one."""


def address_of(member: Member, former: Former | None, backup: str) -> Address | None:
    """`former`: where two instances are in question, each of which the URL may name; a run before this one may have set it, or not."""
    address = open_address(member.instance.context, reached(member))
    if address is None or former is None:
        return address
    for record in Succession(member.instance).describe(former, backup):
        at = record.get("PrivateIpAddress", "") if record else ""
        if at and moved(address.former.url, at, "-") != address.former.url:
            address.at = at
    return address


def follow(rolled: Rolled, member: Member, address: Address, begin: Callable[[], Run], *, continued: bool) -> datetime | None:
    """Since when the parameter has another URL; None if it stays. `continued`: a run before this one may have set it, and have ended before the service was deployed again."""
    since = member.instance.context.clock.now()
    done = address.follow(member.instance.look().address, begin())
    rolled.lines.append(done.why)
    if done.outcome == "set":
        return max(since, address.last_written())  # a task that was started while it was written has read the former one
    return address.last_written() if continued else None


def renewed(rolled: Rolled, member: Member, since: datetime | None) -> None:
    """The service's tasks read the URL when they start."""
    if since is None:
        return
    context = member.instance.context
    service = context.asked.given.configuration.rollout.service
    if service is not UNSET:
        with RENEWED_BY_ONE:
            rolled.lines.append(renew(context, service, since).why)
