"""A deployment by CodeDeploy (blue/green): what brings a revision into service, and how that ended. Pure (architecture.md, idea 1).

CreateDeployment takes no client token. Where its response is lost, ours is the one of our AppSpec's sha256 that was not there before.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from credex_actions.core.loop import Decision, Done, Step, Wait

ROLLBACK_SHOWS_WITHIN: Final = timedelta(seconds=30)
"""A deployment ends as Failed a moment before the one that rolls it back is there."""


@dataclass(frozen=True, kw_only=True)
class Want:
    """`goes_back`: stop the deployment, and wait for the previous revision."""

    application: str
    group: str
    revision: str
    wait: bool
    give_up: datetime
    poll: float
    goes_back: bool = False


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """`status`: Created, Queued, InProgress, Baking, Ready, Succeeded, Failed or Stopped, as CodeDeploy names it."""

    id: str
    status: str
    why: str = ""
    error: str = ""  # errorInformation.code
    rolls_back: bool = False  # the deployment or its group asks for it when it fails or is stopped
    rollback_id: str = ""

    @property
    def ended(self) -> bool:
        return self.status in {"Succeeded", "Failed", "Stopped"}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`ended_at`: when this run first saw ours at its end. `successor`: one of the group that began after ours, not its rollback."""

    now: datetime
    ours: Deployment | None = None
    rollback: Deployment | None = None
    successor: str = ""
    stage: str = ""  # the lifecycle event that is in progress
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Create(Step):
    says = "deploy {revision} by CodeDeploy ({application}, {group})"
    twice = "a second deployment of the group, which CodeDeploy rejects while the first is in progress"
    revision: str
    application: str
    group: str


@dataclass(frozen=True)
class StopDeployment(Step):
    says = "stop the CodeDeploy deployment {deployment} and have it rolled back to the previous revision"
    harmless = True
    twice = "nothing: CodeDeploy answers that it has ended, as intended"
    deployment: str


CodeDeployStep = Create | StopDeployment


def decide(want: Want, seen: Seen) -> Decision[CodeDeployStep]:
    """What brings `want` into service next. The first case that fits wins: their order is their priority."""
    match seen.ours:
        case None:
            return Create(want.revision, want.application, want.group)
        case Deployment() if not want.wait:
            return Done("started")
        case Deployment(ended=True) as ours:
            return _ended(want, seen, ours)
        case Deployment(id=ours_id) if want.goes_back:
            return StopDeployment(ours_id)
        case ours:
            return _too_late_or(want, seen, going_on(seen, ours))


def _ended(want: Want, seen: Seen, ours: Deployment) -> Decision[CodeDeployStep]:
    if ours.status == "Succeeded":
        return Done("completed")
    if seen.rollback:
        return _rolled_back(want, seen, seen.rollback, in_words(ours))
    if seen.successor:
        return Done("superseded", f"deployment {seen.successor} replaced it; ours ended: {in_words(ours)}")
    may_show = ours.rolls_back and seen.ended_at is not None and seen.now < seen.ended_at + ROLLBACK_SHOWS_WITHIN
    if (ours.rollback_id or may_show) and seen.now < want.give_up:
        return Wait("the deployment has ended; its rollback is not visible yet", want.poll)
    return Done("failed", in_words(ours))


def _rolled_back(want: Want, seen: Seen, rollback: Deployment, cause: str) -> Decision[CodeDeployStep]:
    if rollback.status == "Succeeded":
        return Done("rolled-back", cause)
    if rollback.ended:
        return Done("failed", f"{cause}; CodeDeploy could not roll back to the previous revision: {in_words(rollback)}")
    return _too_late_or(want, seen, f"CodeDeploy rolls back to the previous revision (deployment {rollback.id}, {rollback.status})")


def _too_late_or(want: Want, seen: Seen, going_on: str) -> Wait | Done:
    if seen.now >= want.give_up:
        return Done("timed-out", f"{going_on}; CodeDeploy continues the deployment")
    return Wait(going_on, want.poll)


def going_on(seen: Seen, ours: Deployment) -> str:
    if ours.status == "Ready":
        return "the new tasks are ready; the deployment waits for approval or its wait time before the traffic is shifted"
    if ours.status == "Baking":
        return "the traffic is shifted; CodeDeploy monitors the alarms"
    return f"CodeDeploy: {seen.stage or ours.status}"


def after(seen: Seen, move: CodeDeployStep | Wait) -> Seen:
    """The world if `move` works."""
    match move:
        case Create():
            return replace(seen, ours=Deployment(id="d-NEXT", status="Created"))
        case StopDeployment(deployment=identifier):
            stopped = Deployment(id=identifier, status="Stopped", error="MANUAL_STOP", rolls_back=True, rollback_id="d-BACK")
            return replace(seen, ours=stopped, rollback=Deployment(id="d-BACK", status="InProgress"), ended_at=seen.now)
        case Wait(seconds=seconds):
            later = replace(seen, now=seen.now + timedelta(seconds=seconds))
            if seen.rollback:
                return replace(later, rollback=replace(seen.rollback, status="Succeeded"))
            return replace(later, ours=seen.ours and (seen.ours if seen.ours.ended else replace(seen.ours, status="Succeeded")))
        case _:
            assert_never(move)


_ERRORS: Final = {
    "ALARM_ACTIVE": "an alarm of the deployment group was activated",
    "APPLICATION_MISSING": "the CodeDeploy application no longer exists",
    "CUSTOMER_APPLICATION_UNHEALTHY": "the new tasks are unhealthy",
    "DEPLOYMENT_GROUP_MISSING": "the deployment group no longer exists",
    "ECS_UPDATE_ERROR": "ECS rejected an update of the service",
    "ELASTIC_LOAD_BALANCING_INVALID": "the load balancer settings of the deployment group are not valid",
    "HEALTH_CONSTRAINTS": "too few of the new tasks are healthy",
    "HOOK_EXECUTION_FAILURE": "a lifecycle hook (Lambda function) failed",
    "IAM_ROLE_MISSING": "the deployment group's service role no longer exists",
    "IAM_ROLE_PERMISSIONS": "the deployment group's service role lacks a permission",
    "INVALID_ECS_SERVICE": "the service's settings do not match the deployment group",
    "INVALID_REVISION": "the AppSpec is not valid",
    "MANUAL_STOP": "someone stopped the deployment",
    "RESOURCE_LIMIT_EXCEEDED": "a quota of the account was exceeded",
    "THROTTLED": "AWS throttled CodeDeploy",
    "TIMEOUT": "a step of the deployment timed out",
}
"""Source: CodeDeploy API, ErrorInformation."""


def in_words(deployment: Deployment) -> str:
    """How a deployment failed; CodeDeploy's own words are next to ours."""
    known = _ERRORS.get(deployment.error, "")
    own = ": ".join(part for part in (deployment.error if not known else "", deployment.why) if part)
    return f"{known} ({own})" if known and own else known or own or f"the deployment is {deployment.status}"
