"""CodeDeploy's records as its API shows them, and what an appspec and a deployment group say."""

import json
import time
from typing import Any, Final

import yaml
from moto.core.exceptions import JsonRESTError

from credex_actions.sandbox.aws.ecs.records import Document, moment
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.ecs.release import Release
from credex_actions.sandbox.aws.ecs.task_sets import described as described_task_set

OVERVIEW: Final = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")


def deployment(release: Release, group: Any) -> Document:
    """DeploymentInfo."""
    counted = {"Created": "Pending", "Stopped": "Failed"}.get(release.status, release.status)
    rollback = {"rollbackDeploymentId": release.rollback} if release.rollback else {}
    rollback |= {"rollbackTriggeringDeploymentId": release.triggered_by} if release.triggered_by else {}
    answer = {
        "applicationName": release.application,
        "deploymentGroupName": release.group,
        "deploymentConfigName": release.config,
        "deploymentId": release.id,
        "revision": release.revision,
        "status": release.status,
        "errorInformation": release.error,
        "createTime": moment(release.created),
        "startTime": moment(release.started) if release.started else None,
        "completeTime": moment(release.completed) if release.completed else None,
        "deploymentOverview": {each: int(each == counted) for each in OVERVIEW},
        "description": release.description,
        "creator": release.creator,
        "autoRollbackConfiguration": release.auto_rollback,
        "rollbackInfo": rollback,
        "deploymentStyle": group.deployment_style,
        "blueGreenDeploymentConfiguration": group.blue_green_deployment_configuration,
        "loadBalancerInfo": group.load_balancer_info,
        "instanceTerminationWaitTimeStarted": release.stage == "terminating",
        "computePlatform": "ECS",
    }
    return {key: value for key, value in answer.items() if value not in ({}, None, "")}


def target(region: Region, release: Release) -> Document:
    """DeploymentTarget: the ECS service, with the lifecycle events so far."""
    service = region.services[release.cluster, release.service]
    times = ("startTime", "endTime")
    found = {
        "deploymentId": release.id,
        "targetId": f"{release.cluster}:{release.service}",
        "targetArn": service.arn,
        "lastUpdatedAt": moment(time.time()),
        "lifecycleEvents": [each | {key: moment(each[key]) for key in times if key in each} for each in release.events],
        "status": {"Created": "Pending", "Queued": "Pending", "Stopped": "Failed"}.get(release.status, release.status),
        "taskSetsInfo": [_task_set_info(described_task_set(region, service, each), release) for each in service.task_sets],
    }
    return {"deploymentTargetType": "ECSTarget", "ecsTarget": found}


def properties_of(revision: Document) -> Document:
    """The properties of the target service in an appspec, JSON or YAML."""
    text = (revision.get("appSpecContent") or revision.get("string") or {}).get("content", "")
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
        services = document.get("Resources") or document.get("resources")
        found: Document = services[0]["TargetService"]["Properties"]
    except (ValueError, yaml.YAMLError, AttributeError, KeyError, IndexError, TypeError):
        raise JsonRESTError(
            "InvalidRevisionException", "The AppSpec file is not valid: it needs Resources with a TargetService and its Properties."
        ) from None
    return found


def waits_of(configuration: Document) -> dict[str, Any]:
    ready, ending = configuration.get("deploymentReadyOption") or {}, configuration.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    stops = ready.get("actionOnTimeout") == "STOP_DEPLOYMENT"
    return {
        "waits_for_approval": int(ready.get("waitTimeInMinutes") or 0) if stops else 0,
        "stops_unapproved": stops,
        "terminates_after": int(ending.get("terminationWaitTimeInMinutes") or 0),
    }


def alarms_of(configuration: Any) -> tuple[str, ...]:
    given = configuration if isinstance(configuration, dict) else vars(configuration) if configuration else {}
    return tuple(each["name"] for each in given.get("alarms", ())) if given.get("enabled") else ()


def within(release: Release, times: Document) -> bool:
    start, end = times.get("start"), times.get("end")
    return (start is None or release.created >= _seconds(start)) and (end is None or release.created <= _seconds(end))


def _seconds(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float(value.timestamp())


def last(release: Release) -> Document:
    answer = {"deploymentId": release.id, "status": release.status, "createTime": moment(release.created)}
    return answer | ({"endTime": moment(release.completed)} if release.completed else {})


def _task_set_info(described: Document, release: Release) -> Document:
    green = described["id"] == release.replacement
    return {
        "identifer": described["id"],
        "desiredCount": described["computedDesiredCount"],
        "pendingCount": described["pendingCount"],
        "runningCount": described["runningCount"],
        "status": described["status"],
        "trafficWeight": release.shifted if green else 100 - release.shifted,
        "taskSetLabel": "Green" if green else "Blue",
    }
