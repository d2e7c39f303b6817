"""CodeDeploy for ECS: moto's applications and deployment groups, with deployments that really happen."""

import json
import re
import time
from typing import Any, ClassVar

import yaml
from moto.codedeploy import urls
from moto.codedeploy.responses import CodeDeployResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult

from credex_actions.sandbox.account import backend
from credex_actions.sandbox.cloud import Cloud
from credex_actions.sandbox.records import Document, Service, moment
from credex_actions.sandbox.refusals import Refusal
from credex_actions.sandbox.region import Region
from credex_actions.sandbox.releases import Release
from credex_actions.sandbox.releasing import new_id
from credex_actions.sandbox.task_sets import described as described_task_set


def refused(code: str, message: str) -> JsonRESTError:
    return JsonRESTError(code, message)


class CodeDeploy(CodeDeployResponse):
    """moto makes one for each request. `cloud`: where the services are."""

    cloud: ClassVar[Cloud]

    @property
    def _region(self) -> Region:
        return self.cloud.region(self.current_account, self.region)

    def _find(self, identifier: str) -> Release:
        found = self._region.releases.get(identifier)
        if found is None:
            raise refused("DeploymentDoesNotExistException", f"The deployment {identifier} could not be found")
        return found

    def create_deployment(self) -> ActionResult:
        application, group_name = self._get_param("applicationName"), self._get_param("deploymentGroupName")
        group = self.codedeploy_backend.get_deployment_group(application, group_name)
        if group.application.compute_platform != "ECS":
            raise refused("UnsupportedActionForDeploymentTypeException", "The sandbox deploys to ECS only.")
        busy = next(
            (
                each
                for each in self._region.releases.values()
                if (each.application, each.group) == (application, group_name) and each.ongoing
            ),
            None,
        )
        if busy:
            raise refused(
                "DeploymentLimitExceededException", f"The Deployment Group '{group_name}' already has an active Deployment '{busy.id}'"
            )
        revision = self._get_param("revision") or {}
        named = group.ecs_services[0]
        service = self._region.services.get((named["clusterName"], named["serviceName"]))
        if service is None or service.status != "ACTIVE":
            raise refused("InvalidECSServiceException", f"The ECS service {named['serviceName']} could not be found.")
        pair = (group.load_balancer_info or {}).get("targetGroupPairInfoList", [{}])[0]
        settings = self._settings(service, pair, properties_of(revision))
        release = Release(
            id=new_id(),
            application=application,
            group=group_name,
            cluster=named["clusterName"],
            service=named["serviceName"],
            revision=revision,
            config=self._get_param("deploymentConfigName") or str(group.deployment_config_name or "CodeDeployDefault.ECSAllAtOnce"),
            created=time.time(),
            settings=settings,
            listeners=tuple(pair.get("prodTrafficRoute", {}).get("listenerArns", ())),
            description=self._get_param("description") or "",
            auto_rollback=self._get_param("autoRollbackConfiguration") or group.auto_rollback_configuration or {},
            alarms=alarms_of(group.alarm_configuration),
            **waits_of(group.blue_green_deployment_configuration or {}),
        )
        self._region.releases[release.id] = release
        return ActionResult({"deploymentId": release.id})

    def _settings(self, service: Service, pair: Document, properties: Document) -> Document:
        """The replacement task set's members: the service's, and what the appspec says instead."""
        try:
            definition = self._region.runnable(properties["TaskDefinition"]).document["taskDefinitionArn"]
        except (KeyError, Refusal):
            raise refused("InvalidRevisionException", "The AppSpec file has no TaskDefinition, or one that is not ACTIVE.") from None
        primary = next(each for each in service.task_sets if each.status == "PRIMARY")
        groups = backend("elbv2", self.current_account, self.region).target_groups
        by_name = {each.name: arn for arn, each in groups.items()}
        arns = [by_name[each["name"]] for each in pair.get("targetGroups", ()) if each["name"] in by_name]
        used = {each.get("targetGroupArn") for each in primary.settings.get("loadBalancers", ())}
        green = next((arn for arn in arns if arn not in used), "")
        if not green:
            raise refused(
                "InvalidLoadBalancerInfoException", "The deployment group has no target group that the primary task set does not use."
            )
        container = properties.get("LoadBalancerInfo", {})
        balancer = {
            "targetGroupArn": green,
            "containerName": container.get("ContainerName", ""),
            "containerPort": int(container.get("ContainerPort") or 0),
        }
        return primary.settings | {"taskDefinition": definition, "loadBalancers": [balancer]}

    def get_deployment(self) -> ActionResult:
        return ActionResult({"deploymentInfo": self._described(self._find(self._get_param("deploymentId")))})

    def batch_get_deployments(self) -> ActionResult:
        known = self._region.releases
        return ActionResult(
            {"deploymentsInfo": [self._described(known[each]) for each in self._get_param("deploymentIds") if each in known]}
        )

    def list_deployments(self) -> ActionResult:
        application, group, statuses = (
            self._get_param("applicationName"),
            self._get_param("deploymentGroupName"),
            self._get_param("includeOnlyStatuses"),
        )
        times = self._get_param("createTimeRange") or {}
        chosen = [
            each
            for each in reversed(self._region.releases.values())
            if application in {None, each.application}
            and group in {None, each.group}
            and (not statuses or each.status in statuses)
            and _after(each, times)
        ]
        return ActionResult({"deployments": [each.id for each in chosen]})

    def stop_deployment(self) -> ActionResult:
        release = self._find(self._get_param("deploymentId"))
        if not release.ongoing:
            raise refused("DeploymentAlreadyCompletedException", "The deployment already completed.")
        release.asked_to_stop = "ROLLBACK" if self._get_bool_param("autoRollbackEnabled") else "STOP"
        return ActionResult({"status": "Pending", "statusMessage": "The deployment is being stopped."})

    def continue_deployment(self) -> EmptyResult:
        release = self._find(self._get_param("deploymentId"))
        if release.stage == "waiting":
            release.approved = True
        elif release.stage == "terminating":
            release.terminates_after = 0
        else:
            raise refused("DeploymentIsNotInReadyStateException", "The deployment does not have a status of Ready and can't continue yet.")
        return EmptyResult()

    def get_deployment_group(self) -> ActionResult:
        answer = super().get_deployment_group()
        application, group = self._get_param("applicationName"), self._get_param("deploymentGroupName")
        own = [each for each in self._region.releases.values() if (each.application, each.group) == (application, group)]
        info = {key: value for key, value in answer.result["deploymentGroupInfo"].items() if value not in ({}, None)}
        succeeded = [each for each in own if each.status == "Succeeded"]
        info |= {"lastAttemptedDeployment": _last(own[-1])} if own else {}
        info |= {"lastSuccessfulDeployment": _last(succeeded[-1])} if succeeded else {}
        return ActionResult({"deploymentGroupInfo": info})

    def list_deployment_targets(self) -> ActionResult:
        release = self._find(self._get_param("deploymentId"))
        return ActionResult({"targetIds": [f"{release.cluster}:{release.service}"]})

    def get_deployment_target(self) -> ActionResult:
        return ActionResult({"deploymentTarget": self._target(self._find(self._get_param("deploymentId")))})

    def batch_get_deployment_targets(self) -> ActionResult:
        return ActionResult({"deploymentTargets": [self._target(self._find(self._get_param("deploymentId")))]})

    def _target(self, release: Release) -> Document:
        status = {"Created": "Pending", "Queued": "Pending", "Stopped": "Failed"}.get(release.status, release.status)
        service = self._region.services[release.cluster, release.service]
        sets = [_task_set_info(described_task_set(self._region, service, each), release) for each in service.task_sets]
        events = [{**each, **{key: moment(each[key]) for key in ("startTime", "endTime") if key in each}} for each in release.events]
        target = {
            "deploymentId": release.id,
            "targetId": f"{release.cluster}:{release.service}",
            "targetArn": service.arn,
            "lastUpdatedAt": moment(time.time()),
            "lifecycleEvents": events,
            "status": status,
            "taskSetsInfo": sets,
        }
        return {"deploymentTargetType": "ECSTarget", "ecsTarget": target}

    def _described(self, release: Release) -> Document:
        counts = dict.fromkeys(("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"), 0)
        counts[{"Created": "Pending", "Stopped": "Failed"}.get(release.status, release.status)] = 1
        group = self.codedeploy_backend.get_deployment_group(release.application, release.group)
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
            "deploymentOverview": counts,
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


def properties_of(revision: Document) -> Document:
    """The properties of the target service in an appspec, JSON or YAML."""
    text = (revision.get("appSpecContent") or revision.get("string") or {}).get("content", "")
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
        services = document.get("Resources") or document.get("resources")
        found: Document = services[0]["TargetService"]["Properties"]
    except (ValueError, yaml.YAMLError, AttributeError, KeyError, IndexError, TypeError):
        raise refused(
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


def _after(release: Release, times: Document) -> bool:
    start, end = times.get("start"), times.get("end")
    return (start is None or release.created >= _seconds(start)) and (end is None or release.created <= _seconds(end))


def _seconds(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float(value.timestamp())


def _last(release: Release) -> Document:
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


def install(cloud: Cloud) -> None:
    """Moto looks its paths up when the first CodeDeploy request comes."""
    CodeDeploy.cloud = cloud
    for path, handler in list(urls.url_paths.items()):
        urls.url_paths[path] = getattr(CodeDeploy, re.sub(r"\W", "", handler.__name__))
