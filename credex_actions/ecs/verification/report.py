"""The job summary of a verification."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from credex_actions.core import summary
from credex_actions.core.loop import Run
from credex_actions.core.text import in_cell

if TYPE_CHECKING:
    from credex_actions.commands.verify_deployment import Inputs


def summarised(report: Mapping[str, Any], run: Run, inputs: "Inputs") -> str:
    what = inputs.url or inputs.service or "the deployment"
    sentence = {"healthy": f"{what} is healthy", "rolled-back": f"{what} was unhealthy, and the former revision was put back"}
    rows = [
        (
            name,
            f"{check['good']} of {check['good'] + check['bad']}",
            check["last-bad"] or check["last"],
            f"{check['median-seconds']} / {check['longest-seconds']} s",
        )
        for name, check in report["checks"].items()
    ]
    parts = [
        summary.verdict(good=report["outcome"] == "healthy", sentence=sentence.get(report["outcome"], f"{what} is not healthy")),
        *([f"{in_cell(report['why'])}\n"] if report["why"] else []),
        *([f"Rollback: {in_cell(report['rollback'])}\n"] if report["rollback"] else []),
        summary.table(("Check", "Good looks", "Last seen", "Median / longest"), rows),
    ]
    if run.waits:
        begin = run.waits[0].began
        bars = [
            summary.Bar(wait.why, (wait.began - begin).total_seconds(), (wait.ended - begin).total_seconds()) for wait in run.waits[-30:]
        ]
        parts.append(summary.timeline("verification", bars))
    if report["outcome"] != "healthy":
        parts.append("**Next:** read the last lines of the tasks' log; the checks above say what was seen.\n")
    return "\n".join(parts)
