"""What brings a revision into service, and how that ended: pure (architecture.md, idea 1).

The deployment that this run started is followed by its id. A service that looks stable proves nothing: after a rollback it is
stable too, on the previous revision.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias, assert_never

from credex_actions.core.loop import Decision, Done, Step, Wait
from credex_actions.ecs.service.described import Deployment, Rollout, Service


@dataclass(frozen=True, kw_only=True)
class Want:
    """`before`: deployments that were there when this run began. `follows`: a deployment that is in progress and only followed.

    `forced`: UpdateService starts a deployment each time it is sent. `former`: the revision that served before; "" if nobody looked.
    """

    service: str
    revision: str
    before: frozenset[str]
    give_up: datetime
    wait: bool = True
    desired: int | None = None
    forced: bool = False
    former: str = ""
    keeps_deployment: bool = False  # nothing but the number of tasks changes, so ECS starts no deployment
    zero_is_fine: bool = False
    follows: str | None = None
    poll: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`ours`: the deployment that this run's UpdateService answered with; None before, and where the response was lost.

    `settled`: looks have shown the same for some seconds, so that a part of it which lags behind would have shown by now.
    """

    now: datetime
    service: Service
    ours: str | None = None
    rollout: Rollout | None = None  # of our deployment
    settled: bool = True


@dataclass(frozen=True)
class Update(Step):
    says = "roll out a revision to a service"
    harmless = True
    twice = "nothing: ECS starts no second deployment of what the service already runs"
    service: str
    revision: str

    def __str__(self) -> str:
        return f"roll out {self.revision.rpartition('/')[2]} to {self.service}"


@dataclass(frozen=True)
class Force(Step):
    """As Update, and ECS starts a deployment whatever the service is set to."""

    says = "force a new deployment of a service"
    twice = "a second deployment, which replaces the first"
    service: str
    revision: str

    def __str__(self) -> str:
        return f"force a new deployment of {self.revision.rpartition('/')[2]} to {self.service}"


@dataclass(frozen=True)
class Scale(Step):
    says = "set {service} to {desired} tasks"
    harmless = True
    twice = "nothing: it is the same number"
    service: str
    desired: int


RolloutStep: TypeAlias = Update | Force | Scale

NEAR_THE_END: Final = 3.0
"""Seconds: 20 looks a minute, so that with what events and tasks cost besides it stays under 30 calls."""

UNDER_WAY = frozenset(("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"))


def ours(want: Want, seen: Seen) -> str | None:
    """Which deployment is this run's. Where the response was lost: the one of our revision that was not there before."""
    if want.follows or seen.ours:
        return want.follows or seen.ours
    primary = seen.service.primary
    if want.keeps_deployment:
        return primary.id if primary and seen.service.desired == want.desired else None
    new = (each for each in seen.service.deployments if each.id not in want.before and each.revision == want.revision)
    return next((each.id for each in new), None)


def decide(want: Want, seen: Seen) -> Decision[RolloutStep]:
    """What brings `want` into service next. The first case that fits wins: their order is their priority."""
    service, mine = seen.service, ours(want, seen)
    if service.status != "ACTIVE":
        return Done("failed", f"the service is {service.status}: someone is deleting it, or has deleted it")
    if mine is None and want.keeps_deployment and want.desired is not None:
        return Scale(want.service, want.desired)
    if mine is None:
        return Force(want.service, want.revision) if want.forced else Update(want.service, want.revision)
    if not want.wait:
        return Done("started")
    if service.desired == 0 and not want.zero_is_fine:
        return Done("scaled-to-zero", "someone set the desired count of the service to 0 during the deployment")
    ended = _ended(want, seen, mine)
    if ended == Done("completed"):
        return Done("completed", _another_number(want, service))
    return ended or _too_late(want, seen, mine) or Wait(_going_on(want, seen, mine), _pause(want, seen, mine))


def _another_number(want: Want, service: Service) -> str:
    if want.desired in (None, service.desired):
        return ""
    return f"the service was scaled to {service.desired} tasks during the deployment, {want.desired} were requested"


def _pause(want: Want, seen: Seen, mine: str) -> float:
    """Seconds to the next look: fewer once all tasks run, since the end may then come at any moment."""
    entry = seen.service.deployment(mine)
    baking = seen.rollout is not None and seen.rollout.stage != ""
    near = entry is not None and entry.desired > 0 and entry.running >= entry.desired and not baking
    return min(want.poll, NEAR_THE_END) if near else want.poll


def _too_late(want: Want, seen: Seen, mine: str) -> Done | None:
    return Done("timed-out", f"{_going_on(want, seen, mine)}; ECS continues the deployment") if seen.now >= want.give_up else None


def _ended(want: Want, seen: Seen, mine: str) -> Done | None:
    """How our deployment ended: by the service deployments API where it answers, else by the deployments list and the events."""
    match seen.rollout:
        case Rollout(status="SUCCESSFUL"):
            return Done("completed")
        case Rollout(status="ROLLBACK_SUCCESSFUL", why=why):
            return Done("rolled-back", why or "ECS rolled back to the previous revision")
        case Rollout(status="ROLLBACK_FAILED", why=why):
            return Done("failed", f"ECS could not roll back to the previous revision: {why}")
        case Rollout(status="STOPPED", why=why):
            ended = _superseded(want, seen.service, mine)
            return ended or (Done("failed", why or "the deployment was stopped") if seen.settled else None)
        case Rollout(status=status) if status in UNDER_WAY:
            return None
    return _listed_end(want, seen, mine)


def _listed_end(want: Want, seen: Seen, mine: str) -> Done | None:
    service = seen.service
    entry, primary = service.deployment(mine), service.primary
    match entry:
        case Deployment(status="PRIMARY", rollout="FAILED", why=why):
            return Done("failed", why)
        case Deployment(status="PRIMARY", rollout="COMPLETED") if not want.keeps_deployment or scaled(want, seen):
            return Done("completed")
        case Deployment(status="PRIMARY", rollout="") if (
            len(service.deployments) == 1 and entry.running == entry.desired == service.running
        ):
            return Done("completed")
        case Deployment(status="PRIMARY"):
            return None
    if primary is None:
        return None
    if rolls_back(want, service, mine):
        if primary.rollout == "FAILED":
            return Done("failed", f"ECS could not roll back to the previous revision: {primary.why}")
        return Done("rolled-back", _cause(service, mine)) if primary.rollout == "COMPLETED" else None
    if primary.id in want.before - {mine}:
        return None  # ours does not show yet
    if service.told(mine, "deployment completed"):
        return Done("completed")
    if primary.revision == want.former and not seen.settled:
        return None  # a rollback looks like this too, before ECS's event tells it
    return _superseded(want, service, mine)


def scaled(want: Want, seen: Seen) -> bool:
    """The tasks that the service is to run do run. A number that is not ours is someone else's once it has stood for a while."""
    return seen.service.running >= seen.service.desired and (want.desired in (None, seen.service.desired) or seen.settled)


def rolls_back(want: Want, service: Service, mine: str) -> bool:
    """ECS itself replaces our deployment, since it failed: by the previous one under its old id, or by a new one of its revision, or that says so."""
    entry, primary = service.deployment(mine), service.primary
    failed = (entry is not None and entry.rollout == "FAILED") or bool(service.told(mine, "deployment failed"))
    if not failed or primary is None or primary.id == mine:
        return False
    announced = any(f"rolling back to deployment {primary.id}" in event.message for event in service.events)
    returns = primary.revision == want.former != want.revision
    return primary.id in want.before or returns or announced or "rolling back" in primary.why.lower()


def _cause(service: Service, mine: str) -> str:
    entry = service.deployment(mine)
    return service.told(mine, "deployment failed") or (entry.why if entry else "") or "ECS rolled back to the previous revision"


def _superseded(want: Want, service: Service, mine: str) -> Done | None:
    primary = service.primary
    if primary is None or primary.id == mine or primary.id in want.before:
        return None
    return Done("superseded", f"deployment {primary.id} of {primary.revision.rpartition('/')[2]} replaced it")


def _going_on(want: Want, seen: Seen, mine: str) -> str:
    entry, rollout = seen.service.deployment(mine), seen.rollout
    if rollout and rollout.awaits:
        return f"the deployment is paused until a person continues it (hook {rollout.awaits})"
    if (rollout and rollout.status.startswith("ROLLBACK")) or rolls_back(want, seen.service, mine):
        return "ECS rolls back to the previous revision"
    if entry is None:
        return "the deployment is not visible yet"
    stage = f", {rollout.stage.lower().replace('_', ' ')}" if rollout and rollout.stage else ""
    failed = f", {entry.failed} failed" if entry.failed else ""
    return f"{entry.running} of {entry.desired} tasks running{failed}{stage}"


def after(seen: Seen, move: RolloutStep | Wait) -> Seen:
    """The world if `move` works."""
    service = seen.service
    match move:
        case Update(revision=revision) | Force(revision=revision):
            former = tuple(replace(each, status="ACTIVE") for each in service.deployments if each.status == "PRIMARY")
            new = Deployment(id="ecs-svc/next", status="PRIMARY", revision=revision, desired=service.desired, rollout="IN_PROGRESS")
            return replace(seen, ours=new.id, service=replace(service, revision=revision, deployments=(new, *former)))
        case Scale(desired=desired):
            return replace(seen, ours=service.primary.id if service.primary else None, service=replace(service, desired=desired))
        case Wait():
            kept = tuple(
                replace(each, running=service.desired, rollout="COMPLETED") for each in service.deployments if each.status == "PRIMARY"
            )
            return replace(seen, service=replace(service, deployments=kept, running=service.desired), rollout=None)
        case _:
            assert_never(move)
