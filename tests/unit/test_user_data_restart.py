"""What stands in the way of the stop that new user data need."""

from types import SimpleNamespace
from typing import Any

import pytest

from credex_actions.core.clock import SystemClock
from credex_actions.rollout.planning.gating import restart_gate
from credex_actions.rollout.user_data.restart import Restart, obstacles
from credex_actions.rollout.user_data.restarting import restart_of

INSTANCE: dict[str, Any] = {
    "InstanceId": "i-1", "InstanceType": "r6id.large", "PublicIpAddress": "3.4.5.6", "PublicDnsName": "ec2-3-4-5-6.compute.amazonaws.com",
    "NetworkInterfaces": [{"Association": {"IpOwnerId": "amazon", "PublicIp": "3.4.5.6"}}],
}  # fmt: skip
ELASTIC = INSTANCE | {"NetworkInterfaces": [{"Association": {"IpOwnerId": "111122223333", "PublicIp": "3.4.5.6"}}]}
CASES: dict[str, tuple[dict[str, Any], Restart, list[str]]] = {
    "nothing": (INSTANCE, Restart(urls=("bolt://10.0.1.5:7687",)), []),
    "stop protection": (INSTANCE, Restart(protected=True), ["has stop protection"]),
    "an instance store": (INSTANCE, Restart(has_store=True), ["has instance store volumes (r6id.large)"]),
    "a public address": (INSTANCE, Restart(urls=("bolt://3.4.5.6:7687",)), ["the public address 3.4.5.6"]),
    "its name": (INSTANCE, Restart(urls=("neo4j://EC2-3-4-5-6.compute.amazonaws.com:7687",)), ["the public address ec2-3-4-5-6"]),
    "an Elastic IP": (ELASTIC, Restart(urls=("bolt://3.4.5.6:7687",)), []),
    "all at once": (INSTANCE, Restart(protected=True, has_store=True), ["stop protection", "instance store"]),
}


@pytest.mark.parametrize(("instance", "restart", "words"), CASES.values(), ids=CASES)
def test_what_keeps_an_instance_from_being_stopped(instance: dict[str, Any], restart: Restart, words: list[str]) -> None:
    found = list(obstacles("ledger", instance, restart))
    assert [word in fault.what and bool(fault.hint) for word, fault in zip(words, found, strict=True)] == [True] * len(words)
    gate = restart_gate("ledger", instance, restart)
    assert (gate.shut, all(word in gate.says for word in words)) == (bool(words), True)


def test_it_is_read_from_ec2_and_from_the_parameter() -> None:
    ec2 = SimpleNamespace(
        describe_instance_attribute=lambda **asked: {"DisableApiStop": {"Value": asked["Attribute"] == "disableApiStop"}},
        describe_instance_types=lambda InstanceTypes: {"InstanceTypes": [{"InstanceStorageSupported": InstanceTypes == ["r6id.large"]}]},  # noqa: N803
    )
    ssm = SimpleNamespace(get_parameter=lambda **_: {"Parameter": {"Value": "bolt://3.4.5.6:7687"}})
    clients: Any = SimpleNamespace(read=lambda service: {"ec2": ec2, "ssm": ssm}[service])
    database: Any = SimpleNamespace(url="bolt://a:7687", url_parameter="/x")
    got = restart_of(clients, SystemClock(), INSTANCE, database)
    assert got == Restart(protected=True, has_store=True, urls=("bolt://a:7687", "bolt://3.4.5.6:7687"))
