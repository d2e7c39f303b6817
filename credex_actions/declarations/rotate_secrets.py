"""What rotate-secrets takes, and what it hands on."""

from typing import Annotated, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, INTEGER, NUMBER, SECRET, TEXT, WORDS, choice
from credex_actions.core.secret import Secret
from credex_actions.declarations.as_role import RoleDurationSeconds, RoleSessionName, RoleToAssume
from credex_actions.declarations.as_whom import AppId, AppInstallationId, AppPrivateKey, Repository

MODES = ("plan", "apply", "status", "finish", "verify", "emergency", "init")


class Inputs(NamedTuple):
    mode: Annotated[
        str,
        Input(
            "plan shows what apply would do; apply rotates what is due; finish revokes previous values whose grace is over; verify tests the current ones; "
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
