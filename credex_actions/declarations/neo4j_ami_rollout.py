"""What neo4j-ami-rollout takes, and what it returns."""

from typing import Annotated, Any, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, NUMBER, SECRET, TEXT, WORDS, choice
from credex_actions.core.secret import Secret
from credex_actions.declarations.as_role import RoleDurationSeconds, RoleSessionName, RoleToAssume
from credex_actions.declarations.as_whom import AppId, AppInstallationId, AppPrivateKey, Repository

MODES = ("check", "build", "plan", "apply", "rollback", "status", "migrate-data-volume", "sweep")


class Inputs(NamedTuple):
    mode: Annotated[
        str,
        Input(
            "check compares the versions that the databases run with the newest ones that Neo4j publishes; build builds the AMI of the version, tests it by booting it, "
            "and deregisters those that image.keep does not keep; plan rehearses the AMI on a clone of the newest backup of each database, and reports what a roll-out "
            "would change, and what stands in its way; apply moves the databases to an AMI, one after the other, or a group in batches, and continues where an earlier run was cut off; "
            "rollback moves them back to the root volumes that were kept, and to the snapshots from before if the new version has changed the stores; "
            "status reports what runs where, what is half-done and who is at work; "
            "migrate-data-volume moves the data of databases with data: root to volumes of their own; sweep removes what a killed build or plan left",
            choice(*MODES),
        ),
    ] = "check"
    config: Annotated[str, Input("the configuration of the databases, YAML or JSON (docs/reference/neo4j-configuration.md)", TEXT)] = (
        "neo4j.yml"
    )
    environment: Annotated[str, Input("what stands for {environment} in the configuration", TEXT)] = ""
    databases: Annotated[
        tuple[str, ...],
        Input("names of the databases, groups, or members of groups (GROUP/INSTANCE) to handle; default: all in the configuration", WORDS),
    ] = ()
    version: Annotated[
        str | None, Input("version of Neo4j, of the series image.series; default: the newest that two kinds of sources name", TEXT)
    ] = None
    image: Annotated[
        str | None, Input("id of an AMI to roll out instead of a built one; its tag credex:neo4j-version says which version it has", TEXT)
    ] = None
    accept_lost_writes: Annotated[
        tuple[str, ...], Input("names of databases whose rollback may lose the writes since the snapshot that it restores", WORDS)
    ] = ()
    plan_id: Annotated[str | None, Input("plan-id of the plan that was reviewed; apply refuses any other one", TEXT)] = None
    skip_rehearsal: Annotated[str | None, Input("reason for planning, or rolling out, without a rehearsal", TEXT)] = None
    force_window: Annotated[str | None, Input("reason for rolling out although the maintenance window is closed", TEXT)] = None
    terraform_plan: Annotated[
        str | None, Input("JSON of a Terraform plan (terraform show -json), which guard-terraform-plan judges for the plan", TEXT)
    ] = None
    plan_file: Annotated[str | None, Input("file to write the plan to, as JSON; default: a temporary one", TEXT)] = None
    issue: Annotated[
        bool,
        Input("with check: keep one issue of the repository that names the newer version, and close it once all databases run it", BOOLEAN),
    ] = False
    repository: Repository = None
    token: Annotated[
        Secret | None,
        Input("token with issues: write, for issue, if no App is provided; also read from GH_TOKEN, GITHUB_TOKEN", SECRET, from_file=True),
    ] = None
    app_id: AppId = None
    app_private_key: AppPrivateKey = None
    app_installation_id: AppInstallationId = None
    wait_for_minutes: Annotated[float, Input("how long the whole may take", NUMBER)] = 180.0
    role_to_assume: RoleToAssume = None
    role_duration_seconds: RoleDurationSeconds = 3600
    role_session_name: RoleSessionName = "GitHubActions"
    dry_run: Annotated[bool, Input("only report what would be done", BOOLEAN)] = False


class Outputs(NamedTuple):
    outcome: Annotated[
        str | None,
        Output(
            "of check: current or newer-version (whether a database could be updated within the series); of build: built, also if the AMI exists already; "
            "of plan: planned, or current if nothing would change; of apply: rolled, current, or stopped (at a point from which the same command continues); "
            "of rollback, and of an apply that went back by itself: rolled-back; "
            "of status: stopped if a roll-out is half-done, else current; "
            "of migrate-data-volume: moved, or current; of sweep: swept; of a dry run: planned"
        ),
    ] = None
    version: Annotated[str | None, Output("the version that was asked for, or the newest of the series")] = None
    image_id: Annotated[str | None, Output("id of the AMI that was built or exists already, or that the databases are moved to")] = None
    plan_id: Annotated[
        str | None, Output("id of the plan; it changes if anything changes that the plan rests on, other than ages and times")
    ] = None
    plan: Annotated[str | None, Output("path of the plan, a JSON file (docs/reference/rollout-plan.md)")] = None
    timeline: Annotated[
        str | None, Output("path of a JSON file: what was done when, and how long each database did not respond; of apply")
    ] = None
    issue_url: Annotated[str | None, Output("URL of the issue, with issue, if there is one")] = None
    report: Annotated[
        dict[str, Any] | None,
        Output(
            "JSON: what each source says, what each database runs, and which update its path allows; of plan: the plan; of build and sweep: what was done"
        ),
    ] = None
