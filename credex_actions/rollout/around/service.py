"""The ECS service that uses a database, given its new address: redeployed by the suite's own deploy, and proven before anything old is released."""

from copy import copy
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from credex_actions.core.aws.looking import look_again
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done
from credex_actions.core.runner import Runner
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.declarations.verify_deployment import Inputs as VerifyInputs
from credex_actions.ecs.deployment.deploying import deploy_within
from credex_actions.ecs.looks import is_no_cluster, no_cluster, one_service
from credex_actions.ecs.verification.verifying import verify
from credex_actions.neo4j.configuration.model import Service
from credex_actions.rollout.around.renewal import Tasks, decide
from credex_actions.rollout.context import Context

AT_ONCE: Final = 100
"""Tasks that one DescribeTasks takes."""
MOST_TURNS: Final = 4
"""Deployments that are begun or followed: somebody may deploy meanwhile."""
STABLE_WITHIN: Final = 10.0
"""Minutes."""
OF_THE_STEP: Final = frozenset(("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"))


def renew(context: Context, service: Service, since: datetime) -> Done:
    """Until all tasks are newer than `since`, when the address was written, and the service is stable. Raises Failure where it does not become so.

    It names the revision that serves: what it runs does not change.
    """
    begun = ""
    for _ in range(MOST_TURNS):
        tasks = _look(context, service)
        match decide(since, tasks):
            case "idle":
                return Done("idle", f"{service.name} has a desired count of 0: no task was seen with the new address")
            case "proven":
                _prove(context, service)
                how = f"deployed again ({begun})" if begun else "its tasks had been started since"
                return Done("proven", f"{service.name} is stable, and all its tasks have the address as it is now: {how}")
            case move:
                begun = _deploy(context, service, tasks.revision, force=move == "redeploy") or begun
    what = f"{service.name} is deployed again and again by somebody else: it still has tasks from before {since:%H:%M:%S} UTC"
    raise Failure(Exit.REMOTE, Fault(what, "Wait for the other deployment, then run the same command again."), left="as reported above")


def _deploy(context: Context, service: Service, revision: str, *, force: bool) -> str:
    """The deployment's id. Another one that takes its place reads the same address; whether it ends well, the next turn sees."""
    left = (context.give_up - context.clock.now()).total_seconds() / 60
    asked = Inputs(
        task_definition_arn=revision,
        service=service.name,
        cluster=service.cluster,
        force_new_deployment=force,
        verify=force,
        wait_for_minutes=max(left, 1.0),
    )
    try:
        outputs = deploy_within(asked, _part_of(context.runner), context.clients, context.clock)
    except Partial as failure:
        if failure.outputs.get("outcome") != "superseded":
            raise
        return ""
    return outputs["deployment_id"] or ""


def _prove(context: Context, service: Service) -> None:
    """By verify-deployment's own check: complete, and no task fails. Raises Failure(FAILED) where it is not so."""
    asked = VerifyInputs(cluster=service.cluster, service=service.name, timeout_minutes=STABLE_WITHIN)
    verdict = verify(asked, sign_in=lambda: context.clients.session, clock=context.clock, tell=context.runner.info)
    if verdict.code is not Exit.DONE:
        fault = Fault(f"{service.name} with the address as it is now: {verdict.sentence}: {verdict.why}", verdict.hint)
        raise Failure(verdict.code, fault, left=f"{service.name} has tasks with the address as it is now")


def _part_of(runner: Runner) -> Runner:
    """It says what it does in the log, knows the same secrets, and leaves outputs, report and summary to the whole."""
    part = copy(runner)
    part.environment = {name: value for name, value in runner.environment.items() if name not in OF_THE_STEP}
    part.report, part.outputs, part.json_on_stdout = {}, {}, True
    return part


def _look(context: Context, service: Service) -> Tasks:
    found = look_again(context.clock, lambda: _described(context, service))
    if found is None or found["status"] != "ACTIVE":
        what = f"there is no active service {service.name} in the cluster {service.cluster}"
        raise Failure(Exit.BAD_INPUT, Fault(what, "Correct it, the region or the account.", "rollout.service"))
    running = [each for each in found.get("deployments", ()) if each.get("rolloutState") == "IN_PROGRESS"]
    began = max((each["createdAt"].astimezone(UTC) for each in running), default=None)
    return Tasks(found["taskDefinition"], found["desiredCount"], look_again(context.clock, lambda: _oldest(context, service)), began)


def _described(context: Context, service: Service) -> dict[str, Any] | None:
    try:
        return one_service(context.clients, service.cluster, service.name)
    except ClientError as error:
        raise no_cluster(context.clients, service.cluster) if is_no_cluster(error) else error from None


def _oldest(context: Context, service: Service) -> datetime | None:
    ecs = context.clients.read("ecs")
    pages = ecs.get_paginator("list_tasks").paginate(cluster=service.cluster, serviceName=service.name)
    arns = [arn for page in pages for arn in page["taskArns"]]
    began: list[datetime] = []
    for start in range(0, len(arns), AT_ONCE):
        tasks = ecs.describe_tasks(cluster=service.cluster, tasks=arns[start : start + AT_ONCE])["tasks"]
        began += [task["createdAt"].astimezone(UTC) for task in tasks if task["lastStatus"] != "STOPPED"]
    return min(began, default=None)
