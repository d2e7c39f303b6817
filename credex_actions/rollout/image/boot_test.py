"""The script that proves an AMI on an instance of it: Neo4j runs, and responds over Bolt. It needs no password, so that none is made."""

from typing import Final

WITHIN: Final = 300
"""Seconds for Neo4j to respond after the boot."""
SILENT: Final = 67
"""Code of the script: Neo4j did not respond in time."""


def script(package: str) -> str:
    """A boot starts the unit, as it is enabled; to start it again tells at once why it cannot be. Then a login that cannot succeed has to be
    refused by the DBMS: nothing else says `unauthorized`. Prints the version that is installed.
    """
    return f"""\
set -u
systemctl is-enabled --quiet neo4j || {{ echo "the unit neo4j is not enabled" >&2; exit {SILENT}; }}
systemctl start neo4j || exit {SILENT}
end=$(($(date +%s) + {WITHIN}))
while :; do
  said="$(NEO4J_USERNAME=credex-boot-test NEO4J_PASSWORD=nobody-has-this cypher-shell --format plain -a bolt://localhost:7687 'RETURN 1' </dev/null 2>&1)" && break
  case "$said" in *nauthorized*) break ;; esac
  [ "$(date +%s)" -lt "$end" ] || {{ printf '%s\\n' "$said" >&2; exit {SILENT}; }}
  sleep 2
done
systemctl is-active --quiet neo4j || {{ echo "the unit neo4j is not active" >&2; exit {SILENT}; }}
rpm -q --queryformat '%{{VERSION}}' {package}
"""
