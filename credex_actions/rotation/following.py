"""Following the deployment of a service that uses a credential, by the suite's own deploy."""

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import Clock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.declarations.deploy_task_definition import Inputs


def follow(runner: Runner, clients: Clients, clock: Clock, cluster: str, service: str) -> None:
    """Follows the deployment that runs. Raises Failure unless it ends well; one that took its place has the new value as well."""
    from credex_actions.ecs.deployment.deploying import deploy_within  # only once a service is to be followed
    from credex_actions.ecs.looks import one_service

    described = one_service(clients, cluster, service)
    if described is None:
        gone = Fault(f"the service {service} no longer exists", "Remove it from used-by, or create it again.", "used-by")
        raise Failure(Exit.FAILED, gone, left="as reported above")
    asked = Inputs(task_definition_arn=described["taskDefinition"], service=service, cluster=cluster, verify=False)
    try:
        deploy_within(asked, runner, clients, clock)
    except Partial as failure:
        if failure.outputs.get("outcome") != "superseded":
            raise
