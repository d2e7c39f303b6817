"""verify-deployment: checks that what was deployed serves, watches it for a while, and puts the former revision back when it does not."""

from typing import Annotated, NamedTuple

from credex_actions.core.declaration import Input, Output
from credex_actions.core.kinds import BOOLEAN, INTEGER, LINES, MAPPING, NUMBER, TEXT, WORDS
from credex_actions.core.runner import Runner


class Inputs(NamedTuple):
    url: Annotated[str | None, Input("address that must answer, http or https; redirects are answers and not followed", TEXT)] = None
    expect_status: Annotated[int, Input("HTTP status that it must answer with", INTEGER)] = 200
    expect_json: Annotated[dict[str, str] | None, Input("what its JSON answer must say: json.path=value", MAPPING)] = None
    successes: Annotated[
        int, Input("good looks in a row that make it healthy, and bad ones that make it unhealthy while watched", INTEGER)
    ] = 3
    timeout_minutes: Annotated[float, Input("how long it may take to become healthy", NUMBER)] = 10.0
    watch_minutes: Annotated[float, Input("how long to keep checking once it is healthy", NUMBER)] = 0.0
    poll_seconds: Annotated[float, Input("seconds between two looks", NUMBER)] = 2.0
    cluster: Annotated[str, Input("cluster of the service", TEXT)] = "default"
    service: Annotated[str | None, Input("ECS service that must run all of its tasks", TEXT)] = None
    alarms: Annotated[tuple[str, ...], Input("CloudWatch alarms, by name or prefix, that must not be in ALARM", WORDS)] = ()
    log_group: Annotated[str | None, Input("log group in which log-pattern is counted, from the start of this check on", TEXT)] = None
    log_pattern: Annotated[str | None, Input("filter pattern of CloudWatch Logs, such as ERROR", TEXT)] = None
    max_log_matches: Annotated[int, Input("how many lines may match log-pattern", INTEGER)] = 0
    bolt_urls: Annotated[
        tuple[str, ...], Input("Neo4j addresses (bolt://, bolt+s://, neo4j://, neo4j+s://) that must answer the Bolt handshake", LINES)
    ] = ()
    rollback_to: Annotated[
        str | None, Input("revision that the service is put back to when it is unhealthy: ARN or family:revision", TEXT)
    ] = None
    dry_run: Annotated[bool, Input("check everything, but put nothing back", BOOLEAN)] = False


class Outputs(NamedTuple):
    outcome: Annotated[str, Output("healthy, unhealthy or rolled-back")]
    report: Annotated[str, Output("what was checked and seen, as JSON")]


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.core.edge import Partial
    from credex_actions.ecs.verification import verify

    try:
        return Outputs(**verify(inputs, runner))
    except Partial as failure:
        raise Partial(failure, Outputs(**failure.outputs)) from None
