"""Which instance belongs to which database of neo4j.yml."""

import pytest

from credex_actions.core.faults import Exit, Failure
from credex_actions.databases.finding import Found, require_one_each


def found(name: str, instance: str) -> Found:
    return Found(
        name=name, instance_id=instance, address="", zone="", state="running", image_id="", instance_type="", subnet_id="", security_groups=(), profile_arn="", tags={}
    )  # fmt: skip


def test_two_databases_of_one_instance_are_not_stopped_by_turns() -> None:
    """Whatever their tags are: the swap of the one would pass for a roll-out of the other, which nobody has compared."""
    each = {"ledger": found("ledger", "i-1"), "search": found("search", "i-2")}
    require_one_each(each, None)
    with pytest.raises(Failure, match="audit is on i-1, as ledger is") as refused:
        require_one_each(each | {"audit": found("audit", "i-1")}, None)
    assert refused.value.code is Exit.BAD_INPUT
    assert refused.value.faults[0].where == "$.databases.audit"
