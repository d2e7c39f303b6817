"""A service as ECS describes it, in the suite's words: the two views that ECS has of a deployment, side by side.

`Deployment` is an entry of DescribeServices' list (`ecs-svc/…`); `Rollout` is a record of the service deployments API, which older
permissions may not allow. Statuses are kept as ECS writes them; one that is not known is waited on, not guessed at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Deployment:
    id: str
    status: str  # PRIMARY, ACTIVE, INACTIVE
    revision: str
    desired: int = 0
    running: int = 0
    failed: int = 0
    rollout: str = ""  # COMPLETED, FAILED, IN_PROGRESS; "" behind a Classic Load Balancer
    why: str = ""
    created: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    id: str
    at: datetime
    message: str


@dataclass(frozen=True, kw_only=True)
class Rollout:
    arn: str
    status: str  # PENDING … ROLLBACK_FAILED (ServiceDeploymentStatus)
    why: str = ""
    stage: str = ""  # lifecycle stage of blue/green, linear and canary
    awaits: str = ""  # what a person has to continue: the hook's id


@dataclass(frozen=True, kw_only=True)
class Service:
    name: str
    arn: str
    cluster: str
    status: str  # ACTIVE, DRAINING, INACTIVE
    revision: str
    desired: int
    running: int
    deployments: tuple[Deployment, ...]
    events: tuple[Event, ...] = ()  # newest first, at most 100
    controller: str = "ECS"
    strategy: str = "ROLLING"
    breaks: bool = False  # the circuit breaker ends a deployment that fails
    rollout: str = ""  # ARN of the current service deployment, where ECS says it

    @property
    def primary(self) -> Deployment | None:
        return next((each for each in self.deployments if each.status == "PRIMARY"), None)

    def deployment(self, identifier: str | None) -> Deployment | None:
        return next((each for each in self.deployments if each.id == identifier), None)

    def told(self, identifier: str, words: str) -> str:
        """The newest event that says `words` of the deployment `identifier`; "" if there is none."""
        return next((each.message for each in self.events if f"(deployment {identifier})" in each.message and words in each.message), "")


def service_of(described: Mapping[str, Any]) -> Service:
    """A service from DescribeServices, or from UpdateService's answer."""
    configuration = described.get("deploymentConfiguration", {})
    return Service(
        name=described["serviceName"],
        arn=described["serviceArn"],
        cluster=described["clusterArn"],
        status=described["status"],
        revision=described.get("taskDefinition", ""),
        desired=described.get("desiredCount", 0),
        running=described.get("runningCount", 0),
        deployments=tuple(map(_deployment, described.get("deployments", ()))),
        events=tuple(Event(id=each["id"], at=each["createdAt"], message=each["message"]) for each in described.get("events", ())),
        controller=described.get("deploymentController", {}).get("type", "ECS"),
        strategy=configuration.get("strategy", "ROLLING"),
        breaks=configuration.get("deploymentCircuitBreaker", {}).get("enable", False),
        rollout=described.get("currentServiceDeployment", ""),
    )


def _deployment(described: Mapping[str, Any]) -> Deployment:
    return Deployment(
        id=described["id"],
        status=described["status"],
        revision=described.get("taskDefinition", ""),
        desired=described.get("desiredCount", 0),
        running=described.get("runningCount", 0),
        failed=described.get("failedTasks", 0),
        rollout=described.get("rolloutState", ""),
        why=described.get("rolloutStateReason", ""),
        created=described.get("createdAt"),
    )


def rollout_of(described: Mapping[str, Any]) -> Rollout:
    """A record of DescribeServiceDeployments."""
    hooks = [each for each in described.get("lifecycleHookDetails", ()) if each.get("status") == "AWAITING_ACTION"]
    return Rollout(
        arn=described["serviceDeploymentArn"],
        status=described.get("status", ""),
        why=described.get("rollback", {}).get("reason") or described.get("statusReason", ""),
        stage=described.get("lifecycleStage", ""),
        awaits=hooks[0].get("hookId", "a hook") if hooks else "",
    )
