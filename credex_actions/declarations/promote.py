"""What promote takes, and what it hands on."""

from typing import Annotated, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, MAPPING, SECRET, TEXT, WORDS
from credex_actions.core.secret import Secret
from credex_actions.declarations.as_whom import AppId, AppInstallationId, AppPrivateKey, Repository


class Inputs(NamedTuple):
    target: Annotated[str | None, Input("branch to merge into; default: the one after source in branches", TEXT)] = None
    source: Annotated[str | None, Input("branch to merge from; default: the one before target in branches", TEXT)] = None
    repository: Repository = None
    branches: Annotated[tuple[str, ...], Input("the branches in the order of promotion; default: dev, stage, prod", WORDS)] = ()
    environments: Annotated[
        dict[str, str] | None,
        Input(
            "branch=environment: the environments whose deployments are reported; default: dev=development, stage=staging, prod=production",
            MAPPING,
        ),
    ] = None
    title: Annotated[str | None, Input("title of a new pull request; an open one keeps its title", TEXT)] = None
    token: Annotated[
        Secret | None,
        Input("token with pull_requests: write, if no App is provided; also read from GH_TOKEN, GITHUB_TOKEN", SECRET, from_file=True),
    ] = None
    app_id: AppId = None
    app_private_key: AppPrivateKey = None
    app_installation_id: AppInstallationId = None
    dry_run: Annotated[bool, Input("read everything, change nothing, and print the pull request's text", BOOLEAN)] = False


class Outputs(NamedTuple):
    outcome: Annotated[str | None, Output("opened, updated, unchanged, or up-to-date if there is nothing to promote")] = None
    pull_request: Annotated[str | None, Output("number of the pull request")] = None
    pull_request_url: Annotated[str | None, Output("URL of its page")] = None
