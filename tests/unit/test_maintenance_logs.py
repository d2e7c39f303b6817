"""Which lines of a log are errors, which patterns they have, and what log groups cost."""

import random
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest

from credex_actions.maintenance.finding import Finding
from credex_actions.maintenance.logs import cost, patterns
from credex_actions.maintenance.logs.hiding import hidden
from credex_actions.maintenance.logs.lines import error_in
from credex_actions.maintenance.logs.mining import MOST_PATTERNS, Miner
from credex_actions.maintenance.logs.reading import Line, Stored
from tests.maintaining import NOW


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-29T10:00:00Z ERROR [db] connection refused",
        "TypeError: undefined is not a function",
        'level=error msg="no route"',
        "[error] 31#31: *1 connect() failed",
        "Unhandled rejection in worker",
        "java.lang.NullPointerException",
        "E1129 10:00:00 1 controller.go:1] broken",
        '{"level":50,"msg":"boom"}',
        '{"level":"ERROR","message":"boom"}',
        "0 errors before, now ERROR: disk full",
    ],
)
def test_errors_are_told(line: str) -> None:
    assert error_in(line) is not None


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-29T10:00:00Z INFO request done",
        "finished with 0 errors",
        "no errors found",
        '{"level":30,"msg":"no error here","error":null}',
        '{"level":"info","message":"retrying after ECONNERR"}',
        "    at Object.<anonymous> (/app/error.js:1:1)",
        '  File "/app/errors.py", line 3, in error',
        "GET /errors 200",
        "terrorist critically alerted",
        "",
    ],
)
def test_what_only_looks_like_an_error_is_none(line: str) -> None:
    assert error_in(line) is None


def test_the_message_of_json_is_its_own() -> None:
    assert error_in('{"level":50,"time":1,"err":{"type":"Error","message":"boom"}}') == "Error: boom"


@pytest.mark.parametrize(
    "line",
    [
        "login failed for bob with password=hunter2hunter2",
        "Authorization: Bearer abcdefghijklmnop123",
        "using " + "AKIA" + "IOSFODNN7EXAMPLE",
        'config {"neo4jPassword": "hunter2hunter2"}',
        "postgres://app:hunter2hunter2@db/x",
        "token: hunter2hunter2",
        "Authorization: Token hunter2",
        "GET /: authorization: ApiKey user hunter2, then more",
        "Proxy-Authorization=Digest username='app', response='hunter2'",
        "Cookie: theme=dark; connect.sid=hunter2; other=1",
        "set-cookie: sid=hunter2; Path=/",
        "x-api-key: hunter2",
        "passphrase=hunter2",
        "credential: hunter2",
        'password="a \\" quote, hunter2"',
        'secret: "cut off hunter2',
        '{"message": "{\\"password\\": \\"correct hunter2\\"}"}',
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEhunter2\n-----END RSA PRIVATE KEY-----",
        "secret=-----BEGIN PRIVATE KEY-----\nMIIEhunter2",
        f"key {'LS0tLS1CRUdJTiBQUklWQVRF'}IEtFWS0tLS0thunter2",
        f"key {'LS0tLS1CRUdJTiBQUklWQVRF'}IEtFWS0tLS0t\n{'A' * 64}\nhunter2==",
        f"account {'eyJ0eXBlIjogInNlcnZpY2'}VfYWNjb3VudCIhunter2",
    ],
)
def test_no_secret_is_left_in_a_line(line: str) -> None:
    shown = hidden(line, lambda text: text)
    assert "hunter2" not in shown
    assert "abcdefghijklmnop123" not in shown
    assert "IOSFODNN7" not in shown
    assert "***" in shown


def test_a_line_without_a_secret_stays_as_it_is() -> None:
    line = "ERROR: the key of the map is missing, tokens left"
    assert hidden(line, lambda text: text) == line


def lines(*texts: str, every: timedelta = timedelta(minutes=1)) -> Iterator[Line]:
    return (Line(NOW + number * every, text) for number, text in enumerate(texts))


def reviewed(given: Iterable[Line], known: Iterable[str] = ()) -> patterns.Reviewed:
    return patterns.review("/app", given, known, lambda text: hidden(text, lambda same: same))


def new(given: patterns.Reviewed, times: float, *, compared: bool) -> Iterator[Finding]:
    return patterns.findings(given, patterns.found(given, times, compared=compared))


REFUSED = [f"ERROR db: connection to 10.0.0.{number} refused after {number * 7} ms, request {number:032x}" for number in range(1, 30)]
MISSING = [f"ERROR api: user {name} not found" for name in ("alice", "bob", "carol", "dave")]


def test_lines_that_differ_in_values_are_one_pattern_with_its_times() -> None:
    found = reviewed(lines(*REFUSED, *MISSING, "INFO fine"))
    assert [(each.template, each.count) for each in found.miner.patterns()] == [
        ("ERROR db: connection to <_> refused after <_> ms, request <_>", 29),
        ("ERROR api: user <*> not found", 4),
    ]
    first = found.miner.patterns()[0]
    assert (first.first, first.last) == (NOW, NOW + timedelta(minutes=28))
    assert first.sample == REFUSED[0]
    assert (found.lines, found.errors) == (34, 33)


def test_what_the_earlier_report_knew_is_not_new_even_if_it_paused() -> None:
    earlier = reviewed(lines(*REFUSED, *MISSING)).miner.templates()
    later = reviewed(lines(*reversed(REFUSED), "ERROR cache: out of memory", "ERROR cache: out of memory"), earlier)
    (found,) = new(later, 2, compared=True)
    assert (found.title, found.severity) == ("/app: ERROR cache: out of memory", "medium")
    assert later.miner.templates() == tuple(sorted({*earlier, "ERROR cache: out of memory"}))
    assert not list(new(reviewed(lines(*MISSING), later.miner.templates()), 1, compared=True))


def test_what_was_found_and_goes_on_is_found_again_until_it_stays_away() -> None:
    first = reviewed(lines(*REFUSED, *MISSING))
    ways = patterns.found(first, 5, compared=False)
    (refused,) = patterns.findings(first, ways)
    again = patterns.review("/app", lines(*REFUSED[:1], *MISSING), first.miner.templates(), str, patterns.read(patterns.written(ways)))
    still = patterns.found(again, 5, compared=True, before=ways)
    (found,) = patterns.findings(again, still)
    assert (found.id, found.severity) == (refused.id, "low"), "one line is enough, and it is no graver than it was"
    assert "1 line at" in found.why
    assert "it goes on" in found.why
    away = patterns.review("/app", lines(*MISSING), again.miner.templates(), str, still)
    assert patterns.found(away, 5, compared=True, before=still) == {}


def test_what_is_too_much_to_be_told_one_by_one_goes_on_as_that() -> None:
    many = [f"ERROR {letter}one {letter}two {letter}three" for letter in "abcdefghijklmnopqrstuvwxy"]
    first = reviewed(lines(*many))
    ways = patterns.found(first, 1, compared=True)
    titles = [each.title for each in patterns.findings(first, ways)]
    assert (len(titles), titles[-1]) == (21, "/app has 5 more patterns of errors")
    again = patterns.review("/app", lines(*many), first.miner.templates(), str, ways)
    assert [each.title for each in patterns.findings(again, patterns.found(again, 1, compared=True, before=ways))] == titles
    assert patterns.read(["more a", "new b", "gone c", ""]) == {"a": "more", "b": "new"}


def test_a_first_report_says_that_there_is_nothing_to_compare_with() -> None:
    (found,) = new(reviewed(lines(*MISSING)), 2, compared=False)
    assert "there is no earlier report to compare with" in found.why
    assert found.severity == "low"


def test_a_flood_is_grave_and_a_single_line_is_nothing() -> None:
    flood = [Line(NOW + timedelta(seconds=number), "ERROR cache: out of memory") for number in range(500)]
    (found,) = new(reviewed([*flood, *lines("ERROR once: only")]), 2, compared=True)
    assert found.severity == "high"


def test_no_secret_is_in_a_template_a_sample_or_a_finding() -> None:
    found = reviewed(lines(*[f"ERROR login of app with password=hunter2hunter{number} failed" for number in range(5)]))
    assert "hunter2" not in repr([found.miner.templates(), list(new(found, 1, compared=True))])


def test_memory_stays_bounded_where_no_line_is_like_another() -> None:
    words = random.Random(7)  # noqa: S311 - the same words each time
    miner = Miner((), lambda text: text)

    def some(number: int) -> None:
        for _ in range(number):
            miner.add("ERROR " + " ".join("".join(words.choices("abcdefgh", k=6)) for _ in range(5)), NOW)

    some(3 * MOST_PATTERNS)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    some(MOST_PATTERNS)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(miner._patterns) <= 2 * MOST_PATTERNS
    assert miner.forgotten > 0
    assert grown < 2 << 20


def test_a_frequent_pattern_outlives_many_rare_ones() -> None:
    words = random.Random(7)  # noqa: S311 - the same words each time
    miner = Miner((), lambda text: text)
    for _ in range(3 * MOST_PATTERNS):
        miner.add("ERROR " + " ".join("".join(words.choices("abcdefgh", k=6)) for _ in range(5)), NOW)
        miner.add("ERROR cache: out of memory", NOW)
    assert miner.patterns()[0].count == 3 * MOST_PATTERNS


PRICE = cost.Price(0.5, 0.03)


@pytest.mark.parametrize(
    ("stored", "ingested", "keys"),
    [
        (Stored("/a", 10**9, 30), cost.Ingested(10**9, 10**9), []),
        (Stored("/a", 10**9, 30), cost.Ingested(50 * 10**9, 50 * 10**9), [""]),
        (Stored("/a", 3_000 * 10**9, None), cost.Ingested(10**9, 10**9), [""]),
        (Stored("/a", 0, 30), cost.Ingested(6 * 10**9, 10**9), ["multiplied"]),
        (Stored("/a", 0, 30), cost.Ingested(10**8, 10**7), []),
        (Stored("/a", 0, 30), cost.Ingested(10**9, 0), []),
    ],
    ids=["cheap", "much comes in", "much is kept", "it multiplied", "it multiplied from next to nothing", "it is new"],
)
def test_costs(stored: Stored, ingested: cost.Ingested, keys: list[str]) -> None:
    assert [each.key for each in cost.costly(stored, ingested, PRICE, 50, 3)] == keys


def test_advice_fits_what_costs() -> None:
    (kept,) = cost.costly(Stored("/a b", 3_000 * 10**9, None), cost.Ingested(0, 0), PRICE, 50, 3)
    assert kept.fix == "aws logs put-retention-policy --log-group-name '/a b' --retention-in-days 30"
    assert kept.monthly_cost == 90.0
