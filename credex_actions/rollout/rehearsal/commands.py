"""What is asked on the scratch instance while its database does not respond, and what its log says then. Pure."""

import re
from collections.abc import Sequence
from typing import Final

STOPPED: Final = 68
"""Code of the script: Neo4j does not run, and does not start."""
WITHIN: Final = 120.0
"""Seconds."""
TELLS: Final = re.compile(
    r"Unrecognized setting|Error evaluating value|is not a valid|Invalid value|Failed to start|ConfigException|IllegalArgumentException|"
    r"unsupported|refus|downgrad|not (?:enough|sufficient)|OutOfMemory|No space left|Permission denied|Address already in use",
    re.IGNORECASE,
)
CAUSE: Final = re.compile(r"Caused by: |Exception in thread|\bERROR\b")
FRAME: Final = re.compile(r"^\s*(at |\.\.\. [0-9]+ more)|exited immediately:\s*$|failed to run commands|^\s*$")
CLASS: Final = re.compile(r"^(?:Caused by: |Exception in thread \"[^\"]*\" )?(?:[a-z0-9_]+\.)+[A-Z]\w*: ")

INSPECT: Final = f"""\
if command -v cloud-init >/dev/null; then case "$(cloud-init status 2>/dev/null)" in *running*|*"not "*) exit 0 ;; esac; fi
alive() {{ case "$(systemctl is-active neo4j)" in active|activating|reloading) return 0 ;; esac; return 1; }}
again="$(systemctl show --property=NRestarts --value neo4j 2>/dev/null)"
case "$again" in ""|*[!0-9]*|0|1|2) alive && exit 0 ;; esac
systemctl start neo4j >/dev/null 2>&1; sleep 2
case "$again" in ""|*[!0-9]*|0|1|2) alive && exit 0 ;; esac
journalctl -u neo4j --no-pager -o cat -n 80 2>/dev/null
tail -n 80 /var/log/neo4j/neo4j.log 2>/dev/null
exit {STOPPED}
"""
"""One that is still booting is left alone; else it is started once more, so that the log's end has the reason. systemd may restart a unit forever."""


def reason(log: str) -> str:
    """The line of Neo4j's log that says why it stopped, in its own words; the last one that is more than a stack frame if none is known."""
    lines = [line.strip() for line in log.splitlines() if not FRAME.search(line)]
    for known in (TELLS, CAUSE):
        found = [line for line in lines if known.search(line)]
        if found:
            return _words(found)
    return _words(lines) if lines else "its log is empty"


def _words(lines: Sequence[str]) -> str:
    """The last one, without the name of the exception's class."""
    return CLASS.sub("", lines[-1])
