"""The ECS service under verification: it stands as it was deployed, and its tasks stay alive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import Clock
from credex_actions.core.progress import elapsed
from credex_actions.ecs.arns import short
from credex_actions.ecs.looks import one_service
from credex_actions.ecs.service.described import Service, service_of
from credex_actions.ecs.tasks.stopped import StoppedTask, cause, described, stopped_of_service, stopped_task
from credex_actions.ecs.verification.judgement import Answer

OWN_FAULT: Final = frozenset(("EssentialContainerExited", "TaskFailedToStart"))
"""Stop codes of tasks that failed by themselves; others were stopped by somebody, or by AWS. Source: ECS guide, "Stopped tasks error codes"."""


REPLACED_WITHIN: Final = timedelta(minutes=5)
"""How long a service that was complete may lack tasks: so long ECS may take to start others in the place of those that AWS took away."""


class ServiceLooks:
    """`expected`: the revision that has to serve, an ARN or family:revision; "" for the one that is deployed when the verification begins.

    `revision`: that one's ARN. `stopped`: the tasks of it that failed since.
    """

    def __init__(self, clients: Clients, clock: Clock, cluster: str, record: Mapping[str, Any], expected: str = "") -> None:
        self._clients, self._clock, self._cluster = clients, clock, cluster
        self.first = as_it_serves(record)
        self._name = self.first.name
        deployed = coming_revision(record) or self.first.revision
        self.revision = deployed if is_revision(deployed, expected) else expected
        self.stopped: list[StoppedTask] = []
        self._settled = set(self._listed())
        self._named, self._began = bool(expected), clock.now()
        self._complete = False  # its tasks were all there once: replacing one is ECS's business from then on
        self._idle = self.first.desired == 0  # it was never to run a task
        self._served = False  # the revision was seen to serve
        self._lacking_since: datetime | None = None

    def check(self) -> Answer:
        found = one_service(self._clients, self._cluster, self._name)
        coming = coming_revision(found) if found else ""
        service = as_it_serves(found) if found else None
        if service and not self._named and stood_before(self.first, service, self._began):
            self.revision = service.revision
        if service and is_revision(service.revision, self.revision):
            self.revision, self._served = service.revision, True
        self._idle = self._idle and (service is None or service.desired == 0)
        fresh, lacking = self._fresh(), self._lacking(service)
        progress = Progress(served=self._served, complete=self._complete, lacking=lacking, idle=self._idle)
        answer = judge(service, self.revision, fresh, progress, coming)
        self._complete = self._complete or answer.state == "good"
        return answer

    def _lacking(self, service: Service | None) -> timedelta:
        """How long it has had fewer tasks than it is to have."""
        now = self._clock.now()
        if service is None or service.running >= service.desired:
            self._lacking_since = None
            return timedelta()
        self._lacking_since = self._lacking_since or now
        return now - self._lacking_since

    def _listed(self) -> list[str]:
        return stopped_of_service(self._clients, self._cluster, self._name)

    def _fresh(self) -> list[StoppedTask]:
        """Tasks of the revision that failed since the last look."""
        records = described(self._clients, self._cluster, [arn for arn in self._listed() if arn not in self._settled])
        down = [record for record in records if record.get("lastStatus") == "STOPPED"]
        self._settled.update(record["taskArn"] for record in down)
        fresh = [stopped_task(self._clients, record, {}, 0) for record in down if failed(record, self.revision)]
        self.stopped.extend(fresh)
        return fresh


def stood_before(first: Service, now: Service, began: datetime) -> bool:
    """The deployment of now began before the verification did, and after the one of the first look: that look lagged behind.

    One that is older than that is a rollback.
    """
    then, primary = first.primary, now.primary
    if then is None or primary is None or then.created is None or primary.created is None:
        return False
    return primary.revision == now.revision and then.created < primary.created <= began


def failed(record: Mapping[str, Any], revision: str) -> bool:
    """Of DescribeTasks' record: a task of `revision` that ended by a fault of its own, or did not pass its health checks."""
    ill = "health check" in str(record.get("stoppedReason", "")).lower()
    return is_revision(record.get("taskDefinitionArn", ""), revision) and (ill or record.get("stopCode") in OWN_FAULT)


def is_revision(arn: str, wanted: str) -> bool:
    """`wanted`: an ARN, or family:revision; "" for any."""
    return not wanted or arn == wanted or short(arn) == wanted


def as_it_serves(record: Mapping[str, Any]) -> Service:
    """DescribeServices' record; where a controller of its own deploys it, the revision and the tasks are those of the primary task set."""
    service = service_of(record)
    primary = next((each for each in record.get("taskSets", ()) if each.get("status") == "PRIMARY"), None)
    if primary is None:
        return service
    steady = primary.get("stabilityStatus") != "STABILIZING"
    running = primary.get("runningCount", service.running)
    return replace(
        service,
        revision=primary.get("taskDefinition", service.revision),
        running=running if steady else min(running, max(service.desired - 1, 0)),
    )


def coming_revision(record: Mapping[str, Any]) -> str:
    """The revision of a task set that is newer than the primary one and is to take its place; "" if there is none.

    After the traffic was shifted the previous task set stays for a while, and is the older one.
    """
    sets = [each for each in record.get("taskSets", ()) if each.get("status") != "DRAINING" and "createdAt" in each]
    newest = max(sets, key=lambda each: each["createdAt"], default=None)
    return "" if newest is None or newest.get("status") == "PRIMARY" else str(newest.get("taskDefinition", ""))


@dataclass(frozen=True, kw_only=True)
class Progress:
    """`served`: the revision was seen to serve. `complete`: its tasks were all there. `lacking`: how long they have not been since.

    `idle`: it was to run 0 tasks all the time.
    """

    served: bool = True
    complete: bool = False
    lacking: timedelta = timedelta()
    idle: bool = False


def judge(service: Service | None, revision: str, fresh: Sequence[StoppedTask], progress: Progress, coming: str = "") -> Answer:
    """`fresh`: tasks that failed since the last look.

    A task that AWS takes away, or that autoscaling adds, is not a fault of the release; one that failed was counted when it did.
    """
    if service is None or service.status != "ACTIVE":
        return _bad(f"is {service.status}" if service else "no longer exists", hopeless=True)
    if fresh:
        told = "; ".join(dict.fromkeys(cause(task).what for task in fresh))
        return _bad(f"{len(fresh)} {'task' if len(fresh) == 1 else 'tasks'} failed: {told}", failures=len(fresh))
    if revision and not is_revision(service.revision, revision):
        if progress.served:
            return _bad(f"{short(service.revision)} replaced {short(revision)} in the meantime", hopeless=True)
        return _bad(f"{short(service.revision)} still serves, not {short(revision)}")
    if coming:
        return _bad(f"{short(coming)} is about to replace {short(service.revision)}")
    running = f"{service.running} of {service.desired} tasks running"
    if service.desired == 0 and progress.idle:
        return _in_place(service)
    if service.desired == 0:
        return _bad("has a desired count of 0, so nothing serves")
    if progress.lacking > REPLACED_WITHIN:
        return _bad(f"{running}, for {elapsed(progress.lacking.total_seconds())} so far")
    why = "" if progress.complete and service.running else _incomplete(service)
    if why or service.running == 0:
        return _bad(why or running)
    return Answer(check="service", state="good", what=f"{short(service.revision) or service.name}: {running}")


def _in_place(service: Service) -> Answer:
    """Of a service that is to run 0 tasks, as it was before the deployment."""
    if why := _incomplete(service):
        return _bad(why)
    name = short(service.revision) or service.name
    what = f"{name} is in place; the service has a desired count of 0"
    return Answer(
        check="service", state="good", what=what, note=f"the service has a desired count of 0, so no task of {name} was seen running."
    )


def _incomplete(service: Service) -> str:
    primary = service.primary
    if primary and primary.rollout == "FAILED":
        return f"its deployment failed: {primary.why or 'ECS gives no reason'}"
    if primary and primary.rollout == "IN_PROGRESS":
        return f"its deployment is still in progress, {primary.running} of {primary.desired} tasks running"
    return f"{service.running} of {service.desired} tasks running" if service.running < service.desired else ""


def _bad(what: str, *, failures: int = 1, hopeless: bool = False) -> Answer:
    return Answer(check="service", state="bad", what=what, failures=failures, hopeless=hopeless)
