"""Keeps one pull request of a kind up to date: pure. A branch is ours as long as its last commit is; what a person adds to it is left alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias

from credex_actions.core.loop import Decision, Done, Step, Wait
from credex_actions.core.text import unix_lines


@dataclass(frozen=True)
class PullRequest:
    """`ids`: of the findings that it solves. `refused`: closed without a merge."""

    number: int
    url: str
    title: str
    body: str
    open: bool
    refused: bool
    ids: frozenset[str]


@dataclass(frozen=True)
class Branch:
    """`ours`: its last commit is as we made it. `content`: of the file."""

    content: str
    ours: bool


@dataclass(frozen=True)
class Wanted:
    """The change as it is proposed: none where `ids` is empty."""

    title: str
    body: str
    content: str
    ids: frozenset[str]


@dataclass(frozen=True)
class Seen:
    """`base`: the commit of the base branch, and `given` the file there. `pulls`: ours of this kind, the newest first."""

    base: str
    given: str
    branch: Branch | None
    pulls: tuple[PullRequest, ...]

    @property
    def refused(self) -> frozenset[str]:
        """Findings that a pull request was closed for; not those of one that was merged meanwhile."""
        return frozenset(each for pull in self.pulls if pull.refused for each in pull.ids)

    @property
    def open(self) -> PullRequest | None:
        return next((each for each in self.pulls if each.open), None)


@dataclass(frozen=True)
class Push(Step):
    says = "commit {file} to the branch {branch}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "a second commit with the same content, which no branch has"
    branch: str
    file: str
    base: str
    content: str
    message: str
    new: bool


@dataclass(frozen=True)
class Open(Step):
    says = "open a pull request from {branch}: {title}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: GitHub rejects a second one between the same branches"
    branch: str
    title: str
    body: str


@dataclass(frozen=True)
class Update(Step):
    says = "update pull request #{number}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: the text is the same"
    number: int
    title: str
    body: str


@dataclass(frozen=True)
class Close(Step):
    says = "close pull request #{number}: nothing is left to propose"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: it is closed"
    number: int
    body: str


ProposalStep: TypeAlias = Push | Open | Update | Close


def decide(branch: str, file: str, want: Callable[[str, frozenset[str]], Wanted], seen: Seen) -> Decision[ProposalStep]:
    """`want`: from the file on the base branch, and what was refused."""
    wanted = want(seen.given, seen.refused)
    if not wanted.ids and not seen.open:
        return Done("nothing")
    if seen.branch and not seen.branch.ours:
        return Done("left", f"somebody else has committed to the branch {branch}")
    if not wanted.ids and seen.open:
        return Close(seen.open.number, wanted.body)
    if seen.branch is None or seen.branch.content != wanted.content:
        return Push(branch, file, seen.base, wanted.content, wanted.title, new=seen.branch is None)
    if seen.open is None:
        return Open(branch, wanted.title, wanted.body)
    if (unix_lines(seen.open.body), seen.open.title) != (wanted.body, wanted.title):
        return Update(seen.open.number, wanted.title, wanted.body)
    return Done("proposed")


def after(seen: Seen, step: ProposalStep | Wait) -> Seen:
    match step:
        case Push(content=content):
            return replace(seen, branch=Branch(content, ours=True))
        case Open(_, title, body):
            return replace(seen, pulls=(PullRequest(0, "", title, body, True, False, frozenset()), *seen.pulls))
        case Update(number, title, body):
            return replace(
                seen, pulls=tuple(replace(each, title=title, body=body) if each.number == number else each for each in seen.pulls)
            )
        case Close(number):
            return replace(seen, pulls=tuple(replace(each, open=False) if each.number == number else each for each in seen.pulls))
        case _:
            return seen
