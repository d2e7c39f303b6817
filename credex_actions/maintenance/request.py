"""What a user asks of maintenance-report, read and checked before the first call."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from msgspec import UNSET

from credex_actions.core.faults import Exit, Failure, Fault, collected
from credex_actions.core.shard import Shard
from credex_actions.core.shard import read as read_shard
from credex_actions.declarations.maintenance_report import Inputs
from credex_actions.maintenance.catalogue.check import Check, Severity
from credex_actions.maintenance.catalogue.offered import chosen, faults_of_choice, settings
from credex_actions.maintenance.configuration.model import Configuration
from credex_actions.maintenance.configuration.reading import ReadConfiguration, read_configuration
from credex_actions.maintenance.last_run import LAST_RUN
from credex_actions.maintenance.parts.part import digest
from credex_actions.maintenance.parts.reading import Given
from credex_actions.maintenance.parts.reading import read as read_parts
from credex_actions.maintenance.reporting.document import read_earlier
from credex_actions.maintenance.reporting.judging import Earlier
from credex_actions.maintenance.reporting.report import RANK
from credex_actions.neo4j.configuration.reading import ReadConfiguration as OfDatabases
from credex_actions.neo4j.configuration.reading import read_configuration as read_databases


@dataclass(frozen=True)
class Asked:
    """`chosen`: names of the checks that are to run. `databases`: by environment, "" for the only one. `fail_on`: None for never.

    `shard`: of which only the share is examined, None for all. `parts`: from which the report is made instead, None to examine. `digest`: of all that decides what is examined.
    """

    propose: bool
    given: ReadConfiguration
    checks: Mapping[str, Check]
    chosen: tuple[str, ...]
    settings: Mapping[str, Mapping[str, float]]
    databases: Mapping[str, OfDatabases]
    earlier: Earlier | None
    since_last_run: bool
    fail_on: Severity | None
    issue: bool
    report_file: str | None
    html_file: str | None
    sarif_file: str | None
    shard: Shard | None
    part_file: str | None
    parts: Given | None
    earlier_attempts: bool
    digest: str
    within: timedelta
    dry_run: bool

    @property
    def configuration(self) -> Configuration:
        return self.given.configuration


def read(inputs: Inputs, checks: Mapping[str, Check], today: date, redact: Callable[[str], str], of_github: Sequence[Fault]) -> Asked:
    """Raises Failure(BAD_INPUT) with all faults: of the configuration first, then of what was asked for. `of_github`: why nobody can be signed in there."""
    faults: list[Fault] = []
    given = collected(faults, partial(read_configuration, inputs.config, checks, today))
    databases = (collected(faults, partial(_databases, given, inputs.environment)) if given else None) or {}
    faults += faults_of_choice(checks, inputs.checks, inputs.skip)
    earlier = collected(faults, partial(read_earlier, inputs.since, redact)) if inputs.since and inputs.since != LAST_RUN else None
    shard = collected(faults, partial(read_shard, inputs.shard)) if inputs.shard else None
    parts = collected(faults, partial(read_parts, inputs.parts)) if inputs.parts else None
    faults += _of_shards(inputs)
    faults += _of_files(inputs)
    if inputs.issue or inputs.mode == "propose" or inputs.since == LAST_RUN:
        faults += of_github
    if faults or given is None:
        raise Failure(Exit.BAD_INPUT, *faults)
    names = chosen(checks, inputs.checks, inputs.skip)
    return Asked(
        propose=inputs.mode == "propose",
        given=given,
        checks=checks,
        chosen=names,
        settings=settings(checks, given.configuration.checks),
        databases=databases,
        earlier=earlier,
        since_last_run=inputs.since == LAST_RUN,
        fail_on=inputs.fail_on if inputs.fail_on in RANK else None,
        issue=inputs.issue,
        report_file=inputs.report_file,
        html_file=inputs.html_file,
        sarif_file=inputs.sarif_file,
        shard=shard,
        part_file=inputs.part_file,
        parts=parts,
        earlier_attempts=inputs.earlier_attempts,
        digest=digest(
            {
                "configuration": given.document.value,
                "databases": {environment: each.document.value for environment, each in databases.items()},
                "checks": names,
            }
        ),
        within=timedelta(minutes=inputs.wait_for_minutes),
        dry_run=inputs.dry_run,
    )


def _databases(given: ReadConfiguration, environment: str) -> dict[str, OfDatabases]:
    configured = given.configuration.databases
    if configured is UNSET:
        return {}
    if isinstance(configured, str):
        return {environment: read_databases(given.path(configured), environment)}
    return {each: read_databases(given.path(configured.config), each) for each in configured.environments}


def _of_shards(inputs: Inputs) -> Iterator[Fault]:
    """A shard leaves its part, and no more: who sees only a share may not say what is solved."""
    if inputs.earlier_attempts and not inputs.parts:
        yield Fault("is about parts, and none are provided", "Provide parts, or omit it.", "earlier-attempts")
    if not inputs.shard:
        if inputs.part_file:
            yield Fault("is what a shard leaves, and no shard is set", "Set shard, such as 2/5, or omit it.", "part-file")
        return
    of_report = {
        "mode": inputs.mode != "report",
        "fail-on": inputs.fail_on != "none",
        "issue": inputs.issue,
        "report-file": inputs.report_file,
        "html-file": inputs.html_file,
        "sarif-file": inputs.sarif_file,
    }
    for name in (name for name, given in of_report.items() if given):
        yield Fault("is of the report, which a shard does not make", "Set it for the run with parts.", name)
    if inputs.parts:
        yield Fault("is of the run that makes the report, which examines nothing itself", "Set either shard or parts.", "parts")


def _of_files(inputs: Inputs) -> Iterator[Fault]:
    files = {
        "report-file": inputs.report_file,
        "html-file": inputs.html_file,
        "sarif-file": inputs.sarif_file,
        "part-file": inputs.part_file,
    }
    seen: dict[str, str] = {}
    for name, path in files.items():
        if not path:
            continue
        if not os.path.isdir(os.path.dirname(path) or "."):
            yield Fault("cannot be written: its folder does not exist", "Provide a path in an existing folder.", name)
        if os.path.isdir(path):
            yield Fault("is a folder", "Provide the path of a file.", name)
        real = os.path.realpath(path)
        if real in seen:
            yield Fault(f"is the file of {seen[real]} too", "Provide another path.", name)
        seen[real] = name
