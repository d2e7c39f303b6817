"""The commands that a backup runs on an instance, as root, with Neo4j's own packages: the systemd unit neo4j, neo4j-admin on the PATH.

No secret is in them: SSM keeps their text for thirty days.
"""

from shlex import quote
from typing import Final

STARTS_BY_ITSELF: Final = 15 * 60
"""Seconds after which a database that was stopped for a backup starts, where nobody has started it: the machine that runs the backup may be lost."""
TIMER: Final = "credex-start-neo4j"
CANCEL_TIMER: Final = f"systemctl stop {TIMER}.timer {TIMER}.service >/dev/null 2>&1 || true\n"
DUMPING: Final = 'pgrep -f "[d]atabase dump" >/dev/null'


def arm(starts_after: int) -> str:
    """Whatever started it by itself until now does no more. A dump that is still being written then is waited for: the store cannot be opened meanwhile."""
    start = f"while {DUMPING}; do sleep 5; done; exec systemctl start neo4j"
    timer = f"systemd-run --quiet --collect --unit={TIMER} --on-active={starts_after} /bin/sh -c {quote(start)}"
    return f"{CANCEL_TIMER}{timer} || exit 1\n"


def stop(starts_after: int = STARTS_BY_ITSELF) -> str:
    return f"{arm(starts_after)}{STOP_NEO4J}"


def stop_for_good() -> str:
    """Of what is not to run at all: no timer starts it again."""
    return f"{CANCEL_TIMER}{STOP_NEO4J}"


STOP_NEO4J: Final = """systemctl stop neo4j && ! systemctl is-active --quiet neo4j || exit 1
case "$(systemctl show --property=Result --value neo4j 2>/dev/null)" in timeout | watchdog | core-dump | oom-kill)
  echo "systemd had to end Neo4j by force: its store is not clean. Raise TimeoutStopSec of the unit neo4j" >&2; exit 1 ;;
esac"""
"""A stop that took too long succeeds for systemctl. Source: systemd.service(5), TimeoutStopSec; org.freedesktop.systemd1(5), Result."""
RUNS_ALREADY: Final = "running"
START: Final = f"if systemctl is-active --quiet neo4j; then echo {RUNS_ALREADY}; fi\n{CANCEL_TIMER}systemctl start neo4j"
"""Prints `RUNS_ALREADY` where that is so."""
ENABLE: Final = "systemctl enable --quiet neo4j || exit 1\n"
DISABLE: Final = "systemctl disable --quiet neo4j"
RUNS: Final = "systemctl is-active neo4j || true"
STOPS_WITHIN: Final = 600.0
STARTS_WITHIN: Final = 300.0
DUMPS_WITHIN: Final = 7200.0
UPLOADS_WITHIN: Final = 7200.0
"""Seconds."""


AS_NEO4J: Final = """as_neo4j() { if id -u neo4j >/dev/null 2>&1; then runuser -u neo4j -- "$@"; else "$@"; fi; }
"""
"""What neo4j-admin writes has to belong to the user that Neo4j runs as, or Neo4j cannot open its store any more."""


FORGOTTEN: Final = (
    'find "${TMPDIR:-/var/tmp}" -mindepth 1 -maxdepth 1 -type d -name "credex-backup-*" -mmin +360 -exec rm -rf {} + 2>/dev/null || true\n'
)
"""What runs that were killed have left: copies of a database, which fill the disk. None that still works is six hours old."""


def folder(backup: str) -> str:
    """For a dump, on a disk: /tmp is memory on Amazon Linux."""
    return f'"${{TMPDIR:-/var/tmp}}"/{quote(f"credex-backup-{backup}")}'


def dump(database: str, backup: str) -> str:
    """Prints the SHA-256 and the size of the dump."""
    where = folder(backup)
    return (
        f"set -eu; umask 077; {AS_NEO4J}{FORGOTTEN}rm -rf {where}; mkdir -p {where}\n"
        f"if id -u neo4j >/dev/null 2>&1; then chown neo4j {where}; fi\n"
        f"as_neo4j neo4j-admin database dump {quote(database)} --to-path={where} >&2 || {{ code=$?; rm -rf {where}; exit $code; }}\n"
        f'sum="$(sha256sum {where}/{quote(database)}.dump)"; size="$(wc -c < {where}/{quote(database)}.dump)"\n'
        'printf "%s %s\\n" "${sum%% *}" "$((size))"'
    )


def upload(backup: str, database: str, place: str, key: str) -> str:
    encryption = f" --sse aws:kms --sse-kms-key-id {quote(key)}" if key else ""
    file = f"{folder(backup)}/{quote(database)}.dump"
    return f"aws s3 cp --only-show-errors --checksum-algorithm SHA256{encryption} {file} {quote(place)}"


def remove(backup: str) -> str:
    return f"rm -rf {folder(backup)}"
