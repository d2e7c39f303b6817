"""What a user asks of neo4j-backup, read and checked before the first call."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from msgspec import UNSET

from credex_actions.backup.archive import Method
from credex_actions.backup.surroundings import prefix_of
from credex_actions.core.durations import duration
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.declarations.neo4j_backup import Inputs
from credex_actions.neo4j.configuration.groups import asked_for, entry_of, unknown
from credex_actions.neo4j.configuration.model import Configuration, Database
from credex_actions.neo4j.configuration.reading import ReadConfiguration, read_configuration


@dataclass(frozen=True)
class Asked:
    """`databases`: as they were asked for; a group by its own name, until AWS has said which instances it has."""

    mode: str
    given: ReadConfiguration
    environment: str
    databases: Mapping[str, Database]
    backup: str | None
    method: Method
    require_age: timedelta | None
    require_drill: timedelta | None
    evidence_file: str | None
    within: timedelta
    dry_run: bool

    @property
    def configuration(self) -> Configuration:
        return self.given.configuration

    @property
    def maximum_age(self) -> timedelta:
        return duration(self.configuration.backup.maximum_age)

    @property
    def bucket(self) -> str:
        bucket = self.configuration.backup.bucket
        return bucket if isinstance(bucket, str) else ""

    @property
    def vault(self) -> str:
        vault = self.configuration.backup.vault
        return vault if isinstance(vault, str) else ""

    @property
    def prefix(self) -> str:
        return prefix_of(self.configuration.backup, self.environment)


def read(inputs: Inputs) -> Asked:
    """Raises Failure(BAD_INPUT) with all faults: of the configuration first, then of what was asked for."""
    given = read_configuration(inputs.config, inputs.environment)
    configuration = given.configuration
    method: Method = inputs.method or configuration.backup.method  # type: ignore[assignment] # one of the three
    names = inputs.databases or tuple(configuration.databases)
    faults = list(unknown(names, configuration))
    if inputs.backup and inputs.mode not in {"drill", "verify"}:
        faults.append(Fault(f"has no effect in mode {inputs.mode}", "Remove it, or set mode to drill or verify.", "backup"))
    if inputs.evidence_file and not os.path.isdir(os.path.dirname(inputs.evidence_file) or "."):
        faults.append(Fault("cannot be written: its folder does not exist", "Provide a path in an existing folder.", "evidence-file"))
    if inputs.mode == "backup":
        faults += _of_method(method, names, given, inputs)
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return Asked(
        mode=inputs.mode,
        given=given,
        environment=inputs.environment,
        databases=asked_for(names, configuration),
        backup=inputs.backup,
        method=method,
        require_age=None if inputs.require_age_hours is None else timedelta(hours=inputs.require_age_hours),
        require_drill=None if inputs.require_drill_days is None else timedelta(days=inputs.require_drill_days),
        evidence_file=inputs.evidence_file,
        within=timedelta(minutes=inputs.wait_for_minutes),
        dry_run=inputs.dry_run,
    )


def _of_method(method: Method, names: tuple[str, ...], given: ReadConfiguration, inputs: Inputs) -> list[Fault]:
    backup = given.configuration.backup
    faults = []
    where = ("backup", "method") if inputs.method is None else ("backup",)
    if method == "dump" and backup.bucket is UNSET:
        faults.append(given.document.fault(where, "names no bucket, which the method dump needs", "Set backup.bucket."))
    if method == "aws-backup" and backup.vault is UNSET:
        faults.append(given.document.fault(where, "names no vault, which the method aws-backup needs", "Set backup.vault."))
    if method == "aws-backup" and backup.quiesce == "stop":
        what = "is stop, and a job of AWS Backup begins its snapshot when it likes: the database would be stopped for as long"
        faults.append(given.document.fault(("backup", "quiesce"), what, "Use checkpoint, or the method snapshot."))
    for name in dict.fromkeys(map(entry_of, names)):
        database = given.configuration.databases.get(name)
        if database and method != "dump" and isinstance(database.data, str):
            what = "has its data on the root volume: a snapshot of it is also one of the operating system, and cannot be drilled"
            hint = "Use the method dump; or move the data to a volume of its own."
            faults.append(given.document.fault(("databases", name, "data"), what, hint))
    return faults
