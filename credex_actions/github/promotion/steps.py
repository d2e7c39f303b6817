"""Brings the changes of one branch before the next one as a pull request: pure. It never merges: that is a person's word."""

from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias

from credex_actions.core.loop import Decision, Done, Step, Wait
from credex_actions.github.promotion.promoted import Change
from credex_actions.github.promotion.text import merged_body


@dataclass(frozen=True)
class PullRequest:
    number: int
    url: str
    title: str
    body: str


@dataclass(frozen=True)
class Want:
    source: str
    target: str
    title: str


@dataclass(frozen=True)
class Seen:
    """`behind`: commits of the target that the source lacks. `written`: the text that this run put, and GitHub took."""

    head: str
    changes: tuple[Change, ...]
    total: int
    behind: int
    text: str = ""
    pull: PullRequest | None = None
    written: str = ""


@dataclass(frozen=True)
class Open(Step):
    says = "open a pull request from {source} to {target}"
    harmless: ClassVar[bool] = True
    twice: ClassVar[str] = "nothing: GitHub rejects a second open one between the same branches"
    unseen = "Check the repository's pull requests. Running the same command again checks first, then continues."
    source: str
    target: str
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


PromotionStep: TypeAlias = Open | Update


def decide(want: Want, seen: Seen) -> Decision[PromotionStep]:
    if not seen.total:
        return Done("up-to-date", f"{want.target} has all that {want.source} has")
    if seen.pull is None:
        return Open(want.source, want.target, want.title, seen.text)
    body = merged_body(seen.pull.body, seen.text)
    if body not in (seen.pull.body, seen.written):  # another run may have put its own since, which tells the same
        return Update(seen.pull.number, seen.pull.title, body)
    return Done("open")


def after(seen: Seen, step: PromotionStep | Wait) -> Seen:
    if isinstance(step, Open):
        return replace(seen, pull=PullRequest(0, "", step.title, step.body))
    if isinstance(step, Update) and seen.pull:
        return replace(seen, pull=replace(seen.pull, body=step.body))
    return seen
