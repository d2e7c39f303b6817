"""What comment-on-pull-request takes, and what it returns."""

from typing import Annotated, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, IDENTITY, SECRET, TEXT, VERBATIM
from credex_actions.core.secret import Secret
from credex_actions.declarations.as_whom import AppId, AppInstallationId, AppPrivateKey, Repository


class Inputs(NamedTuple):
    key: Annotated[str, Input("name of the comment: a later run with the same key updates it, such as terraform production", TEXT)]
    body: Annotated[str | None, Input("text of the comment, Markdown", VERBATIM)] = None
    body_file: Annotated[str | None, Input("file with the text of the comment", TEXT)] = None
    pull_request: Annotated[
        int | None, Input("number of the pull request; default: that of the workflow run, if a pull request triggered it", IDENTITY)
    ] = None
    repository: Repository = None
    token: Annotated[
        Secret | None,
        Input("token with pull_requests: write, if no App is provided; also read from GH_TOKEN, GITHUB_TOKEN", SECRET, from_file=True),
    ] = None
    app_id: AppId = None
    app_private_key: AppPrivateKey = None
    app_installation_id: AppInstallationId = None
    dry_run: Annotated[bool, Input("read the comments, write nothing, and report what would be done", BOOLEAN)] = False


class Outputs(NamedTuple):
    outcome: Annotated[str | None, Output("created, updated or unchanged")] = None
    comment_url: Annotated[str | None, Output("URL of the comment")] = None
