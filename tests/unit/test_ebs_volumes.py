"""Managed EBS volumes: checked against botocore's model and EBS's own rules before anything is registered."""

import json
from typing import Any

import pytest

from credex_actions.core.faults import Failure
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs.ebs_volumes import of_service

ROLE = {"roleArn": "arn:aws:iam::1:role/ebs"}
DEFINITION = {"volumes": [{"name": "data", "configuredAtLaunch": True}, {"name": "scratch", "host": {}}]}


def volumes(name: str | None = "data", **settings: Any) -> object:
    text = json.dumps({**ROLE, **settings})
    return of_service(Inputs(service_managed_ebs_volume_name=name, service_managed_ebs_volume=text), DEFINITION)


def test_nothing_given_is_no_volume() -> None:
    assert of_service(Inputs(), DEFINITION) == ()


def test_every_field_that_botocore_knows_is_sent_as_it_is() -> None:
    given: dict[str, Any] = {"sizeInGiB": 10, "throughput": 250, "iops": 3000, "volumeInitializationRate": 100, "encrypted": False}
    assert volumes(**given) == ({"name": "data", "managedEBSVolume": {**ROLE, **given}},)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a misspelt field": ({"sizeInGb": 10}, "service-managed-ebs-volume: $.sizeInGb: unknown field"),
    "a field newer than botocore": (
        {"sizeInGiB": 1, "quantumStorage": True},
        "does not know this field of ServiceManagedEBSVolumeConfiguration",
    ),
    "neither size nor snapshot": ({}, "service-managed-ebs-volume: has neither sizeInGiB nor snapshotId"),
    "a throughput of an io2": (
        {"sizeInGiB": 1, "volumeType": "io2", "iops": 9, "throughput": 9},
        "$.throughput: is set for a volume of type io2",
    ),
    "iops of a magnetic disk": ({"sizeInGiB": 500, "volumeType": "st1", "iops": 9}, "$.iops: is set for a volume of type st1"),
    "an io1 without iops": ({"sizeInGiB": 9, "volumeType": "io1"}, "lacks iops"),
    "a key for what is not encrypted": (
        {"sizeInGiB": 9, "encrypted": False, "kmsKeyId": "k"},
        "$.kmsKeyId: is set, but encrypted is false",
    ),
    "a filesystem nobody has": ({"sizeInGiB": 9, "filesystemType": "ext9"}, "$.filesystemType: 'ext9' is not one of the accepted values"),
    "another volume": ({"name": "dta", "sizeInGiB": 9}, "service-managed-ebs-volume-name: the task definition has no volume dta"),
    "a volume that is not configured at launch": ({"name": "scratch", "sizeInGiB": 9}, "the volume scratch is not configured at launch"),
    "no name": ({"name": None, "sizeInGiB": 9}, "service-managed-ebs-volume-name: is missing"),
}


@pytest.mark.parametrize(("given", "words"), BAD.values(), ids=BAD)
def test_bad_settings_are_told_with_their_place(given: dict[str, Any], words: str) -> None:
    with pytest.raises(Failure) as caught:
        volumes(**given)
    assert words in str(caught.value)


def test_a_field_that_is_refused_for_its_age_says_what_to_do() -> None:
    with pytest.raises(Failure, match=r"It is rejected, not dropped.*update credex-actions"):
        volumes(sizeInGiB=1, quantumStorage=True)
