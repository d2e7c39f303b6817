"""rotate-secrets: gives credentials new values, everywhere they are stored, and ends the former ones only once nobody needs them."""

from typing import TYPE_CHECKING

from credex_actions.core.runner import Runner
from credex_actions.declarations.rotate_secrets import Inputs, Outputs

if TYPE_CHECKING:
    from credex_actions.core.aws.clients import Clients
    from credex_actions.core.clock import Clock

AGAIN = "Run the same command again: it looks first how far each credential is, and goes on from there."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from functools import partial

    from credex_actions.core.command.edge import Partial
    from credex_actions.rotation.rotating import rotate

    if inputs.mode == "init":
        from credex_actions.rotation.manifest.first import write_first_manifest

        return Outputs(outcome=write_first_manifest(inputs, runner))
    try:
        return Outputs(**rotate(inputs, runner, partial(_follow, runner)))
    except Partial as failure:
        raise Partial(failure, Outputs(**failure.outputs)) from None


def _follow(runner: Runner, clients: "Clients", clock: "Clock", cluster: str, service: str) -> None:
    """Follows the deployment that runs by the suite's own deploy. Raises Failure unless it ends well; one that took its place has the new value as well."""
    from credex_actions.core.command.edge import Partial
    from credex_actions.core.faults import Exit, Failure, Fault
    from credex_actions.declarations import deploy_task_definition
    from credex_actions.ecs.deployment.deploying import deploy
    from credex_actions.ecs.looks import one_service

    described = one_service(clients, cluster, service)
    if described is None:
        gone = Fault(f"the service {service} is gone", "Take it out of used-by, or create it again.", "used-by")
        raise Failure(Exit.FAILED, gone, left="as far as it was told above")
    asked = deploy_task_definition.Inputs(task_definition_arn=described["taskDefinition"], service=service, cluster=cluster, verify=False)
    try:
        deploy(asked, runner, clients, clock)
    except Partial as failure:
        if failure.outputs.get("outcome") != "superseded":
            raise
