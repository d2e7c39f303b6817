"""Which backups count, which are stale, and which may go."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.backup import ages
from credex_actions.backup.archive import BACKUP, CHECKSUM, DRILL, FINGERPRINT, UP_TO, Backup, Drill, read_backup
from credex_actions.backup.backing_up import of_its_database
from credex_actions.backup.context import Context
from credex_actions.backup.reading import bucket_and_key
from credex_actions.backup.request import Asked
from credex_actions.neo4j.fingerprint import Tag

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TAG = Tag(id="C865AE1D7EC975EC", transaction=113, nodes=10, relationships=5, content="0" * 32, basis="exact")
DAY = timedelta(days=1)


def backup(days: float, **given_: Any) -> Backup:
    fields: dict[str, Any] = {
        "id": f"ledger-{days}",
        "database": "ledger",
        "environment": "production",
        "method": "snapshot",
        "place": f"snap-{days}",
        "taken": NOW - timedelta(days=days),
        "state": "complete",
        "fingerprint": TAG,
    }
    return Backup(**(fields | given_))


def drilled(days: float, *, proven: bool = True) -> Drill:
    return Drill(NOW - timedelta(days=days), proven)


def test_what_never_completed_is_no_backup() -> None:
    found = [backup(0, state="pending"), backup(1, state="failed"), backup(30)]
    newest = ages.newest_good(found)
    assert newest
    assert newest.id == "ledger-30"
    assert "30 d old" in ages.stale("ledger", found, DAY, NOW)


def test_what_has_no_fingerprint_is_no_backup_either() -> None:
    assert (
        ages.stale("ledger", [backup(0, fingerprint=None)], DAY, NOW) == "ledger has no backup, only 1 without a fingerprint or a checksum"
    )


def test_one_that_a_drill_has_found_wrong_is_none_either_and_a_person_decides_about_it() -> None:
    found = [backup(0, drill=drilled(0, proven=False)), backup(3)]
    assert "ledger-3" in ages.stale("ledger", found, DAY, NOW)
    assert ages.stale("ledger", found[:1], DAY, NOW) == "ledger has no backup, only 1 that a drill has not proven"
    chosen = ages.pruning([*found, backup(900, drill=drilled(899, proven=False))], 1, DAY, NOW)
    assert chosen.goes == ()
    assert [each.why for each in chosen.stays] == ["the newest good one", *["a person has to decide: a drill has not proven it"] * 2]


def test_there_is_none_at_all() -> None:
    assert ages.stale("ledger", [], DAY, NOW) == "ledger has no backup"
    assert ages.undrilled("ledger", [], DAY, NOW) == "no backup of ledger was ever restored on trial and proven"


def test_a_day_is_a_day() -> None:
    assert ages.stale("ledger", [backup(1)], DAY, NOW) == ""
    assert ages.stale("ledger", [backup(1.001)], DAY, NOW)


def test_a_drill_that_failed_proves_nothing() -> None:
    found = [backup(1, drill=drilled(0.5, proven=False)), backup(9, drill=drilled(8))]
    assert "8 d" in ages.undrilled("ledger", found, 7 * DAY, NOW)
    assert ages.undrilled("ledger", found, 9 * DAY, NOW) == ""


def test_pruning_keeps_the_last_the_young_the_newest_and_the_newest_proven() -> None:
    found = [backup(days) for days in (1, 5, 31, 40, 60)] + [backup(90, drill=drilled(80)), backup(100, drill=drilled(3))]
    chosen = ages.pruning(found, 2, 30 * DAY, NOW)
    assert [each.id for each in chosen.goes] == ["ledger-31", "ledger-40", "ledger-60", "ledger-90"]
    assert {each.backup.id: each.why for each in chosen.stays} == {
        "ledger-1": "the newest good one",
        "ledger-5": "among the last 2",
        "ledger-100": "the newest one that a drill has proven",
    }


def test_the_backups_of_a_database_that_was_wiped_do_not_push_out_those_of_what_was_lost() -> None:
    empty = msgspec.structs.replace(TAG, id="AAAA", nodes=0, relationships=0)
    found = [backup(days, fingerprint=empty, drill=drilled(days)) for days in range(40)] + [backup(days) for days in range(40, 50)]
    chosen = ages.pruning(found, 1, DAY, NOW)
    assert [each.backup.id for each in chosen.stays] == ["ledger-0", "ledger-40"]
    assert "another store, C865AE1D7EC975EC" in chosen.stays[-1].why


def test_a_drill_in_the_future_never_was() -> None:
    found = [backup(1, drill=drilled(-400)), backup(2, drill=drilled(1.5))]
    assert ages.newest_drilled(found, NOW) == found[1]
    assert ages.undrilled("ledger", found, DAY, NOW)
    assert ages.undrilled("ledger", found, 2 * DAY, NOW) == ""


def test_a_copy_of_a_backup_is_as_old_as_the_backup() -> None:
    tags = {BACKUP: "ledger-20261001T030000Z-a1b2c3", FINGERPRINT: str(TAG)}
    read = read_backup(tags, method="snapshot", place="snap-2", taken=NOW, state="complete", size=1)
    assert read.taken == datetime(2026, 10, 1, 3, tzinfo=UTC)
    later = read_backup(
        tags | {BACKUP: "ledger-20991001T030000Z-a1b2c3"}, method="snapshot", place="snap-2", taken=NOW, state="complete", size=1
    )
    assert later.taken == NOW


def test_of_two_backups_of_one_second_the_later_one_is_the_newest() -> None:
    moments = {f"ledger-20261128T120000Z-{number}": NOW + timedelta(seconds=at) for number, at in (("ffffff", 0.2), ("000000", 0.7))}
    first, second = (
        read_backup({BACKUP: each, FINGERPRINT: str(TAG)}, method="snapshot", place=each, taken=moment, state="complete", size=1)
        for each, moment in moments.items()
    )
    assert ages.newest_good([first, second]) == second


def test_an_object_is_what_its_name_says_whatever_is_in_it() -> None:
    assert bucket_and_key("s3://dumps/neo4j/ledger/a.dump#copy?2") == ("dumps", "neo4j/ledger/a.dump#copy?2")


def test_pruning_never_touches_what_a_person_has_to_look_at_or_what_is_not_complete() -> None:
    found = [backup(1), backup(400, fingerprint=None, why="its tag credex:fingerprint is missing"), backup(500, state="pending")]
    chosen = ages.pruning(found, 1, DAY, NOW)
    assert chosen.goes == ()
    assert [each.backup.id for each in chosen.stays] == ["ledger-1", "ledger-400"]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 400),
            st.sampled_from(["complete", "pending", "failed"]),
            st.booleans(),
            st.none() | st.booleans(),
            st.integers(0, 400),
        ),
        max_size=12,
    ),
    st.integers(1, 5),
    st.integers(0, 60),
)
def test_whatever_is_there_a_good_one_and_a_proven_one_survive(found: list[Any], last: int, days: int) -> None:
    all_of_them = [
        backup(
            age,
            place=f"snap-{at}",
            state=state,
            fingerprint=TAG if fingerprint else None,
            drill=None if proven is None else drilled(ago, proven=proven),
        )
        for at, (age, state, fingerprint, proven, ago) in enumerate(found)
    ]
    chosen = ages.pruning(all_of_them, last, timedelta(days=days), NOW)
    left = [each for each in all_of_them if each not in chosen.goes]
    assert ages.newest_good(left) == ages.newest_good(all_of_them)
    assert ages.newest_drilled(left, NOW) == ages.newest_drilled(all_of_them, NOW)
    assert len([each for each in left if each.good]) >= min(last, len([each for each in all_of_them if each.good]))
    assert all(each.good for each in chosen.goes)


@pytest.mark.parametrize(("checksum", "good"), [("a" * 64, True), ("", False), ("edited", False)])
def test_a_dump_without_the_checksum_that_its_download_has_to_have_is_no_good_backup(checksum: str, good: bool) -> None:
    tags = {BACKUP: "b", FINGERPRINT: str(TAG), CHECKSUM: checksum}
    read = read_backup(tags, method="dump", place="s3://dumps/a.dump", taken=NOW, state="complete", size=1)
    assert read.good is good
    assert ("credex:sha256" in read.why) is not good


@pytest.mark.parametrize("text", ["", "v2 db=1", "v1 db=C865AE1D7EC975EC txn=x", "v1 " * 200])
def test_a_tag_that_cannot_be_read_makes_no_good_backup_and_no_crash(text: str) -> None:
    tags = {BACKUP: "b", FINGERPRINT: text, UP_TO: "٣", DRILL: "yesterday proven"}
    read = read_backup(tags, method="snapshot", place="snap-1", taken=NOW, state="complete", size=None)
    assert not read.good
    assert "credex:fingerprint" in read.why
    assert read.up_to is None
    assert read.drill is None


def test_a_drill_is_read_as_it_was_written() -> None:
    written = {BACKUP: "b", FINGERPRINT: str(TAG), UP_TO: "120", DRILL: str(drilled(2))}
    read = read_backup(written, method="snapshot", place="snap-1", taken=NOW, state="complete", size=1)
    assert (read.drill, read.up_to, read.fingerprint) == (drilled(2), 120, TAG)


@pytest.mark.parametrize(
    ("wanted", "databases"),
    [("ledger-1", ["ledger"]), ("snap-1", ["ledger"]), ("ledger-9", ["search", "ledger"]), (None, ["search", "ledger"])],
)
def test_a_backup_that_is_named_is_of_its_database_alone(wanted: str | None, databases: list[str]) -> None:
    every: Any = dict.fromkeys(["search", "ledger"])
    given: Any = None
    asked = Asked("drill", given, "production", every, wanted, "snapshot", None, None, None, DAY, dry_run=False)
    context = of_its_database(
        Context(given, given, given, asked, "arn", "r", NOW), [backup(1), backup(1, id="search-1", place="s", database="search")]
    )
    assert list(context.asked.databases) == databases
