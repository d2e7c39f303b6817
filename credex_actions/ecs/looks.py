"""Looks at ECS that tell what ECS says from what something else says, or nobody."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, code_of
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.foreign_answers import ForeignAnswerError
from credex_actions.core.text import nearest
from credex_actions.ecs.arns import short

R = TypeVar("R")

NEW: Final = 3.0
"""Seconds for which something may be missing that was made just now: it does not show at once."""


LAG: Final = 10.0
"""Seconds after which a part of an answer, or another call, shows what has shown elsewhere. Source: ECS API, "eventual consistency model"."""


def describe(clients: Clients, clock: Clock, cluster: str, name: str) -> dict[str, Any] | None:
    """DescribeServices' record of one service; None if ECS says that there is none, or an INACTIVE one.

    Raises botocore's errors, even if the answer says neither.
    """
    found = until_it_shows(clock, lambda: look_again(clock, lambda: one_service(clients, cluster, name)))
    return found if found and found["status"] != "INACTIVE" else None


def until_it_shows(clock: Clock, look: Callable[[], R | None]) -> R | None:
    """What `look` finds, which is asked again for some seconds where it finds nothing."""
    since = clock.monotonic()
    while (found := look()) is None and clock.monotonic() - since < NEW:
        clock.sleep(1)
    return found


def one_service(clients: Clients, cluster: str, name: str) -> dict[str, Any] | None:
    """One look at a service: its record, None if ECS says that it is missing."""
    answer = clients.read("ecs").describe_services(cluster=cluster, services=[name], include=["TAGS"])
    found: list[dict[str, Any]] = answer.get("services", [])
    if found:
        return found[0]
    if any(each.get("reason") == "MISSING" for each in answer.get("failures", ())):
        return None
    raise ForeignAnswerError(operation="DescribeServices", what=f"the response has neither {name} nor the message that it is missing")


def no_cluster(clients: Clients, cluster: str) -> Failure:
    """What ClusterNotFoundException means for whoever named `cluster`."""
    try:
        pages = clients.read("ecs").get_paginator("list_clusters").paginate()
        names = [short(arn) for page in pages for arn in page["clusterArns"]]
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
        names = []  # the role need not see them: then there is nothing to compare with
    guess = nearest(short(cluster), names)
    what = f"there is no active cluster {cluster} in {clients.region}"
    hint = f"Did you mean {guess}? " if guess else ""
    return Failure(Exit.BAD_INPUT, Fault(what, f"{hint}Check the name, the region (AWS_REGION) and the account.", "cluster"))


def is_no_cluster(error: BaseException) -> bool:
    return isinstance(error, botocore.exceptions.ClientError) and code_of(error) == "ClusterNotFoundException"


UNSUPPORTED: Final = frozenset(("UnknownOperationException", "UnsupportedFeatureException", "UnknownOperation", "NotImplemented"))
