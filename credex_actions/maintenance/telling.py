"""Hands the report to everybody: files, the job summary, the terminal, the outputs. A shard leaves its part instead."""

from typing import Any

from msgspec import UNSET

from credex_actions.core.faults import Fault
from credex_actions.core.private_file import temporary_path, write_private
from credex_actions.core.runner import Runner
from credex_actions.core.shard import Shard
from credex_actions.maintenance.examining.gathering import Seen
from credex_actions.maintenance.last_run import artifact_name
from credex_actions.maintenance.parts import part as parts
from credex_actions.maintenance.parts import summary as of_part
from credex_actions.maintenance.reporting.document import document, written
from credex_actions.maintenance.reporting.html.page import page
from credex_actions.maintenance.reporting.lines import lines
from credex_actions.maintenance.reporting.report import Report
from credex_actions.maintenance.reporting.sarif import sarif, withheld
from credex_actions.maintenance.reporting.summary import summary
from credex_actions.maintenance.reporting.words import verdict
from credex_actions.maintenance.request import Asked


def tell(asked: Asked, runner: Runner, report: Report) -> dict[str, Any]:
    """The outputs by name. Raises Failure(BAD_INPUT) where a file cannot be written."""
    path = asked.report_file or temporary_path(runner.environment, "maintenance-report")
    write_private(path, written(report), "report-file")
    repository = asked.given.path(asked.configuration.repository) if asked.configuration.repository is not UNSET else "."
    workspace = runner.environment.get("GITHUB_WORKSPACE", "")
    if asked.sarif_file:
        write_private(asked.sarif_file, sarif(report, asked.given.document.file, repository, workspace), "sarif-file")
    why = withheld(report)
    if asked.sarif_file and why:
        runner.notice(
            Fault(f"is not handed to code scanning, which would close alerts that nobody has looked at: {why}", where="sarif-file")
        )
    if asked.html_file:
        write_private(asked.html_file, page(report).encode(), "html-file")
    if runner.json_on_stdout:  # nobody else reads it, and it is long
        runner.report |= document(report)
    runner.summary(str(summary(report, runner.redact)))
    files = (("Report", path), ("Page", asked.html_file), ("SARIF", None if why else asked.sarif_file))
    runner.result("\n".join([*lines(report), "", verdict(report), *(f"{name}: {file}" for name, file in files if file)]))
    return {
        "findings": len(report.open),
        "new": len(report.new),
        "solved": len(report.solved),
        "report_file": path,
        "html_file": asked.html_file,
        "sarif_file": None if why else asked.sarif_file,
        "artifact": artifact_name(asked.given.document.file),
    }


def leave(asked: Asked, runner: Runner, shard: Shard, seen: Seen, missing: str) -> dict[str, Any]:
    """The part of this shard. Raises Failure(BAD_INPUT) where its file cannot be written."""
    part = parts.Part(
        number=shard.number,
        count=shard.of,
        digest=asked.digest,
        run=runner.environment.get("GITHUB_RUN_ID", ""),
        attempt=runner.environment.get("GITHUB_RUN_ATTEMPT", ""),
        made=seen.made,
        seconds=round(seen.seconds, 1),
        complete=seen.cancelled is None,
        since=asked.earlier.made if asked.earlier else None,
        remarks=(missing,) if missing else (),
        home=seen.home,
        outcomes=tuple(seen.outcomes),
    )
    path = asked.part_file or temporary_path(runner.environment, "maintenance-part")
    write_private(path, parts.written(part), "part-file")
    runner.report |= {"shard": str(shard), "examined": [{"group": each.group, "account": each.account} for each in seen.outcomes]}
    runner.summary(str(of_part.summary(part, runner.redact)))
    runner.result(f"{of_part.verdict(part)}\nPart: {path}")
    return {"part_file": path}
