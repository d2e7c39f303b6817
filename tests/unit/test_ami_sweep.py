"""Which AMIs a sweep takes for leftovers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from credex_actions.aws.tags import as_list
from credex_actions.core.clock import SystemClock
from credex_actions.core.loop import Run
from credex_actions.rollout.image.sweeping import DeregisterLeftover, Sweep

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
UNPROVEN = {"ImageId": "ami-1", "State": "available", "Tags": as_list({"credex:recipe": "00ff", "credex:run": "r-1"})}
OWNERS: dict[str, tuple[dict[str, str], bool]] = {
    "the test instance of the run that was killed": ({"credex:scratch": "test instance"}, True),
    "a database, which was rolled out by the id of the AMI": ({"Role": "Ledger"}, False),
}


@pytest.mark.parametrize(("tags", "goes"), OWNERS.values(), ids=OWNERS)
def test_an_ami_that_was_never_proven_stays_where_a_database_runs_from_it(tags: dict[str, str], goes: bool) -> None:
    instance = {"InstanceId": "i-1", "ImageId": "ami-1", "Tags": as_list(tags)}

    def pages(operation: str, filters: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        if operation == "describe_images":
            yield {"Images": [UNPROVEN]}
        elif operation == "describe_instances" and any(each["Name"] == "image-id" for each in filters):
            yield {"Reservations": [{"Instances": [instance]}]}

    ec2 = SimpleNamespace(
        get_paginator=lambda operation: SimpleNamespace(paginate=lambda Filters, **_: pages(operation, Filters))  # noqa: N803 - boto3's names
    )
    context: Any = SimpleNamespace(clients=SimpleNamespace(read=lambda _: ec2), asked=SimpleNamespace(environment="production"))
    found = list(Sweep(context, Run(SystemClock()), None)._leftovers(NOW, {}))
    assert [each.step for each in found] == [DeregisterLeftover("ami-1", "r-1")] * goes
