"""Keeps one issue up to date: pure. An issue is ours if we wrote it and its body begins with our mark. What it is about stands in the mark, too: one that a
person has closed stays closed until there is something else to say.
"""

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeAlias

from credex_actions.core.loop import Decision, Done, Step, Wait
from credex_actions.core.text import unix_lines
from credex_actions.github.issues.ours import Issue

LONGEST: Final = 65_536
"""Characters of a body. Source: GitHub's own message ("body is too long (maximum is 65536 characters)")."""
ABOUT: Final = re.compile(r"<!-- about ([^<>\n]{0,200}) -->")


@dataclass(frozen=True)
class Want:
    """`about`: in few words; "" if there is nothing to say any more, so that an open issue is closed. `body`: with its marks."""

    title: str
    about: str
    body: str


@dataclass(frozen=True)
class Seen:
    """`ours`: the open ones, the oldest first; where none is open, the closed one that was opened last. `written`: texts that this run wrote, and GitHub accepted."""

    ours: tuple[Issue, ...]
    written: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CreateIssue(Step):
    says = "open the issue '{title}'"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "a second issue, which the same run, or the next one, closes"
    unseen = "Check the issues. Running the same command again checks first, then continues."
    title: str
    body: str


@dataclass(frozen=True)
class UpdateIssue(Step):
    says = "update issue #{number}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the text is the same"
    number: int
    title: str
    body: str


@dataclass(frozen=True)
class ReopenIssue(Step):
    says = "open issue #{number} again"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it is open, and the text is the same"
    number: int
    title: str
    body: str


@dataclass(frozen=True)
class CloseIssue(Step):
    says = "close issue #{number}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it is closed"
    number: int
    why: str


IssueStep: TypeAlias = CreateIssue | UpdateIssue | ReopenIssue | CloseIssue


def marked(key: str, about: str, text: str) -> str:
    """`text` as it is posted, cut where it is longer than GitHub accepts."""
    marks = f"{mark(key)}\n<!-- about {_inside(about)[:200]} -->\n"
    cut = "\n\n…truncated.\n"
    room = LONGEST - len(marks)
    return marks + (text if len(text) <= room else text[: room - len(cut)].rpartition("\n")[0] + cut)


def mark(key: str) -> str:
    return f"<!-- credex-actions: {_inside(key)} -->"


def _inside(text: str) -> str:
    """What may stand in a comment of HTML."""
    return re.sub(r"[<>\n]|--", " ", text)


def decide(want: Want, seen: Seen) -> Decision[IssueStep]:
    opened = [each for each in seen.ours if each.open]
    for duplicate in opened[1:]:
        return CloseIssue(duplicate.number, "not_planned")
    if not want.about:
        return CloseIssue(opened[0].number, "completed") if opened else Done("nothing to say")
    if not opened:
        closed = next(iter(seen.ours), None)
        if closed is None:
            return CreateIssue(want.title, want.body)
        if about(closed) == want.about:
            return Done("closed by somebody")
        return ReopenIssue(closed.number, want.title, want.body)
    return Done("current") if _says(want, seen, opened[0]) else UpdateIssue(opened[0].number, want.title, want.body)


def _says(want: Want, seen: Seen, issue: Issue) -> bool:
    """GitHub takes control characters away, too."""
    return issue.title == want.title and (unix_lines(issue.body) == want.body or want.body in seen.written)


def about(issue: Issue) -> str:
    """What its mark says that it is about."""
    found = ABOUT.search(issue.body)
    return found[1] if found else ""


def after(seen: Seen, step: IssueStep | Wait) -> Seen:
    match step:
        case CreateIssue(title, body):
            return replace(seen, ours=(Issue(0, "", title, body, open=True), *seen.ours))
        case UpdateIssue(number, title, body):
            return _with(seen, number, title=title, body=body)
        case ReopenIssue(number, title, body):
            return _with(seen, number, title=title, body=body, open=True)
        case CloseIssue(number):
            return _with(seen, number, open=False)
        case _:
            return seen


def _with(seen: Seen, number: int, **changes: object) -> Seen:
    changed = [replace(each, **changes) if each.number == number else each for each in seen.ours]  # type: ignore[arg-type]
    return replace(seen, ours=tuple(sorted(changed, key=lambda each: not each.open)))
