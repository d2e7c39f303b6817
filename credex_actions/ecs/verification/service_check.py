"""The ECS service under verification: it stands as it was deployed, and its tasks stay alive."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from credex_actions.core.aws import Clients
from credex_actions.ecs.looks import one_service
from credex_actions.ecs.service import Service, service_of
from credex_actions.ecs.stopped_tasks import StoppedTask, cause, described, stopped_of_service, stopped_task
from credex_actions.ecs.verification.judgement import Answer

OWN_FAULT: Final = frozenset(("EssentialContainerExited", "TaskFailedToStart"))
"""Stop codes of tasks that failed by themselves; others were stopped by somebody, or by AWS. Source: ECS guide, "Stopped tasks error codes"."""


class ServiceLooks:
    """`revision`: what served when the verification began. `stopped`: the tasks of it that failed since."""

    def __init__(self, clients: Clients, cluster: str, name: str, record: Mapping[str, Any]) -> None:
        self._clients, self._cluster, self._name = clients, cluster, name
        self.first = service_of(record)
        self.revision = self.first.revision
        self.stopped: list[StoppedTask] = []
        self._settled = set(self._listed())
        self._complete = False  # its tasks were all there once: replacing one is ECS's business from then on

    def check(self) -> Answer:
        found = one_service(self._clients, self._cluster, self._name)
        answer = judge(service_of(found) if found else None, self.revision, self._fresh(), complete=self._complete)
        self._complete = self._complete or answer.state == "good"
        return answer

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


def failed(record: Mapping[str, Any], revision: str) -> bool:
    """Of DescribeTasks' record: a task of `revision` that ended by a fault of its own, or did not pass its health checks."""
    ill = "health check" in str(record.get("stoppedReason", "")).lower()
    return record.get("taskDefinitionArn") == revision and (ill or record.get("stopCode") in OWN_FAULT)


def judge(service: Service | None, revision: str, fresh: Sequence[StoppedTask], *, complete: bool) -> Answer:
    """`fresh`: tasks that failed since the last look. `complete`: its tasks were all there before.

    A task that AWS takes away, or that autoscaling adds, is no fault of the release; one that failed was counted when it did.
    """
    if service is None or service.status != "ACTIVE":
        return _bad(f"is {service.status if service else 'gone'}", hopeless=True)
    if revision and service.revision != revision:
        return _bad(f"{_short(service.revision)} took the place of {_short(revision)} meanwhile", hopeless=True)
    if fresh:
        told = "; ".join(dict.fromkeys(cause(task).what for task in fresh))
        return _bad(f"{len(fresh)} {'task' if len(fresh) == 1 else 'tasks'} failed: {told}", failures=len(fresh))
    running = f"{service.running} of {service.desired} tasks run"
    if service.desired == 0:
        return _bad("stands at 0 tasks, so nothing serves")
    why = "" if complete and service.running else _incomplete(service)
    if why or service.running == 0:
        return _bad(why or running)
    return Answer(check="service", state="good", what=f"{_short(service.revision) or service.name}: {running}")


def _incomplete(service: Service) -> str:
    primary = service.primary
    if primary and primary.rollout == "FAILED":
        return f"its deployment failed: {primary.why or 'ECS gives no reason'}"
    if primary and primary.rollout == "IN_PROGRESS":
        return f"its deployment is still under way, {primary.running} of {primary.desired} tasks run"
    return f"{service.running} of {service.desired} tasks run" if service.running < service.desired else ""


def _bad(what: str, *, failures: int = 1, hopeless: bool = False) -> Answer:
    return Answer(check="service", state="bad", what=what, failures=failures, hopeless=hopeless)


def _short(revision: str) -> str:
    return revision.rpartition("/")[2]
