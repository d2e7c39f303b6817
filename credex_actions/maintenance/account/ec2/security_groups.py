"""Security groups: ports open to the internet, and groups that nothing uses."""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Final

from credex_actions.maintenance.account.ec2.group_uses import used_elsewhere, used_in_network
from credex_actions.maintenance.account.found import Found, Record, aws, named, tags_of
from credex_actions.maintenance.account.survey import Survey

SENSITIVE: Final = {
    22: "SSH",
    1433: "SQL Server",
    2375: "Docker",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    6379: "Redis",
    7473: "Neo4j over HTTPS",
    7474: "Neo4j over HTTP",
    7687: "Neo4j over Bolt",
    9200: "OpenSearch",
    11211: "Memcached",
    27017: "MongoDB",
}
WIDE: Final = 8
"""A prefix shorter than this is, to all intents, the internet: 0.0.0.0/1 and 128.0.0.0/1 together are."""

UNIQUE_LOCAL: Final = ipaddress.ip_network("fc00::/7")


def security_groups(survey: Survey) -> tuple[Record, ...]:
    return tuple(survey.reading.pages("ec2", "describe_security_groups", "SecurityGroups", PaginationConfig={"PageSize": 500}))


def check_open(survey: Survey) -> Iterator[Found]:
    """A group that nothing uses opens nothing; it is reported as unused, with what it would open."""
    exposed = [(each, ports) for each in survey.shared(security_groups) if (ports := open_ports(each))]
    if not exposed:
        return
    used = survey.shared(used_in_network)
    for group, ports in exposed:
        if group["GroupId"] in used:
            yield opened(group, ports, survey)


def check_unused(survey: Survey) -> Iterator[Found]:
    """Three calls exclude most groups; what else may name one is asked only about the rest."""
    every = survey.shared(security_groups)
    referenced = {each for group in every for each in references(group) if each != group["GroupId"]}
    left = [
        each
        for each in every
        if each["GroupName"] != "default" and each["GroupId"] not in referenced and each["GroupId"] not in survey.shared(used_in_network)
    ]
    if not left:
        return
    elsewhere = survey.shared(used_elsewhere)
    for each in left:
        if each["GroupId"] not in elsewhere:
            yield unused(each, survey)


def references(group: Record) -> Iterator[str]:
    for rule in (*group.get("IpPermissions", ()), *group.get("IpPermissionsEgress", ())):
        for pair in rule.get("UserIdGroupPairs", ()):
            yield pair["GroupId"]


def open_ports(group: Record) -> tuple[int, ...]:
    """The sensitive ports that the internet reaches, in order."""
    reached: set[int] = set()
    for rule in group.get("IpPermissions", ()):
        cidrs = [each["CidrIp"] for each in rule.get("IpRanges", ())] + [each["CidrIpv6"] for each in rule.get("Ipv6Ranges", ())]
        if any(is_internet(each) for each in cidrs):
            reached.update(ports_of(rule))
    return tuple(sorted(reached))


def is_internet(cidr: str) -> bool:
    network = ipaddress.ip_network(cidr, strict=False)
    return network.prefixlen < WIDE and network != UNIQUE_LOCAL


def ports_of(rule: Record) -> Iterable[int]:
    if rule["IpProtocol"] == "-1":
        return SENSITIVE
    if rule["IpProtocol"] not in {"tcp", "6"}:
        return ()
    return [each for each in SENSITIVE if rule.get("FromPort", 0) <= each <= rule.get("ToPort", 65535)]


def opened(group: Record, ports: tuple[int, ...], survey: Survey) -> Found:
    tags, identifier = tags_of(group) | {"Name": group["GroupName"]}, group["GroupId"]
    what = "every port" if len(ports) == len(SENSITIVE) else ", ".join(f"{each} ({SENSITIVE[each]})" for each in ports)
    rules = [rule for rule in group["IpPermissions"] if set(ports_of(rule)) & set(ports)]
    commands = [revoking(identifier, rule, cidr, survey.scope.region) for rule in rules for cidr in internet_of(rule)]
    return Found(
        check="security-group-open",
        resource=survey.arn("ec2", f"security-group/{identifier}"),
        title=f"security group {named(identifier, tags)} opens {what} to the internet",
        why=f"ingress from {', '.join(sorted({cidr for rule in rules for cidr in internet_of(rule)}))}; a network interface, a load balancer or a service uses the group",
        fix=" && ".join(commands),
        tags=tags_of(group),
    )


def internet_of(rule: Record) -> list[str]:
    cidrs = [each["CidrIp"] for each in rule.get("IpRanges", ())] + [each["CidrIpv6"] for each in rule.get("Ipv6Ranges", ())]
    return [each for each in cidrs if is_internet(each)]


def revoking(group: str, rule: Record, cidr: str, region: str) -> str:
    ranges = f"Ipv6Ranges=[{{CidrIpv6={cidr}}}]" if ":" in cidr else f"IpRanges=[{{CidrIp={cidr}}}]"
    ports = "" if rule["IpProtocol"] == "-1" else f"FromPort={rule['FromPort']},ToPort={rule['ToPort']},"
    return aws(
        "ec2", "revoke-security-group-ingress", region, group_id=group, ip_permissions=f"IpProtocol={rule['IpProtocol']},{ports}{ranges}"
    )


def unused(group: Record, survey: Survey) -> Found:
    tags, identifier = tags_of(group), group["GroupId"]
    ports = open_ports(group)
    would = f"; whatever is given it will have {', '.join(str(each) for each in ports)} open to the internet" if ports else ""
    return Found(
        check="security-group-unused",
        resource=survey.arn("ec2", f"security-group/{identifier}"),
        title=f"security group {named(identifier, tags | {'Name': group['GroupName']})} is used by nothing",
        why=f"no network interface, load balancer, service, function, launch template, scheduled task or other group names it{would}",
        fix=aws("ec2", "delete-security-group", survey.scope.region, group_id=identifier),
        severity="medium" if ports else None,
        tags=tags,
    )
