"""The commands that a drill runs on the scratch instance, as root, with Neo4j's own packages."""

from shlex import quote
from typing import Final

from credex_actions.backup.taking.commands import AS_NEO4J

CORRUPT: Final = 65
"""Code of the loading script: what was downloaded is not what was uploaded."""
NOT_LOADED: Final = 66
"""Code of the loading script: neo4j-admin does not load it."""
LOADS_WITHIN: Final = 7200.0
CHECKS_WITHIN: Final = 7200.0
"""Seconds."""


def check(database: str) -> str:
    """Its code is neo4j-admin's: 0 for a consistent store. Source: Neo4j Operations Manual, "Check database consistency"."""
    return (
        f'set -eu; {AS_NEO4J}systemctl stop neo4j; where="$(mktemp -d "${{TMPDIR:-/var/tmp}}/credex-drill-XXXXXX")"; chmod 777 "$where"; cd "$where"\n'
        f'as_neo4j neo4j-admin database check {quote(database)} --report-path="$where"'
    )


BOOTED: Final = """if command -v cloud-init >/dev/null; then cloud-init status --wait >&2 || true; fi
"""
"""The agent is there before the instance's user data has ended, which may mount another volume over what was loaded."""


def load(database: str, place: str, checksum: str) -> str:
    """Neo4j has to run afterwards, with what the dump holds in the place of what the instance began with."""
    return BOOTED + (
        f'set -eu; {AS_NEO4J}where="$(mktemp -d "${{TMPDIR:-/var/tmp}}/credex-drill-XXXXXX")"; trap \'rm -rf "$where"\' EXIT\n'
        f'aws s3 cp --only-show-errors {quote(place)} "$where"/{quote(database)}.dump\n'
        f'printf "%s  %s\\n" {quote(checksum)} "$where"/{quote(database)}.dump | sha256sum --check --status || exit {CORRUPT}\n'
        'if id -u neo4j >/dev/null 2>&1; then chown -R neo4j "$where"; fi; systemctl stop neo4j\n'
        f'as_neo4j neo4j-admin database load {quote(database)} --from-path="$where" --overwrite-destination=true || exit {NOT_LOADED}\n'
        "systemctl start neo4j"
    )
