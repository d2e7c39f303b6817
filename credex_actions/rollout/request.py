"""What a user asks of neo4j-ami-rollout, read and checked before the first call."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from credex_actions.backup.surroundings import prefix_of
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import listed
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.neo4j.configuration.groups import asked_for, entry_of, stands_for, unknown
from credex_actions.neo4j.configuration.model import Configuration, Database, Image, Rehearsal
from credex_actions.neo4j.configuration.reading import ReadConfiguration, read_configuration
from credex_actions.rollout.user_data import reading as user_data
from credex_actions.rollout.versions.version import Series, Version, read_series, read_version

READS_USER_DATA: Final = frozenset(("check", "plan", "apply"))
WITHOUT_VERSION: Final = frozenset(("sweep", "rollback", "status", "migrate-data-volume"))
AMI: Final = re.compile(r"ami-[0-9a-f]{8,17}")


@dataclass(frozen=True)
class Asked:
    """`databases`: as they were asked for; a group by its own name, until AWS has said which instances it has. `version`: None for the newest of the series.
    `image_id`: "" for the AMI of the recipe. `skip_rehearsal`, `force_window`: the reasons, "" without one. `accept_lost`: databases whose rollback may lose
    writes. `user_data`: by entry of the configuration, of those that name some.
    """

    mode: str
    given: ReadConfiguration
    environment: str
    databases: Mapping[str, Database]
    version: Version | None
    within: timedelta
    dry_run: bool = False
    image_id: str = ""
    plan_id: str = ""
    skip_rehearsal: str = ""
    force_window: str = ""
    terraform_plan: str | None = None
    plan_file: str | None = None
    accept_lost: tuple[str, ...] = ()
    user_data: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def image(self) -> Image:
        return self.given.configuration.image

    @property
    def configuration(self) -> Configuration:
        return self.given.configuration

    @property
    def rehearsal(self) -> Rehearsal:
        return self.configuration.rollout.rehearsal

    def user_data_of(self, name: str) -> bytes | None:
        """None where those of its instance stay."""
        return self.user_data.get(entry_of(name))

    @property
    def bucket(self) -> str:
        """Of dumps; "" if none is configured."""
        bucket = self.configuration.backup.bucket
        return bucket if isinstance(bucket, str) else ""

    @property
    def prefix(self) -> str:
        return prefix_of(self.configuration.backup, self.environment)

    @property
    def series(self) -> Series:
        return read_series(self.image.series)


def read(inputs: Inputs) -> Asked:
    """Raises Failure(BAD_INPUT) with all faults: of the configuration first, then of what was asked for."""
    given = read_configuration(inputs.config, inputs.environment)
    configuration = given.configuration
    names = inputs.databases or tuple(configuration.databases)
    faults = list(unknown(names, configuration))
    version = read_version(inputs.version) if inputs.version else None
    series = read_series(configuration.image.series)
    if inputs.version and version is None:
        faults.append(Fault("is not a version of Neo4j", "Write it with its three numbers, such as 5.26.16 or 2025.10.1.", "version"))
    elif version and version.series != series:
        hint = f'Set image.series to "{version.series}", or choose a version of {series}.'
        faults.append(Fault(f"{version} does not belong to the series {series} of the configuration", hint, "version"))
    faults += _of_mode(inputs)
    faults += _of_losses(inputs, names)
    known = {entry: configuration.databases[entry] for entry in map(entry_of, names) if entry in configuration.databases}
    first_boots, wrong = user_data.read(given.document, known if inputs.mode in READS_USER_DATA else {})
    faults += wrong
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return Asked(
        mode=inputs.mode,
        given=given,
        environment=inputs.environment,
        databases=asked_for(names, configuration),
        version=version,
        within=timedelta(minutes=inputs.wait_for_minutes),
        dry_run=inputs.dry_run,
        image_id=inputs.image or "",
        plan_id=(inputs.plan_id or "").strip(),
        skip_rehearsal=(inputs.skip_rehearsal or "").strip(),
        force_window=(inputs.force_window or "").strip(),
        terraform_plan=inputs.terraform_plan,
        plan_file=inputs.plan_file,
        accept_lost=inputs.accept_lost_writes,
        user_data=first_boots,
    )


def _of_losses(inputs: Inputs, names: tuple[str, ...]) -> Iterator[Fault]:
    if inputs.accept_lost_writes and inputs.mode != "rollback":
        yield Fault(f"has no effect in mode {inputs.mode}", "Remove it.", "accept-lost-writes")
        return
    for name in dict.fromkeys(inputs.accept_lost_writes):
        if not any(stands_for(name, each) or stands_for(each, name) for each in names):
            hint = f"Write the names of databases: {listed(list(names))}."
            yield Fault(f"{name} is not a database that is rolled back", hint, "accept-lost-writes")


MODES_OF: Final[Mapping[str, frozenset[str]]] = {
    "image": frozenset(("plan", "apply")),
    "plan_id": frozenset(("apply",)),
    "skip_rehearsal": frozenset(("plan", "apply")),
    "force_window": frozenset(("plan", "apply")),
    "terraform_plan": frozenset(("plan", "apply")),
    "plan_file": frozenset(("plan",)),
}
"""Inputs that not every mode reads."""


def _of_mode(inputs: Inputs) -> Iterator[Fault]:
    if inputs.version and inputs.mode in WITHOUT_VERSION:
        yield Fault(f"has no effect in mode {inputs.mode}", "Remove it.", "version")
    if inputs.issue and inputs.mode != "check":
        yield Fault(f"has no effect in mode {inputs.mode}", "Remove it.", "issue")
    for name, modes in MODES_OF.items():
        if getattr(inputs, name) is not None and inputs.mode not in modes:
            yield Fault(f"has no effect in mode {inputs.mode}", "Remove it.", name.replace("_", "-"))
    if inputs.mode not in MODES_OF["image"]:
        return
    if inputs.image and not AMI.fullmatch(inputs.image):
        yield Fault("is not the id of an AMI", "Write it as ami-0123456789abcdef0.", "image")
    if inputs.image and inputs.version:
        yield Fault("cannot be used together with image, whose tag says its version", "Remove one of the two.", "version")
    if inputs.plan_file and not os.path.isdir(os.path.dirname(inputs.plan_file) or "."):
        yield Fault("cannot be written: its folder does not exist", "Provide a path in an existing folder.", "plan-file")


def with_members(asked: Asked, databases: Mapping[str, Database]) -> Asked:
    """Once the members of its groups are known: `databases`. Whoever accepts a group's losses accepts those of each of them."""
    accepted = (name for name in databases if any(stands_for(word, name) for word in asked.accept_lost))
    return replace(asked, databases=databases, accept_lost=tuple(accepted))
