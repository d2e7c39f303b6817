"""A service's deployments: how one starts, ends, is given up and taken back, and what tells of it: events, states, service deployments."""

from dataclasses import replace
from typing import Final
from uuid import uuid4

from credex_actions.sandbox.aws.ecs.deciding.rolling import Fail, threshold
from credex_actions.sandbox.aws.ecs.records import Deployment, Document, Rollout, Service, Task, moment
from credex_actions.sandbox.aws.ecs.region import Region, new_number

REVISION_MEMBERS: Final = [
    "taskDefinition",
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "platformFamily",
    "loadBalancers",
    "serviceRegistries",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
]
"""What a service revision is made of. Source: ECS guide, "Amazon ECS service revisions"."""


REST_AFTER_FAILURES: Final = 4
RESTS: Final = 5
"""Ticks between attempts once tasks keep failing: ECS slows down too ("is unable to consistently start tasks successfully")."""


def settings_of(fields: Document) -> Document:
    return {key: fields[key] for key in REVISION_MEMBERS if key in fields}


def new_revision(region: Region, service: Service, settings: Document, now: float) -> str:
    arn = region.arn(f"service-revision/{service.cluster}/{service.name}/{new_number()}")
    definition = region.definition(settings["taskDefinition"]).document
    images = [{"containerName": each["name"], "image": each["image"]} for each in definition["containerDefinitions"]]
    service.revisions[arn] = {
        "serviceRevisionArn": arn,
        "serviceArn": service.arn,
        "clusterArn": region.arn(f"cluster/{service.cluster}"),
        "containerImages": images,
        "guardDutyEnabled": False,
        "createdAt": now,
        **settings,
    }
    return arn


def start(region: Region, service: Service, now: float) -> Deployment:
    """A new PRIMARY deployment and its service deployment; one that was in progress is superseded."""
    settings = settings_of(service.fields)
    revision = new_revision(region, service, settings, now)
    deployment = Deployment(
        id=f"ecs-svc/{new_number()}", revision=revision, settings=settings, desired=service.desired, created=now, updated=now
    )
    deployment.reason = f"ECS deployment {deployment.id} in progress."
    deployment.groups = target_groups(service)
    service.revisions[revision] |= resolved(settings, deployment.groups)
    sources = [summary(region, service, each) for each in service.deployments]
    if (former := service.rollout) is not None:
        stopped(former, "STOPPED", "Service deployment was stopped because a new service deployment was started.", now)
    for each in service.deployments:
        each.status = "ACTIVE"
    service.deployments.insert(0, deployment)
    service.rollouts.insert(0, _rollout(region, service, deployment, sources, now))
    service.steady = False
    return deployment


def target_groups(service: Service) -> dict[str, str]:
    """Blue/green: the tasks of a new deployment go into the group of each pair that the serving one does not use."""
    if service.configuration["strategy"] == "ROLLING":
        return {}
    serving = service.last_completed.groups if service.last_completed else {}
    groups = {}
    for each in service.fields.get("loadBalancers", ()):
        first, second = each["targetGroupArn"], each.get("advancedConfiguration", {}).get("alternateTargetGroupArn", each["targetGroupArn"])
        groups[first] = second if service.last_completed and serving.get(first, first) == first else first
    return groups


def resolved(settings: Document, groups: dict[str, str]) -> Document:
    if not groups:
        return {}
    balancers = [
        {
            "targetGroupArn": groups[each["targetGroupArn"]],
            "productionListenerRule": each["advancedConfiguration"]["productionListenerRule"],
        }
        for each in settings.get("loadBalancers", ())
        if "productionListenerRule" in each.get("advancedConfiguration", {})
    ]
    return {"resolvedConfiguration": {"loadBalancers": balancers}}


def summary(region: Region, service: Service, deployment: Deployment) -> Document:
    tasks = [task for task in region.tasks_of(service) if task.deployment == deployment.id]
    return {
        "arn": deployment.revision,
        "requestedTaskCount": deployment.desired,
        "runningTaskCount": sum(task.running for task in tasks),
        "pendingTaskCount": sum(task.counts and not task.running for task in tasks),
    }


def _rollout(region: Region, service: Service, deployment: Deployment, sources: list[Document], now: float) -> Rollout:
    configuration = service.configuration
    return Rollout(
        arn=region.arn(f"service-deployment/{service.cluster}/{service.name}/{uuid4().hex[:20]}"),
        deployment=deployment.id,
        sources=sources,
        target=deployment.revision,
        created=now,
        updated=now,
        configuration=configuration,
        threshold=threshold(service.desired),
        breaker="MONITORING" if configuration.get("deploymentCircuitBreaker", {}).get("enable") else "DISABLED",
        alarms="MONITORING" if configuration.get("alarms", {}).get("enable") else "DISABLED",
    )


def enter(service: Service, stage: str, now: float) -> None:
    if (rollout := service.rollout) is not None:
        rollout.stage, rollout.stage_age, rollout.updated = stage, 0, now


def count_failure(service: Service, task: Task) -> None:
    """A task that ends before it was ever ready is a failure of its deployment."""
    deployment = _of(service, task)
    if deployment is None or task.was_ready:
        return
    deployment.failed += 1
    if service.rollout and service.rollout.deployment == deployment.id:
        service.rollout.failed = deployment.failed
    if deployment.failed >= REST_AFTER_FAILURES:
        deployment.rests = RESTS


def notice_ready(service: Service, task: Task) -> None:
    """A deployment's failures are counted in a row: a task that gets ready ends the row."""
    if task.ready and not task.was_ready:
        task.was_ready = True
        if deployment := _of(service, task):
            deployment.failed = 0


def _of(service: Service, task: Task) -> Deployment | None:
    return next((each for each in [*service.deployments, *service.task_sets] if each.id == task.deployment), None)


def complete(service: Service, deployment: Deployment, now: float) -> None:
    deployment.rollout, deployment.updated = "COMPLETED", now
    deployment.reason = f"ECS deployment {deployment.id} completed."
    service.last_completed = deployment
    service.say(str(uuid4()), f"(deployment {deployment.id}) deployment completed.", now)
    if (rollout := service.rollout) is not None:
        taken_back = rollout.status == "ROLLBACK_IN_PROGRESS"
        stopped(rollout, "ROLLBACK_SUCCESSFUL" if taken_back else "SUCCESSFUL", rollout.reason, now)


def stopped(rollout: Rollout, status: str, reason: str, now: float) -> None:
    """The service deployment is over; its monitors watch no more."""
    rollout.status, rollout.reason, rollout.finished, rollout.updated = status, reason, now, now
    if status != "SUCCESSFUL":
        rollout.stopped = now
    rollout.breaker = "MONITORING_COMPLETE" if rollout.breaker == "MONITORING" else rollout.breaker
    rollout.alarms = "MONITORING_COMPLETE" if rollout.alarms == "MONITORING" else rollout.alarms


def fail(service: Service, failure: Fail, now: float) -> None:
    """The deployment is given up; where it is rolled back, the last completed one is PRIMARY again, under the id that it had.

    A failure without a reason is a stop that a user asked for.
    """
    deployment = next(each for each in service.deployments if each.id == failure.deployment)
    by_alarm = failure.why.startswith("alarm")
    who = "ECS deployment alarms" if by_alarm else "ECS deployment circuit breaker"
    deployment.rollout, deployment.updated = "FAILED", now
    deployment.reason = f"{who}: {failure.why}." if failure.why else f"ECS deployment {deployment.id} was stopped."
    if failure.why:
        service.say(str(uuid4()), f"(deployment {deployment.id}) deployment failed: {failure.why}.", now)
    rollout, former = service.rollout, service.last_completed
    if rollout is not None and failure.why:
        rollout.alarms = "TRIGGERED" if by_alarm else rollout.alarms
        rollout.breaker = rollout.breaker if by_alarm else "TRIGGERED"
    if not failure.rolls_back or former is None:
        if rollout is not None:
            reason = f"Service deployment failed: {failure.why}." if failure.why else "Service deployment was stopped by a user."
            failed_back = failure.rolls_back or rollout.status == "ROLLBACK_IN_PROGRESS"
            stopped(rollout, "ROLLBACK_FAILED" if failed_back else "STOPPED", reason, now)
        return
    former = _anew(service, former, now) if service.returns_anew else former
    service.say(str(uuid4()), f"rolling back to deployment {former.id}.", now)
    bring_back(service, former, f"{who if failure.why else 'ECS deployment stopped'}: rolling back to deploymentId {former.id}.", now)
    if rollout is not None:
        cause = "an alarm was triggered" if by_alarm else "the circuit breaker threshold was exceeded"
        reason = f"Service deployment rolled back because {cause}." if failure.why else rollout.cause
        rollout.status, rollout.updated, rollout.reason = "ROLLBACK_IN_PROGRESS", now, reason
        rollout.rollback = {"reason": reason, "startedAt": now, "serviceRevisionArn": former.revision}


def _anew(service: Service, former: Deployment, now: float) -> Deployment:
    return replace(former, id=f"ecs-svc/{new_number()}", created=now, failed=0, rests=0, groups=target_groups(service))


def bring_back(service: Service, former: Deployment, reason: str, now: float) -> None:
    for each in service.deployments:
        each.status = "ACTIVE"
    if former in service.deployments:
        service.deployments.remove(former)
    former.status, former.rollout, former.reason, former.updated, former.failed = "PRIMARY", "IN_PROGRESS", reason, now, 0
    former.desired = service.desired
    service.deployments.insert(0, former)
    service.fields |= former.settings
    service.steady = False


def described(service: Service, deployment: Deployment, tasks: list[Task]) -> Document:
    """DescribeServices' entry of one deployment."""
    own = [task for task in tasks if task.deployment == deployment.id and task.counts]
    settings = {
        key: value
        for key, value in deployment.settings.items()
        if key
        in {
            "capacityProviderStrategy",
            "launchType",
            "platformVersion",
            "platformFamily",
            "networkConfiguration",
            "volumeConfigurations",
            "serviceConnectConfiguration",
            "vpcLatticeConfigurations",
        }
    }
    return {
        "id": deployment.id,
        "status": deployment.status,
        "taskDefinition": deployment.definition,
        "desiredCount": service.desired if deployment.status == "PRIMARY" and deployment.rollout != "FAILED" else 0,
        "pendingCount": sum(not task.running for task in own),
        "runningCount": sum(task.running for task in own),
        "failedTasks": deployment.failed,
        "createdAt": moment(deployment.created),
        "updatedAt": moment(deployment.updated),
        "rolloutState": deployment.rollout,
        "rolloutStateReason": deployment.reason,
        **settings,
    }
