"""CodeDeploy for ECS: moto's applications and deployment groups, with deployments that really happen."""

import re
import time

from moto.codedeploy import urls
from moto.codedeploy.responses import CodeDeployResponse, _deployment_group_info
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.codedeploy import answers
from credex_actions.sandbox.aws.codedeploy.releasing import new_id
from credex_actions.sandbox.aws.ecs.records import Document, Service
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.ecs.release import Release
from credex_actions.sandbox.aws.refusals import Refusal
from credex_actions.sandbox.aws.world import CURRENT


class CodeDeploy(CodeDeployResponse):
    """moto makes one for each request."""

    @property
    def _region(self) -> Region:
        return CURRENT.get().region(self.current_account, self.region)

    @property
    def _shown(self) -> Region:
        """What reads see: they may lag behind."""
        return CURRENT.get().lag.shown(self._region, "Describe", time.time())

    def _answer(self, release: Release) -> Document:
        return answers.deployment(release, self.codedeploy_backend.get_deployment_group(release.application, release.group))

    def _find(self, identifier: str, region: Region | None = None) -> Release:
        found = (region or self._region).releases.get(identifier)
        if found is None:
            raise JsonRESTError("DeploymentDoesNotExistException", f"The deployment {identifier} could not be found")
        return found

    def create_deployment(self) -> ActionResult:
        application, group_name = self._get_param("applicationName"), self._get_param("deploymentGroupName")
        group = self.codedeploy_backend.get_deployment_group(application, group_name)
        if group.application.compute_platform != "ECS":
            raise JsonRESTError("UnsupportedActionForDeploymentTypeException", "The sandbox deploys to ECS only.")
        busy = next(
            (
                each
                for each in self._region.releases.values()
                if (each.application, each.group) == (application, group_name) and each.ongoing
            ),
            None,
        )
        if busy:
            raise JsonRESTError(
                "DeploymentLimitExceededException", f"The Deployment Group '{group_name}' already has an active Deployment '{busy.id}'"
            )
        revision = self._get_param("revision") or {}
        named = group.ecs_services[0]
        service = self._region.services.get((named["clusterName"], named["serviceName"]))
        if service is None or service.status != "ACTIVE":
            raise JsonRESTError("InvalidECSServiceException", f"The ECS service {named['serviceName']} could not be found.")
        pair = (group.load_balancer_info or {}).get("targetGroupPairInfoList", [{}])[0]
        settings = self._settings(service, pair, answers.properties_of(revision))
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
            alarms=answers.alarms_of(group.alarm_configuration),
            **answers.waits_of(group.blue_green_deployment_configuration or {}),
        )
        self._region.releases[release.id] = release
        return ActionResult({"deploymentId": release.id})

    def _settings(self, service: Service, pair: Document, properties: Document) -> Document:
        """The replacement task set's members: the service's, and what the appspec says instead."""
        try:
            definition = self._region.runnable(properties["TaskDefinition"]).document["taskDefinitionArn"]
        except (KeyError, Refusal):
            raise JsonRESTError("InvalidRevisionException", "The AppSpec file has no TaskDefinition, or one that is not ACTIVE.") from None
        primary = next(each for each in service.task_sets if each.status == "PRIMARY")
        groups = backend("elbv2", self.current_account, self.region).target_groups
        by_name = {each.name: arn for arn, each in groups.items()}
        arns = [by_name[each["name"]] for each in pair.get("targetGroups", ()) if each["name"] in by_name]
        used = {each.get("targetGroupArn") for each in primary.settings.get("loadBalancers", ())}
        green = next((arn for arn in arns if arn not in used), "")
        if not green:
            raise JsonRESTError(
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
        return ActionResult({"deploymentInfo": self._answer(self._find(self._get_param("deploymentId"), self._shown))})

    def batch_get_deployments(self) -> ActionResult:
        known = self._shown.releases
        return ActionResult({"deploymentsInfo": [self._answer(known[each]) for each in self._get_param("deploymentIds") if each in known]})

    def list_deployments(self) -> ActionResult:
        application, group, statuses = (
            self._get_param("applicationName"),
            self._get_param("deploymentGroupName"),
            self._get_param("includeOnlyStatuses"),
        )
        times = self._get_param("createTimeRange") or {}
        chosen = [
            each
            for each in reversed(self._shown.releases.values())
            if application in {None, each.application}
            and group in {None, each.group}
            and (not statuses or each.status in statuses)
            and answers.within(each, times)
        ]
        return ActionResult({"deployments": [each.id for each in chosen]})

    def stop_deployment(self) -> ActionResult:
        release = self._find(self._get_param("deploymentId"))
        if not release.ongoing:
            raise JsonRESTError("DeploymentAlreadyCompletedException", "The deployment already completed.")
        release.asked_to_stop = "ROLLBACK" if self._get_bool_param("autoRollbackEnabled") else "STOP"
        return ActionResult({"status": "Pending", "statusMessage": "The deployment is being stopped."})

    def continue_deployment(self) -> EmptyResult:
        release = self._find(self._get_param("deploymentId"))
        if release.stage == "waiting":
            release.approved = True
        elif release.stage == "terminating":
            release.terminates_after = 0
        else:
            raise JsonRESTError(
                "DeploymentIsNotInReadyStateException", "The deployment does not have a status of Ready and can't continue yet."
            )
        return EmptyResult()

    def get_deployment_group(self) -> ActionResult:
        application, group = self._get_param("applicationName"), self._get_param("deploymentGroupName")
        own = [each for each in self._region.releases.values() if (each.application, each.group) == (application, group)]
        info = {
            key: value
            for key, value in _deployment_group_info(self.codedeploy_backend.get_deployment_group(application, group)).items()
            if value not in ({}, None)
        }
        succeeded = [each for each in own if each.status == "Succeeded"]
        info |= {"lastAttemptedDeployment": answers.last(own[-1])} if own else {}
        info |= {"lastSuccessfulDeployment": answers.last(succeeded[-1])} if succeeded else {}
        return ActionResult({"deploymentGroupInfo": info})

    def list_deployment_targets(self) -> ActionResult:
        release = self._find(self._get_param("deploymentId"), self._shown)
        return ActionResult({"targetIds": [f"{release.cluster}:{release.service}"]})

    def get_deployment_target(self) -> ActionResult:
        return ActionResult({"deploymentTarget": answers.target(self._region, self._find(self._get_param("deploymentId")))})

    def batch_get_deployment_targets(self) -> ActionResult:
        return ActionResult({"deploymentTargets": [answers.target(self._region, self._find(self._get_param("deploymentId")))]})


def install() -> None:
    """Moto looks its paths up when the first CodeDeploy request comes."""
    for path, handler in list(urls.url_paths.items()):
        urls.url_paths[path] = getattr(CodeDeploy, re.sub(r"\W", "", handler.__name__))
