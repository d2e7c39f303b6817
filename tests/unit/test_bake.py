"""Whether a database that was moved runs well, from what was seen of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credex_actions.core.loop import Done, Operation, Step, Wait, plan
from credex_actions.rollout.around.bake import Look, Ringing, Seen, Want, after, decide, looked, typical

BEGAN = datetime(2026, 11, 29, 2, tzinfo=UTC)
COUNT = "MATCH (n:Account) RETURN count(n) > 0"
WANT = Want(
    name="ledger",
    began=BEGAN,
    bake=timedelta(minutes=2),
    silence=timedelta(seconds=30),
    slowdown=5.0,
    before={"RETURN 1": 0.004, COUNT: 0.02},
)
ALARM = Ringing("5xx", "Threshold Crossed", timedelta(seconds=60))


def look(second: int, **changes: Any) -> Look:
    usual = {"at": BEGAN + timedelta(seconds=second), "took": {"RETURN 1": 0.005, COUNT: 0.03}}
    return Look(**{**usual, **changes})


def seen(*looks: Look) -> Seen:
    state = Seen(now=BEGAN)
    for each in looks:
        state = looked(state, each, BEGAN)
    return state


def well(until: int, every: int = 5) -> list[Look]:
    return [look(second) for second in range(0, until, every)]


def verdict(*looks: Look) -> Any:
    return decide(WANT, seen(*looks))


def test_what_runs_well_is_watched_to_the_end_and_it_is_said_what_was_seen() -> None:
    assert verdict(*well(60)) == Wait("ledger is watched for 1 min 5 s more", 5.0)
    assert verdict(*well(116), look(120)) == Done(
        "baked", f"ledger: watched for 2 min, 25 looks; RETURN 1 5 ms (4 ms before); {COUNT} 30 ms (20 ms before)"
    )


FAILS: dict[str, tuple[list[Look], str]] = {
    "Bolt is silent for longer than the bound": (
        [*well(20), *(look(second, silent="connection refused", took={}) for second in (20, 30, 46))],
        "Bolt has not responded for 31 s: connection refused",
    ),
    "Bolt never responded": ([look(10, silent="refused", took={}), look(31, silent="refused", took={})], "Bolt has not responded for 31 s"),
    "an alarm that looks at bake time alone": ([*well(60), look(61, ringing=(ALARM,))], "the alarm 5xx is in ALARM (Threshold Crossed)"),
    "an alarm that is gone": ([look(1, missing=("5xx",))], "the alarm 5xx no longer exists"),
    "a wrong answer three times in a row": ([look(second, wrong=("count is 0",)) for second in (1, 6, 11)], "count is 0"),
    "queries that stay slow": (
        [*well(60), *(look(second, took={"RETURN 1": 0.5, COUNT: 0.02}) for second in range(60, 121, 5))],
        "RETURN 1 takes 500 ms, 125 times as long as before (4 ms)",
    ),
    "a wrong answer at the end": ([*well(116), look(120, wrong=("count is 0",))], "count is 0"),
    "silence at the end": ([*well(116), look(120, silent="refused", took={})], "Bolt does not respond at the end: refused"),
    "an alarm at the end that may tell of the swap": (
        [*well(116), look(120, ringing=(ALARM._replace(looks_back=timedelta(minutes=5)),))],
        "it looks back 5 min, so that it may still tell of the swap",
    ),
}


@pytest.mark.parametrize(("looks", "why"), FAILS.values(), ids=FAILS)
def test_it_fails(looks: list[Look], why: str) -> None:
    done = verdict(*looks)
    assert isinstance(done, Done)
    assert done.outcome == "failed"
    assert why in done.why


PASSES: dict[str, list[Look]] = {
    "a short silence": [*well(20), look(20, silent="refused", took={}), look(30, silent="refused", took={})],
    "an alarm that may tell of the swap": [*well(50), look(59, ringing=(ALARM,))],
    "one wrong answer": [*well(20), look(20, wrong=("count is 0",)), look(25)],
    "slow queries while caches are cold": [look(second, took={"RETURN 1": 3.0}) for second in (0, 5, 10)],
}


@pytest.mark.parametrize("looks", PASSES.values(), ids=PASSES)
def test_it_is_not_given_up_for(looks: list[Look]) -> None:
    assert isinstance(verdict(*looks), Wait)


def test_what_is_slower_within_the_networks_own_noise_is_not_slow() -> None:
    assert verdict(*well(116), look(120, took={"RETURN 1": 0.1})).outcome == "baked"
    assert typical((look(0, took={"q": 9.0}), look(1, took={"q": 1.0}), look(2, took={"q": 1.0})), "q") == 1.0


def test_a_bake_that_is_too_short_for_enough_looks_judges_no_time_and_says_so() -> None:
    short = replace(WANT, bake=timedelta(seconds=5))
    done = decide(short, seen(look(0, took={"RETURN 1": 3.0}), look(5, took={"RETURN 1": 3.0})))
    assert isinstance(done, Done)
    assert done.outcome == "baked"
    assert "how long queries take was not judged: that needs 10 looks, a bake of 50 s" in done.why


def test_the_longest_silence_is_told_also_if_it_was_borne() -> None:
    looks = [*well(20), look(20, silent="refused", took={}), look(28), *(look(second) for second in range(30, 121, 5))]
    done = verdict(*looks)
    assert done.outcome == "baked"
    assert "1 with something wrong" in done.why
    assert "Bolt did not respond for 5 s at most" in done.why


def test_the_plan_only_waits() -> None:
    operation: Operation[Seen, Step] = Operation(lambda: seen(look(0)), lambda state: decide(WANT, state), lambda _: None, after)
    *waits, end = plan(operation, seen(look(0)))
    assert isinstance(end, Done)
    assert end.outcome == "baked"
    assert all(isinstance(each, Wait) for each in waits)
