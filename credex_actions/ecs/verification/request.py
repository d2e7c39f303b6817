"""What a user asks to be verified, read and checked before the first look: all faults at once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from credex_actions.core.faults import Exit, Failure, Fault, collected
from credex_actions.core.text import one_line
from credex_actions.declarations.verify_deployment import Inputs
from credex_actions.ecs.service import update as service_update
from credex_actions.ecs.verification import expectations
from credex_actions.ecs.verification.address import Address, BoltAddress, read_address, read_bolt_address
from credex_actions.ecs.verification.expectations import Expectation

R = TypeVar("R")

LONGEST: Final = 360.0
"""Minutes. GitHub ends a job after six hours."""

SHORTEST_POLL: Final = 0.2

REVISION: Final = re.compile(r"(arn:[^:]+:ecs:[^:]+:\d{12}:task-definition/)?[A-Za-z0-9_-]{1,255}:[1-9]\d{0,8}")
"""An ARN or `family:revision`. A family alone would be its newest revision: most likely the one that fails."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """`follow`: no, same-host or yes. `alarms`: names, or beginnings of names. `revision`: what has to serve, an ARN, family:revision or "". `rollback_to`: an ARN or family:revision."""

    url: Address | None
    status: int
    follow: str
    json: tuple[Expectation, ...]
    successes: int
    timeout: timedelta
    watch: timedelta
    poll: float
    cluster: str
    service: str | None
    revision: str
    alarms: tuple[str, ...]
    log_group: str | None
    log_pattern: str
    max_log_matches: int
    bolts: tuple[BoltAddress, ...]
    rollback_to: str | None
    rollback_settings: service_update.Settings
    dry_run: bool

    @property
    def asks_aws(self) -> bool:
        return bool(self.service or self.alarms or self.log_group)


def read(inputs: Inputs) -> Request:
    """Raises Failure(BAD_INPUT) with every fault."""
    faults = [*_contradictions(inputs)]
    url = _collected(faults, "url", lambda: read_address(inputs.url) if inputs.url else None)
    bolts = [_collected(faults, "bolt-urls", lambda text=text: read_bolt_address(text)) for text in inputs.bolt_urls]  # type: ignore[misc]
    expected = [
        _collected(faults, "expect-json", lambda path=path, value=value: expectations.read(path, value))  # type: ignore[misc]
        for path, value in (inputs.expect_json or {}).items()
    ]
    settings = collected(faults, lambda: service_update.read(inputs.rollback_service_update, "rollback-service-update")) or {}
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return Request(
        url=url,
        status=inputs.expect_status,
        follow=inputs.follow_redirects,
        json=tuple(each for each in expected if each is not None),
        successes=inputs.successes,
        timeout=timedelta(minutes=min(inputs.timeout_minutes, LONGEST)),
        watch=timedelta(minutes=min(inputs.watch_minutes, LONGEST)),
        poll=max(inputs.poll_seconds, SHORTEST_POLL),
        cluster=inputs.cluster or "default",
        service=inputs.service,
        revision=inputs.task_definition_arn or "",
        alarms=tuple(dict.fromkeys(inputs.alarms)),
        log_group=inputs.log_group,
        log_pattern=inputs.log_pattern or "",
        max_log_matches=inputs.max_log_matches,
        bolts=tuple(dict.fromkeys(each for each in bolts if each is not None)),
        rollback_to=inputs.rollback_to,
        rollback_settings=settings,
        dry_run=inputs.dry_run,
    )


def _collected(faults: list[Fault], name: str, parse: Callable[[], R]) -> R | None:
    try:
        return parse()
    except ValueError as error:
        faults.append(Fault(str(error), f"Correct {name}.", name))
        return None


def _contradictions(inputs: Inputs) -> Iterator[Fault]:
    if not (inputs.url or inputs.service or inputs.alarms or inputs.log_group or inputs.bolt_urls):
        hint = "Provide url, service, alarms, log-group with log-pattern, or bolt-urls; is the variable that contains it empty?"
        yield Fault("there is nothing to check", hint)
    if not 100 <= inputs.expect_status <= 599:  # noqa: PLR2004 - the status codes that HTTP has
        yield Fault(f"{inputs.expect_status} is not an HTTP status", "Use a number from 100 to 599, such as 200.", "expect-status")
    if inputs.expect_json and not inputs.url:
        yield Fault("is set, but no url", "Provide the url whose response should contain it.", "expect-json")
    if inputs.successes == 0:
        yield Fault("is 0, with which anything would be healthy", "Use 1 or more.", "successes")
    if (inputs.log_group is None) != (inputs.log_pattern is None):
        missing, given = ("log-pattern", "log-group") if inputs.log_group else ("log-group", "log-pattern")
        yield Fault(f"is set, but no {missing}", f"Provide {missing} as well: both where to search and for what.", given)
    if inputs.rollback_service_update and not inputs.rollback_to:
        yield Fault("is set, but no rollback-to", "Provide the revision to roll back to as well.", "rollback-service-update")
    if inputs.service is None:
        for name, value in (
            ("cluster", inputs.cluster),
            ("task-definition-arn", inputs.task_definition_arn),
            ("rollback-to", inputs.rollback_to),
        ):
            if value is not None:
                yield Fault("is set, but no service", "Is the service name empty? Provide service, or remove this input.", name)
    for name, value in (("task-definition-arn", inputs.task_definition_arn), ("rollback-to", inputs.rollback_to)):
        if value and not REVISION.fullmatch(value):
            what = f"'{one_line(value, 80)}' is not a revision"
            yield Fault(what, "Provide its ARN or family:revision, such as core:7; a family alone would mean its newest revision.", name)
