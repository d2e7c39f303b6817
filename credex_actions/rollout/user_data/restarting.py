"""The edge of restart.py: what EC2 and the parameter with the Bolt URL say of an instance that is to be stopped and started."""

from collections.abc import Mapping
from typing import Any

from credex_actions.core.aws.clients import Clients
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.neo4j.configuration.model import Database
from credex_actions.rollout.user_data.restart import Restart


def restart_of(clients: Clients, clock: Clock, instance: Mapping[str, Any], database: Database) -> Restart:
    ec2 = clients.read("ec2")
    which, kind = instance["InstanceId"], instance["InstanceType"]
    protection = look_again(clock, lambda: ec2.describe_instance_attribute(InstanceId=which, Attribute="disableApiStop"))
    kinds = look_again(clock, lambda: ec2.describe_instance_types(InstanceTypes=[kind]))["InstanceTypes"]
    urls = [database.url] if isinstance(database.url, str) else []
    if isinstance(database.url_parameter, str):
        ssm, parameter = clients.read("ssm"), database.url_parameter
        urls.append(look_again(clock, lambda: ssm.get_parameter(Name=parameter, WithDecryption=True))["Parameter"]["Value"])
    return Restart(
        protected=bool(protection.get("DisableApiStop", {}).get("Value")),
        has_store=any(each.get("InstanceStorageSupported") for each in kinds),
        urls=tuple(urls),
        assigns=_assigns(clients, clock, instance),
    )


def _assigns(clients: Clients, clock: Clock, instance: Mapping[str, Any]) -> bool | None:
    subnet = instance.get("SubnetId")
    if not subnet:
        return None
    ec2 = clients.read("ec2")
    (found,) = look_again(clock, lambda: ec2.describe_subnets(SubnetIds=[subnet]))["Subnets"]
    return bool(found.get("MapPublicIpOnLaunch"))
