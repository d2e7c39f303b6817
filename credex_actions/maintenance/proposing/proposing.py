"""Proposes what can be fixed by a file: which kinds there are for these findings, one pull request for each, and what is left to a person."""

import glob
import os
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import UNSET

from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Run, drive, plan
from credex_actions.core.runner import Runner
from credex_actions.core.summary import Page
from credex_actions.core.text import one_line
from credex_actions.github.connection.answers import Refused
from credex_actions.github.connection.session import Session
from credex_actions.github.connection.words import in_words
from credex_actions.maintenance.configuration.reading import ReadConfiguration
from credex_actions.maintenance.examining.gathering import Home
from credex_actions.maintenance.issue.marks import SHORT, by_check, mark, written
from credex_actions.maintenance.proposing import dependabot, terraform
from credex_actions.maintenance.proposing.client import Proposals
from credex_actions.maintenance.proposing.proposal import Change, Kind, suffix
from credex_actions.maintenance.proposing.steps import Wanted
from credex_actions.maintenance.reporting.report import Report
from credex_actions.maintenance.repository.dependabot import FILES as DEPENDABOT

LARGEST: Final = 1 << 20
"""Bytes of a file of Terraform that is searched for names."""
MOST: Final = 50
"""Findings of one pull request: it is to be reviewed by a person."""


def kinds(report: Report, given: ReadConfiguration, home: Home | None) -> list[Kind]:
    """Those whose check ran: where it did not, a pull request that is open stays as it is. Of accepted findings nothing is proposed."""
    asked = given.configuration
    found = [each.finding for each in report.open]
    own = suffix(os.path.relpath(given.document.file))
    if asked.repository is UNSET:
        return []
    uncovered = tuple(each for each in found if each.check == "dependabot-uncovered")
    result = [
        Kind(
            "dependabot",
            "dependabot-uncovered",
            "Dependabot updates all dependencies",
            "Nobody updates the dependencies below. Each entry looks once a week, and groups its updates into one pull request.",
            uncovered[0].resource if uncovered else DEPENDABOT[0],
            uncovered,
            dependabot.make,
            own,
        )
    ]
    propose = asked.propose
    if propose is not UNSET:
        account = home.account if propose.account is UNSET and home else propose.account
        region = home.region if propose.region is UNSET and home else propose.region
        here = [each for each in found if (each.account, each.region) == (account, region)]
        folder = os.path.normpath(propose.directory)
        root = given.path(asked.repository)
        if propose.alarm_topic is not UNSET:
            file = _file(folder, "maintenance_alarms", own)
            result.append(
                Kind(
                    "alarms",
                    "alarm-missing",
                    "Alarms for the databases",
                    "Nobody would hear of the troubles below. The thresholds are a beginning: change them here, in the review.",
                    file,
                    tuple(each for each in here if each.check == "alarm-missing"),
                    terraform.alarms(propose.alarm_topic, others(root, file)),
                    own,
                )
            )
        file = _file(folder, "maintenance_log_retention", own)
        result.append(
            Kind(
                "log-retention",
                "log-group-without-retention",
                "Log groups do not keep their events for ever",
                "The log groups below exist, and no Terraform of this repository names them: an import block takes each over as it is, and only its retention changes. "
                "Events that are older are deleted when this is applied.",
                file,
                tuple(each for each in here if each.check == "log-group-without-retention"),
                terraform.retention(others(root, file)),
                own,
            )
        )
    ran = {each.check.name for each in report.checks if each.state == "ran"}
    return [each for each in result if each.check in ran]


def _file(folder: str, name: str, own: str) -> str:
    return os.path.join(folder, f"{'_'.join(filter(None, (name, own)))}.tf")


def others(root: str, own: str) -> str:
    """The text of all Terraform of the checkout but one file."""
    texts = []
    for path in sorted(glob.glob(os.path.join(glob.escape(root), "**", "*.tf"), recursive=True)):
        if os.path.relpath(path, root) != own and os.path.getsize(path) <= LARGEST:
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
    return "\n".join(texts)


def wanted(kind: Kind, marked: str, run: str, redact: Callable[[str], str]) -> Callable[[str, frozenset[str]], Wanted]:
    """From the file on the base branch, and what was refused. Pure."""

    def want(given: str, refused: frozenset[str]) -> Wanted:
        chosen = [each for each in kind.findings if each.id[:SHORT] not in refused][:MOST]
        change = kind.make(given, chosen)
        return Wanted(
            kind.title, text(kind, change, marked, run, redact), change.content, frozenset(each.id[:SHORT] for each in change.done)
        )

    return want


def text(kind: Kind, change: Change, marked: str, run: str, redact: Callable[[str], str]) -> str:
    page = Page(redact)
    page.paragraph(kind.why)
    page.points(([each.title, *each.why.split("\n")] for each in change.done), title="Solves")
    page.points(change.left, title="Left to a person")
    if run:
        page.link("The run that found it", run)
    page.paragraph("If you close this pull request without merging it, nothing of it is proposed again.")
    return f"{marked}\n{written(by_check((each.check, each.id) for each in change.done))}\n{page}".rstrip()


def propose(
    chosen: Sequence[Kind], config: str, session: Session, run: str, runner: Runner, clock: SystemClock, *, dry_run: bool
) -> dict[str, str]:
    """The addresses of the open pull requests, by kind. One that cannot be opened stops no other. Raises Failure with the faults of all."""
    opened: dict[str, str] = {}
    failures: list[tuple[Kind, Failure]] = []
    steps = Run(clock, on_step=lambda step: runner.info(f"- {step}"))
    for kind in chosen:
        marked = mark(f"{os.path.relpath(config)} {kind.name}")
        proposals = Proposals(session, kind.branch, kind.file, marked, wanted(kind, marked, run, runner.redact))
        try:
            with in_words(steps.state):
                _one(kind, proposals, runner, steps, dry_run=dry_run)
        except Refused as error:
            failures.append((kind, session.refused(error, "mode")))
        except Failure as failure:
            failures.append((kind, failure))
        except Cancelled as cancelled:
            raise Failure(Exit.of(cancelled), Fault(f"{cancelled} was received"), left=steps.state()) from None
        if proposals.last and proposals.last.open and proposals.last.open.url:
            opened[kind.name] = proposals.last.open.url
    if failures:
        faults = [fault._replace(what=f"{kind.name}: {fault.what}") for kind, failure in failures for fault in failure.faults]
        raise Failure(failures[0][1].code, *faults, left=steps.state())
    return opened


def _one(kind: Kind, proposals: Proposals, runner: Runner, steps: Run, *, dry_run: bool) -> None:
    operation = proposals.operation()
    if dry_run:
        moves = [str(move) for move in plan(operation, operation.observe()) if not isinstance(move, Done)]
        runner.result(f"Dry run: {kind.name}: nothing was changed. This would be done: {'; '.join(moves) or 'nothing'}.")
    else:
        done = drive(operation, steps)
        runner.result(one_line(f"{kind.name}: {done.outcome}{f': {done.why}' if done.why else ''}"))
