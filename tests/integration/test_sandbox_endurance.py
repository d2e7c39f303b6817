"""The sandbox under load: many deployments, changes of mind and faults at once, and it still tells the truth at the end."""

import contextlib
import random
import socket
import threading
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from credex_actions.sandbox import Provisioned, Sandbox
from tests.integration.rollouts import deploy, ended, health, register, service

TAGS = ("2.0.0", "crash", "unhealthy", "exit-3", "slow-start-0.2s", "oom", "not-listening", "3.0.0")
ROUNDS = 12


class Restless(threading.Thread):
    """Changes its mind about one service again and again, without waiting."""

    def __init__(self, sandbox: Sandbox, where: Provisioned, seed: int) -> None:
        super().__init__()
        self.sandbox = sandbox
        self.where = where
        self.random = random.Random(seed)  # noqa: S311 - a test
        self.revisions = [register(sandbox, where, tag) for tag in TAGS]

    def run(self) -> None:
        for _ in range(ROUNDS):
            with contextlib.suppress(ClientError, BotoCoreError):
                self.random.choice([self.update, self.update, self.update, self.scale, self.stop])()
            threading.Event().wait(self.random.random() * 0.4)

    def update(self) -> None:
        deploy(self.sandbox, self.where, taskDefinition=self.random.choice(self.revisions), forceNewDeployment=True)

    def scale(self) -> None:
        ecs = self.sandbox.client("ecs")
        ecs.update_service(cluster=self.where.cluster, service=self.where.service, desiredCount=self.random.randint(0, 4))

    def stop(self) -> None:
        if (current := service(self.sandbox, self.where).get("currentServiceDeployment")) is not None:
            self.sandbox.client("ecs").stop_service_deployment(
                serviceDeploymentArn=current, stopType=self.random.choice(["ROLLBACK", "ABORT"])
            )


def settled(sandbox: Sandbox, where: Provisioned) -> bool:
    seen: dict[str, Any] = service(sandbox, where)
    states = [each["rolloutState"] for each in seen["deployments"]]
    return states == ["COMPLETED"] and seen["runningCount"] == seen["desiredCount"] and seen["pendingCount"] == 0


@pytest.mark.slow
def test_restless_services_settle_in_the_end(sandbox: Sandbox) -> None:
    places = [
        sandbox.provision(environment="development"),
        sandbox.provision(environment="staging", deployment={"maximumPercent": 150, "minimumHealthyPercent": 50}),
        sandbox.provision(environment="production", deployment={"strategy": "BLUE_GREEN"}),
    ]
    threads = [Restless(sandbox, where, seed) for seed, where in enumerate(places)]
    for nth in range(5, 60, 5):
        sandbox.fault("*", nth=nth, kind=random.Random(nth).choice(["drop-before", "drop-after", "throttle", "error"]))  # noqa: S311 - a test
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sandbox.reset_faults()
    for where in places:
        sandbox.client("ecs").update_service(cluster=where.cluster, service=where.service, desiredCount=2)
        assert ended(sandbox, deploy(sandbox, where, "9.9.9"))["status"] == "SUCCESSFUL"
        sandbox.until(lambda: settled(sandbox, where), where.service)  # noqa: B023 - used at once
        assert health(where.url)["image"].endswith(":9.9.9")
        alive = sandbox.client("ecs").list_tasks(cluster=where.cluster, serviceName=where.service)["taskArns"]
        assert len(alive) == 2
        history = sandbox.client("ecs").list_service_deployments(cluster=where.cluster, service=where.service, maxResults=100)
        assert all("finishedAt" in each for each in history["serviceDeployments"])


def test_all_ports_are_free_again_after_an_exception() -> None:
    found: list[tuple[str, int]] = []

    def use() -> None:
        with Sandbox(pace=0.05) as sandbox:
            where = sandbox.provision(desired_count=3)
            for url in (sandbox.url, where.url):
                host, _, port = url.removeprefix("http://").partition(":")
                found.append((host, int(port)))
            tasks = sandbox.client("elbv2").describe_target_health(TargetGroupArn=where.target_group_arn)["TargetHealthDescriptions"]
            found.extend((each["Target"]["Id"], each["Target"]["Port"]) for each in tasks)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        use()
    assert len(found) == 5
    for place in found:
        with socket.socket() as probe:
            assert probe.connect_ex(place) != 0, place


def test_two_sandboxes_in_one_process_do_not_meet(sandbox: Sandbox) -> None:
    where = sandbox.provision(desired_count=1)
    with Sandbox(pace=0.05) as other:
        there = other.provision(desired_count=2)
        for each, place, number in ((sandbox, where, 1), (other, there, 2)):
            health_of = each.client("elbv2").describe_target_health(TargetGroupArn=place.target_group_arn)["TargetHealthDescriptions"]
            assert [target["TargetHealth"]["State"] for target in health_of] == ["healthy"] * number
    assert health(where.url)["revision"] == "credex-core:1"
