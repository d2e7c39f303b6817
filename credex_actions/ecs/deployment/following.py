"""Following a rollout to its end, and rolling back to the previous revision."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypeVar

import botocore.exceptions

from credex_actions.core.aws.clients import message_of
from credex_actions.core.clock import Cancelled, Clock
from credex_actions.core.faults import Failure
from credex_actions.core.loop import Done, Run, drive
from credex_actions.ecs.arns import short
from credex_actions.ecs.deployment.work import Work
from credex_actions.ecs.looks import describe
from credex_actions.ecs.rollout.client import Rollouts
from credex_actions.ecs.rollout.narrator import Narrator
from credex_actions.ecs.rollout.steps import RolloutStep, Seen, Want
from credex_actions.ecs.service import update as service_update
from credex_actions.ecs.service.described import Service, service_of

R = TypeVar("R")

PUT_BACK_WITHIN: Final = timedelta(minutes=15)
"""How long a rollback of ours is followed. GitHub kills a cancelled job ten seconds later anyway; the update is sent first."""


def wanted(work: Work, service: Service) -> Want:
    """What `work` asks of `service`, as it is before the rollout."""
    asked, result = work.asked, work.result
    return Want(
        service=service.name,
        revision=result.revision,
        before=frozenset(each.id for each in service.deployments),
        give_up=work.clock.now() + asked.wait_for,
        wait=asked.wait,
        desired=asked.desired if asked.desired != service.desired else None,
        forced=asked.force or bool(asked.volumes),
        former=service.revision,
        keeps_deployment=result.revision == service.revision and not asked.force and not asked.volumes and not work.differing,
        zero_is_fine=service.desired == 0 or asked.desired == 0,
        poll=asked.poll,
    )


def follow(work: Work, service: Service, definition: Mapping[str, Any], want: Want, changes: Mapping[str, Any]) -> Done:
    """Sends the update, if `want` asks for one, and follows the deployment; its events and failed tasks are reported as they come."""
    result = work.result
    narrator = Narrator(work.clients, work.asked.cluster, definition, work.progress.line, result.stopped)
    narrator.skip(service)

    def look(seen: Seen, deployment: str | None) -> None:
        result.deployment = deployment or result.deployment
        result.tasks = seen.service.desired
        narrator.look(seen, deployment)

    rollouts = Rollouts(work.clients, work.clock, want, work.asked.cluster, changes, look)
    done = drive(rollouts.operation(), work.run)
    if done.outcome not in {"completed", "started"} and result.deployment:
        narrator.conclude(service.name, result.deployment, work.clock)
    return done


def put_back(work: Work, former: str, definition: Mapping[str, Any]) -> None:
    """Puts the revision `former` back, and says in `work.result.put_back` what became of it.

    Raises nothing for what AWS answers: the cause of all this stays the outcome.
    """
    result, first_run = work.result, work.run
    if not former or not work.asked.service:
        result.put_back = "there is no previous revision to roll back to"
        return
    work.progress.line(f"Rolling back to {short(former)}.")
    work.run = work.new_run()
    deployment = result.deployment
    try:
        result.put_back = undone(lambda: _put_back(work, former, definition), work.run, work.clock)
        if unanswered(first_run):
            result.put_back += (
                f"; UpdateService to {short(result.revision)} was not answered, and may take effect after that: check the service"
            )
    except Cancelled:
        result.put_back = asked_back(short(former), work.run)
    except (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        result.put_back = f"rollback to {short(former)} failed: {reason(error)}; {work.run.state()}"
    finally:
        result.deployment = deployment
        work.run = _joined(first_run, work.run)


def asked_back(former: str, run: Run) -> str:
    """What `run`, which was to put `former` back, has come to when a signal ends it."""
    if not run.sent:
        return f"the rollback to {former} was not requested in time"
    if unanswered(run):
        return f"the rollback to {former} was requested, but no answer came: its outcome is not known; check the service"
    return f"the rollback to {former} was requested, and ECS continues it"


def unanswered(run: Run) -> bool:
    """An UpdateService of `run` was sent, and its answer never came."""
    return any(isinstance(step, RolloutStep) and sent.ended is None for step, sent in run.sent.items())


def undone(undo: Callable[[], R], run: Run, clock: Clock) -> R:
    """What `undo` answers. A signal that comes before it has sent anything only makes it hurry. Raises Cancelled for one that comes later."""
    try:
        with clock.last_asks():
            return undo()
    except Cancelled:
        if run.sent:
            raise
    with clock.last_asks():
        return undo()


def _put_back(work: Work, former: str, definition: Mapping[str, Any]) -> str:
    described = describe(work.clients, work.clock, work.asked.cluster, str(work.asked.service))
    if described is None:
        return f"cannot roll back to {short(former)}: the service no longer exists"
    now = service_of(described)
    want = replace(
        wanted(work, now),
        revision=former,
        give_up=work.clock.now() + min(PUT_BACK_WITHIN, max(work.asked.wait_for, timedelta(minutes=1))),
        wait=True,
        desired=None,
        forced=former == now.revision and bool(work.result.deployment),  # the same revision is deployed again only when ECS is told to
        keeps_deployment=False,
        zero_is_fine=True,
    )
    done = follow(work, now, definition, want, work.result.former_settings)
    if done.outcome == "completed":
        return f"rolled back to {short(former)}, which serves{_left_as_set(work, now)}"
    return f"the rollback to {short(former)} ended as {done.outcome}{f': {done.why}' if done.why else ''}"


def _left_as_set(work: Work, service: Service) -> str:
    sent = work.result.former_settings
    described = describe(work.clients, work.clock, work.asked.cluster, service.name) if sent else None
    left = [
        *work.left_settings,
        *(service_update.not_restored(sent, described) if described else ()),
        *(["desiredCount"] if work.asked.desired is not None and work.asked.desired == service.desired else []),
    ]
    return f"; left as this run set it: {', '.join(left)}" if left else ""


def _joined(first: Run, second: Run) -> Run:
    """One story of both; a step that both sent shows with the second's times."""
    first.sent.update(second.sent)
    first.waits.extend(second.waits)
    return first


def reason(error: BaseException) -> str:
    """The first line of what went wrong."""
    return message_of(error) if isinstance(error, botocore.exceptions.ClientError) else str(error).partition("\n")[0]
