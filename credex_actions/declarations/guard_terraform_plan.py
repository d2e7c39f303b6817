"""What guard-terraform-plan takes, and what it returns."""

from typing import Annotated, Any, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import LINES, TEXT


class Inputs(NamedTuple):
    plan: Annotated[str, Input("saved plan (terraform plan -out), or the JSON that terraform show -json printed for one", TEXT)]
    directory: Annotated[
        str, Input("directory of the root module: where a saved plan is shown, and where findings are placed in the configuration", TEXT)
    ] = "."
    protect: Annotated[
        tuple[str, ...],
        Input("resource addresses that must survive too, one a line; * matches anything, brackets are literal", LINES),
    ] = ()
    allow: Annotated[
        tuple[str, ...],
        Input("resource addresses whose loss is accepted, one a line, written like protect; ' # reason' may follow", LINES),
    ] = ()
    config: Annotated[str | None, Input("YAML or JSON file of protect and allow: lists of {address, reason}", TEXT)] = None
    markdown_file: Annotated[str | None, Input("file to write the verdict to as Markdown, for a comment on the pull request", TEXT)] = None
    sarif_file: Annotated[str | None, Input("file to write the findings to as SARIF 2.1.0, for code scanning", TEXT)] = None


class Outputs(NamedTuple):
    verdict: Annotated[str, Output("safe or refused")]
    findings: Annotated[
        list[dict[str, Any]],
        Output("JSON list of {address, action, severity: refuse or warn, lost, why, instead}; (plan) is the whole plan"),
    ]
