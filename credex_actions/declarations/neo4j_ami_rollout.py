"""What neo4j-ami-rollout takes, and what it returns."""

from typing import Annotated, Any, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, NUMBER, TEXT, WORDS, choice
from credex_actions.declarations.as_role import RoleDurationSeconds, RoleSessionName, RoleToAssume

MODES = ("check", "build", "sweep")


class Inputs(NamedTuple):
    mode: Annotated[
        str,
        Input(
            "check compares the versions that the databases run with the newest ones that Neo4j publishes; build builds the AMI of the version, tests it by booting it, "
            "and deregisters those that image.keep does not keep; sweep removes what a killed build left",
            choice(*MODES),
        ),
    ] = "check"
    config: Annotated[str, Input("the configuration of the databases, YAML or JSON (docs/reference/neo4j-configuration.md)", TEXT)] = (
        "neo4j.yml"
    )
    environment: Annotated[str, Input("what stands for {environment} in the configuration", TEXT)] = ""
    databases: Annotated[tuple[str, ...], Input("names of the databases to handle; default: all in the configuration", WORDS)] = ()
    version: Annotated[
        str | None, Input("version of Neo4j, of the series image.series; default: the newest that two kinds of sources name", TEXT)
    ] = None
    wait_for_minutes: Annotated[float, Input("how long the whole may take", NUMBER)] = 60.0
    role_to_assume: RoleToAssume = None
    role_duration_seconds: RoleDurationSeconds = 3600
    role_session_name: RoleSessionName = "GitHubActions"
    dry_run: Annotated[bool, Input("only report what would be done", BOOLEAN)] = False


class Outputs(NamedTuple):
    outcome: Annotated[
        str | None,
        Output(
            "of check: current or newer-version (whether a database could be updated within the series); of build: built, also if the AMI exists already; "
            "of sweep: swept; of a dry run: planned"
        ),
    ] = None
    version: Annotated[str | None, Output("the version that was asked for, or the newest of the series")] = None
    image_id: Annotated[str | None, Output("id of the AMI that was built, or exists already")] = None
    report: Annotated[
        dict[str, Any] | None,
        Output("JSON: what each source says, what each database runs, and which update its path allows; of build and sweep: what was done"),
    ] = None
