"""Addresses and security groups."""

from typing import Any

from credex_actions.sandbox.neglect.place import OWNER, Place


def seed(place: Place) -> None:
    ec2 = place.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    _addresses(place, subnet)
    open_database = _group(place, vpc, "database-open", [(7687, 7687, "0.0.0.0/0"), (7474, 7474, "::/0")])
    everything = _group(place, vpc, "allow-all", [(-1, -1, "0.0.0.0/0")])
    for each in (open_database, everything):
        _use(place, subnet, each)
        place.expect("security-group-open", place.arn("ec2", f"security-group/{each}"))
    for name, rules in {
        "balancer": [(80, 80, "0.0.0.0/0"), (443, 443, "0.0.0.0/0"), (443, 443, "::/0")],
        "database-private": [(7687, 7687, "10.0.0.0/8"), (22, 22, "203.0.113.7/32")],
        "health": [(8000, 9000, "0.0.0.0/0")],
    }.items():
        _use(place, subnet, _group(place, vpc, name, rules))
    unused = _group(place, vpc, "left-over", [(22, 22, "0.0.0.0/0")])
    place.expect("security-group-unused", place.arn("ec2", f"security-group/{unused}"))
    _used_without_an_interface(place, vpc)


def _addresses(place: Place, subnet: str) -> None:
    ec2 = place.client("ec2")
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "old-nat"}, OWNER]}]
    lone = ec2.allocate_address(Domain="vpc", TagSpecifications=tags)["AllocationId"]
    place.expect("address-unattached", place.arn("ec2", f"elastic-ip/{lone}"))
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.associate_address(AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"], NetworkInterfaceId=interface)


def _group(place: Place, vpc: str, name: str, rules: list[tuple[int, int, str]]) -> str:
    ec2 = place.client("ec2")
    group: str = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    permissions = [_permission(*rule) for rule in rules]
    if permissions:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permissions)
    return group


def _permission(first: int, last: int, cidr: str) -> dict[str, Any]:
    ranges = {"Ipv6Ranges": [{"CidrIpv6": cidr}]} if ":" in cidr else {"IpRanges": [{"CidrIp": cidr}]}
    return {"IpProtocol": "-1", **ranges} if first < 0 else {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, **ranges}


def _use(place: Place, subnet: str, group: str) -> None:
    place.client("ec2").create_network_interface(SubnetId=subnet, Groups=[group])


def _used_without_an_interface(place: Place, vpc: str) -> None:
    """By another group, a launch template, and a function that sleeps."""
    ec2 = place.client("ec2")
    referenced, planned, asleep = (_group(place, vpc, name, []) for name in ("clients", "workers", "functions"))
    private = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["database-private"]}])["SecurityGroups"][0]["GroupId"]
    pair = {"IpProtocol": "tcp", "FromPort": 7687, "ToPort": 7687, "UserIdGroupPairs": [{"GroupId": referenced}]}
    ec2.authorize_security_group_ingress(GroupId=private, IpPermissions=[pair])
    ec2.create_launch_template(LaunchTemplateName="queue", LaunchTemplateData={"SecurityGroupIds": [planned]})
    role = place.client("iam").create_role(RoleName="sleeping-function", AssumeRolePolicyDocument="{}")["Role"]
    place.records("iam").roles[role["RoleId"]].create_date = place.ago(300)
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"][0]["SubnetId"]
    place.client("lambda").create_function(
        FunctionName="sleeping",
        Runtime="python3.12",
        Role=role["Arn"],
        Handler="main.run",
        Code={"ZipFile": b"none"},
        VpcConfig={"SecurityGroupIds": [asleep], "SubnetIds": [subnet]},
    )
    place.client("logs").create_log_group(logGroupName="/aws/lambda/sleeping")
    place.client("logs").put_retention_policy(logGroupName="/aws/lambda/sleeping", retentionInDays=30)
    place.records("logs").groups["/aws/lambda/sleeping"].creation_time = place.ago(300)
