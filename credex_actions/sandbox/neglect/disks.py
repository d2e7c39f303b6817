"""Volumes and snapshots."""

from typing import Any

from credex_actions.sandbox.neglect.place import OWNER, Place


def seed(place: Place) -> None:
    _volumes(place)
    _data(place)
    _snapshots(place)


def _volume(place: Place, name: str, age: float, *, encrypted: bool = True, size: int = 100) -> str:
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": name}, OWNER]}]
    given: dict[str, Any] = {"AvailabilityZone": f"{place.region}a", "Size": size, "VolumeType": "gp3", "Encrypted": encrypted}
    volume: str = place.client("ec2").create_volume(**given, TagSpecifications=tags)["VolumeId"]
    place.records("ec2").volumes[volume].create_time = place.ago(age)
    return volume


def _volumes(place: Place) -> None:
    forgotten = _volume(place, "old-search-space", age=200)
    place.expect("volume-unattached", place.arn("ec2", f"volume/{forgotten}"))
    _volume(place, "made-yesterday", age=1)
    detached = _volume(place, "detached-last-week", age=200)
    place.days("AWS/EBS", "VolumeIdleTime", {"VolumeId": detached}, 300, count=7)  # attached for half of the window
    plain = _volume(place, "plain", age=3, encrypted=False)
    place.expect("volume-unencrypted", place.arn("ec2", f"volume/{plain}"))


def _data(place: Place) -> None:
    """Attached to the instance that is called proxy."""
    for name, age, snapshot_age, expected in (
        ("data-without-backup", 60, None, True),
        ("data-with-an-old-backup", 60, 40, True),
        ("data-with-a-backup", 60, 1, False),
        ("data-made-today", 0, None, False),
    ):
        volume = _volume(place, name, age)
        _attach(place, volume)
        if snapshot_age is not None:
            _snapshot(place, volume, snapshot_age)
        if expected:
            place.expect("backup-missing", place.arn("ec2", f"volume/{volume}"))
    scratch = _volume(place, "scratch", 60)
    place.client("ec2").create_tags(Resources=[scratch], Tags=[{"Key": "Backup", "Value": "false"}])
    _attach(place, scratch)


def _attach(place: Place, volume: str) -> None:
    filters = [{"Name": "tag:Name", "Values": ["proxy"]}]
    instance = place.client("ec2").describe_instances(Filters=filters)["Reservations"][0]["Instances"][0]
    taken = len(instance["BlockDeviceMappings"])
    place.client("ec2").attach_volume(VolumeId=volume, InstanceId=instance["InstanceId"], Device=f"/dev/sd{'fghijklmnop'[taken]}")


def _snapshot(place: Place, volume: str, age: float, **tags: str) -> str:
    ec2 = place.client("ec2")
    snapshot: str = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    if tags:
        ec2.create_tags(Resources=[snapshot], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    place.records("ec2").snapshots[snapshot].start_time = place.ago(age)
    return snapshot


def _snapshots(place: Place) -> None:
    ec2, prefix = place.client("ec2"), f"arn:aws:ec2:{place.region}::snapshot/"
    living = _volume(place, "archive", age=500)
    place.expect("volume-unattached", place.arn("ec2", f"volume/{living}"))
    place.expect("snapshot-old", prefix + _snapshot(place, living, 400))
    _snapshot(place, living, 300, **{"credex:backup": "b-1"})
    _snapshot(place, living, 200)  # the newest: all the backup that there is
    gone = _volume(place, "dropped", age=500)
    place.expect("snapshot-orphaned", prefix + _snapshot(place, gone, 250))
    imaged = _snapshot(place, gone, 260)
    mapping = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": imaged, "VolumeSize": 100}}
    ec2.register_image(Name="from-dropped", RootDeviceName="/dev/sda1", Architecture="x86_64", BlockDeviceMappings=[mapping])
    planned = _snapshot(place, gone, 270)
    data = {"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": planned}}]}
    ec2.create_launch_template(LaunchTemplateName="worker", LaunchTemplateData=data)
    _snapshot(place, gone, 10)  # its volume was deleted a week ago: there is no hurry
    ec2.delete_volume(VolumeId=gone)
