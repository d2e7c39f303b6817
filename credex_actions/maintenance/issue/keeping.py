"""Keeps the issue up to date, or says what would be done."""

import os

from credex_actions.core.clock import SystemClock
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.github.connection.session import Session
from credex_actions.github.issues.carrying_out import carry_out, not_done
from credex_actions.github.issues.ours import Ours
from credex_actions.maintenance.issue import body
from credex_actions.maintenance.issue.client import Issues
from credex_actions.maintenance.issue.marks import by_check, mark, of_comment
from credex_actions.maintenance.issue.steps import Want
from credex_actions.maintenance.reporting.report import Report


def want(report: Report, config: str, run: str, runner: Runner) -> Want:
    """`config`: its path, by which issues of several configurations are told apart."""
    name = one_line(runner.redact(config), 200)
    return Want(
        title=body.title(name),
        ids=by_check((each.finding.check, each.id) for each in report.open),
        blind=frozenset(each.check.name for each in report.checks if each.state != "ran"),
        new=by_check((each.finding.check, each.id) for each in report.new) if report.since else None,
        body=lambda ids: body.body(mark(config), report, run, runner.redact, ids),
        comment=lambda ids: body.comment(len(of_comment(ids)), report, run, runner.redact, ids),
        unchecked=by_check((each.finding.check, each.id) for each in report.unchecked) if report.since else None,
    )


def keep(report: Report, config: str, session: Session, run: str, runner: Runner, clock: SystemClock, *, dry_run: bool) -> str | None:
    """The address of the issue; None if there is none. Raises Failure."""
    config = os.path.relpath(config)
    issues = Issues(Ours(session, mark(config)), want(report, config, run, runner))
    moves = carry_out(issues.operation(), session, runner, clock, dry_run=dry_run)
    if moves is not None:
        runner.report["issue_plan"] = moves
        runner.result(not_done(moves))
    return issues.last.ours[0].url if issues.last.ours else None
