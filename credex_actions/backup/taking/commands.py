"""The commands that a backup runs on an instance, as root, with Neo4j's own packages: the systemd unit neo4j, neo4j-admin on the PATH."""

from typing import Final

STOP: Final = "systemctl stop neo4j && ! systemctl is-active --quiet neo4j"
START: Final = "systemctl start neo4j"
RUNS: Final = "systemctl is-active neo4j || true"
STOPS_WITHIN: Final = 600.0
STARTS_WITHIN: Final = 300.0
"""Seconds."""
