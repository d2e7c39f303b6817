"""Inputs of the commands that run Terraform: where, which, with what, and what the guard is told."""

from typing import Annotated, TypeAlias

from credex_actions.core.command.declaration import Input
from credex_actions.core.command.kinds import LINES, SECRETS, TEXT
from credex_actions.core.secret import Secret

Directory: TypeAlias = Annotated[str, Input("directory of the root module", TEXT)]
BackendConfig: TypeAlias = Annotated[
    tuple[str, ...],
    Input("settings of the backend for terraform init, a file or name=value a line; nothing secret, since they are arguments", LINES),
]
SecretVars: TypeAlias = Annotated[
    dict[str, Secret] | None,
    Input(
        "secret variables: name=value lines, or a JSON or YAML mapping; passed in Terraform's environment (TF_VAR_name), never as arguments",
        SECRETS,
        from_file=True,
    ),
]
Protect: TypeAlias = Annotated[
    tuple[str, ...],
    Input("resource addresses that must survive too, one a line; * matches anything, brackets are literal", LINES),
]
Allow: TypeAlias = Annotated[
    tuple[str, ...],
    Input("resource addresses whose loss is accepted, one a line, written like protect; ' # reason' may follow", LINES),
]
Config: TypeAlias = Annotated[str | None, Input("YAML or JSON file of protect and allow: lists of {address, reason}", TEXT)]
LockTimeout: TypeAlias = Annotated[
    str, Input("how long Terraform waits for the state's lock if somebody holds it, such as 30s or 5m; default: 0s", TEXT)
]
Binary: TypeAlias = Annotated[
    str | None, Input("terraform, tofu or the path of either; default: the terraform on PATH, else the tofu", TEXT)
]
PluginCache: TypeAlias = Annotated[
    str | None, Input("directory that keeps providers between runs (TF_PLUGIN_CACHE_DIR); created if it does not exist", TEXT)
]
