"""What checkov says about the Terraform, as findings. Source: checkov docs, "CLI Command Reference"; the keys of a failed check in its Record."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from credex_actions.core.text import one_line
from credex_actions.maintenance.catalogue.check import Severity
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.context import Context
from credex_actions.maintenance.external import found, printed, without_secrets
from credex_actions.maintenance.finding import Finding, Place
from credex_actions.maintenance.infrastructure.declared import Directory

CHECK: Final = "terraform-risk"
SEVERITIES: Final[Mapping[str, Severity]] = {"CRITICAL": "high", "HIGH": "high", "MEDIUM": "medium", "LOW": "low", "INFO": "low"}
"""Known to it with an API key of its maker's alone; else it has none."""


def risks(context: Context, root: str, directories: Collection[Directory]) -> Iterator[Finding]:
    """`directories`: at least one, or it would judge nothing. Raises Skipped."""
    assert directories
    environment = context.runner.environment
    program = found("checkov", environment)
    command = [
        program,
        "--directory",
        ".",
        "--framework",
        "terraform",
        "--output",
        "json",
        "--quiet",
        "--compact",
        "--soft-fail",
        "--skip-download",
    ]
    ended = printed(command, root, without_secrets(environment), context.clock, context.give_up)
    if ended.code:
        raise Skipped(f"checkov fails: {ended.last_words}")
    yield from of_json(ended.output)


def of_json(text: str) -> Iterator[Finding]:
    """One report, a list of them, or its summary alone where nothing was found. Raises Skipped for what is none, and after the findings for files that it could not read."""
    unread = 0
    try:
        document = json.loads(text)
        for report in document if isinstance(document, list) else [document]:
            if "results" in report:
                yield from (_finding(each) for each in report["results"]["failed_checks"])
            elif "failed" not in report:
                raise KeyError
            unread += int(report.get("summary", report).get("parsing_errors", 0))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Skipped("checkov prints JSON of another form than the known one: use another version of it") from None
    if unread:  # with --quiet it tells their number alone, and ends as it does where all is well
        raise Skipped(
            f"checkov cannot read {unread} of the Terraform's files, and does not say which: terraform validate tells what is wrong"
        )


def _finding(each: Mapping[str, Any]) -> Finding:
    file, lines = str(each["file_path"]).lstrip("/"), each.get("file_line_range") or [0]
    guideline = each.get("guideline")
    return Finding(
        check=CHECK,
        severity=SEVERITIES.get(str(each.get("severity")), "medium"),
        resource=file,
        key=f"{each['check_id']} {each['resource']}",
        title=one_line(f"{each['resource']}: {each['check_name']} ({each['check_id']})", 200),
        why=one_line(f"checkov's check {each['check_id']} fails for {each['resource']} in {file}."),
        fix=one_line(
            f"{f'See {guideline}; ' if guideline else ''}where it is meant, skip it with a comment and the reason: #checkov:skip={each['check_id']}:reason"
        ),
        place=Place(file=file, line=int(lines[0])),
    )
