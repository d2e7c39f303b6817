"""Answers are held against botocore's shapes, requests are read as the service reads them."""

from typing import Any

import pytest

from credex_actions.sandbox.aws.refusals import Refusal
from credex_actions.sandbox.aws.shapes import misfits, model, understood

SHAPE = model("ecs").operation_model("DescribeServices").output_shape
INPUT = model("ecs").operation_model("UpdateService").input_shape

MISFITS: dict[str, tuple[Any, list[str]]] = {
    "what fits is silent": ({"services": [{"serviceName": "a", "createdAt": 1.5, "desiredCount": 2, "deployments": []}]}, []),
    "a made-up member is found": ({"services": [{"made": 1}]}, ["$.services[0].made: Service has no such member"]),
    "a wrong type is found": ({"services": [{"desiredCount": "2"}]}, ["$.services[0].desiredCount: str where Integer is a integer"]),
    "a boolean is not a number": ({"services": [{"desiredCount": True}]}, ["$.services[0].desiredCount: bool where Integer is a integer"]),
    "a value outside the enumeration is found": (
        {"services": [{"launchType": "MOON"}]},
        ["$.services[0].launchType: 'MOON' is not one of LaunchType's values"],
    ),
    "a list must be one": ({"services": {}}, ["$.services: dict where there should be several"]),
    "all faults are found": ({"x": 1, "y": 2}, [f"$.{name}: DescribeServicesResponse has no such member" for name in "xy"]),
}


@pytest.mark.parametrize(("answer", "faults"), MISFITS.values(), ids=MISFITS)
def test_misfits(answer: Any, faults: list[str]) -> None:
    assert list(misfits(SHAPE, answer)) == faults


def test_a_request_is_read_without_what_the_service_does_not_know() -> None:
    assert understood(INPUT, {"service": "a", "fromTheFuture": 1, "desiredCount": None}) == {"service": "a"}


@pytest.mark.parametrize(
    ("request_", "code", "says"),
    [
        ({}, "InvalidParameterException", "service can not be blank"),
        ({"service": 1}, "SerializationException", "service: a int cannot be converted to string"),
        ({"service": "a", "loadBalancers": {}}, "SerializationException", "loadBalancers"),
        ({"service": "a", "propagateTags": "MOON"}, "InvalidParameterException", "Member must satisfy enum value set"),
        ([], "SerializationException", "the body"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused(request_: Any, code: str, says: str) -> None:
    with pytest.raises(Refusal, match=says) as caught:
        understood(INPUT, request_)
    assert caught.value.code == code
