"""Instances and images. None of them carries a version of Neo4j, so that no database is started for them: two are called databases by their tags."""

from functools import partial
from typing import Any

from credex_actions.sandbox.neglect.place import OWNER, Place


def seed(place: Place) -> None:
    image = _image(place, "web-2025-11-01", age=20)
    _images(place)
    idle = _instance(place, image, "forgotten-demo", age=60)
    place.expect("instance-idle", place.arn("ec2", f"instance/{idle}"))
    _load(place, idle, cpu=0.4, network=90_000)
    big = _instance(place, image, "reports", age=60, kind="m5.2xlarge")
    place.expect("instance-oversized", place.arn("ec2", f"instance/{big}"))
    _load(place, big, cpu=9, network=900_000_000, memory=21)
    _stopped(place, image)
    open_metadata = _instance(place, image, "legacy-batch", age=60, tokens="optional")
    place.expect("instance-imdsv1", place.arn("ec2", f"instance/{open_metadata}"))
    _load(place, open_metadata, cpu=55, network=700_000_000)
    _look_alikes(place, image)
    _databases(place, image)


def _image(place: Place, name: str, age: float) -> str:
    ec2 = place.client("ec2")
    mapping = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True, "Encrypted": True}}
    image: str = ec2.register_image(
        Name=name, RootDeviceName="/dev/sda1", Architecture="x86_64", VirtualizationType="hvm", BlockDeviceMappings=[mapping]
    )["ImageId"]
    place.records("ec2").amis[image].creation_date = place.ago(age)
    return image


def _images(place: Place) -> None:
    old = _image(place, "web-2024-02-01", age=400)
    place.expect("image-old", f"arn:aws:ec2:{place.region}::image/{old}")
    in_template = _image(place, "web-2024-03-01", age=380)
    place.client("ec2").create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": in_template})
    _image(place, "bastion-2023-05-01", age=700)  # the newest of its name, however old
    launched = _image(place, "web-2024-04-01", age=300)
    stopped = _instance(place, launched, "restored-on-demand", age=5)
    place.client("ec2").stop_instances(InstanceIds=[stopped])


def _instance(place: Place, image: str, name: str, age: float, kind: str = "t3.large", tokens: str = "required", **tags: str) -> str:
    named = [{"Key": "Name", "Value": name}, OWNER, *({"Key": key, "Value": value} for key, value in tags.items())]
    given: dict[str, Any] = {
        "MetadataOptions": {"HttpTokens": tokens, "HttpEndpoint": "enabled"},
        "TagSpecifications": [{"ResourceType": "instance", "Tags": named}],
        "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "Encrypted": True}}],
    }
    instance: str = place.client("ec2").run_instances(ImageId=image, InstanceType=kind, MinCount=1, MaxCount=1, **given)["Instances"][0][
        "InstanceId"
    ]
    record = place.records("ec2").get_instance(instance)
    record.launch_time = place.ago(age)
    for mapping in record.block_device_mapping.values():
        place.records("ec2").volumes[mapping.volume_id].create_time = place.ago(age)
    return instance


def _load(place: Place, instance: str, cpu: float, network: float, memory: float | None = None) -> None:
    of = {"InstanceId": instance}
    place.days("AWS/EC2", "CPUUtilization", of, cpu)
    for name in ("NetworkIn", "NetworkOut"):
        place.days("AWS/EC2", name, of, network)
    if memory is not None:
        place.days("CWAgent", "mem_used_percent", of, memory)


def _stopped(place: Place, image: str) -> None:
    for name, age in (("migrated-last-year", 120), ("stopped-for-the-weekend", 2)):
        instance = _instance(place, image, name, age=200)
        place.client("ec2").stop_instances(InstanceIds=[instance])
        record = place.records("ec2").get_instance(instance)
        place.sandbox.until(partial(_is_stopped, place, instance), f"the stop of {name}")
        record._reason = f"User initiated ({place.ago(age):%Y-%m-%d %H:%M:%S} GMT)"  # noqa: SLF001 - moto has no other way
        if age > 100:  # noqa: PLR2004 - of the two above
            place.expect("instance-stopped-long", place.arn("ec2", f"instance/{instance}"))


def _is_stopped(place: Place, instance: str) -> bool:
    answer = place.client("ec2").describe_instances(InstanceIds=[instance])
    return bool(answer["Reservations"][0]["Instances"][0]["State"]["Name"] == "stopped")


def _look_alikes(place: Place, image: str) -> None:
    quiet_but_serving = _instance(place, image, "proxy", age=60)
    _load(place, quiet_but_serving, cpu=1.5, network=4_000_000_000)
    full_of_memory = _instance(place, image, "cache", age=60, kind="r5.xlarge")
    _load(place, full_of_memory, cpu=6, network=2_000_000_000, memory=88)
    unmeasured = _instance(place, image, "unmeasured", age=60)
    _load(place, unmeasured, cpu=8, network=2_000_000_000)
    _instance(place, image, "launched-yesterday", age=1)  # no day of metrics yet


def _databases(place: Place, image: str) -> None:
    bare = _instance(place, image, "search-space", age=60, Role="SearchSpace")
    watched = _instance(place, image, "ledger-space", age=60, Role="LedgerSpace")
    for each in (bare, watched):
        _load(place, each, cpu=40, network=900_000_000)
        root = next(iter(place.records("ec2").get_instance(each).block_device_mapping.values())).volume_id
        taken = place.client("ec2").create_snapshot(VolumeId=root)["SnapshotId"]
        place.records("ec2").snapshots[taken].start_time = place.ago(0.5)
    alarm = place.client("cloudwatch").put_metric_alarm
    topic = place.client("sns").create_topic(Name="on-call")["TopicArn"]
    for kind, namespace, metric in (
        ("status", "AWS/EC2", "StatusCheckFailed"),
        ("cpu", "AWS/EC2", "CPUUtilization"),
        ("disk", "CWAgent", "disk_used_percent"),
    ):
        place.expect("alarm-missing", place.arn("ec2", f"instance/{bare}"), kind)
        alarm(
            AlarmName=f"ledger-space-{kind}",
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": "InstanceId", "Value": watched}],
            Statistic="Maximum",
            Period=300,
            EvaluationPeriods=2,
            Threshold=80,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[topic],
        )
