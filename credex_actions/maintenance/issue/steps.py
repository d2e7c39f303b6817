"""Keeps one issue up to date: pure. An issue is ours if we wrote it and it begins with our mark.

Who closes it by hand has decided: it stays closed until something is found that it has not announced.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias

from credex_actions.core.loop import Decision, Done, Step, Wait
from credex_actions.core.text import unix_lines
from credex_actions.github.issues.ours import Issue
from credex_actions.maintenance.issue.marks import Ids, of_comment, read, without


@dataclass(frozen=True)
class Want:
    """`ids`: what is to be decided. `blind`: checks that did not run, whose earlier findings stay as they are. With an earlier report, of which `new` and
    `unchecked` are made, only those stay where nobody looked.

    `body`: the text, given the ids that it has to remember. `comment`: the text about new ones, given theirs.
    """

    title: str
    ids: Ids
    blind: frozenset[str]
    new: Ids | None
    body: Callable[[Ids], str]
    comment: Callable[[Ids], str]
    unchecked: Ids | None = None


@dataclass(frozen=True)
class Seen:
    """`ours`: the one that is kept first, then its duplicates. `comments`: marks that comments of the first one have. `written`: what this run wrote in it."""

    ours: tuple[Issue, ...]
    comments: frozenset[str] = frozenset()
    written: str = ""


@dataclass(frozen=True)
class Create(Step):
    says = "open an issue"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "a second issue, which the same run, or the next one, closes"
    title: str
    body: str


@dataclass(frozen=True)
class Reopen(Step):
    says = "reopen issue #{number}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it is open"
    number: int


@dataclass(frozen=True)
class Comment(Step):
    says = "comment on issue #{number}: what is new"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "a second comment with the same text, which can be deleted"
    number: int
    mark: str
    body: str


@dataclass(frozen=True)
class Update(Step):
    says = "update issue #{number}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the text is the same"
    number: int
    title: str
    body: str


@dataclass(frozen=True)
class Close(Step):
    says = "close issue #{number}: nothing is left to decide"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it is closed"
    number: int
    body: str


@dataclass(frozen=True)
class CloseDuplicate(Step):
    says = "close issue #{number}, a duplicate of ours"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it is closed"
    number: int


IssueStep: TypeAlias = Create | Reopen | Comment | Update | Close | CloseDuplicate


def decide(want: Want, seen: Seen) -> Decision[IssueStep]:
    if not seen.ours:
        return Create(want.title, want.body(want.ids)) if want.ids else Done("none")
    main, *others = seen.ours
    carried = _carried(want, main)
    body = want.body(carried)
    fresh = _fresh(want, main)
    match main:
        case Issue(open=False) if not want.ids or not fresh:
            return Done("closed")
        case Issue(open=False):
            return Reopen(main.number)
        case _ if not carried:
            return Close(main.number, body)
        case _ if fresh and of_comment(fresh) not in seen.comments:
            return Comment(main.number, of_comment(fresh), f"{of_comment(fresh)}\n{want.comment(fresh)}")
        case _ if body not in (unix_lines(main.body), seen.written) or want.title != main.title:
            return Update(main.number, want.title, body)
        case _:
            duplicates = [each.number for each in others if each.open]
            return CloseDuplicate(duplicates[0]) if duplicates else Done("updated")


def _carried(want: Want, main: Issue) -> Ids:
    """What the body has to remember: what is found now, and what was found where nobody looked this time."""
    left = _left(want, read(main.body)[0])
    return {check: want.ids.get(check, frozenset()) | left.get(check, frozenset()) for check in (*left, *want.ids)}


def _left(want: Want, known: Ids) -> Ids:
    """One account that denies a check makes it blind as a whole; an earlier report says which findings are concerned."""
    if want.unchecked is None:
        return {check: ids for check, ids in known.items() if check in want.blind}
    return {check: some for check, ids in known.items() if (some := ids & want.unchecked.get(check, frozenset()))}


def _fresh(want: Want, main: Issue) -> Ids:
    """What the issue has not announced. Where not all ids had room in it, only the comparison with an earlier report tells."""
    known, full = read(main.body)
    fresh = without(want.ids, known)
    if not full:
        return fresh
    new = want.new or {}
    return {check: ids for check, some in fresh.items() if (ids := some & new.get(check, frozenset()))}


def after(seen: Seen, step: IssueStep | Wait) -> Seen:
    match step:
        case Create(title, body):
            return replace(seen, ours=(Issue(0, "", title, body, open=True),))
        case Reopen():
            return replace(seen, ours=(replace(seen.ours[0], open=True), *seen.ours[1:]))
        case Comment(mark=mark):
            return replace(seen, comments=seen.comments | {mark})
        case Update(title=title, body=body):
            return replace(seen, ours=(replace(seen.ours[0], title=title, body=body), *seen.ours[1:]))
        case Close(body=body):
            return replace(seen, ours=(replace(seen.ours[0], open=False, body=body), *seen.ours[1:]))
        case CloseDuplicate(number):
            return replace(seen, ours=tuple(replace(each, open=False) if each.number == number else each for each in seen.ours))
        case _:
            return seen
