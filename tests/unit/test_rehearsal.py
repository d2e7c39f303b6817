"""What a rehearsal notes, and what it reads out of Neo4j's log."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.rollout.rehearsal.commands import reason
from credex_actions.rollout.rehearsal.note import Pair, Rehearsed, newest, read_note

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PAIR = Pair("ami-0123456789abcdef0", "00ff", "a1b2c3d4" * 8, "5.26.0")
NOTES = st.builds(
    Rehearsed,
    st.sampled_from(["passed", "failed"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)),  # noqa: DTZ001
    st.builds(
        Pair,
        st.from_regex(r"ami-[0-9a-f]{8,17}", fullmatch=True),
        st.one_of(st.just("-"), st.from_regex(r"[0-9a-f]{16}", fullmatch=True)),
        st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
        st.from_regex(r"[0-9]{1,4}\.[0-9]{1,2}\.[0-9]{1,3}", fullmatch=True),
    ),
    st.one_of(st.none(), st.integers(0, 10**6)),
)


@given(NOTES)
def test_a_note_is_read_as_it_was_written_and_fits_into_a_tag(note: Rehearsed) -> None:
    assert read_note(str(note)) == note
    assert len(str(note)) <= 256


@given(st.text(max_size=300))
def test_what_somebody_else_wrote_is_no_rehearsal(text: str) -> None:
    assert read_note(text) is None


def test_the_last_rehearsal_of_the_same_pair_counts() -> None:
    first = Rehearsed("passed", NOW - timedelta(days=2), PAIR, 41)
    later = Rehearsed("failed", NOW - timedelta(days=1), PAIR, None)
    other = Rehearsed("passed", NOW, PAIR._replace(user_data="0" * 64), 40)
    tomorrow = Rehearsed("passed", NOW + timedelta(days=1), PAIR, 40)
    assert newest([first, later, other, tomorrow], PAIR, NOW) == later
    assert newest([other, tomorrow], PAIR, NOW) is None


LOGS = {
    "a setting that the version does not know": (
        (
            'Neo4j 5.26.16 exited immediately: Exception in thread "main" java.lang.IllegalArgumentException: Error evaluating values\n'
            "\tat org.neo4j.configuration.Config$Builder.build(Config.java:361)\n"
            "Caused by: java.lang.IllegalArgumentException: Unrecognized setting. No declared setting with name: server.nonsense.\n"
            "\t... 12 more\nfailed to run commands: exit status 68\n"
        ),
        "Unrecognized setting. No declared setting with name: server.nonsense.",
    ),
    "a store that it refuses": (
        "2026-11-28 12:00:00.000+0000 INFO  Starting...\nCaused by: java.lang.RuntimeException: Cannot start: the store was written by a newer version\n",
        "Cannot start: the store was written by a newer version",
    ),
    "nothing that is known": ("one\n\ntwo\n", "two"),
    "nothing at all": ("\n", "its log is empty"),
}


@pytest.mark.parametrize(("log", "says"), LOGS.values(), ids=LOGS)
def test_the_line_that_says_why_neo4j_stopped(log: str, says: str) -> None:
    assert reason(log) == says
