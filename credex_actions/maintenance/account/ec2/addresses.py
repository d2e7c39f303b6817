"""Elastic IP addresses that nothing uses."""

from collections.abc import Iterator

from credex_actions.maintenance.account.found import Found, Record, aws, named, tags_of
from credex_actions.maintenance.account.survey import Survey


def addresses(survey: Survey) -> tuple[Record, ...]:
    return tuple(survey.reading.one("ec2", "describe_addresses").get("Addresses", ()))


def check(survey: Survey) -> Iterator[Found]:
    for each in survey.shared(addresses):
        if is_unattached(each):
            yield found(each, survey)


def is_unattached(address: Record) -> bool:
    return not any(address.get(each) for each in ("AssociationId", "InstanceId", "NetworkInterfaceId"))


def found(address: Record, survey: Survey) -> Found:
    tags, identifier = tags_of(address), address.get("AllocationId") or address["PublicIp"]
    cost = survey.prices.of("address")
    return Found(
        check="address-unattached",
        resource=survey.arn("ec2", f"elastic-ip/{identifier}"),
        title=f"address {named(address['PublicIp'], tags)} is associated with nothing",
        why=f"{identifier} is paid for by the hour{survey.prices.says(cost)}; once released it cannot be had again",
        fix=aws("ec2", "release-address", survey.scope.region, allocation_id=identifier),
        tags=tags,
        monthly_cost=cost,
    )
