"""What the ECS stand-in remembers. Plain records: decisions are made elsewhere, answers are drawn from them elsewhere."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from credex_actions.sandbox.aws.ecs.images import Behaviour

Document = dict[str, Any]


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@dataclass
class Container:
    name: str
    image: str
    essential: bool
    behaviour: Behaviour
    port: int | None
    checked: bool  # the definition has a health check
    digest: str = ""
    status: str = "PENDING"
    health: str = "UNKNOWN"
    exit_code: int | None = None
    reason: str = ""


@dataclass
class Target:
    """A task's entry in a target group. `state` as elbv2 names it: initial, healthy, unhealthy, draining."""

    group: str
    container: str
    port: int
    state: str = "initial"
    told: bool = False  # an event said that it came
    told_leaving: bool = False


@dataclass
class Task:
    id: str
    arn: str
    cluster: str
    definition: Document
    containers: list[Container]
    created: float
    request: Document  # what RunTask or the service asked for: launch type, network, overrides, tags, group, startedBy
    service: str = ""
    deployment: str = ""  # the id of the deployment or task set it belongs to
    status: str = "PROVISIONING"
    desired: str = "RUNNING"
    age: int = 0  # scheduler ticks in this status
    obstacle: str = ""  # why it cannot start, once that is known
    address: str = ""
    targets: list[Target] = field(default_factory=list)
    was_ready: bool = False
    stop_code: str = ""
    reason: str = ""
    times: dict[str, float] = field(default_factory=dict)  # pullStartedAt, startedAt, stoppingAt ... as ECS names them

    @property
    def ended(self) -> bool:
        return self.status == "STOPPED"

    @property
    def counts(self) -> bool:
        """It takes a place of its service: it is there and nobody has asked it to stop."""
        return self.desired == "RUNNING"

    @property
    def running(self) -> bool:
        return self.status == "RUNNING" and self.counts

    @property
    def health(self) -> str:
        states = [each.health for each in self.containers if each.checked and each.essential]
        return next((state for state in ("UNHEALTHY", "UNKNOWN") if state in states), "HEALTHY") if states else "UNKNOWN"

    @property
    def ready(self) -> bool:
        """Running, past its first tick, and every check that it has passes."""
        checked = any(each.checked and each.essential for each in self.containers)
        in_service = all(each.state == "healthy" for each in self.targets)
        return self.running and self.age >= 1 and in_service and (not checked or self.health == "HEALTHY")


@dataclass
class Deployment:
    """One entry of a service's `deployments`, or a task set. `settings`: the members of the service revision that its tasks run by."""

    id: str
    revision: str  # service revision ARN
    settings: Document
    desired: int
    created: float
    updated: float
    status: str = "PRIMARY"
    rollout: str = "IN_PROGRESS"
    reason: str = ""
    failed: int = 0
    rests: int = 0  # ticks to wait before tasks are tried again
    groups: dict[str, str] = field(default_factory=dict)  # configured target group -> the one that its tasks are in (blue/green)
    document: Document = field(default_factory=dict)  # task sets only: scale, externalId, startedBy, tags

    @property
    def definition(self) -> str:
        return str(self.settings["taskDefinition"])


@dataclass
class Rollout:
    """A service deployment, as ListServiceDeployments shows it."""

    arn: str
    deployment: str
    sources: list[Document]
    target: str  # service revision ARN
    created: float
    updated: float
    configuration: Document
    status: str = "PENDING"
    reason: str = ""
    stage: str = ""
    stage_age: int = 0
    started: float | None = None
    finished: float | None = None
    stopped: float | None = None
    rollback: Document | None = None
    failed: int = 0
    threshold: int = 3
    breaker: str = "DISABLED"
    alarms: str = "DISABLED"
    triggered: list[str] = field(default_factory=list)
    weights: dict[str, float] = field(default_factory=dict)  # share of production traffic by deployment id
    test_weights: dict[str, float] = field(default_factory=dict)
    requested_stop: str = ""  # ROLLBACK or ABORT, as StopServiceDeployment asked
    cause: str = ""  # why it is taken back

    @property
    def ongoing(self) -> bool:
        return self.status in {"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}


@dataclass
class Service:
    name: str
    arn: str
    cluster: str
    desired: int
    created: float
    fields: Document  # every other member that CreateService and UpdateService set
    status: str = "ACTIVE"
    deployments: list[Deployment] = field(default_factory=list)
    task_sets: list[Deployment] = field(default_factory=list)
    rollouts: list[Rollout] = field(default_factory=list)
    revisions: dict[str, Document] = field(default_factory=dict)
    events: list[Document] = field(default_factory=list)  # newest first
    last_completed: Deployment | None = None
    steady: bool = False
    returns_anew: bool = False  # what comes back after a failure is a new deployment of the previous revision
    token: str = ""

    @property
    def controller(self) -> str:
        return str(self.fields.get("deploymentController", {}).get("type", "ECS"))

    @property
    def configuration(self) -> Document:
        return dict(self.fields["deploymentConfiguration"])

    @property
    def primary(self) -> Deployment | None:
        return next((each for each in self.deployments if each.status == "PRIMARY"), None)

    @property
    def rollout(self) -> Rollout | None:
        return next((each for each in self.rollouts if each.ongoing), None)

    def say(self, identifier: str, message: str, now: float) -> None:
        """ECS keeps the newest hundred events."""
        self.events.insert(0, {"id": identifier, "createdAt": moment(now), "message": f"(service {self.name}) {message}"})
        del self.events[100:]


@dataclass
class Cluster:
    name: str
    arn: str
    fields: Document
    status: str = "ACTIVE"
