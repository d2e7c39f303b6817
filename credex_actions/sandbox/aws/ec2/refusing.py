"""What EC2 refuses, in its words."""

from typing import Any

from moto.ec2.exceptions import EC2ClientError


def refusal(code: str, message: str) -> EC2ClientError:
    return EC2ClientError(code, message)


def wrong_state(record: Any, verb: str) -> EC2ClientError:
    return refusal("IncorrectInstanceState", f"The instance '{record.id}' is not in a state from which it can be {verb}.")


def not_running(record: Any) -> EC2ClientError:
    return refusal("IncorrectState", f"Instance '{record.id}' is not 'running'.")


def not_stopped(record: Any) -> EC2ClientError:
    return refusal("IncorrectInstanceState", f"The instance '{record.id}' is not in the 'stopped' state.")


def not_available(volume: str) -> EC2ClientError:
    return refusal("IncorrectState", f"{volume} is not 'available'.")


def already_attached(volume: str) -> EC2ClientError:
    return refusal("VolumeInUse", f"{volume} is already attached to an instance")


def other_zone(volume: str, instance: str) -> EC2ClientError:
    return refusal("InvalidVolume.ZoneMismatch", f"The volume '{volume}' is not in the same availability zone as instance '{instance}'")


def device_taken(device: str) -> EC2ClientError:
    return refusal("InvalidParameterValue", f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use")


def no_zone(zone: str) -> EC2ClientError:
    return refusal("InvalidZone.NotFound", f"The zone '{zone}' does not exist.")


def no_snapshot(snapshot: str) -> EC2ClientError:
    return refusal("InvalidSnapshot.NotFound", f"The snapshot '{snapshot}' does not exist.")


def pending_snapshot(snapshot: str) -> EC2ClientError:
    return refusal("IncorrectState", f"{snapshot} is in invalid state - pending")


def too_small(size: int, snapshot: str, expected: int) -> EC2ClientError:
    what = f"Volume of size {size}GB is smaller than snapshot '{snapshot}', expect size >= {expected}GB"
    return refusal("InvalidBlockDeviceMapping", what)


def name_taken(name: str, image: str) -> EC2ClientError:
    return refusal("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {image}")
