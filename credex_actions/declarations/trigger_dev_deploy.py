"""What trigger-dev-deploy takes, and what it hands on."""

from typing import Annotated, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, IDENTITY, MAPPING, NUMBER, SECRET, TEXT, choice
from credex_actions.core.secret import Secret
from credex_actions.declarations.as_whom import AppId, AppInstallationId, AppPrivateKey, Repository


class Inputs(NamedTuple):
    repository: Repository = None
    workflow: Annotated[str, Input("file name, path, id or name of the workflow", TEXT)] = "deploy.yml"
    ref: Annotated[str, Input("branch or tag to run it on; . is the one that is checked out", TEXT)] = "dev"
    inputs: Annotated[
        dict[str, str] | None, Input("inputs of the workflow; validated against its file before it is dispatched", MAPPING)
    ] = None
    token: Annotated[
        Secret | None,
        Input(
            "token with actions: write and contents: read, if no App is provided; also read from GH_TOKEN, GITHUB_TOKEN",
            SECRET,
            from_file=True,
        ),
    ] = None
    app_id: AppId = None
    app_private_key: AppPrivateKey = None
    app_installation_id: AppInstallationId = None
    wait: Annotated[bool, Input("follow the run to its end", BOOLEAN)] = True
    timeout_minutes: Annotated[float, Input("how long to follow it, in minutes", NUMBER)] = 60.0
    logs: Annotated[
        str | None,
        Input("jobs whose logs are shown when they end; default: failed in Actions, otherwise all", choice("failed", "all", "none")),
    ] = None
    log_file: Annotated[str | None, Input("file to which the logs of all jobs are appended, with timestamps", TEXT)] = None
    on_cancel: Annotated[
        str | None,
        Input(
            "on interruption or timeout: cancel the run, or leave it running; default: cancel, but leave with run-id, whose run somebody else started",
            choice("cancel", "leave"),
        ),
    ] = None
    poll_seconds: Annotated[float, Input("seconds between polls; fewer close to the expected end, more far from it", NUMBER)] = 5.0
    run_id: Annotated[
        int | None, Input("follow this existing run; nothing is dispatched, and it is cancelled only if on-cancel says so", IDENTITY)
    ] = None
    correlation_input: Annotated[
        str | None, Input("the workflow's input that its run-name shows; default: distinct_id, if the workflow declares it", TEXT)
    ] = None
    dry_run: Annotated[bool, Input("check everything, dispatch nothing, and report what would be done", BOOLEAN)] = False


class Outputs(NamedTuple):
    run_id: Annotated[str | None, Output("id of the run")] = None
    run_url: Annotated[str | None, Output("URL of the run's page")] = None
    conclusion: Annotated[
        str | None, Output("how the run ended: success, failure, cancelled …; empty if it was not followed to its end")
    ] = None
