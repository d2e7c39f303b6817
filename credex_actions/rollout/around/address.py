"""How the parameter with a database's Bolt URL follows its address, by compare-and-set: pure.

Parameter Store has no conditional write. So the version is compared before the write, and the version that the write was answered with after it: one that
is not the next one means that somebody wrote in between, and theirs is in the history. Nothing is deleted: the history has every URL, and the way back
writes the former one again.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait


@dataclass(frozen=True)
class WriteUrl(Step):
    says = "set {parameter} to {url}"
    harmless = True
    twice = "a version more in the parameter's history, with the same URL"
    parameter: str
    url: str


AddressStep: TypeAlias = WriteUrl


class Held(NamedTuple):
    """What a parameter holds. `url`: "" where it holds none, which is not shown: it may be a password in the wrong place."""

    url: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Want:
    """`former`: as it was read before the address changed. `url`: what it is to hold."""

    parameter: str
    former: Held
    url: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`written`: the version that our write was answered with; None before it, and if its response was lost."""

    now: Held
    written: int | None = None


def decide(want: Want, seen: Seen) -> Decision[AddressStep]:
    if seen.written is not None and seen.written != want.former.version + 1:
        what = f"{want.parameter} was written by somebody else at the same time: version {want.former.version + 1} is theirs, {seen.written} is ours"
        hint = f"Compare the two: aws ssm get-parameter-history --name {want.parameter}. Ours, which is in use, is {want.url}."
        return Refuse((Fault(what, hint, "url-parameter"),), Exit.FAILED)
    if seen.now.url == want.url:
        unchanged = seen.now.version == want.former.version
        return Done("unchanged" if unchanged else "set", f"{want.parameter} holds {want.url} (version {seen.now.version})")
    if seen.now == want.former:
        return WriteUrl(want.parameter, want.url)
    holds = seen.now.url or "something that is no Bolt URL"
    what = f"{want.parameter} was changed meanwhile: it holds {holds} (version {seen.now.version}), not {want.former.url} (version {want.former.version})"
    return Refuse((Fault(what, f"It was left as it is. If nobody else manages it, set it to {want.url}.", "url-parameter"),), Exit.FAILED)


def after(seen: Seen, step: AddressStep | Wait) -> Seen:
    """The world if `step` works."""
    if isinstance(step, Wait):
        return seen
    version = seen.now.version + 1
    return replace(seen, now=Held(step.url, version), written=version)
