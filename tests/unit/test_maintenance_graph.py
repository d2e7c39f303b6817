"""What is found of a database, and the look-alikes that are not reported."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from credex_actions.backup.archive import Backup, Drill
from credex_actions.core.faults import Failure
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.graph import backups, certificates, memory, on_disk, query_log, releases, space, working
from credex_actions.maintenance.graph.asking import size
from credex_actions.maintenance.graph.observed import GIB, Disk, Index, Log, Memory, Query, Size, Slow, Told
from credex_actions.neo4j.configuration.model import Backup as Wanted
from credex_actions.neo4j.configuration.model import Source
from credex_actions.neo4j.fingerprint import Tag
from credex_actions.rollout.checking import discovered
from credex_actions.rollout.running import Running
from credex_actions.rollout.versions.sources import Published
from credex_actions.rollout.versions.version import Series, Version, read_version
from tests.maintaining import NOW

TAG = Tag(id="C865AE1D7EC975EC", transaction=113, nodes=10, relationships=5, content="0" * 32, basis="exact")


def taken(hours: float, *, drilled: float | None = None, proven: bool = True, size: int = GIB, method: str = "snapshot") -> Backup:
    drill = None if drilled is None else Drill(NOW - timedelta(hours=drilled), proven)
    return Backup(id=f"b-{hours}", database="ledger", environment="production", method=method, place=f"snap-{hours}", taken=NOW - timedelta(hours=hours),  # type: ignore[arg-type]
                  state="complete", fingerprint=TAG, bytes=size, drill=drill, checksum="0" * 64)  # fmt: skip


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ([taken(2, drilled=24)], []),
        ([taken(30, drilled=24)], ["backup-stale"]),
        ([], ["backup-stale"]),
        ([taken(2), taken(50, drilled=24 * 9)], ["drill-stale"]),
        ([taken(2)], ["drill-stale"]),
        ([taken(2, drilled=1, proven=False), taken(20, drilled=3)], []),
    ],
    ids=["fresh and drilled", "old", "none", "drilled long ago", "never drilled", "a bad one next to a good one"],
)
def test_ages_of_backups(own: list[Backup], found: list[str]) -> None:
    assert [each.check for each in backups.of_ages("ledger", "production", "production/ledger", own, Wanted(), NOW)] == found


def growing(*sizes: float) -> list[Size]:
    return [Size(NOW - timedelta(days=len(sizes) - at), round(each * GIB)) for at, each in enumerate(sizes)]


DISK = Disk(100 * GIB, 40 * GIB, 30 * GIB, GIB)


@pytest.mark.parametrize(
    ("disk", "sizes", "severity"),
    [
        (DISK, growing(30, 30, 30, 30), None),
        (DISK, growing(30, 33, 36, 39, 42), "medium"),
        (DISK, growing(30, 36, 42, 48, 54), "high"),
        (DISK, growing(30, 60), None),
        (DISK, growing(40, 35, 30, 20), None),
        (Disk(100 * GIB, 85 * GIB, 30 * GIB, GIB), (), "medium"),
        (Disk(100 * GIB, 95 * GIB, 30 * GIB, GIB), (), "high"),
    ],
    ids=["steady", "grows", "grows fast", "two points", "shrinks", "nearly full", "full"],
)
def test_disks_that_fill_up(disk: Disk, sizes: list[Size], severity: str | None) -> None:
    assert [each.severity for each in space.growing("ledger", disk, sizes, 80, 60, "more")] == ([severity] if severity else [])


def test_sizes_are_those_of_one_method() -> None:
    own = [taken(1, size=5), taken(2, size=4), taken(3, size=1, method="dump")]
    assert [each.bytes for each in backups.sizes(own)] == [4, 5]


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        (Memory(16 * GIB, 6 * GIB, 6 * GIB, 6 * GIB, 7 * GIB), []),
        (Memory(16 * GIB, 8 * GIB, 8 * GIB, 8 * GIB, 8 * GIB), ["too-much"]),
        (Memory(16 * GIB, 4 * GIB, None, None, None), ["unset"]),
        (Memory(16 * GIB, 2 * GIB, 2 * GIB, 2 * GIB, 2 * GIB), ["unused"]),
        (Memory(128 * GIB, 34 * GIB, 34 * GIB, 34 * GIB, 80 * GIB), ["heap"]),
        (Memory(16 * GIB, 6 * GIB, 6 * GIB, GIB, 7 * GIB), ["initial"]),
        (Memory(2 * GIB, GIB // 2, GIB // 2, GIB // 2, GIB // 2), []),
    ],
    ids=["fits", "too much", "unset", "unused", "a heap that holds less", "a heap that grows", "a small machine"],
)
def test_memory_settings(given: Memory, keys: list[str]) -> None:
    assert [each.key for each in memory.settings("ledger", given, 60)] == keys


def test_the_page_cache_that_nobody_sets_is_the_heuristic() -> None:
    assert Memory(16 * GIB, 4 * GIB, None, None, None).cache == 6 * GIB
    assert [size(text) for text in ("512.00MiB", "4g", "1024", "2.5GiB", None, "", "half")] == [
        512 << 20,
        4 * GIB,
        1024,
        int(2.5 * GIB),
        None,
        None,
        None,
    ]


SMALL = Memory(16 * GIB, 6 * GIB, 6 * GIB, 6 * GIB, 2 * GIB)


@pytest.mark.parametrize(
    ("told", "log", "found"),
    [
        (Told(hit_ratio=0.999, memory=SMALL), None, []),
        (Told(hit_ratio=0.95), None, ["medium"]),
        (Told(hit_ratio=0.5), None, ["high"]),
        (Told(memory=SMALL), Log(9, 999, 1, "2026-11-01", ()), []),
        (Told(memory=SMALL), Log(9, 9_000, 1_000, "2026-11-01", ()), ["medium"]),
        (Told(memory=SMALL), Log(9, 10, 5, "2026-11-01", ()), ["low"]),
        (Told(memory=SMALL._replace(cache_set=40 * GIB)), None, []),
    ],
    ids=[
        "hits",
        "misses",
        "misses half",
        "the log hits",
        "the log misses",
        "too few to tell: smaller than the store",
        "larger than the store",
    ],
)
def test_page_caches(told: Told, log: Log | None, found: list[str]) -> None:
    assert [each.severity for each in memory.page_cache("ledger", told, log, DISK, 98)] == found


def test_a_page_cache_of_which_nothing_is_known_is_not_judged() -> None:
    with pytest.raises(Skipped, match="Enterprise"):
        list(memory.page_cache("ledger", Told(), None, None, 98))


LONG_AGO, LATELY = NOW - timedelta(days=90), NOW - timedelta(days=2)


def index(**changes: Any) -> Index:
    return Index("i", "RANGE", "ONLINE", 0, None, LONG_AGO, False, "Account (id)")._replace(**changes)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (index(), True),
        (index(reads=9, last_read=LONG_AGO + timedelta(days=1)), True),
        (index(reads=9, last_read=LATELY), False),
        (index(since=LATELY), False),
        (index(since=None, reads=None), False),
        (index(constraint=True), False),
        (index(kind="LOOKUP"), False),
        (index(state="FAILED"), True),
    ],
    ids=["never read", "read long ago", "read lately", "counted for two days", "not counted", "of a constraint", "of labels", "failed"],
)
def test_indexes(given: Index, found: bool) -> None:
    assert bool(list(working.indexes("ledger", [given], NOW, 30))) is found


def test_slow_queries_are_found_by_their_shape() -> None:
    running = [Query("tx-1", "app", "MATCH (n) RETURN n", 600), Query("tx-2", "app", "RETURN ?", 1)]
    (found,) = working.running("ledger", running, 60)
    assert "10 min" in found.title
    log = Log(100, 0, 0, "2026-11-01", (Slow("MATCH (a) RETURN a", 9, 18_000, 4_000), Slow("RETURN ?", 1, 5_000, 5_000)))
    (found,) = working.logged("ledger", log, 3)
    assert "2000 ms on average, 4000 ms at most" in found.why


PLAIN = (
    "2026-11-29 00:00:01.123+0000 INFO  id:7 - transaction id:9 - 1550 ms: (planning: 20, waiting: 10) - 13792 B - 15 page hits, 2 page faults - "
    "bolt-session\tbolt\tneo4j-python/5.0\t\tclient/127.0.0.1:5\tserver/127.0.0.1:7687>\tneo4j - app - MATCH (n:Person {name:'Tom \\' Hanks', age: 42}) RETURN n - "
    "{password: 'hunter2hunter2'} - runtime=pipelined - {}"
)
AS_JSON = json.dumps({"time": "2026-11-29 00:00:02.1+0000", "level": "INFO", "event": "success", "type": "query", "elapsedTimeMs": 2500, "pageHits": 5, "pageFaults": 1,
                      "database": "neo4j", "username": "app", "query": 'MATCH (n:Person {name:"Eve", age: 7}) RETURN n', "queryParameters": {"password": "hunter2hunter2"}})  # fmt: skip
STARTED = PLAIN.replace("INFO  id:7", "INFO  Query started: id:7").replace("1550 ms", "0 ms")


def test_the_query_log_is_summed_up_without_any_literal() -> None:
    summed = query_log.summed([PLAIN, AS_JSON, STARTED, "  RETURN of a second line", "{broken", ""], 1000)
    assert (summed["queries"], summed["hits"], summed["faults"], summed["since"]) == (2, 20, 3, "2026-11-29")
    assert summed["slow"] == [["MATCH (n:Person {name:?, age: ?}) RETURN n", 2, 4050, 2500]]
    assert "hunter2" not in json.dumps(summed)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("// don't\nMATCH (u {password: 'hunter2'})", "MATCH (u {password: ?})"),
        ("MATCH (u) /* it's\nhunter2 */ RETURN u", "MATCH (u) RETURN u"),
        ("MATCH (u:`it's 7`) WHERE u.`a``'` = 'hunter2' RETURN u", "MATCH (u:`it's 7`) WHERE u.`a``'` = ? RETURN u"),
        ("MATCH (u {url: 'http://a', password: 'hunter2'}) RETURN u", "MATCH (u {url: ?, password: ?}) RETURN u"),
        ("MATCH (u {name: \"it's\", password: 'hunter2'}) RETURN u", "MATCH (u {name: ?, password: ?}) RETURN u"),
        ("MATCH (u {password: 'hunter2", "MATCH (u {password: ?"),
        ("MATCH (u {password: 'it\\'s hunter2\\", "MATCH (u {password: ?"),
        ("MATCH (u:`hunter2", "MATCH (u:?"),
        ("MATCH (u) // hunter2", "MATCH (u)"),
    ],
)
def test_no_literal_is_left_in_the_shape_of_a_query(query: str, shown: str) -> None:
    assert query_log.shape(query) == shown


def test_what_the_instance_prints_is_read() -> None:
    seen = on_disk.read(f"disk 100 40\nstore 30\nlogs 1\nlog {json.dumps(query_log.summed([PLAIN], 1))}\n")
    assert seen.disk == Disk(100, 40, 30, 1)
    assert seen.log
    assert seen.log.slow[0].times == 1
    with pytest.raises(Failure, match="cannot be read"):
        on_disk.read("df: no such file")


def published(kind: str, *versions: str) -> Published:
    return Published(Source(kind=kind, url="https://example.com/"), frozenset(filter(None, map(read_version, versions))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("runs", "keys"),
    [("5.26.16", []), ("5.26.15", [("low", "")]), ("5.20.0", [("high", "unsupported"), ("medium", "")]), ("2025.01.0", [])],
    ids=["the newest", "one behind", "an old series", "a newer series"],
)
def test_versions(runs: str, keys: list[tuple[str, str]]) -> None:
    there = discovered(Series(5, 26), None, (published("github", "5.26.16", "5.26.15"), published("yum", "5.26.16")))
    version = read_version(runs)
    assert version
    assert [(each.severity, each.key) for each in releases.behind("ledger", Running(version), there, date(2026, 11, 29), 1)] == keys


def test_sources_that_do_not_answer_are_said() -> None:
    there = discovered(Series(5, 26), None, (published("github")._replace(trouble="cannot be reached"),))
    with pytest.raises(Skipped, match="github cannot be reached"):
        list(releases.behind("ledger", Running(Version(5, 26, 0)), there, date(2026, 11, 29), 1))


@contextmanager
def presenting(folder: Path, until: datetime) -> Iterator[int]:
    """A port that presents a certificate valid until then."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "db.example.com")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), until - timedelta(days=365), until).sign(
        key, hashes.SHA256()
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "both.pem").write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            connection, _ = server.accept()
            with connection, context.wrap_socket(connection, server_side=True):
                pass

        thread = threading.Thread(target=once)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(("days", "severity"), [(90, None), (20, "medium"), (5, "high"), (-1, "high")])
def test_certificates(tmp_path: Path, days: int, severity: str | None) -> None:
    until = (datetime.now(UTC) + timedelta(days=days, minutes=1)).replace(microsecond=0)
    with presenting(tmp_path, until) as port:
        found = certificates.presented("127.0.0.1", port, "db.example.com")
    assert (found.until, found.subject) == (until, "CN=db.example.com")
    findings = list(certificates.expiring("ledger", "bolt+s://db.example.com:7687", found, datetime.now(UTC), 30))
    assert [each.severity for each in findings] == ([severity] if severity else [])


def test_a_port_without_tls_presents_nothing() -> None:
    with pytest.raises(Skipped, match="presents no certificate"):
        certificates.presented("127.0.0.1", 9)
