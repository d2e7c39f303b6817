"""maintenance-report, put together: read what is asked, have the checks run or take what shards have left, judge what was found, and say it everywhere."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.core.shard import Shard
from credex_actions.core.text import listed
from credex_actions.core.workers import WorkerClock
from credex_actions.declarations.maintenance_report import Inputs
from credex_actions.github.connection.words import in_words
from credex_actions.maintenance import request, telling
from credex_actions.maintenance.catalogue.check import Severity
from credex_actions.maintenance.catalogue.offered import by_name
from credex_actions.maintenance.examining.gathering import Home, Seen, cleaned, gathered, scopes
from credex_actions.maintenance.examining.planning import Planned, plan
from credex_actions.maintenance.finding import NOT_CHOSEN
from credex_actions.maintenance.github_access import GitHubAccess, access
from credex_actions.maintenance.groups import GROUPS, Group
from credex_actions.maintenance.issue.keeping import keep
from credex_actions.maintenance.last_run import artifact_name, last_report
from credex_actions.maintenance.looking import look
from credex_actions.maintenance.parts.joining import Joining, joined
from credex_actions.maintenance.parts.reading import Given
from credex_actions.maintenance.proposing.proposing import kinds, propose
from credex_actions.maintenance.reporting.document import parsed
from credex_actions.maintenance.reporting.judging import judged
from credex_actions.maintenance.reporting.report import RANK, Entry, Former, Report
from credex_actions.maintenance.request import Asked

AGAIN: Final = "Run the same command again: the checks change nothing."


def maintain(inputs: Inputs, runner: Runner, groups: Mapping[str, Group] = GROUPS) -> dict[str, Any]:
    """The outputs by name. Raises Failure, or Partial once there is a report."""
    own = SystemClock(hurried=runner.in_actions)
    checks = by_name(check for group in groups.values() for check in group.checks)
    clock = WorkerClock(own, heard=lambda: own.heard)
    github = access(inputs, runner, clock)
    asked = request.read(inputs, checks, own.now().date(), runner.redact, github.faults)
    planned = plan(groups, asked.chosen, asked.configuration)
    with own.listening(), in_words(lambda: NOTHING_CHANGED):
        try:
            asked, missing = _since_last_run(asked, runner, own, github)
            seen = (
                _joined(asked, asked.parts, planned, runner, own)
                if asked.parts
                else look(asked, inputs, planned, runner, own, clock, github)
            )
        except Cancelled as cancelled:
            raise Failure(Exit.of(cancelled), Fault("was cancelled before anything was examined")) from None
        if asked.shard:
            return _left(asked, runner, asked.shard, seen, missing)
        return _told(asked, runner, own, _report(asked, planned, seen, missing), seen, github)


def _since_last_run(asked: Asked, runner: Runner, clock: SystemClock, github: GitHubAccess) -> tuple[Asked, str]:
    """With the report of the last run, where that is the earlier one; else why there is none."""
    if not asked.since_last_run:
        return asked, ""
    kept = last_report(github.session(), artifact_name(asked.given.document.file), runner.environment, clock)
    try:
        return (replace(asked, earlier=parsed(kept.text, "last-run", runner.redact)), "") if kept.text else (asked, kept.why)
    except Failure as failure:
        return asked, f"the report of the last run {failure.faults[0].what}"


def _joined(asked: Asked, parts: Given, planned: Planned, runner: Runner, clock: SystemClock) -> Seen:
    run, attempt = (runner.environment.get(name, "") for name in ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"))
    here = Joining(asked.digest, run, attempt, asked.earlier.made if asked.earlier else None, clock.now(), asked.earlier_attempts)
    seen, lacking = joined(planned, parts, here)
    for each in lacking:
        runner.warning(
            Fault(
                each,
                "The log of its job has the cause. Run that job again, then this one; of a run of GitHub Actions, re-run all jobs.",
                "parts",
            )
        )
    return seen._replace(outcomes=[cleaned(each, runner.redact) for each in seen.outcomes])


def _report(asked: Asked, planned: Planned, seen: Seen, missing: str) -> Report:
    remarks = ["the run was cancelled: this is what was known by then"] * (seen.cancelled is not None) + [missing] * bool(missing)
    return judged(
        asked.checks,
        gathered(planned, seen.outcomes),
        asked.configuration.accepted,
        asked.earlier,
        made=seen.made,
        seconds=seen.seconds,
        scopes=list(scopes(seen.outcomes)),
        remarks=list(dict.fromkeys((*remarks, *seen.remarks))),
        complete=seen.cancelled is None,
    )


def _left(asked: Asked, runner: Runner, shard: Shard, seen: Seen, missing: str) -> dict[str, Any]:
    """The part of this shard, for the run that makes the report."""
    outputs = telling.leave(asked, runner, shard, seen, missing)
    if seen.cancelled:
        raise Partial(
            Failure(Exit.of(seen.cancelled), Fault("cancelled: the part has what was known by then", AGAIN)), outputs, summarised=True
        )
    return outputs


def _told(asked: Asked, runner: Runner, clock: SystemClock, report: Report, seen: Seen, github: GitHubAccess) -> dict[str, Any]:
    """What is known is written first: whatever happens to the issue, the report is there."""
    outputs = telling.tell(asked, runner, report)
    if seen.cancelled:
        raise Partial(
            Failure(Exit.of(seen.cancelled), Fault("cancelled: the report has what was known by then", AGAIN)), outputs, summarised=True
        )
    failure = judgement(asked, report)
    if asked.fail_on and failure is None and (blind := [each.check.name for each in report.kept_out]):
        what = f"passed, but {len(blind)} {'check' if len(blind) == 1 else 'checks'} could not look: {listed(blind, 5)}"
        runner.warning(Fault(what, "The report has the permissions and tools that they lack; skip leaves a check out.", "fail-on"))
    faults: list[Fault] = []
    codes, left = [], []
    for work in _written(asked, runner, clock, report, github, seen.home, outputs):
        try:
            work()
        except Failure as trouble:
            if trouble.code in {Exit.INTERRUPTED, Exit.TERMINATED}:
                raise Partial(trouble, outputs) from None
            faults += trouble.faults
            codes.append(trouble.code)
            left.append(trouble.left)
    if faults:
        raise Partial(Failure(codes[0], *faults, *(failure.faults if failure else ()), left="; ".join(left)), outputs)
    if failure:
        raise Partial(failure, outputs, summarised=True)
    return outputs


def _written(
    asked: Asked, runner: Runner, clock: SystemClock, report: Report, github: GitHubAccess, home: Home | None, outputs: dict[str, Any]
) -> Iterator[Callable[[], None]]:
    """What is written at GitHub; one that fails stops no other."""
    config = asked.given.document.file

    def issue() -> None:
        outputs["issue"] = keep(report, config, github.session(), github.run_address, runner, clock, dry_run=asked.dry_run)

    def proposals() -> None:
        chosen = kinds(report, asked.given, home)
        opened = propose(chosen, config, github.session(), github.run_address, runner, clock, dry_run=asked.dry_run)
        outputs["proposals"] = json.dumps(opened)

    if asked.issue:
        yield issue
    if asked.propose:
        yield proposals


def judgement(asked: Asked, report: Report) -> Failure | None:
    """How the run ends, if not well."""
    if not any(each.state == "ran" for each in report.checks):
        reasons = sorted({each.why for each in report.checks if each.why and each.why != NOT_CHOSEN})
        return Failure(Exit.REMOTE, Fault(f"no check could run: {'; '.join(reasons[:5])}", AGAIN))
    return _of_gate(report, asked.fail_on) if asked.fail_on else None


def _of_gate(report: Report, fail_on: Severity) -> Failure | None:
    """What is found, and what was found and nobody has looked at since, counts alike. What could not be examined is not passed for fine."""
    level = f"the severity {fail_on}{'' if fail_on == 'high' else ' or a higher one'}"
    found, standing = _as_bad(report.open, fail_on), _as_bad(report.standing, fail_on)
    faults = []
    if found:
        what = f"{found} {'finding has' if found == 1 else 'findings have'} {level}"
        faults.append(Fault(what, "Solve or accept them; the report says how.", "fail-on"))
    if standing:
        what = f"{standing} earlier {'finding' if standing == 1 else 'findings'} of {level} {'was' if standing == 1 else 'were'} not examined this time"
        faults.append(Fault(what, "The report has them, and why their checks did not run.", "fail-on"))
    if faults:
        return Failure(Exit.FAILED, *faults)
    if failed := [each.check.name for each in report.failed]:
        what = f"{len(failed)} {'check' if len(failed) == 1 else 'checks'} failed, so nobody knows whether there is a finding of {level}: {listed(failed, 5)}"
        return Failure(Exit.REMOTE, Fault(what, AGAIN, "fail-on"))
    return None


def _as_bad(findings: Sequence[Entry] | Sequence[Former], fail_on: Severity) -> int:
    return sum(RANK[each.finding.severity] <= RANK[fail_on] for each in findings)
