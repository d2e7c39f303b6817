"""The commands that a drill runs on the scratch instance, as root, with Neo4j's own packages."""

from shlex import quote
from typing import Final

CORRUPT: Final = 65
"""Code of the loading script: what was downloaded is not what was uploaded."""
NOT_LOADED: Final = 66
"""Code of the loading script: neo4j-admin does not load it."""
LOADS_WITHIN: Final = 7200.0
CHECKS_WITHIN: Final = 7200.0
"""Seconds."""


def check(database: str) -> str:
    """Its code is neo4j-admin's: 0 for a consistent store. Source: Neo4j Operations Manual, "Check database consistency"."""
    return f'set -eu; systemctl stop neo4j; cd "$(mktemp -d)"; neo4j-admin database check {quote(database)}'


def load(database: str, place: str, checksum: str) -> str:
    """Neo4j has to run afterwards, with what the dump holds in the place of what the instance began with."""
    return (
        'set -eu; umask 077; where="$(mktemp -d "${TMPDIR:-/var/tmp}/credex-drill-XXXXXX")"; trap \'rm -rf "$where"\' EXIT\n'
        f'aws s3 cp --only-show-errors {quote(place)} "$where"/{quote(database)}.dump\n'
        f'printf "%s  %s\\n" {quote(checksum)} "$where"/{quote(database)}.dump | sha256sum --check --status || exit {CORRUPT}\n'
        "systemctl stop neo4j\n"
        f'neo4j-admin database load {quote(database)} --from-path="$where" --overwrite-destination=true || exit {NOT_LOADED}\n'
        "systemctl start neo4j"
    )
