"""The way back to a revision that served: one update, followed to its end, bounded."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import botocore.exceptions

from credex_actions.core.aws import Clients, explain
from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.faults import Failure
from credex_actions.core.loop import Run, drive
from credex_actions.core.progress import Progress
from credex_actions.ecs.following import reason
from credex_actions.ecs.narrator import Narrator
from credex_actions.ecs.revisions_client import describe_revision
from credex_actions.ecs.rollout import Want
from credex_actions.ecs.rollout_client import Rollouts, describe
from credex_actions.ecs.service import service_of

if TYPE_CHECKING:
    from credex_actions.commands.verify_deployment import Inputs

WITHIN: Final = timedelta(minutes=15)


@contextmanager
def in_words(run: Run) -> Iterator[None]:
    try:
        yield
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise explain(error, run.state()) from error


def put_back(inputs: "Inputs", clock: SystemClock, run: Run, progress: Progress) -> str:
    """Puts the service on `rollback-to`. Answers what became of it in words, beginning with "put back" where it serves again."""
    wanted = str(inputs.rollback_to)
    progress.line(f"Putting {wanted.rpartition('/')[2]} back.")
    try:
        return _put_back(inputs, wanted, clock, run, progress)
    except Cancelled:
        return f"interrupted; {run.state()}"
    except (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        return f"failed: {reason(error)}; {run.state()}"


def _put_back(inputs: "Inputs", wanted: str, clock: SystemClock, run: Run, progress: Progress) -> str:
    clients, cluster = Clients(), inputs.cluster
    described = describe_revision(clients, clock, wanted)
    found = describe(clients, clock, cluster, str(inputs.service))
    if described is None or found is None:
        return f"failed: there is no {'revision ' + wanted if described is None else f'service {inputs.service}'}"
    arn: str = described["taskDefinition"]["taskDefinitionArn"]
    service = service_of(found)
    if service.controller != "ECS":
        return f"failed: {service.controller} deploys this service; stop or roll back that deployment"
    if service.revision == arn and service.primary and service.primary.rollout != "FAILED":
        return f"not needed: {arn.rpartition('/')[2]} is the revision that the service has already"
    want = Want(
        service=service.name,
        revision=arn,
        before=frozenset(each.id for each in service.deployments),
        give_up=clock.now() + WITHIN,
        zero_is_fine=service.desired == 0,
        poll=max(inputs.poll_seconds, 1.0),
    )
    narrator = Narrator(clients, cluster, described["taskDefinition"], progress.line)
    narrator.skip(service)
    changes: dict[str, Any] = {"forceNewDeployment": True} if service.revision == arn else {}
    done = drive(Rollouts(clients, clock, want, cluster, changes, narrator.look).operation(), run)
    if done.outcome == "completed":
        return f"put back: {arn.rpartition('/')[2]} serves"
    return f"failed: putting {arn.rpartition('/')[2]} back ended as {done.outcome}{f': {done.why}' if done.why else ''}"
