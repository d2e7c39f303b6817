"""Rolling back to a previous revision after the checks failed: by the rollout that deployments use, bounded, and never over somebody else's deployment."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

import botocore.exceptions

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import Cancelled, Clock
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Run, drive
from credex_actions.ecs.arns import short
from credex_actions.ecs.deployment.following import asked_back, reason, undone
from credex_actions.ecs.looks import describe
from credex_actions.ecs.rollout.client import Rollouts
from credex_actions.ecs.rollout.narrator import Narrator
from credex_actions.ecs.rollout.steps import Want
from credex_actions.ecs.service.described import Service, service_of
from credex_actions.ecs.service.update import Settings, not_restored

WITHIN: Final = timedelta(minutes=15)
"""How long it is followed; ECS continues it afterwards."""

POLL: Final = 5.0


class RolledBack(NamedTuple):
    """`done`: the previous revision serves. `words`: what became of it, for a person. `code`: how the command ends."""

    done: bool
    words: str
    code: Exit
    signal: int = 0


class Rollback(NamedTuple):
    """`revision`: what the service was at when the verification began; `definition`: the task definition that is rolled back, `to` its ARN. `settings`: members
    of UpdateService that go back with it.
    """

    clients: Clients
    clock: Clock
    cluster: str
    service: str
    revision: str
    to: str
    definition: Mapping[str, Any]
    settings: Settings
    poll: float = POLL


def roll_back(asked: Rollback, run: Run, tell: Callable[[str], None]) -> RolledBack:
    """Puts `asked.to` back and follows it. Raises nothing for what AWS answers, nor for a signal: what is left is said."""
    name = short(asked.to)
    try:
        return undone(lambda: _roll_back(asked, run, tell), run, asked.clock)
    except Cancelled as cancelled:
        return RolledBack(done=False, words=asked_back(name, run), code=Exit.of(cancelled), signal=cancelled.signal_number)
    except (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        return RolledBack(done=False, words=f"rollback to {name} failed: {reason(error)}; {run.state()}", code=Exit.REMOTE)


def _roll_back(asked: Rollback, run: Run, tell: Callable[[str], None]) -> RolledBack:
    record = describe(asked.clients, asked.clock, asked.cluster, asked.service)
    service = service_of(record) if record else None
    settings = {name: asked.settings[name] for name in not_restored(asked.settings, record)} if record else {}
    fault = obstacle(service, asked.revision, asked.to, settings)
    if service is None or fault:
        return RolledBack(done=False, words=fault, code=Exit.FAILED)
    narrator = Narrator(asked.clients, asked.cluster, asked.definition, tell)
    narrator.skip(service)
    rollouts = Rollouts(asked.clients, asked.clock, wanted(asked, service, settings), asked.cluster, settings, narrator.look)
    done = drive(rollouts.operation(), run)
    name = short(asked.to)
    if done.outcome == "completed":
        return RolledBack(done=True, words=f"rolled back to {name}, which serves{_left_as_set(asked, settings)}", code=Exit.FAILED)
    words = f"the rollback to {name} ended as {done.outcome}{f': {done.why}' if done.why else ''}"
    return RolledBack(done=False, words=words, code=Exit.REMOTE if done.outcome == "timed-out" else Exit.FAILED)


def _left_as_set(asked: Rollback, settings: Settings) -> str:
    """What ECS keeps of settings that were sent back to it, such as a member that no call takes away."""
    record = describe(asked.clients, asked.clock, asked.cluster, asked.service) if settings else None
    left = not_restored(settings, record) if record else []
    return f"; not as it was before: {', '.join(left)}" if left else ""


def obstacle(service: Service | None, revision: str, to: str, settings: Settings) -> str:
    """`settings`: those that the service does not have. Why nothing is rolled back; "" if nothing is in the way. Another's deployment is not ours to undo."""
    if service is None or service.status != "ACTIVE":
        return f"cannot roll back to {short(to)}: the service {f'is {service.status}' if service else 'no longer exists'}"
    if service.revision not in {revision, to}:
        return f"not rolled back: {short(service.revision)} replaced {short(revision)} in the meantime, by another deployment"
    if revision == to and not settings:
        return f"not rolled back: {short(to)} already serves"
    return ""


def wanted(asked: Rollback, service: Service, settings: Settings) -> Want:
    """The rollout back. Where it is in progress already, by ECS or by a run before this one, it is followed and nothing is sent, but for `settings`."""
    primary = service.primary
    return Want(
        service=service.name,
        revision=asked.to,
        before=frozenset(each.id for each in service.deployments),
        give_up=asked.clock.now() + WITHIN,
        forced=bool(settings) and asked.to == service.revision,  # the same revision is deployed again only when ECS is told to
        former=service.revision,
        zero_is_fine=service.desired == 0,
        follows=primary.id if primary and primary.revision == asked.to and not settings else None,
        poll=asked.poll,
    )
