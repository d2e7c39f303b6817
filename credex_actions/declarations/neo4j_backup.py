"""What neo4j-backup takes, and what it returns."""

from typing import Annotated, Any, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, NUMBER, TEXT, WORDS, choice
from credex_actions.declarations.as_role import RoleDurationSeconds, RoleSessionName, RoleToAssume

MODES = ("list", "backup", "drill", "verify", "prune", "sweep")
METHODS = ("snapshot", "dump", "aws-backup")


class Inputs(NamedTuple):
    mode: Annotated[
        str,
        Input(
            "list shows the backups; backup takes one of each database; drill restores one to a scratch instance and proves that it is the same database; "
            "verify compares the newest ones with the databases, without restoring; prune deletes those that backup.keep does not keep; "
            "sweep removes what a killed run left",
            choice(*MODES),
        ),
    ] = "list"
    config: Annotated[str, Input("the configuration of the databases, YAML or JSON (docs/reference/neo4j-configuration.md)", TEXT)] = (
        "neo4j.yml"
    )
    environment: Annotated[str, Input("what stands for {environment} in the configuration", TEXT)] = ""
    databases: Annotated[
        tuple[str, ...],
        Input("names of the databases, groups, or members of groups (GROUP/INSTANCE) to handle; default: all in the configuration", WORDS),
    ] = ()
    backup: Annotated[str | None, Input("id of the backup to drill or to verify; default: the newest one of each database", TEXT)] = None
    method: Annotated[str | None, Input("how a backup is taken; default: backup.method of the configuration", choice(*METHODS))] = None
    require_age_hours: Annotated[
        float | None, Input("refuse, with exit code 3, if the newest backup of a database is older than this; in any mode", NUMBER)
    ] = None
    require_drill_days: Annotated[
        float | None,
        Input("refuse, with exit code 3, if the newest successful drill of a database is older than this; in any mode", NUMBER),
    ] = None
    evidence_file: Annotated[
        str | None,
        Input("file for the evidence of a drill, JSON; a page for people is written beside it (.html); default: a temporary file", TEXT),
    ] = None
    wait_for_minutes: Annotated[float, Input("how long a backup or a drill may take", NUMBER)] = 120.0
    role_to_assume: RoleToAssume = None
    role_duration_seconds: RoleDurationSeconds = 3600
    role_session_name: RoleSessionName = "GitHubActions"
    dry_run: Annotated[bool, Input("only report what would be done", BOOLEAN)] = False


class Outputs(NamedTuple):
    backup_ids: Annotated[
        str | None, Output("ids of the backups that were taken, drilled or verified, or of the newest ones, JSON by database")
    ] = None
    verdict: Annotated[
        str | None, Output("fresh or stale (by backup.maximum-age), proven or differs (of a drill; verify: fresh, stale or differs)")
    ] = None
    evidence: Annotated[str | None, Output("path of the evidence of a drill, JSON")] = None
    report: Annotated[
        dict[str, Any] | None,
        Output(
            "JSON: backups, a list of {id, database, taken, method, version, bytes, fingerprint, drilled, proven, ...}, and what became of each database"
        ),
    ] = None
