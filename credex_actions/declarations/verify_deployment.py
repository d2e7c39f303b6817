"""What verify-deployment takes, and what it hands on."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, BY_PATH, INTEGER, NUMBER, TEXT, WORDS, choice
from credex_actions.declarations.as_role import RoleDurationSeconds, RoleSessionName, RoleToAssume


class Inputs(NamedTuple):
    url: Annotated[str | None, Input("address that has to answer well; certificates are verified", TEXT)] = None
    expect_status: Annotated[int, Input("status that the answer has to have", INTEGER)] = 200
    follow_redirects: Annotated[
        str,
        Input(
            "no: a redirect is an answer with its own status; same-host: it is followed on the host of url; yes: wherever it leads, which is shown",
            choice("no", "same-host", "yes"),
        ),
    ] = "no"
    expect_json: Annotated[
        Mapping[str, str] | None,
        Input("what the JSON of the answer has to hold, lines of json.path=value such as status=OK or checks[0].up=true", BY_PATH),
    ] = None
    successes: Annotated[
        int, Input("good looks in a row that make it healthy; while it is watched, as many failures make it unhealthy", INTEGER)
    ] = 3
    timeout_minutes: Annotated[float, Input("how long it may take to become healthy, in minutes, at most 360", NUMBER)] = 10.0
    watch_minutes: Annotated[float, Input("how long to keep checking once it is healthy, in minutes, at most 360", NUMBER)] = 0.0
    poll_seconds: Annotated[float, Input("seconds between two looks; at most 2 while good ones in a row are counted", NUMBER)] = 5.0
    cluster: Annotated[str | None, Input("name or ARN of the service's cluster (default: default)", TEXT)] = None
    service: Annotated[str | None, Input("ECS service whose deployment has to be complete and whose tasks have to stay alive", TEXT)] = None
    task_definition_arn: Annotated[
        str | None,
        Input(
            "revision that has to serve: ARN or family:revision; not given: the one that is deployed when it begins; needs service", TEXT
        ),
    ] = None
    alarms: Annotated[
        tuple[str, ...],
        Input("CloudWatch alarms that must not be in ALARM: names, or what names begin with (a * at the end is allowed)", WORDS),
    ] = ()
    log_group: Annotated[str | None, Input("CloudWatch log group to look for log-pattern in", TEXT)] = None
    log_pattern: Annotated[
        str | None, Input("CloudWatch Logs filter pattern of lines that must not come while it is verified, such as ?ERROR ?FATAL", TEXT)
    ] = None
    max_log_matches: Annotated[int, Input("so many matching lines are allowed", INTEGER)] = 0
    bolt_urls: Annotated[
        tuple[str, ...], Input("Neo4j addresses (bolt://, neo4j://, also +s and +ssc) that have to answer a Bolt handshake", WORDS)
    ] = ()
    rollback_to: Annotated[str | None, Input("revision to put back where the checks fail: ARN or family:revision; needs service", TEXT)] = (
        None
    )
    role_to_assume: RoleToAssume = None
    role_duration_seconds: RoleDurationSeconds = 3600
    role_session_name: RoleSessionName = "GitHubActions"
    dry_run: Annotated[bool, Input("check everything, but only say what rollback-to would put back", BOOLEAN)] = False


class Outputs(NamedTuple):
    outcome: Annotated[str | None, Output("healthy, unhealthy or rolled-back")] = None
    report: Annotated[
        Mapping[str, Any] | None,
        Output("JSON object: why, each check with its counts, last answer and latency in milliseconds, the rollback"),
    ] = None
