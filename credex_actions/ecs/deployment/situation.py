"""What is there before a deployment: the service, the revision that serves, and how its last deployment ended. Judged by pure functions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.ecs.deployment.request import Request
from credex_actions.ecs.looks import UNSUPPORTED, describe, is_no_cluster, no_cluster
from credex_actions.ecs.revisions.client import describe_revision, meaning
from credex_actions.ecs.revisions.steps import Revision, revision_of
from credex_actions.ecs.service import update as service_update
from credex_actions.ecs.service.described import Service, service_of


@dataclass(frozen=True, kw_only=True)
class Situation:
    """`live`: the revision that serves; without a service the newest active one of the family. `newest`: the family's highest number."""

    service: Service | None
    described: Mapping[str, Any] | None
    live: Revision | None
    newest: int
    live_failed: bool

    @property
    def serving(self) -> str:
        """ARN of the revision that serves; "" without a service."""
        return _serving(self.service) or ""

    @property
    def under_way(self) -> bool:
        """ECS still works on the last deployment."""
        primary = self.service.primary if self.service else None
        return primary is not None and (primary.rollout == "IN_PROGRESS" or (not primary.rollout and primary.running != primary.desired))


def look(clients: Clients, clock: Clock, request: Request) -> Situation:
    """Raises Failure(BAD_INPUT) where the service is not there to be deployed to."""
    described = _described(clients, clock, request)
    if request.service and described is None:
        what = f"there is no active service {request.service} in the cluster {request.cluster}"
        raise Failure(Exit.BAD_INPUT, Fault(what, "Check the names, the region and the account; a deleted service is INACTIVE.", "service"))
    service = service_of(described) if described else None
    if service and service.status != "ACTIVE":
        raise Failure(
            Exit.BAD_INPUT,
            Fault(f"the service {service.name} is {service.status}", "It is being deleted; create it again first.", "service"),
        )
    newest = describe_revision(clients, clock, request.family) if request.parameters else None
    serving = _serving(service)
    live = (
        newest
        if serving is None or (newest and newest["taskDefinition"]["taskDefinitionArn"] == serving)
        else describe_revision(clients, clock, serving)
    )
    return Situation(
        service=service,
        described=described,
        live=revision_of(live, meaning) if live else None,
        newest=newest["taskDefinition"]["revision"] if newest else 0,
        live_failed=service is not None and _live_failed(clients, clock, service),
    )


def _described(clients: Clients, clock: Clock, request: Request) -> Mapping[str, Any] | None:
    if not request.service:
        return None
    try:
        return describe(clients, clock, request.cluster, request.service)
    except botocore.exceptions.ClientError as error:
        raise no_cluster(clients, request.cluster) if is_no_cluster(error) else error from None


def _serving(service: Service | None) -> str | None:
    if service is None:
        return None
    return service.revision or next((each.revision for each in service.deployments if each.status == "PRIMARY"), None)


def _live_failed(clients: Clients, clock: Clock, service: Service) -> bool:
    """The last deployment was one of the revision that serves now, and it failed: a forced one that was rolled back onto the same revision."""
    if service.controller != "ECS":
        return False
    if service.primary and service.primary.rollout == "FAILED":
        return True
    ecs = clients.read("ecs")
    try:
        listed = look_again(clock, lambda: ecs.list_service_deployments(cluster=service.cluster, service=service.name, maxResults=100))
        last: dict[str, Any] = max(listed["serviceDeployments"], key=lambda each: each["createdAt"], default={})  # no order is promised
        target = last.get("targetServiceRevisionArn")
        if not target or last.get("status") not in {"STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}:
            return False
        revisions = look_again(clock, lambda: ecs.describe_service_revisions(serviceRevisionArns=[target]))["serviceRevisions"]
    except botocore.exceptions.ClientError as error:
        if code_of(error) not in NOT_ALLOWED | UNSUPPORTED:
            raise
        return False
    return any(each.get("taskDefinition") == service.revision for each in revisions)


def reasons(request: Request, situation: Situation) -> Iterator[str]:
    """Why there is something to do, in words; none where the revision that serves means what is requested and nothing else is asked."""
    service, live = situation.service, situation.live
    if not request.skip_unchanged:
        yield "skip-unchanged is false"
    if live is None:
        yield "the family has no revision yet"
    elif not same(request, live):
        yield f"{live.arn.rpartition('/')[2]} differs"
    if situation.live_failed:
        yield "its last deployment failed"
    if request.force:
        yield "force-new-deployment is set"
    if request.run_task:
        yield "run-task is set"
    if service is None or situation.described is None:
        return
    if request.desired is not None and request.desired != service.desired:
        yield f"desired-count is {request.desired}, the service has {service.desired}"
    if request.propagate_tags and request.propagate_tags != situation.described.get("propagateTags", "NONE"):
        yield "propagate-tags differs"
    if request.managed_tags is not None and request.managed_tags != situation.described.get("enableECSManagedTags", False):
        yield "enable-ecs-managed-tags differs"
    if service.controller == "ECS" and (differing := request.settings_differ(situation.described)):
        yield f"{service_update.FORMER if request.restores else service_update.NAME} differs ({', '.join(differing)})"
    if request.volumes:
        yield "settings of a managed volume are provided"


def same(request: Request, revision: Revision) -> bool:
    """The revision is the one that was named, or means what the file says."""
    return revision.arn == request.arn if request.parameters is None else revision.meaning == request.meaning
