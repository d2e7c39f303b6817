"""What keeps an instance from being stopped and started, or would be lost by it: pure, from what EC2 describes. Sources: Amazon EC2 User Guide, "Stop and start Amazon EC2 instances" and "Enable stop protection"."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from credex_actions.core.faults import Fault
from credex_actions.databases.url import host_of


@dataclass(frozen=True, kw_only=True)
class Restart:
    """`protected`: against a stop, by DisableApiStop. `has_store`: whether its type has instance store volumes. `urls`: by which the database is reached.
    `assigns`: whether its subnet gives a public address to what is launched in it; None where it has no subnet.
    """

    protected: bool = False
    has_store: bool = False
    urls: tuple[str, ...] = ()
    assigns: bool | None = None


def obstacles(name: str, instance: Mapping[str, Any], restart: Restart) -> Iterator[Fault]:
    """`instance`: DescribeInstances' record. New user data need a stop; all that stands in its way is said at once."""
    which = instance["InstanceId"]
    if restart.protected:
        what = f"{name}: {which} has stop protection (DisableApiStop), and its user data change only while it is stopped"
        yield Fault(what, f"Take it away: aws ec2 modify-instance-attribute --instance-id {which} --no-disable-api-stop.")
    if restart.has_store:
        what = f"{name}: {which} has instance store volumes ({instance['InstanceType']}), whose content a stop deletes, and its user data change only while it is stopped"
        yield Fault(what, "Leave user-data away, or move the database to an instance type without instance store volumes.")
    hosts = {host_of(url) for url in restart.urls}
    for address in sorted(hosts & set(_lent(instance))):
        what = f"{name}: the public address {address} of {which} is no Elastic IP: it changes with the stop that new user data need, and the Bolt URL names it"
        yield Fault(what, "Associate an Elastic IP, or reach the database by its private address.", "url")


def _lent(instance: Mapping[str, Any]) -> Iterator[str]:
    """Public addresses, and their names, that Amazon gives for as long as it runs. Source: EC2 API reference, InstanceNetworkInterfaceAssociation."""
    interfaces = instance.get("NetworkInterfaces", ())
    own = {each["Association"].get("PublicIp") for each in interfaces if each.get("Association", {}).get("IpOwnerId", "amazon") != "amazon"}
    if instance.get("PublicIpAddress") and instance["PublicIpAddress"] not in own:
        yield instance["PublicIpAddress"].lower()
        if instance.get("PublicDnsName"):
            yield instance["PublicDnsName"].lower()
