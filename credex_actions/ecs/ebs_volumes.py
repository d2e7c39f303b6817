"""Managed EBS volumes: the settings that a task definition leaves open (configuredAtLaunch), for a service or for one task."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import nearest
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs.aws_json import read_value

Volumes = tuple[Mapping[str, Any], ...]
"""volumeConfigurations of UpdateService or RunTask: none, or one."""

WITHOUT_IOPS: Final = frozenset(("st1", "sc1", "standard"))
NEED_IOPS: Final = frozenset(("io1", "io2"))


def of_service(inputs: Inputs, definition: Mapping[str, Any] | None) -> Volumes:
    """Raises Failure(BAD_INPUT). `definition` is None if it is not known yet; then `misplaced` tells later."""
    name, settings = inputs.service_managed_ebs_volume_name, inputs.service_managed_ebs_volume
    return _configured("service-managed-ebs-volume", "UpdateService", (name, settings), definition)


def of_task(inputs: Inputs, definition: Mapping[str, Any] | None) -> Volumes:
    name, settings = inputs.run_task_managed_ebs_volume_name, inputs.run_task_managed_ebs_volume
    return _configured("run-task-managed-ebs-volume", "RunTask", (name, settings), definition)


def _configured(option: str, operation: str, given: tuple[str | None, str | None], definition: Mapping[str, Any] | None) -> Volumes:
    name, text = given
    settings: Mapping[str, Any] = read_value(text, option, operation, ("volumeConfigurations", "[]", "managedEBSVolume")) if text else {}
    if not name and not settings:
        return ()
    volumes = ({"name": name, "managedEBSVolume": settings},) if name and settings else ()
    faults = [*_half(option, name, settings), *_contradictions(option, settings), *misplaced(option, name, definition)]
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return volumes


def _half(option: str, name: str | None, settings: Mapping[str, Any]) -> Iterator[Fault]:
    if not settings:
        yield Fault("is missing", f"{option}-name is set: provide the volume's settings too, a JSON object with roleArn.", option)
    if not name:
        yield Fault(
            "is missing", f"{option} is set: provide the name of the volume in the task definition that it is for.", f"{option}-name"
        )


def _contradictions(option: str, settings: Mapping[str, Any]) -> Iterator[Fault]:
    """What EBS would turn down only when the first task starts. Source: ECS API, ServiceManagedEBSVolumeConfiguration."""
    kind = settings.get("volumeType", "gp3")
    if settings and "sizeInGiB" not in settings and "snapshotId" not in settings:
        yield Fault("has neither sizeInGiB nor snapshotId", "A volume needs a size, or a snapshot that has one.", option)
    if "throughput" in settings and kind != "gp3":
        yield Fault(f"is set for a volume of type {kind}", "Only gp3 supports throughput.", f"{option}: $.throughput")
    if "iops" in settings and kind in WITHOUT_IOPS:
        yield Fault(f"is set for a volume of type {kind}", "Omit it, or use gp3, io1 or io2.", f"{option}: $.iops")
    if kind in NEED_IOPS and "iops" not in settings:
        yield Fault(f"lacks iops, which a volume of type {kind} needs", "Set iops.", option)
    if settings.get("encrypted") is False and "kmsKeyId" in settings:
        yield Fault("is set, but encrypted is false", "Remove one of them.", f"{option}: $.kmsKeyId")


def misplaced(option: str, name: str | None, definition: Mapping[str, Any] | None) -> Iterator[Fault]:
    """The volume has to be one that `definition` leaves to the launch. Nothing is said where the definition is not known."""
    if definition is None or not name:
        return
    declared = {each.get("name", ""): each for each in definition.get("volumes") or ()}
    open_ones = [each for each, volume in declared.items() if volume.get("configuredAtLaunch")]
    if name in open_ones:
        return
    what, hint = f"the task definition has no volume {name}", "Provide the name of a volume with configuredAtLaunch: true."
    if name in declared:
        what, hint = f"the volume {name} is not configured at launch", "Set configuredAtLaunch: true on it in the task definition."
    elif guess := nearest(name, open_ones):
        hint = f"Did you mean {guess}?"
    yield Fault(what, hint, f"{option}-name")
