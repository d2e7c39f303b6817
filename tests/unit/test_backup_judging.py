"""Whether what was restored is what was backed up."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from credex_actions.backup.archive import Backup
from credex_actions.backup.checks import Answered
from credex_actions.backup.drill.judging import compare
from credex_actions.backup.evidence import as_json, page
from credex_actions.backup.one_database import not_what_was
from credex_actions.neo4j.fingerprint import Counts, Fingerprint, Identity, NotRead, tag_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
IDENTITY = Identity(
    name="neo4j", id="C865AE1D7EC975EC", created="2026-01-01T00:00:00Z", dbms_id="A", dbms_created="B", uuid="u", transaction=100,
    store_format="record-aligned-1.1", version="5.26.16", edition="community",
)  # fmt: skip


def fingerprint(
    transaction: int | None = 100, nodes: int = 10, exact: str | None = "digest", id_: str = "C865AE1D7EC975EC", **more: Any
) -> Fingerprint:
    return Fingerprint(
        taken="",
        identity=msgspec.structs.replace(IDENTITY, transaction=transaction, id=id_),
        counts=Counts(nodes=nodes, relationships=0, labels={"Account": nodes}, types={}),
        indexes=(), constraints=(), users=None, sample=None, exact=exact, meanwhile=0, **more,
    )  # fmt: skip


def backup(of: Fingerprint, up_to: int | None) -> Backup:
    return Backup(
        id="b", database="ledger", environment="production", method="snapshot", place="snap-1", taken=NOW, state="complete",
        fingerprint=tag_of(of), up_to=up_to,
    )  # fmt: skip


def test_the_same_transaction_and_content_is_proven() -> None:
    seen = compare(backup(fingerprint(), 100), fingerprint())
    assert seen.same
    assert seen.sentence == "same database, unchanged"


def test_what_was_committed_between_fingerprint_and_snapshot_may_be_in_it() -> None:
    seen = compare(backup(fingerprint(), 105), fingerprint(104, nodes=14, exact="other"))
    assert seen.same
    assert "4 transactions later" in seen.sentence


def test_more_than_could_be_in_it_was_written_by_somebody() -> None:
    seen = compare(backup(fingerprint(), 105), fingerprint(106, nodes=14, exact="other"))
    assert not seen.same
    assert "someone wrote to the restored copy" in seen.notes[-1]


def test_without_a_bound_later_is_accepted_and_said() -> None:
    seen = compare(backup(fingerprint(), None), fingerprint(140, nodes=14, exact="other"))
    assert seen.same
    assert "is not known" in seen.notes[0]


@pytest.mark.parametrize(
    ("restored", "words"),
    [
        (fingerprint(90), "older: 10 transactions are missing"),
        (fingerprint(exact="damaged"), "content differs"),
        (fingerprint(id_="0000000000000000", nodes=0, exact=None), "another database, and it is empty"),
        (fingerprint(id_="0000000000000000", exact="other"), "another database"),
        (fingerprint(None, nodes=14), "it cannot be told whether all of it is there"),
    ],
)
def test_anything_else_is_not(restored: Fingerprint, words: str) -> None:
    seen = compare(backup(fingerprint(), 105), restored)
    assert not seen.same
    assert words in seen.sentence


def test_counts_alone_prove_nothing() -> None:
    assert not compare(backup(fingerprint(None, exact=None), None), fingerprint(None, exact=None)).same
    assert compare(backup(fingerprint(exact=None), 100), fingerprint(exact=None)).same


def test_what_was_not_read_is_a_note() -> None:
    seen = compare(backup(fingerprint(exact=None), 100), fingerprint(exact=None, not_read=(NotRead(part="schema", why="no right"),)))
    assert any("no schema" in note for note in seen.notes)
    assert any("by counts" in note for note in seen.notes)


@pytest.mark.parametrize(
    ("expected", "answer", "passed"),
    [
        (True, True, True),
        (True, 1, False),
        (1, True, False),
        (1, 1.0, True),
        (None, None, True),
        ("a", "a", True),
        (5, "5", False),
        (0, False, False),
    ],
)
def test_an_answer_is_compared_as_json_is(expected: object, answer: object, passed: bool) -> None:
    assert Answered("q", expected, answer).passed is passed


def test_a_check_that_could_not_be_asked_has_not_passed() -> None:
    assert not Answered("q", None, None, trouble="timed out").passed


def test_a_database_that_was_wiped_since_the_newest_backup_is_told_when_it_is_backed_up() -> None:
    before = [backup(fingerprint(), 100)]
    assert not_what_was(before, tag_of(fingerprint(transaction=120, nodes=20))) == ""
    assert not_what_was([], tag_of(fingerprint())) == ""
    assert (
        not_what_was(before, tag_of(fingerprint(nodes=0, id_="AAAA"))) == "seen from b, the database is: another database, and it is empty"
    )
    assert "older: 60 transactions are missing" in not_what_was(before, tag_of(fingerprint(transaction=40)))


@pytest.mark.parametrize(
    ("answer", "written"),
    [(float("nan"), "NaN"), ([1.5, float("-inf")], [1.5, "-Infinity"]), (True, True), (NOW, "2026-11-28 12:00:00+00:00")],
)
def test_evidence_is_json_whatever_a_check_returns(answer: object, written: object) -> None:
    assert json.loads(json.dumps(as_json(answer), allow_nan=False)) == written


@pytest.mark.parametrize(
    ("verdict", "checks", "told"),
    [
        ("proven", [], True),
        ("differs", [], False),
        ("proven", [{"query": "RETURN 1", "expected": 1, "answer": 1, "passed": True, "trouble": None}], False),
    ],
)
def test_evidence_without_checks_says_that_nothing_says_what_the_database_has_to_hold(verdict: str, checks: list[Any], told: bool) -> None:
    backup = {"id": "ledger-1", "place": "snap-1", "method": "snapshot", "taken": "", "version": "5.26.16", "fingerprint": ""}
    drill = {"database": "ledger", "verdict": verdict, "why": "", "backup": backup, "checks": checks}
    drawn = page({"environment": "", "made": "", "began": "", "by": "", "run": "", "drills": [drill]})
    assert ("none are configured" in drawn) is told
