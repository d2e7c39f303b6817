"""What plan-terraform takes, and what it returns."""

from typing import Annotated, Any, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import LINES, MAPPING, TEXT
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
    directory: Directory = "."
    var_files: Annotated[tuple[str, ...], Input("files of variables, one a line", LINES)] = ()
    vars: Annotated[dict[str, str] | None, Input("variables that are not secret: name=value lines, or a JSON or YAML mapping", MAPPING)] = (
        None
    )
    secret_vars: SecretVars = None
    backend_config: BackendConfig = ()
    plan_file: Annotated[
        str | None,
        Input("path of the saved plan, which only its owner may read: it holds secrets; default: a new file in RUNNER_TEMP", TEXT),
    ] = None
    protect: Protect = ()
    allow: Allow = ()
    config: Config = None
    lock_timeout: LockTimeout = "0s"
    binary: Binary = None
    plugin_cache: PluginCache = None
    markdown_file: Annotated[
        str | None, Input("file to write the verdict and the changes to as Markdown, for a comment on the pull request", TEXT)
    ] = None


class Outputs(NamedTuple):
    plan_file: Annotated[str, Output("path of the saved plan, for apply-terraform")]
    plan_id: Annotated[str, Output("id of this saved plan and the state that it rests on, for apply-terraform in the same job")]
    changes_id: Annotated[
        str, Output("id of what the plan changes, as far as a reviewer may see it, for a job that plans again and applies after a review")
    ]
    verdict: Annotated[str, Output("safe or refused, by the rules of guard-terraform-plan")]
    findings: Annotated[
        list[dict[str, Any]],
        Output("JSON list of {address, action, severity: refuse or warn, lost, why, instead}; (plan) is the whole plan"),
    ]
    changes: Annotated[int, Output("number of resources that the plan changes")]
    applyable: Annotated[bool, Output("true if there is anything to apply: a change of a resource or of an output")]
    markdown_file: Annotated[str | None, Output("the file of the input markdown-file")] = None
