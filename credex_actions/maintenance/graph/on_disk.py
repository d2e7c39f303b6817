"""What only the instance can tell: the space on its disk, and its query log. One command by SSM, which reads."""

import inspect
import json
import re
from collections.abc import Iterator
from shlex import quote
from typing import Final, NamedTuple

from credex_actions.aws.run_command import run
from credex_actions.aws.script import Script
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line
from credex_actions.databases.around import Around
from credex_actions.databases.finding import Found
from credex_actions.maintenance.graph import query_log
from credex_actions.maintenance.graph.observed import Disk, Log, Slow, Told

WITHIN: Final = 60.0
ONLINE_WITHIN: Final = 10.0
DATA: Final = "/var/lib/neo4j/data"
LOGS: Final = "/var/log/neo4j"
END: Final = "END_OF_PROGRAM_5c1d"


class OnDisk(NamedTuple):
    """`log`: None where there is no query log. `database`: the store and its logs have been found below the data directory."""

    disk: Disk
    log: Log | None


def look(around: Around, found: Found, name: str, told: Told, milliseconds: int) -> OnDisk:
    """Raises Failure, CommandCancelled."""
    clients, clock, runner = around
    script = Script("\n".join(_lines(name, told, milliseconds)), runner.redact)
    ended = run(
        clients, clock, found.instance_id, script, within=WITHIN, comment=f"maintenance: space of {name}", online_within=ONLINE_WITHIN
    )
    if ended.code:
        words = one_line(ended.error.strip().splitlines()[0] if ended.error.strip() else f"exit code {ended.code}")
        raise Failure(Exit.REMOTE, Fault(f"{found.instance_id}: the space on its disk cannot be read: {words}"))
    return read(ended.output)


def _lines(name: str, told: Told, milliseconds: int) -> Iterator[str]:
    data = told.settings.get("server.directories.data") or DATA
    transactions = told.settings.get("server.directories.transaction.logs.root") or f"{data}/transactions"
    log = f"{told.settings.get('server.directories.logs') or LOGS}/query.log"
    yield "set -eu"
    yield f"df -P -B1 {quote(data)} | awk 'NR == 2 {{ print \"disk\", $2, $3 }}'"
    for word, folder in (("store", f"{data}/databases/{name}"), ("logs", f"{transactions}/{name}")):
        yield f"echo {word} $(du -s -B1 {quote(folder)} | cut -f1)"
    if told.settings.get("db.logs.query.enabled") != "OFF":
        yield f"if [ -s {quote(log)} ] && command -v python3 >/dev/null; then printf 'log '; python3 - {quote(log)} {milliseconds} <<'{END}'"
        yield inspect.getsource(query_log)
        yield END
        yield "fi"


def read(output: str) -> OnDisk:
    """Raises Failure."""
    found = {line.partition(" ")[0]: line.partition(" ")[2] for line in output.splitlines()}
    try:
        size, used = (int(part) for part in found["disk"].split())
        disk = Disk(size, used, int(found["store"]), int(found["logs"]))
        return OnDisk(disk, _log(found["log"]) if "log" in found else None)
    except (KeyError, ValueError, TypeError):
        what = f"what the instance prints of its disk cannot be read: {one_line(re.sub(r'[{].*', '…', output), 120)}"
        raise Failure(Exit.REMOTE, Fault(what)) from None


def _log(text: str) -> Log:
    document = json.loads(text)
    slow = tuple(Slow(str(shape), int(times), int(whole), int(longest)) for shape, times, whole, longest in document["slow"])
    return Log(int(document["queries"]), int(document["hits"]), int(document["faults"]), str(document["since"]), slow)
