"""Settings of a service on the way back: what was changed, what was added, and what ECS keeps."""

from typing import Any, Final

import pytest

from credex_actions.ecs.service.update import differing, former, not_restored

CONNECT: Final = {"enabled": True, "namespace": "core"}
LOGGED: Final = {**CONNECT, "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "connect"}}}
ROLLING: Final = {"maximumPercent": 200, "minimumHealthyPercent": 100}
ALARMS: Final = {"alarmNames": ["5xx"], "enable": True, "rollback": True}
NO_ALARMS: Final = {"alarmNames": [], "enable": False, "rollback": False}
BALANCED: Final = [{"targetGroupArn": "tg", "containerName": "core", "containerPort": 5000}]
ADVANCED: Final = [{**BALANCED[0], "advancedConfiguration": {"alternateTargetGroupArn": "other"}}]


def described(**settings: Any) -> dict[str, Any]:
    return {"serviceName": "core", "deployments": [], **settings}


CASES: Final[dict[str, tuple[str, Any, Any, Any]]] = {
    "a number": ("healthCheckGracePeriodSeconds", 30, 90, 30),
    "a member that is added": ("serviceConnectConfiguration", CONNECT, LOGGED, CONNECT),
    "a member of a list's member": ("loadBalancers", BALANCED, ADVANCED, BALANCED),
    "alarms, which ECS keeps unless it is told": (
        "deploymentConfiguration",
        ROLLING,
        {**ROLLING, "alarms": ALARMS},
        {**ROLLING, "alarms": NO_ALARMS},
    ),
    "something where nothing was": ("serviceRegistries", None, [{"registryArn": "r"}], []),
}


@pytest.mark.parametrize(("member", "before", "wanted", "back"), CASES.values(), ids=CASES)
def test_what_was_added_differs_on_the_way_back_and_is_taken_away(member: str, before: Any, wanted: Any, back: Any) -> None:
    at_first = described(**{member: before} if before is not None else {})
    assert differing({member: wanted}, at_first) == [member]
    restored = former({member: wanted}, at_first)
    assert restored == {member: back}
    assert not_restored(restored, described(**{member: wanted})) == [member]
    assert not_restored(restored, at_first) == []
    assert not_restored(restored, described(**{member: back})) == []


def test_subnets_have_no_order_and_what_is_set_to_nothing_is_not_set() -> None:
    network = {"awsvpcConfiguration": {"subnets": ["a", "b"], "securityGroups": []}}
    shown = {"awsvpcConfiguration": {"subnets": ["b", "a"]}}
    assert not_restored({"networkConfiguration": network}, described(networkConfiguration=shown)) == []
    assert not_restored({"networkConfiguration": network}, described(networkConfiguration={"awsvpcConfiguration": {"subnets": ["b"]}}))
