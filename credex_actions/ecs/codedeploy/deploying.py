"""Deploys a service by CodeDeploy and follows that deployment, and its rollback, to the end."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, one_write
from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Lost, NoEffect, Run, drive
from credex_actions.ecs.arns import short
from credex_actions.ecs.codedeploy.client import Deploying
from credex_actions.ecs.codedeploy.group import Group, look
from credex_actions.ecs.codedeploy.narrator import CodeDeployNarrator
from credex_actions.ecs.codedeploy.request import LONGEST_WAIT, CodeDeployRequest
from credex_actions.ecs.codedeploy.steps import Want
from credex_actions.ecs.tasks.stopped import StoppedTask

PUT_BACK_WITHIN: Final = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class CodeDeployOutcome:
    """`outcome`: completed, started, rolled-back, failed, superseded, timed-out or cancelled. `left`: what continues, in words."""

    outcome: str
    deployment_id: str = ""
    why: str = ""
    left: str = ""
    rollback_id: str = ""
    stopped: tuple[StoppedTask, ...] = ()


class CodeDeployCancelled(Cancelled):
    """A signal came while CodeDeploy deployed; `outcome` says what became of the deployment."""

    def __init__(self, signal_number: int, outcome: CodeDeployOutcome) -> None:
        super().__init__(signal_number)
        self.outcome = outcome


def deploy_by_codedeploy(
    clients: Clients,
    want: CodeDeployRequest,
    definition_arn: str,
    run: Run,
    tell: Callable[[str], None],
    *,
    group: Group | None = None,
) -> CodeDeployOutcome:
    """Starts a deployment of `definition_arn`, and follows it and its rollback to the end where that is requested.

    `group`: what codedeploy_group.look answered before, so that it is not asked for again. Raises CodeDeployCancelled on a signal,
    Failure where the request has no AppSpec or the deployment group cannot take it, and botocore's errors for what CodeDeploy rejects.
    """
    if want.appspec is None:
        raise Failure(Exit.BAD_INPUT, *want.faults, left=run.state())
    group = group or look(clients, run.clock, want)
    deploying = Deploying(
        clients, want, group, want.appspec.content(definition_arn), run, CodeDeployNarrator(clients, run.clock, want, tell, definition_arn)
    )
    if group.running and group.revision == definition_arn:
        deploying.ours = group.running
        tell(f"CodeDeploy deployment {group.running} already deploys this revision, and is followed")
    steps = Want(
        application=want.application,
        group=want.group,
        revision=short(definition_arn),
        wait=want.wait,
        give_up=run.clock.now() + min(want.wait_for + group.waits, LONGEST_WAIT),
        poll=want.poll,
    )
    try:
        done = drive(deploying.operation(steps), run)
    except Cancelled as cancelled:
        raise CodeDeployCancelled(cancelled.signal_number, _cancelled(deploying)) from cancelled
    return _outcome(deploying, done.outcome, done.why)


def put_back(clients: Clients, want: CodeDeployRequest, deployment_id: str, run: Run, tell: Callable[[str], None]) -> CodeDeployOutcome:
    """Stops `deployment_id`, which is in progress, and waits for the previous revision (on-failure: rollback after a timeout)."""
    deploying = Deploying(clients, want, Group(), "", run, CodeDeployNarrator(clients, run.clock, want, tell), ours=deployment_id)
    steps = Want(
        application=want.application,
        group=want.group,
        revision="",
        wait=True,
        give_up=run.clock.now() + PUT_BACK_WITHIN,
        poll=want.poll,
        goes_back=True,
    )
    done = drive(deploying.operation(steps), run)
    return _outcome(deploying, done.outcome, done.why)


def _cancelled(deploying: Deploying) -> CodeDeployOutcome:
    if deploying.lost and not deploying.ours:
        with suppress(Cancelled, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError), deploying.run.clock.last_asks():
            deploying.observe()  # its response was lost, and it may be there
    if deploying.last is None or not deploying.ours:
        unknown = "it is not known whether a CodeDeploy deployment was started: CreateDeployment was sent, but its response was lost"
        return _outcome(deploying, "cancelled", left=unknown if deploying.lost else "no CodeDeploy deployment was started")
    if deploying.last.ours and deploying.last.ours.ended:
        return _outcome(
            deploying, "cancelled", left=f"deployment {deploying.ours} has ended; CodeDeploy rolls back to the previous revision by itself"
        )
    if deploying.want.on_cancel != "rollback":
        return _outcome(deploying, "cancelled", left=f"deployment {deploying.ours} continues in CodeDeploy")
    try:
        with deploying.run.clock.last_asks(), one_write():
            deploying.stop(deploying.ours)
    except (Lost, Cancelled):
        left = f"deployment {deploying.ours} was asked to stop, but no answer came: check whether the service is rolled back to the previous revision"
    except (NoEffect, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        left = f"deployment {deploying.ours} could not be stopped ({type(error).__name__}), and continues"
    else:
        left = f"deployment {deploying.ours} was stopped; CodeDeploy rolls back to the previous revision"
    return _outcome(deploying, "cancelled", left=left)


def _outcome(deploying: Deploying, outcome: str, why: str = "", left: str = "") -> CodeDeployOutcome:
    if outcome in {"timed-out", "started"} and not left:
        left = f"deployment {deploying.ours} continues"
    return CodeDeployOutcome(
        outcome=outcome,
        deployment_id=deploying.ours,
        why=why,
        left=left,
        rollback_id=deploying.rollback.id if deploying.rollback else "",
        stopped=tuple(deploying.narrator.stopped),
    )
