"""Which tests one worker takes: what they share is started once."""

from pathlib import Path

import pytest

from tests.scheduling import LONGEST, ONE_DATABASE, ROOT, following, group, shares

TOGETHER = (
    "tests/integration/test_roll.py",
    "tests/integration/test_backup.py",
    "tests/integration/test_reaching_databases.py",
    "tests/unit/test_core.py",
)


@pytest.mark.parametrize("file", TOGETHER)
def test_what_shares_a_fixture_stays_together(file: str) -> None:
    assert group(f"{file}::test_one") == group(f"{file}::test_two[a::b]") == file


def test_all_others_are_handed_out_one_by_one() -> None:
    file = "tests/integration/test_trigger.py"
    assert group(f"{file}::test_one") != group(f"{file}::test_two")


def test_the_database_of_the_session_is_for_one_worker() -> None:
    asking = {path for path in (ROOT / "tests").rglob("test_*.py") if "neo4j_server" in path.read_text() and path != Path(__file__)}
    assert {str(path.relative_to(ROOT)) for path in asking} == set(ONE_DATABASE)
    assert len({group(f"{file}::test") for file in ONE_DATABASE}) == 1


ROLL, CHAIN, CORE = "tests/integration/test_roll.py", "tests/e2e/test_chain.py::test_one", "tests/unit/test_core.py"
TRIGGER, VERIFY = "tests/integration/test_trigger.py::test_one", "tests/integration/test_verify.py::test_two[a]"


def test_half_of_the_workers_take_what_waits_first_and_the_others_last() -> None:
    groups = [ROLL, CHAIN, TRIGGER, VERIFY, CORE]
    assert following(groups, waiting=True) == TRIGGER
    assert following(groups, waiting=False) == ROLL
    assert following([TRIGGER, VERIFY], waiting=False) == TRIGGER
    assert following([CHAIN, CORE], waiting=True) == CHAIN


def test_what_is_said_to_take_longest_is_taken_as_a_whole() -> None:
    assert [file for file in LONGEST if not shares(file)] == []
