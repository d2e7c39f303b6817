"""The commands that a drill runs on the scratch instance."""

from shlex import quote


def check_script(database: str) -> str:
    """Its code is neo4j-admin's: 0 for a consistent store. Source: Neo4j Operations Manual, "Check database consistency"."""
    return f'systemctl stop neo4j && cd "$(mktemp -d)" && neo4j-admin database check {quote(database)}'
