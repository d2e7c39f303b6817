"""What apply-terraform takes, and what it returns."""

from typing import Annotated, Any, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, TEXT
from credex_actions.declarations.guarded_plan import (
    Allow,
    BackendConfig,
    Binary,
    Config,
    Directory,
    LockTimeout,
    PluginCache,
    Protect,
    SecretVars,
)


class Inputs(NamedTuple):
    plan_file: Annotated[str, Input("the saved plan, from plan-terraform or terraform plan -out", TEXT)]
    plan_id: Annotated[
        str | None, Input("plan-id that plan-terraform returned; any other plan is refused. It or changes-id is required", TEXT)
    ] = None
    changes_id: Annotated[
        str | None, Input("changes-id of the plan that was reviewed; a plan that changes anything else is refused", TEXT)
    ] = None
    directory: Directory = "."
    secret_vars: SecretVars = None
    backend_config: BackendConfig = ()
    protect: Protect = ()
    allow: Allow = ()
    config: Config = None
    lock_timeout: LockTimeout = "0s"
    binary: Binary = None
    plugin_cache: PluginCache = None
    dry_run: Annotated[bool, Input("check everything, apply nothing, and report what would be done", BOOLEAN)] = False


class Outputs(NamedTuple):
    outcome: Annotated[str | None, Output("applied, or nothing-to-do; failed or interrupted where a part may be applied")] = None
    applied: Annotated[int | None, Output("number of actions on resources that were applied; a replacement is two")] = None
    verdict: Annotated[str | None, Output("safe or refused, by the rules of guard-terraform-plan")] = None
    findings: Annotated[list[dict[str, Any]] | None, Output("JSON list of findings, as of guard-terraform-plan")] = None
