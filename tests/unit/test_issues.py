"""One issue that is kept current: every state it can be found in, and what a person who closed it has to say."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from credex_actions.core.loop import Done, Refuse
from credex_actions.github.issues.ours import Issue
from credex_actions.github.issues.steps import (
    LONGEST,
    CloseIssue,
    CreateIssue,
    ReopenIssue,
    Seen,
    UpdateIssue,
    Want,
    about,
    after,
    decide,
    marked,
)

TITLE = "Neo4j: an update is available"
WANT = Want(TITLE, "5.26.17 for ledger", marked("rollout", "5.26.17 for ledger", "Update."))
NOTHING = Want(TITLE, "", marked("rollout", "", ""))


def issue(number: int, about: str = "5.26.17 for ledger", text: str = "Update.", *, is_open: bool = True) -> Issue:
    return Issue(number, f"https://github.com/o/n/issues/{number}", TITLE, marked("rollout", about, text), is_open)


def moves(want: Want, seen: Seen) -> Iterator[Any]:
    for _ in range(10):
        move = decide(want, seen)
        yield move
        if isinstance(move, Done | Refuse):
            return
        seen = after(seen, move)
    raise AssertionError("it never ends")


CASES: dict[str, tuple[Want, tuple[Issue, ...], list[type]]] = {
    "the first time one is opened": (WANT, (), [CreateIssue]),
    "one that says it stays": (WANT, (issue(7),), []),
    "one that says something else is updated": (WANT, (issue(7, "5.26.16 for ledger"),), [UpdateIssue]),
    "a second one is closed": (WANT, (issue(7), issue(9)), [CloseIssue]),
    "where all is current it is closed": (NOTHING, (issue(7),), [CloseIssue]),
    "and stays closed": (NOTHING, (issue(7, is_open=False),), []),
    "one that a person has closed stays closed": (WANT, (issue(7, is_open=False),), []),
    "until there is another version": (WANT, (issue(7, "5.26.16 for ledger", is_open=False),), [ReopenIssue]),
}


@pytest.mark.parametrize(("want", "found", "steps"), CASES.values(), ids=CASES)
def test_what_is_done(want: Want, found: tuple[Issue, ...], steps: list[type]) -> None:
    *way, end = moves(want, Seen(found))
    assert [type(each) for each in way] == steps
    assert isinstance(end, Done)


def test_it_ends_from_every_state_with_one_open_issue_at_most() -> None:
    each = [issue(1), issue(2, "5.26.16 for ledger"), issue(3, text="edited by a person")]
    for want, count, closed in product((WANT, NOTHING), range(4), (None, issue(9, is_open=False), issue(9, "older", is_open=False))):
        seen = Seen((*each[:count], *([closed] if closed else [])))
        for move in moves(want, seen):
            if not isinstance(move, Done | Refuse):
                seen = after(seen, move)
        assert sum(found.open for found in seen.ours) <= (1 if want.about else 0)


def test_line_ends_of_a_web_form_are_no_difference() -> None:
    form = issue(7)
    assert decide(WANT, Seen((Issue(7, form.url, TITLE, form.body.replace("\n", "\r\n"), open=True),))) == Done("current")


def test_a_text_that_github_changes_is_not_written_for_ever() -> None:
    assert decide(WANT, Seen((issue(7, text="as GitHub has it"),), frozenset((WANT.body,)))) == Done("current")


def test_no_name_leaves_the_mark_and_nothing_is_longer_than_github_takes() -> None:
    body = marked("rollout --> <b>", "5.26.17\n--> x", "line\n" * 20_000)
    assert len(body) <= LONGEST
    assert [line.count("-->") for line in body.splitlines()[:3]] == [1, 1, 0]
    assert body.endswith("…truncated.\n")
    assert about(Issue(1, "", "", body, open=True)).startswith("5.26.17 ")
