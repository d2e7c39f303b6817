"""What a user asks of a deployment by CodeDeploy, read and checked before the first call."""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from credex_actions.core.faults import Failure, Fault
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs.arns import short
from credex_actions.ecs.codedeploy.appspec import AppSpec, read

LONGEST_WAIT: Final = timedelta(hours=6)
SHORTEST_POLL: Final = 0.2
LONGEST_DESCRIPTION: Final = 512
"""Characters. The AWS action cuts there, and so does this."""

INPUT: Final = "codedeploy-appspec"
USUAL_NAMES: Final = ("appspec.yaml", "appspec.yml", "appspec.json")


@dataclass(frozen=True, kw_only=True)
class CodeDeployRequest:
    """`faults`: why there is no AppSpec if nobody named one; they count only once it is known that CodeDeploy deploys the service."""

    cluster: str
    service: str
    application: str
    group: str
    description: str | None
    config: str | None
    appspec: AppSpec | None
    faults: tuple[Fault, ...]
    wait: bool
    wait_for: timedelta
    poll: float
    on_failure: str
    on_cancel: str


def parse(inputs: Inputs) -> CodeDeployRequest | None:
    """None without a service. Raises Failure(BAD_INPUT) where the AppSpec that the user named has faults."""
    if not inputs.service:
        return None
    appspec, faults = _appspec(inputs.codedeploy_appspec)
    cluster = short(inputs.cluster)
    description = inputs.codedeploy_deployment_description
    if description and len(description) > LONGEST_DESCRIPTION:
        description = f"{description[: LONGEST_DESCRIPTION - 1]}…"
    return CodeDeployRequest(
        cluster=inputs.cluster,
        service=inputs.service,
        application=inputs.codedeploy_application or f"AppECS-{cluster}-{inputs.service}",
        group=inputs.codedeploy_deployment_group or f"DgpECS-{cluster}-{inputs.service}",
        description=description,
        config=inputs.codedeploy_deployment_config,
        appspec=appspec,
        faults=faults,
        wait=inputs.wait_for_service_stability,
        wait_for=timedelta(minutes=inputs.wait_for_minutes),
        poll=max(min(inputs.poll_seconds, inputs.wait_max_delay_seconds or inputs.poll_seconds), SHORTEST_POLL),
        on_failure=inputs.on_failure,
        on_cancel=inputs.on_cancel,
    )


def _appspec(path: str | None) -> tuple[AppSpec | None, tuple[Fault, ...]]:
    """A file of a usual name may belong to something else, such as a deployment to instances: its faults are kept, not raised."""
    if path:
        return read(path, INPUT), ()
    found = next((name for name in USUAL_NAMES if os.path.isfile(name)), None)
    if found is None:
        hint = f"Provide the path of the AppSpec file, or add {USUAL_NAMES[0]} to the repository."
        return None, (Fault("is missing: this service is deployed by CodeDeploy, which needs an AppSpec file", hint, INPUT),)
    try:
        return read(found, INPUT), ()
    except Failure as failure:
        return None, failure.faults
