"""What verify-deployment takes, and what it hands on."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, BY_PATH, INTEGER, NUMBER, TEXT, WORDS, choice
from credex_actions.declarations.as_role import RoleDurationSeconds, RoleSessionName, RoleToAssume


class Inputs(NamedTuple):
    url: Annotated[str | None, Input("URL that has to return expect-status; certificates are verified", TEXT)] = None
    expect_status: Annotated[int, Input("HTTP status that the response has to have", INTEGER)] = 200
    follow_redirects: Annotated[
        str,
        Input(
            "no: a redirect counts as a response with its own status; same-host: it is followed on the host of url; yes: it is followed anywhere, and the target is shown",
            choice("no", "same-host", "yes"),
        ),
    ] = "no"
    expect_json: Annotated[
        Mapping[str, str] | None,
        Input("what the JSON of the response has to contain, lines of json.path=value such as status=OK or checks[0].up=true", BY_PATH),
    ] = None
    successes: Annotated[
        int, Input("consecutive good checks that make it healthy; while it is watched, as many failures make it unhealthy", INTEGER)
    ] = 3
    timeout_minutes: Annotated[float, Input("how long it may take to become healthy, in minutes, at most 360", NUMBER)] = 10.0
    watch_minutes: Annotated[float, Input("how long to keep checking once it is healthy, in minutes, at most 360", NUMBER)] = 0.0
    poll_seconds: Annotated[float, Input("seconds between checks; at most 2 while consecutive good ones are counted", NUMBER)] = 5.0
    cluster: Annotated[str | None, Input("name or ARN of the service's cluster (default: default)", TEXT)] = None
    service: Annotated[str | None, Input("ECS service whose deployment has to be complete and whose tasks have to keep running", TEXT)] = (
        None
    )
    task_definition_arn: Annotated[
        str | None,
        Input("revision that has to serve: ARN or family:revision; default: the one that is deployed at the start; requires service", TEXT),
    ] = None
    alarms: Annotated[
        tuple[str, ...],
        Input("CloudWatch alarms that must not be in ALARM: names or prefixes of names (with or without a trailing *)", WORDS),
    ] = ()
    log_group: Annotated[str | None, Input("CloudWatch log group to search for log-pattern", TEXT)] = None
    log_pattern: Annotated[
        str | None,
        Input("CloudWatch Logs filter pattern of lines that must not appear during the verification, such as ?ERROR ?FATAL", TEXT),
    ] = None
    max_log_matches: Annotated[int, Input("number of matching lines that are allowed", INTEGER)] = 0
    bolt_urls: Annotated[
        tuple[str, ...], Input("Neo4j addresses (bolt://, neo4j://, also +s and +ssc) that have to complete a Bolt handshake", WORDS)
    ] = ()
    rollback_to: Annotated[
        str | None,
        Input(
            "revision to roll back to if the checks fail: ARN or family:revision; requires service, and is an error for one that CodeDeploy deploys",
            TEXT,
        ),
    ] = None
    rollback_service_update: Annotated[
        str | None,
        Input("settings of the service that a rollback restores: former-service-update of deploy-task-definition", TEXT),
    ] = None
    role_to_assume: RoleToAssume = None
    role_duration_seconds: RoleDurationSeconds = 3600
    role_session_name: RoleSessionName = "GitHubActions"
    dry_run: Annotated[bool, Input("check everything, but only report the rollback that would follow", BOOLEAN)] = False


class Outputs(NamedTuple):
    outcome: Annotated[str | None, Output("healthy, unhealthy or rolled-back")] = None
    report: Annotated[
        Mapping[str, Any] | None,
        Output("JSON object: why, each check with its counts, last response and latency in milliseconds, the rollback"),
    ] = None
