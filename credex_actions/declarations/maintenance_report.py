"""What maintenance-report takes, and what it returns."""

from typing import Annotated, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, LINES, NUMBER, SECRET, TEXT, WORDS, choice
from credex_actions.core.secret import Secret
from credex_actions.declarations.as_role import RoleDurationSeconds, RoleSessionName, RoleToAssume
from credex_actions.declarations.as_whom import AppId, AppInstallationId, AppPrivateKey, Repository

MODES = ("report", "propose")
FAIL_ON = ("none", "low", "medium", "high")


class Inputs(NamedTuple):
    mode: Annotated[
        str,
        Input(
            "report runs the checks and reports what they find; propose also opens pull requests for what can be fixed by a file of the repository",
            choice(*MODES),
        ),
    ] = "report"
    config: Annotated[str, Input("where to look, YAML or JSON (docs/reference/maintenance-configuration.md)", TEXT)] = "maintenance.yml"
    environment: Annotated[
        str, Input("what stands for {environment} in the configuration of the databases, where the file names no environments", TEXT)
    ] = ""
    checks: Annotated[
        tuple[str, ...],
        Input("names or globs of the checks to run (docs/reference/maintenance-checks.md); default: all of what is configured", WORDS),
    ] = ()
    skip: Annotated[tuple[str, ...], Input("names or globs of checks that are not run", WORDS)] = ()
    since: Annotated[
        str | None,
        Input(
            "an earlier report (JSON): what is new, and what is solved, is reported in comparison with it; last-run takes the artifact (output artifact) of the last "
            "run of the same workflow on the same branch (permission actions: read)",
            TEXT,
        ),
    ] = None
    fail_on: Annotated[
        str,
        Input(
            "fail, with exit code 1, if a finding that is not accepted has this severity, or a higher one, also one of the earlier report that could not be examined this "
            "time; and with exit code 4 if a check failed",
            choice(*FAIL_ON),
        ),
    ] = "none"
    issue: Annotated[
        bool,
        Input(
            "keep one GitHub issue up to date: created if something is found, commented if something is new, closed if nothing is left",
            BOOLEAN,
        ),
    ] = False
    report_file: Annotated[str | None, Input("file for the report, JSON; default: a temporary file", TEXT)] = None
    html_file: Annotated[str | None, Input("file for the report as a page that opens offline, with charts", TEXT)] = None
    sarif_file: Annotated[str | None, Input("file for the findings as SARIF, for GitHub's code scanning", TEXT)] = None
    shard: Annotated[
        str | None,
        Input(
            "examine one share of what is configured, such as 2/5, and write only part-file; a run with parts makes the report of all shares",
            TEXT,
        ),
    ] = None
    part_file: Annotated[str | None, Input("file for what the shard has found, JSON; default: a temporary file", TEXT)] = None
    parts: Annotated[
        tuple[str, ...],
        Input("make the report from the parts of all shards instead of examining anything: paths or globs, one a line", LINES),
    ] = ()
    earlier_attempts: Annotated[
        bool,
        Input(
            "with parts: count those of earlier attempts of the workflow run as well; set it only if all jobs with a shard have succeeded, since a shard that was run again "
            "and left nothing still has its earlier part",
            BOOLEAN,
        ),
    ] = False
    wait_for_minutes: Annotated[float, Input("how long the checks may take; what has not ended then is reported as failed", NUMBER)] = 30.0
    repository: Repository = None
    token: Annotated[
        Secret | None,
        Input(
            "token that may read deployments, and write the issue (issues: write) and the pull requests, if no App is provided; "
            "also read from GH_TOKEN, GITHUB_TOKEN",
            SECRET,
            from_file=True,
        ),
    ] = None
    app_id: AppId = None
    app_private_key: AppPrivateKey = None
    app_installation_id: AppInstallationId = None
    role_to_assume: RoleToAssume = None
    role_duration_seconds: RoleDurationSeconds = 3600
    role_session_name: RoleSessionName = "GitHubActions"
    dry_run: Annotated[bool, Input("run the checks, and only report what would be done with the issue and the pull requests", BOOLEAN)] = (
        False
    )


class Outputs(NamedTuple):
    findings: Annotated[int | None, Output("number of findings that are not accepted")] = None
    new: Annotated[int | None, Output("how many of them the earlier report does not have; all of them without one")] = None
    solved: Annotated[int | None, Output("number of findings of the earlier report that are gone")] = None
    report_file: Annotated[str | None, Output("path of the report, JSON (docs/reference/maintenance-report.md)")] = None
    html_file: Annotated[str | None, Output("path of the report as a page")] = None
    sarif_file: Annotated[
        str | None,
        Output(
            "path of the findings as SARIF; not set if code scanning would close alerts that nobody has looked at: after a cancelled run, and where checks did not "
            "run and there is no earlier report"
        ),
    ] = None
    artifact: Annotated[
        str | None, Output("name under which the workflow has to keep the report as an artifact, so that since: last-run finds it")
    ] = None
    part_file: Annotated[str | None, Output("path of the part that the shard has left")] = None
    issue: Annotated[str | None, Output("URL of the issue, if there is one")] = None
    proposals: Annotated[str | None, Output("URLs of the open pull requests, a JSON object by kind")] = None
