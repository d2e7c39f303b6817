"""What migrate takes, and what it returns."""

from typing import Annotated, Any, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, LINES, TEXT


class Inputs(NamedTuple):
    files: Annotated[
        tuple[str, ...],
        Input("workflows and actions to rewrite: files or globs, one a line; default: .github/workflows/*.yml, *.yaml", LINES),
    ] = ()
    ref: Annotated[str, Input("tag, branch or commit of credex-actions that the rewritten steps use", TEXT)] = "v1"
    write: Annotated[bool, Input("write the files; without it only the differences are shown", BOOLEAN)] = False


class Outputs(NamedTuple):
    changed: Annotated[list[str], Output("JSON list of the files that change")]
    steps: Annotated[int, Output("number of steps that are rewritten")]
    remarks: Annotated[
        list[dict[str, Any]],
        Output("JSON list of {file, line, what, hint, open}; open: somebody has to look at it"),
    ]
    diff: Annotated[str, Output("the differences, as a unified diff")]
