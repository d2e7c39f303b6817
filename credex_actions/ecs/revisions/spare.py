"""Revisions that a registration left over which was sent more than once, since its response was lost."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

ROUNDING: Final = timedelta(seconds=1)
"""ECS's times and a runner's clock are compared as spans."""


def spares(kept: Mapping[str, Any], newer: Iterable[Mapping[str, Any]], within: timedelta) -> tuple[str, ...]:
    """ARNs of those among `newer` that this run has registered besides `kept`: by the same principal, and while it was sending.

    `kept`, `newer`: DescribeTaskDefinition's `taskDefinition`, all of one meaning. `within`: from the first sending to the answer.
    Another run may have registered the same at that time, so that whether they are in use has to be looked at besides.
    """
    return tuple(
        each["taskDefinitionArn"]
        for each in newer
        if each["taskDefinitionArn"] != kept["taskDefinitionArn"]
        and each.get("registeredBy") == kept.get("registeredBy")
        and "registeredAt" in each
        and "registeredAt" in kept
        and abs(each["registeredAt"] - kept["registeredAt"]) <= within + ROUNDING
    )
