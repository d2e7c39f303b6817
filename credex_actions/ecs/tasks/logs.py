"""The last lines that a container wrote, from where its log driver put them. Only awslogs can be read; of others it says so."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import botocore.exceptions

from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of
from credex_actions.core.text import one_line, plain

LONGEST_LINE: Final = 500
"""Characters. A bundled script or a JSON document on one line would push everything else off the screen."""

MOST_EVENTS: Final = 100
"""An event may be 256 KiB and hold many lines; no more than these are read to find the last ones."""

MOST_PAGES: Final = 5
"""GetLogEvents may answer an empty page although more lines lie before it. Source: CloudWatch Logs API, GetLogEvents."""


class Tail(NamedTuple):
    """`note`: why there are no lines."""

    lines: tuple[str, ...] = ()
    note: str = ""


class LogStream(NamedTuple):
    """`region` is None if it is the session's own."""

    group: str
    stream: str
    region: str | None = None


def stream_of(container: Mapping[str, Any], task_id: str, runtime_id: str = "") -> LogStream | str:
    """Where `container` (of a task definition) writes as part of the task `task_id`, or a sentence why nobody can tell.

    The stream is prefix/container/task; on EC2 the prefix may be missing, then it is the id of the container.
    Source: ECS guide, "Send Amazon ECS logs to CloudWatch".
    """
    configuration = container.get("logConfiguration") or {}
    driver, options = configuration.get("logDriver"), configuration.get("options") or {}
    if not driver:
        return "its task definition has no logConfiguration, so its output was not stored"
    if driver != "awslogs":
        return f"it uses the log driver {one_line(str(driver), 40)}; check where that one sends its output"
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    stream = f"{prefix}/{container.get('name')}/{task_id}" if prefix else runtime_id
    if not group or not stream:
        return "its log options have no awslogs-stream-prefix, so its log stream cannot be identified"
    return LogStream(group, stream, options.get("awslogs-region"))


def last_lines(clients: Clients, place: LogStream, lines: int) -> Tail:
    """At most the `lines` last lines of a stream, as plain text. What cannot be read is said in the note; nothing is raised for it."""
    if lines <= 0:
        return Tail()
    try:
        found = _events(clients, place, min(lines, MOST_EVENTS))
    except botocore.exceptions.ClientError as error:
        return Tail(note=_why_not(error, place))
    except botocore.exceptions.BotoCoreError as error:
        return Tail(note=f"the log cannot be reached ({type(error).__name__})")
    kept = [cut(line) for event in found for line in _end_of(event["message"], lines)]
    return Tail(tuple(kept[-lines:]), "" if kept else f"it wrote nothing to {place.group}")


def cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}… ({len(line):,} characters)"


def _end_of(message: str, lines: int) -> list[str]:
    return plain(message).rstrip("\n").split("\n")[-lines:]


def _events(clients: Clients, place: LogStream, most: int) -> list[Mapping[str, Any]]:
    logs = clients.read("logs", place.region)
    token: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        page = logs.get_log_events(logGroupName=place.group, logStreamName=place.stream, limit=most, startFromHead=False, **token)
        before = page.get("nextBackwardToken")
        if page["events"] or not before or before == token.get("nextToken"):
            return list(page["events"])
        token = {"nextToken": before}
    return []


def _why_not(error: botocore.exceptions.ClientError, place: LogStream) -> str:
    code = code_of(error)
    if code == "ResourceNotFoundException":
        missing = "log group" if "log group" in str(error) else "stream yet"
        return f"there is no {missing} {place.group if missing == 'log group' else place.stream}: it wrote nothing, or was not allowed to"
    if code in NOT_ALLOWED:
        return f"the role is not authorized to read them (logs:GetLogEvents on {place.group})"
    return f"they cannot be read ({code or type(error).__name__})"
