"""The deployment group as it is before a deployment: whether it can take one, and how long it waits by itself."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, code_of
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.ecs.arns import short
from credex_actions.ecs.codedeploy.request import CodeDeployRequest

UNDER_WAY: Final = frozenset(("Created", "Queued", "InProgress", "Baking", "Ready"))

_MISSING: Final = {
    "ApplicationDoesNotExistException": ("codedeploy-application", "there is no CodeDeploy application {application}"),
    "DeploymentGroupDoesNotExistException": ("codedeploy-deployment-group", "{application} has no deployment group {group}"),
    "InvalidApplicationNameException": ("codedeploy-application", "{application} is not a valid name of a CodeDeploy application"),
    "InvalidDeploymentGroupNameException": ("codedeploy-deployment-group", "{group} is not a valid name of a deployment group"),
}


@dataclass(frozen=True, kw_only=True)
class Group:
    """`waits`: until a person shifts the traffic, and before the previous tasks are ended. `last_…`: its newest deployment before ours.

    `running`: a deployment in progress that is what is requested, as after a run that was cut off; it deploys `revision`.
    """

    waits: timedelta = timedelta()
    rollback_events: tuple[str, ...] = ()
    last_id: str = ""
    last_created: datetime | None = None
    running: str = ""
    revision: str = ""


def look(clients: Clients, clock: Clock, want: CodeDeployRequest, is_wanted: Callable[[str], bool] = lambda _: False) -> Group:
    """`is_wanted`: whether the revision of that ARN is what is requested.

    Raises Failure: BAD_INPUT where application or group do not fit, REFUSED where the group is busy with another deployment.
    """
    codedeploy = clients.read("codedeploy")
    call = {"applicationName": want.application, "deploymentGroupName": want.group}
    try:
        described = look_again(clock, lambda: codedeploy.get_deployment_group(**call))["deploymentGroupInfo"]
    except botocore.exceptions.ClientError as error:
        if code_of(error) not in _MISSING:
            raise
        where, what = _MISSING[code_of(error)]
        hint = "Check its name, the region and the account."
        raise Failure(Exit.BAD_INPUT, Fault(what.format(application=want.application, group=want.group), hint, where)) from None
    faults = list(_misfits(want, described))
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    group, last = group_of(described), described.get("lastAttemptedDeployment", {})
    if last.get("status") not in UNDER_WAY:
        return group
    revision = _revision_in(want, look_again(clock, lambda: codedeploy.get_deployment(deploymentId=group.last_id))["deploymentInfo"])
    if revision and is_wanted(revision):
        return replace(group, running=group.last_id, revision=revision)
    what = f"the deployment group {want.group} is busy: deployment {group.last_id} is {last['status']}"
    raise Failure(
        Exit.REFUSED, Fault(what, "Wait for it to end, or stop it in CodeDeploy; then run this again.", "codedeploy-deployment-group")
    )


def _revision_in(want: CodeDeployRequest, described: Mapping[str, Any]) -> str:
    """The revision that a deployment deploys, where all else in its AppSpec is as in ours; "" where anything differs."""
    content = described.get("revision", {}).get("appSpecContent", {}).get("content", "")
    found = re.search(r"arn:[^\s\"']+:task-definition/[^\s\"']+", content)
    same = found is not None and want.appspec is not None and want.appspec.content(found[0]) == content
    return found[0] if found and same else ""


def _misfits(want: CodeDeployRequest, described: Mapping[str, Any]) -> Iterator[Fault]:
    where = "codedeploy-deployment-group"
    platform = described.get("computePlatform", "ECS")
    if platform != "ECS":
        yield Fault(f"{want.group} deploys to {platform}, not to ECS", "Provide the deployment group of this service.", where)
        return
    services = [(each.get("clusterName", ""), each.get("serviceName", "")) for each in described.get("ecsServices", ())]
    ours = short(want.cluster), short(want.service)
    if services and ours not in services:
        listed = ", ".join("/".join(each) for each in services)
        yield Fault(f"{want.group} deploys {listed}, not {'/'.join(ours)}", "Provide the deployment group of this service.", where)


def group_of(described: Mapping[str, Any]) -> Group:
    """A record of GetDeploymentGroup."""
    blue_green = described.get("blueGreenDeploymentConfiguration", {})
    ready = blue_green.get("deploymentReadyOption", {}).get("waitTimeInMinutes") or 0
    ending = blue_green.get("terminateBlueInstancesOnDeploymentSuccess", {}).get("terminationWaitTimeInMinutes") or 0
    last = described.get("lastAttemptedDeployment", {})
    return Group(
        waits=timedelta(minutes=ready + ending),
        rollback_events=tuple(described.get("autoRollbackConfiguration", {}).get("events", ())),
        last_id=last.get("deploymentId", ""),
        last_created=last.get("createTime"),
    )
