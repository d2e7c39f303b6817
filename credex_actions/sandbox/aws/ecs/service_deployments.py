"""ECS operations on service deployments and service revisions."""

from credex_actions.sandbox.aws.ecs.deployments import summary
from credex_actions.sandbox.aws.ecs.records import Document, Rollout, Service
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.ecs.task_definitions import page
from credex_actions.sandbox.aws.refusals import Refusal, invalid


def list_service_deployments(region: Region, request: Document, now: float) -> Document:
    """Newest first."""
    del now
    service = region.service(request.get("cluster"), request["service"])
    statuses, times = request.get("status"), request.get("createdAt", {})
    found = [
        _brief(region, service, each)
        for each in service.rollouts
        if (not statuses or each.status in statuses) and times.get("after", 0) <= each.created <= times.get("before", each.created)
    ]
    return page(found, {"maxResults": 20} | request, "serviceDeployments", 100)


def _brief(region: Region, service: Service, rollout: Rollout) -> Document:
    answer = {
        "serviceDeploymentArn": rollout.arn,
        "serviceArn": service.arn,
        "clusterArn": region.arn(f"cluster/{service.cluster}"),
        "createdAt": rollout.created,
        "startedAt": rollout.started,
        "finishedAt": rollout.finished,
        "targetServiceRevisionArn": rollout.target,
        "status": rollout.status,
        "statusReason": rollout.reason,
    }
    return {key: value for key, value in answer.items() if value not in {None, ""}}


def describe_service_deployments(region: Region, request: Document, now: float) -> Document:
    del now
    found, failures = [], []
    for arn in request["serviceDeploymentArns"]:
        pair = find(region, arn)
        if pair is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(described(region, *pair))
    return {"serviceDeployments": found, "failures": failures}


def find(region: Region, arn: str) -> tuple[Service, Rollout] | None:
    return next(((service, each) for service in region.services.values() for each in service.rollouts if each.arn == arn), None)


def described(region: Region, service: Service, rollout: Rollout) -> Document:
    deployment = next((each for each in service.deployments if each.id == rollout.deployment), None)
    revision = service.revisions[rollout.target]
    target = (
        summary(region, service, deployment)
        if deployment
        else {"arn": revision["serviceRevisionArn"], "requestedTaskCount": 0, "runningTaskCount": 0, "pendingTaskCount": 0}
    )
    target |= _weights(rollout, rollout.deployment)
    sources = [dict(each) for each in rollout.sources]
    answer = {
        "serviceDeploymentArn": rollout.arn,
        "serviceArn": service.arn,
        "clusterArn": region.arn(f"cluster/{service.cluster}"),
        "createdAt": rollout.created,
        "startedAt": rollout.started,
        "finishedAt": rollout.finished,
        "stoppedAt": rollout.stopped,
        "updatedAt": rollout.updated,
        "sourceServiceRevisions": sources,
        "targetServiceRevision": target,
        "status": rollout.status,
        "statusReason": rollout.reason,
        "lifecycleStage": rollout.stage,
        "deploymentConfiguration": rollout.configuration,
        "rollback": rollout.rollback,
        "deploymentCircuitBreaker": {"status": rollout.breaker, "failureCount": rollout.failed, "threshold": rollout.threshold},
        "alarms": {
            "status": rollout.alarms,
            "alarmNames": rollout.configuration.get("alarms", {}).get("alarmNames", []),
            "triggeredAlarmNames": rollout.triggered,
        },
    }
    return {key: value for key, value in answer.items() if value is not None and value != ""}


def _weights(rollout: Rollout, deployment: str) -> Document:
    if not rollout.weights:
        return {}
    return {
        "requestedProductionTrafficWeight": rollout.weights.get(deployment, 0.0),
        "requestedTestTrafficWeight": rollout.test_weights.get(deployment, 0.0),
    }


def stop_service_deployment(region: Region, request: Document, now: float) -> Document:
    """The scheduler does what was asked at its next tick. Source: ECS guide, "Stopping Amazon ECS service deployments"."""
    pair = find(region, request["serviceDeploymentArn"])
    if pair is None:
        raise Refusal("ServiceDeploymentNotFoundException", "Service deployment not found.")
    service, rollout = pair
    if not rollout.ongoing:
        raise Refusal("ConflictException", f"Service deployment cannot be stopped: it is {rollout.status}.")
    kind = request.get("stopType", "ROLLBACK")
    if rollout.status in {"PENDING", "IN_PROGRESS"}:
        if kind == "ROLLBACK" and service.last_completed is None:
            raise invalid("There is no service revision to roll back to.")
        rollout.requested_stop, rollout.updated = kind, now
        rollout.status = "ROLLBACK_REQUESTED" if kind == "ROLLBACK" else "STOP_REQUESTED"
    return {"serviceDeploymentArn": rollout.arn}


def describe_service_revisions(region: Region, request: Document, now: float) -> Document:
    del now
    known = {arn: revision for service in region.services.values() for arn, revision in service.revisions.items()}
    arns = request["serviceRevisionArns"]
    return {
        "serviceRevisions": [known[arn] for arn in arns if arn in known],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }
