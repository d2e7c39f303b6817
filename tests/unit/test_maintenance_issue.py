"""The one issue: what is done with it, by what is found and by what is there; and what it remembers."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.loop import Done, Operation, plan
from credex_actions.github.issues.ours import Issue
from credex_actions.maintenance.finding import Ran
from credex_actions.maintenance.issue import body
from credex_actions.maintenance.issue.marks import FULL, ROOM, by_check, mark, of_comment, read, without, written
from credex_actions.maintenance.issue.steps import (
    Close,
    CloseDuplicate,
    Comment,
    Create,
    IssueStep,
    Reopen,
    Seen,
    Update,
    Want,
    after,
    decide,
)
from credex_actions.maintenance.reporting.judging import Gathered, judged
from tests.pictures import of_maintenance
from tests.unit.maintaining import CHECKS, found, ran

ONE: Final = {"volume-unattached": frozenset(("aaaaaaaa",))}
TWO: Final = {"volume-unattached": frozenset(("aaaaaaaa", "bbbbbbbb"))}
OTHER: Final = {"bucket-public": frozenset(("cccccccc",))}
NEW: Final = {"volume-unattached": frozenset(("bbbbbbbb",))}


def want(ids: dict[str, frozenset[str]], *blind: str, new: dict[str, frozenset[str]] | None = None) -> Want:
    return Want(
        "Maintenance",
        ids,
        frozenset(blind),
        new,
        lambda kept: f"text {written(kept)}",
        lambda fresh: f"{sum(map(len, fresh.values()))} more",
    )


def issue(ids: dict[str, frozenset[str]], number: int = 7, *, opened: bool = True, title: str = "Maintenance") -> Issue:
    return Issue(number, "url", title, f"text {written(ids)}", opened)


COMMENTED: Final = Comment(7, of_comment(NEW), f"{of_comment(NEW)}\n1 more")

DECISIONS: Final[dict[str, tuple[Want, Seen, IssueStep | Done]]] = {
    "without findings none is opened": (want({}), Seen(()), Done("none")),
    "with findings one is opened": (want(ONE), Seen(()), Create("Maintenance", f"text {written(ONE)}")),
    "the same findings need no change": (want(ONE), Seen((issue(ONE),)), Done("updated")),
    "another text is written": (
        want(ONE),
        Seen((replace(issue(ONE), body=f"old {written(ONE)}"),)),
        Update(7, "Maintenance", f"text {written(ONE)}"),
    ),
    "a title that somebody changed is written again": (
        want(ONE),
        Seen((issue(ONE, title="x"),)),
        Update(7, "Maintenance", f"text {written(ONE)}"),
    ),
    "what is new is commented first": (want(TWO), Seen((issue(ONE),)), COMMENTED),
    "what was commented is remembered": (
        want(TWO),
        Seen((issue(ONE),), frozenset((of_comment(NEW),))),
        Update(7, "Maintenance", f"text {written(TWO)}"),
    ),
    "what is solved makes no comment": (want(ONE), Seen((issue(TWO),)), Update(7, "Maintenance", f"text {written(ONE)}")),
    "when all is solved it is closed": (want({}), Seen((issue(ONE),)), Close(7, f"text {written({})}")),
    "what nobody looked at keeps it open": (want({}, "volume-unattached"), Seen((issue(ONE),)), Done("updated")),
    "what nobody looked at is still remembered": (
        want(ONE, "bucket-public"),
        Seen((issue({**ONE, **OTHER}),)),
        Done("updated"),
    ),
    "an earlier report tells where nobody looked": (
        replace(want(ONE, "volume-unattached", "bucket-public"), unchecked={}),
        Seen((issue({**TWO, **OTHER}),)),
        Update(7, "Maintenance", f"text {written(ONE)}"),
    ),
    "one account that denies a check keeps what is of it": (
        replace(want({}, "volume-unattached"), unchecked=NEW),
        Seen((issue(TWO),)),
        Update(7, "Maintenance", f"text {written(NEW)}"),
    ),
    "one account that denies a check does not keep it open": (
        replace(want({}, "volume-unattached"), unchecked={}),
        Seen((issue(ONE),)),
        Close(7, f"text {written({})}"),
    ),
    "a check that ran has no earlier findings": (
        want(ONE),
        Seen((issue({**ONE, **OTHER}),)),
        Update(7, "Maintenance", f"text {written(ONE)}"),
    ),
    "a closed one stays closed without findings": (want({}), Seen((issue({}, opened=False),)), Done("closed")),
    "a closed one is opened again for findings": (want(ONE), Seen((issue({}, opened=False),)), Reopen(7)),
    "one that a person closed stays closed": (want(ONE), Seen((issue(ONE, opened=False),)), Done("closed")),
    "one that a person closed is opened again for what is new": (want(TWO), Seen((issue(ONE, opened=False),)), Reopen(7)),
    "a duplicate is closed at last": (want(ONE), Seen((issue(ONE), issue(ONE, 9))), CloseDuplicate(9)),
    "a text that GitHub changed is not written again": (
        want(ONE),
        Seen((replace(issue(ONE), body=f"text  {written(ONE)}"),), written=f"text {written(ONE)}"),
        Done("updated"),
    ),
}


@pytest.mark.parametrize(("wanted", "seen", "then"), DECISIONS.values(), ids=DECISIONS)
def test_decide(wanted: Want, seen: Seen, then: object) -> None:
    assert decide(wanted, seen) == then


@pytest.mark.parametrize(("wanted", "seen"), [each[:2] for each in DECISIONS.values()], ids=DECISIONS)
def test_every_way_ends(wanted: Want, seen: Seen) -> None:
    operation: Operation[Seen, IssueStep] = Operation(lambda: seen, lambda now: decide(wanted, now), lambda _: None, after)
    *steps, end = plan(operation, seen)
    assert isinstance(end, Done)
    assert len(steps) <= 3
    assert sum(isinstance(step, Comment) for step in steps) <= 1


IDS = st.dictionaries(
    st.sampled_from(sorted({*CHECKS, "a", "policy.own:1"})),
    st.frozensets(st.integers(0, 0xFFFFFFFF).map("{:08x}".format), min_size=1, max_size=5),
    max_size=4,
)


@given(IDS)
def test_what_is_written_is_read(ids: dict[str, frozenset[str]]) -> None:
    assert read(f"mark\n{written(ids)}\ntext") == (ids, False)
    assert without(ids, ids) == {}


def test_what_has_no_room_is_said() -> None:
    ids = {"volume-unattached": frozenset(f"{number:08x}" for number in range(5000))}
    text = written(ids)
    assert len(text) < ROOM + 100
    known, full = read(text)
    assert full
    assert FULL in text
    assert known["volume-unattached"] < ids["volume-unattached"]


def test_where_not_all_had_room_only_an_earlier_report_says_what_is_new() -> None:
    many = {"volume-unattached": frozenset(f"{number:08x}" for number in range(5000))}
    seen = Seen((issue(many),))
    assert decide(want(many), seen) == Done("updated")
    new = {"volume-unattached": frozenset(("ffffffff",))}
    more = {"volume-unattached": many["volume-unattached"] | new["volume-unattached"]}
    assert isinstance(decide(want(more, new=new), seen), Comment)


def test_its_text_fits_github_whatever_is_found() -> None:
    findings = [found(f"vol-{number:05}", title="x" * 250, why="y" * 900) for number in range(3000)]
    gathered = Gathered(findings=[(each.id, each) for each in findings], ran=ran())
    report = judged(CHECKS, gathered, [], None, made=of_maintenance.NOW, seconds=1, scopes=[])
    ids = by_check((each.finding.check, each.id) for each in report.open)
    text = body.body(mark("maintenance.yml"), report, "", lambda text: text, ids)
    assert len(text) <= body.LONGEST
    assert "more of this severity do not fit here" in text
    told = body.comment(60, report, "", lambda text: text, ids)
    assert len(told) <= body.LONGEST - 61
    assert "and 2,900 more" in told


def test_it_is_not_fine_while_a_check_failed() -> None:
    gathered = Gathered(findings=[], ran=(*ran("volume-unattached", "document-broken"), Ran("bucket-public", "failed", "did not end")))
    report = judged(CHECKS, gathered, [], None, made=of_maintenance.NOW, seconds=1, scopes=[])
    text = body.body(mark("maintenance.yml"), report, "", lambda text: text, {})
    assert "### ⚠️ nothing found where checks ran; 1 check failed: bucket-public" in text
    assert "✅" not in text


def test_texts_from_elsewhere_take_no_effect() -> None:
    report = of_maintenance.hostile()
    ids = by_check((each.finding.check, each.id) for each in report.open)
    text = body.body(mark("--> maintenance.yml"), report, "", lambda text: text, ids)
    assert "<script>" not in text
    assert "@everyone" not in text
    assert read(text)[0] == ids
