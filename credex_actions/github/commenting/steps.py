"""Keeps one comment on a pull request up to date: pure. A comment is ours if we wrote it and it begins with our mark."""

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeAlias

from credex_actions.core.loop import Decision, Done, Step, Wait
from credex_actions.core.text import unix_lines

KEY: Final = re.compile(r"(?!.*--)[^\x00-\x1f<>]{1,100}")
"""What may stand inside an HTML comment, whatever follows it: names of environments and directories may hold nearly anything."""

LONGEST: Final = 65_536
"""Characters of a comment. Source: GitHub's own message ("body is too long (maximum is 65536 characters)")."""


@dataclass(frozen=True)
class Comment:
    number: int
    url: str
    body: str


@dataclass(frozen=True)
class Seen:
    """`ours`: the oldest first. `written`: the text that this run wrote, and GitHub accepted."""

    ours: tuple[Comment, ...]
    written: str = ""


@dataclass(frozen=True)
class Create(Step):
    says = "comment on pull request #{pull_request}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "a second comment, which the same run, or the next one, deletes"
    unseen = "Check the pull request. Running the same command again checks first, then continues."
    pull_request: int
    body: str


@dataclass(frozen=True)
class Update(Step):
    says = "update comment {number}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the text is the same"
    number: int
    body: str


@dataclass(frozen=True)
class Delete(Step):
    says = "delete comment {number}, a duplicate of ours"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it no longer exists"
    number: int


CommentStep: TypeAlias = Create | Update | Delete


def mark(key: str) -> str:
    return f"<!-- credex-actions: {key} -->"


def marked(key: str, text: str) -> str:
    """`text` as it is posted. Raises ValueError if it is longer than GitHub accepts."""
    body = f"{mark(key)}\n{text.strip()}"
    if len(body) > LONGEST:
        raise ValueError(f"has {len(text):,} characters, and a comment may have {LONGEST - len(body) + len(text.strip()):,}")
    return body


def decide(pull_request: int, body: str, seen: Seen) -> Decision[CommentStep]:
    match seen.ours:
        case ():
            return Create(pull_request, body)
        case (first, *_) if body not in (unix_lines(first.body), seen.written):
            return Update(first.number, body)
        case (_, *rest) if rest:
            return Delete(rest[-1].number)
        case _:
            return Done("written")


def after(seen: Seen, step: CommentStep | Wait) -> Seen:
    match step:
        case Create(_, body):
            return replace(seen, ours=(Comment(0, "", body),))
        case Update(_, body):
            return replace(seen, ours=(replace(seen.ours[0], body=body), *seen.ours[1:]))
        case Delete(number):
            return replace(seen, ours=tuple(each for each in seen.ours if each.number != number))
        case _:
            return seen
