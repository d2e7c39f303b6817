"""The four measures, and what about deployments somebody has to decide."""

from datetime import timedelta

import pytest

from credex_actions.maintenance.deployments import judging, measures
from credex_actions.maintenance.deployments.observed import Between, Change, Deployed, Environment, Outcome
from tests.maintaining import NOW

SPAN = timedelta(days=28)


def history(*told: tuple[str, float, Outcome]) -> Environment:
    """(commit, days ago, outcome), the newest first."""
    deployed = [
        Deployed(
            len(told) - at, sha, NOW - timedelta(days=days, minutes=10), outcome, None if outcome == "open" else NOW - timedelta(days=days)
        )
        for at, (sha, days, outcome) in enumerate(told)
    ]
    return Environment("production", tuple(deployed))


def test_the_four_measures() -> None:
    there = history(("d", 1, "success"), ("c", 5, "failure"), ("c", 6, "failure"), ("b", 10, "success"), ("a", 20, "success"))
    leads = {5: Between(2, (Change("c", NOW - timedelta(days=7), "C"), Change("d", NOW - timedelta(days=3), "D")))}
    found = measures.measured(there, leads, SPAN)
    assert (found.finished, found.failed, found.a_week) == (5, 2, 0.75)
    assert (found.lead, found.restore) == (timedelta(days=4), timedelta(days=5))
    assert str(found) == "0.8 deployments a week, lead time 4 d, 40% failed, 5 d to restore"


def test_a_rollback_says_that_what_it_replaced_had_failed() -> None:
    there = history(("a", 1, "success"), ("b", 2, "success"), ("a", 9, "success"))
    assert measures.failed(there.deployed) == {2}
    assert measures.time_to_restore(there.deployed, measures.failed(there.deployed)) == timedelta(days=1)


@pytest.mark.parametrize(
    "there",
    [
        history(("a", 1, "success"), ("a", 2, "success")),
        history(("c", 1, "success"), ("b", 2, "success"), ("a", 3, "success")),
        history(("a", 1, "open")),
    ],
    ids=["the same again", "one after the other", "not ended"],
)
def test_what_is_no_rollback(there: Environment) -> None:
    assert not measures.failed(there.deployed)


def test_of_nothing_nothing_is_measured() -> None:
    found = measures.measured(history(), {}, SPAN)
    assert (found.failures, found.lead, found.restore, found.a_week) == (None, None, None, 0)
    assert str(found) == "0.0 deployments a week, lead time not known"


def test_weeks_are_counted_from_now() -> None:
    chart = measures.by_week(history(("c", 1, "success"), ("b", 2, "failure"), ("a", 15, "success")), NOW, SPAN)
    assert [count for _, count in chart.points] == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (history(("b", 3, "failure"), ("a", 9, "success")), True),
        (history(("b", 0.2, "failure"), ("a", 9, "success")), False),
        (history(("c", 1, "success"), ("b", 3, "failure")), False),
        (history(("c", 0.1, "open"), ("b", 3, "failure")), True),
        (history(), False),
    ],
    ids=["failed", "failed just now", "restored", "failed, and one in progress", "nothing"],
)
def test_a_failed_deployment_that_stays(there: Environment, found: bool) -> None:
    assert bool(list(judging.last_failed(there, "o/r", NOW))) is found


def test_failures_count_from_a_number_on() -> None:
    many, few = (measures.Measures(number, number // 2, 1, None, None) for number in (10, 4))
    assert [each.title for each in judging.often_failed(history(), many, "o/r", 30, 5)] == ["50% of the deployments to production fail"]
    assert not list(judging.often_failed(history(), few, "o/r", 30, 5))
    assert not list(judging.often_failed(history(), many, "o/r", 60, 5))


def test_changes_wait_from_an_age_on() -> None:
    staging, production = Environment("staging", ()), Environment("production", ())
    old, young = (Between(3, (Change("a", NOW - timedelta(days=days), "Fix it"),)) for days in (40, 4))
    (found,) = judging.waiting(staging, production, old, "o/r", NOW, 30)
    assert found.title == "3 changes wait in staging for production, the oldest for 40 d"
    assert not list(judging.waiting(staging, production, young, "o/r", NOW, 30))
    assert not list(judging.waiting(staging, production, Between(0, ()), "o/r", NOW, 30))
