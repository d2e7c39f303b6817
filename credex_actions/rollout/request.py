"""What a user asks of neo4j-ami-rollout, read and checked before the first call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import listed, nearest
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.neo4j.configuration.model import Configuration, Database, Image
from credex_actions.neo4j.configuration.reading import ReadConfiguration, read_configuration
from credex_actions.rollout.versions.version import Series, Version, read_series, read_version


@dataclass(frozen=True)
class Asked:
    """`version`: None for the newest of the series."""

    mode: str
    given: ReadConfiguration
    environment: str
    databases: Mapping[str, Database]
    version: Version | None
    within: timedelta
    dry_run: bool = False

    @property
    def image(self) -> Image:
        return self.given.configuration.image

    @property
    def series(self) -> Series:
        return read_series(self.image.series)


def read(inputs: Inputs) -> Asked:
    """Raises Failure(BAD_INPUT) with all faults: of the configuration first, then of what was asked for."""
    given = read_configuration(inputs.config, inputs.environment)
    configuration = given.configuration
    names = inputs.databases or tuple(configuration.databases)
    faults = [_unknown(name, configuration) for name in dict.fromkeys(names) if name not in configuration.databases]
    version = read_version(inputs.version) if inputs.version else None
    series = read_series(configuration.image.series)
    if inputs.version and version is None:
        faults.append(Fault("is not a version of Neo4j", "Write it with its three numbers, such as 5.26.16 or 2025.10.1.", "version"))
    elif version and version.series != series:
        hint = f'Set image.series to "{version.series}", or choose a version of {series}.'
        faults.append(Fault(f"{version} does not belong to the series {series} of the configuration", hint, "version"))
    if inputs.version and inputs.mode == "sweep":
        faults.append(Fault("has no effect in mode sweep", "Remove it.", "version"))
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    ordered = sorted(dict.fromkeys(names), key=lambda name: configuration.databases[name].order)
    return Asked(
        mode=inputs.mode,
        given=given,
        environment=inputs.environment,
        databases={name: configuration.databases[name] for name in ordered},
        version=version,
        within=timedelta(minutes=inputs.wait_for_minutes),
        dry_run=inputs.dry_run,
    )


def _unknown(name: str, configuration: Configuration) -> Fault:
    guess = nearest(name, list(configuration.databases))
    hint = f"Did you mean {guess}?" if guess else f"It has {listed(list(configuration.databases))}."
    return Fault(f"{name} is not a database of the configuration", hint, "databases")
