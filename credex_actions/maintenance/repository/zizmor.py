"""What zizmor says about the workflows, as findings. Reading its JSON is pure. Source: zizmor docs, "Output formats", JSON v1."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from credex_actions.core.text import one_line
from credex_actions.maintenance.catalogue.check import Severity
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.context import Context
from credex_actions.maintenance.external import found, printed, without_secrets
from credex_actions.maintenance.finding import Finding, Place

CHECK: Final = "workflow-risk"
OURS: Final = frozenset(("unpinned-uses", "unpinned-images"))
"""action-unpinned finds these."""
SEVERITIES: Final[Mapping[str, Severity]] = {"High": "high", "Medium": "medium", "Low": "low"}
NOTHING: Final = 3
"""Its exit code where there is no input at all. Source: zizmor docs, "Exit codes"."""


def risks(context: Context, root: str) -> Iterator[Finding]:
    """Raises Skipped."""
    environment = context.runner.environment
    program = found("zizmor", environment)
    command = [program, "--offline", "--quiet", "--no-progress", "--no-exit-codes", "--format", "json-v1", "."]
    ended = printed(command, root, without_secrets(environment), context.clock, context.give_up)
    if ended.code == NOTHING:
        return
    if ended.code:
        raise Skipped(f"zizmor cannot judge the workflows: {ended.last_words}")
    yield from of_json(ended.output)


def of_json(text: str) -> Iterator[Finding]:
    """Raises Skipped for what is not its JSON."""
    try:
        listed = json.loads(text)
        yield from (found for each in listed if not each["ignored"] and each["ident"] not in OURS for found in _finding(each))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Skipped("zizmor prints JSON of another form than version 1: use another version of it") from None


def _finding(each: Mapping[str, Any]) -> Iterator[Finding]:
    severity = SEVERITIES.get(each["determinations"]["severity"])
    primary = next((location for location in each["locations"] if location["symbolic"]["kind"] == "Primary"), None)
    if severity is None or primary is None:
        return
    symbolic = primary["symbolic"]
    file = symbolic["key"]["Local"]["verbatim_path"].removeprefix("./")
    route = ".".join(str(next(iter(part.values()))) for part in symbolic["route"]["route"])
    line = primary["concrete"]["location"]["start_point"]["row"] + 1
    yield Finding(
        check=CHECK,
        severity=severity,
        resource=file,
        key=f"{each['ident']} {route}",
        title=one_line(f"{each['desc']} ({each['ident']})"),
        why=one_line(
            f"{file}, {route or 'as a whole'}: {symbolic['annotation']}; zizmor's confidence is {each['determinations']['confidence'].lower()}."
        ),
        fix=one_line(f"See {each['url']}; ignore it with a comment and the reason where it is meant: # zizmor: ignore[{each['ident']}]"),
        place=Place(file=file, line=line),
    )
