"""A plan's id changes with what the plan rests on, and with nothing else."""

import io
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Refuse
from credex_actions.core.runner import Runner
from credex_actions.rollout.gates.gate import Gate
from credex_actions.rollout.gates.inside import Client
from credex_actions.rollout.planning.expected import expected
from credex_actions.rollout.planning.plan import Basis, Change, Expected, Plan, judge, ordered
from credex_actions.rollout.planning.report import in_batches
from credex_actions.rollout.planning.terraform import guarded
from credex_actions.rollout.rehearsal.note import Pair, Rehearsed
from credex_actions.rollout.swap.downtime import downtime_tag

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TEXT = st.text(max_size=12)
KINDS: dict[str, Any] = {"order": st.integers(0, 1000), "rollout": st.dictionaries(TEXT, TEXT, max_size=3)}


def _basis(given: dict[str, Any]) -> Basis:
    return Basis(**given)


BASES = st.fixed_dictionaries({each.name: KINDS.get(each.name, TEXT) for each in fields(Basis)}).map(_basis)
ROLLED: dict[str, Any] = {
    "environment": "production", "name": "ledger", "database": "neo4j", "order": 20, "instance": "i-1", "instance_type": "t3.large",
    "image": "ami-1", "version": "5.26.0", "volume": "vol-1", "user_data": "aa", "set_user_data": "aa", "new_image": "ami-2", "new_version": "5.26.16",
    "recipe": "00ff", "new_user_data": "aa", "rollout": {"drain": "stop-writes"},
}  # fmt: skip


def basis(**changes: Any) -> Basis:
    return Basis(**ROLLED | changes)


def change(**changes: Any) -> Change:
    return Change(
        basis=basis(**changes), changes=("AMI ami-1 → ami-2",), expected=Expected(41, "as its rehearsal took until Bolt answered")
    )


def plan(*changes: Change, **members: Any) -> Plan:
    given: dict[str, Any] = {
        "environment": "production", "made": NOW, "version": "5.26.16", "image": "ami-2", "recipe": "00ff", "changes": changes,
        "current": {}, "gates": (), "guard": "none was given",
    }  # fmt: skip
    return Plan(**given | members)


@given(BASES, st.sampled_from([each.name for each in fields(Basis)]), TEXT)
def test_a_databases_part_changes_with_each_member_that_it_rests_on(given: Basis, name: str, text: str) -> None:
    other: Any = {"x": text} if name == "rollout" else 2000 if name == "order" else f"{getattr(given, name)}+"
    changed = replace(given, **{name: other})
    assert (changed == given) == (changed.digest == given.digest)


@given(st.datetimes(), st.integers(0, 10**5), st.text(), st.lists(st.builds(Client, TEXT, TEXT, TEXT, st.integers(1, 9))))
def test_the_id_does_not_change_with_ages_times_gates_and_who_is_connected(
    made: datetime, seconds: int, backup: str, clients: list[Client]
) -> None:
    one = change()
    later = replace(one, expected=Expected(seconds, "x"), backup=backup, clients=tuple(clients), notes=("another",))
    gates = (Gate(name="alarms", says="errors is in ALARM", shut=True),)
    assert plan(one).id == plan(later, made=made.replace(tzinfo=UTC), gates=gates, current={"search": "x"}).id


SEARCH, LEDGER = change(name="search", instance="i-0", order=10), change()
REVIEWED = plan(SEARCH, LEDGER).id


def test_the_reviewed_plan_is_applied_and_so_is_what_is_left_of_it() -> None:
    assert judge(REVIEWED, plan(SEARCH, LEDGER)) is None
    assert judge(REVIEWED, plan(LEDGER)) is None  # search is done
    assert judge(REVIEWED, plan()) is None  # all is done


@pytest.mark.parametrize(
    "changes",
    [{"new_image": "ami-3"}, {"version": "5.26.1"}, {"volume": "vol-9"}, {"user_data": "bb"}, {"set_user_data": "bb"}, {"instance": "i-9"}],
)
def test_another_plan_than_the_reviewed_one_is_refused_and_says_of_which_database(changes: dict[str, str]) -> None:
    now = plan(SEARCH, change(**changes))
    refused = judge(REVIEWED, now)
    assert isinstance(refused, Refuse)
    assert "differs for ledger" in refused.faults[0].what
    assert now.id in refused.faults[0].hint


def test_the_least_critical_database_comes_first() -> None:
    assert [each.name for each in ordered([LEDGER, SEARCH])] == ["search", "ledger"]


def test_a_plan_is_json_and_says_what_it_rests_on() -> None:
    told = json.loads(json.dumps(plan(SEARCH, LEDGER).told()))
    assert told["plan-id"] == "-".join(each["digest"] for each in told["changes"])
    assert told["changes"][1]["rests-on"] == ROLLED
    assert told["outcome"] == "planned"
    assert plan().told()["outcome"] == "current"


def test_a_plan_lasts_as_long_as_the_slowest_of_each_batch_and_its_bake() -> None:
    group = [
        replace(change(name=f"search/{letter}", order=10), expected=Expected(seconds, "x"))
        for letter, seconds in zip("abcd", (40, 50, 60, 70), strict=True)
    ]
    seen = plan(*group, LEDGER, batch=2, bake=timedelta(minutes=15))
    assert seen.batches == (("search/a",), ("search/b", "search/c"), ("search/d",), ("ledger",))
    assert seen.lasts == Expected(40 + 60 + 70 + 41 + 4 * 15 * 60, "4 batches")
    assert list(in_batches(seen)) == [
        "batch 1: search/a",
        "batch 2: search/b, search/c",
        "batch 3: search/d",
        "batch 4: ledger",
        "expected until the end: about 1 h 3 min, 4 batches",
    ]
    unknown = plan(replace(group[0], expected=Expected(None, "x")), bake=timedelta(minutes=1))
    assert str(unknown.lasts) == "about 1 min, 1 batch, without the downtime of 1 that is not known"
    assert list(in_batches(plan(SEARCH, LEDGER))) == []


def test_the_expected_downtime_is_the_rehearsals_else_the_last_roll_outs_else_not_known() -> None:
    pair = Pair("ami-0123456789abcdef0", "-", "aa", "5.26.0")
    tags = downtime_tag(datetime(2026, 11, 1, 2, 1, 49, tzinfo=UTC), datetime(2026, 11, 1, 2, 3, 4, tzinfo=UTC))
    assert expected(Rehearsed("passed", NOW, pair, 41), tags).span == timedelta(seconds=41)
    assert str(expected(Rehearsed("failed", NOW, pair, None), tags)) == "about 1 min 15 s, as in the last roll-out, 2026-11-01T02:03:04Z"
    assert downtime_tag(None, NOW) == {}
    assert str(expected(None, {"credex:last-roll-out": "soon"})) == "not known: it was neither rehearsed nor rolled before"


MADE = Path(__file__).resolve().parents[1] / "plans" / "made"


def runner() -> Runner:
    return Runner({}, io.StringIO(), io.StringIO())


def test_a_terraform_plan_that_would_undo_the_roll_out_shuts_its_gate() -> None:
    refused = guarded(str(MADE / "instance-replaced-by-ami.json"), runner())
    assert refused.verdict == "refused"
    assert refused.gate
    assert refused.gate.stops
    assert refused.gate.says.startswith("refused: aws_instance.")
    safe = guarded(str(MADE / "created-only.json"), runner())
    assert safe.gate
    assert not safe.gate.shut
    assert guarded(None, runner()).gate is None


def test_what_is_no_terraform_plan_is_a_fault_of_its_input(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"version": 4}')
    with pytest.raises(Failure) as caught:
        guarded(str(tmp_path / "state.json"), runner())
    assert caught.value.code is Exit.BAD_INPUT
    assert caught.value.faults[0].where == "terraform-plan"
