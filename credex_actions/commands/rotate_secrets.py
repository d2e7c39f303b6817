"""rotate-secrets: rotates credentials everywhere they are stored, and revokes the previous values only when nothing uses them any more."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

from credex_actions.commands._as_role import RoleDurationSeconds, RoleSessionName, RoleToAssume
from credex_actions.commands._as_whom import AppId, AppInstallationId, AppPrivateKey, Repository
from credex_actions.core.declaration import Input, Output
from credex_actions.core.kinds import BOOLEAN, INTEGER, NUMBER, SECRET, TEXT, WORDS, choice
from credex_actions.core.runner import Runner
from credex_actions.core.secret import Secret

if TYPE_CHECKING:
    from credex_actions.core.aws import Clients
    from credex_actions.core.clock import Clock

MODES = ("plan", "apply", "status", "finish", "verify", "emergency", "init")

AGAIN = "Run the same command again: it checks the state of each credential first, and continues from there."


class Inputs(NamedTuple):
    mode: Annotated[
        str,
        Input(
            "plan shows what apply would do;  apply rotates what is due; finish revokes previous values whose grace is over; verify tests the current ones; "
            "emergency replaces leaked ones immediately; status reports the state; init writes a first manifest",
            choice(*MODES),
        ),
    ] = "plan"
    manifest: Annotated[str, Input("the manifest, YAML or JSON (docs/reference/rotation-manifest.md)", TEXT)] = "rotation.yml"
    credentials: Annotated[tuple[str, ...], Input("names of the credentials to handle; default: all in the manifest", WORDS)] = ()
    created_before: Annotated[
        str | None,
        Input(
            "rotate what was created before this time, regardless of its age (2026-03-01T12:00:00Z); running again rotates nothing twice",
            TEXT,
        ),
    ] = None
    wait_minutes: Annotated[
        float, Input("how long to wait for what ends by itself, such as a grace; what takes longer is left to the next run", NUMBER)
    ] = 10.0
    copied_values: Annotated[
        Secret | None,
        Input(
            "values of copied credentials by variable, name=value lines or a mapping; they take precedence over the environment",
            SECRET,
            from_file=True,
        ),
    ] = None
    replace_inactive: Annotated[
        bool,
        Input(
            "if an IAM user has two access keys, delete the one that is inactive, was never used and is not managed by rotation, to make room for a new one",
            BOOLEAN,
        ),
    ] = False
    shard: Annotated[str | None, Input("handle one part of the credentials, such as 2/5, selected by their names", TEXT)] = None
    parallel: Annotated[int, Input("how many credentials are handled in parallel", INTEGER)] = 32
    repository: Repository = None
    token: Annotated[
        Secret | None,
        Input("token that may write the secrets, if no App is provided; also read from GH_TOKEN, GITHUB_TOKEN", SECRET, from_file=True),
    ] = None
    app_id: AppId = None
    app_private_key: AppPrivateKey = None
    app_installation_id: AppInstallationId = None
    role_to_assume: RoleToAssume = None
    role_duration_seconds: RoleDurationSeconds = 3600
    role_session_name: RoleSessionName = "GitHubActions"
    dry_run: Annotated[bool, Input("only report what would be done", BOOLEAN)] = False


class Outputs(NamedTuple):
    outcome: Annotated[str | None, Output("how many were rotated, are waiting, failed")] = None
    rotated: Annotated[str | None, Output("names of the credentials with a new value, a JSON array")] = None
    waiting: Annotated[str | None, Output("names of the credentials whose previous value is still valid, a JSON array")] = None
    failed: Annotated[str | None, Output("names of the credentials that failed, a JSON array")] = None
    details: Annotated[str | None, Output("age, places and steps of each credential, JSON; never a value")] = None


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from functools import partial

    from credex_actions.core.edge import Partial
    from credex_actions.rotation.rotating import rotate

    if inputs.mode == "init":
        from credex_actions.rotation.first_manifest import write_first_manifest

        return Outputs(outcome=write_first_manifest(inputs, runner))
    try:
        return Outputs(**rotate(inputs, runner, partial(_follow, runner)))
    except Partial as failure:
        raise Partial(failure, Outputs(**failure.outputs)) from None


def _follow(runner: Runner, clients: "Clients", clock: "Clock", cluster: str, service: str) -> None:
    """Follows the deployment that runs by the suite's own deploy. Raises Failure unless it ends well; one that took its place has the new value as well."""
    from credex_actions.commands import deploy_task_definition
    from credex_actions.core.edge import Partial
    from credex_actions.core.faults import Exit, Failure, Fault
    from credex_actions.ecs.deployment import deploy
    from credex_actions.ecs.looks import one_service

    described = one_service(clients, cluster, service)
    if described is None:
        gone = Fault(f"the service {service} no longer exists", "Remove it from used-by, or create it again.", "used-by")
        raise Failure(Exit.FAILED, gone, left="as reported above")
    asked = deploy_task_definition.Inputs(task_definition_arn=described["taskDefinition"], service=service, cluster=cluster, verify=False)
    try:
        deploy(asked, runner, clients, clock)
    except Partial as failure:
        if failure.outputs.get("outcome") != "superseded":
            raise
