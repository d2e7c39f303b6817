"""The verdict as Markdown, for the job summary and for a comment on a pull request. Whatever comes from the plan is escaped."""

from collections.abc import Iterator, Sequence
from typing import Final

from credex_actions.core import summary
from credex_actions.terraform.judging.finding import Finding

MOST: Final = 100
"""A comment on GitHub has 65,536 characters."""
LIMIT: Final = 60_000


def markdown(findings: Sequence[Finding], head: str, *, refused: bool) -> str:
    good = False if refused else None if findings else True
    shown = list(findings[:MOST])
    while True:
        text = "\n".join(_parts(shown, len(findings) - len(shown), head, good))
        if len(text) <= LIMIT or not shown:
            return text
        shown = shown[: len(shown) // 2]


def _parts(shown: Sequence[Finding], more: int, head: str, good: bool | None) -> Iterator[str]:
    yield summary.verdict(good, head)
    for title, part in (("Refused", [each for each in shown if each.refuses]), ("Warnings", [each for each in shown if not each.refuses])):
        if part:
            rows = [(each.address, each.action, each.lost, each.why, each.instead) for each in part]
            yield f"**{title}**\n"
            yield summary.table(("Resource", "Action", "What is lost", "Why", "What to do instead"), rows)
    if more:
        yield f"…and {more:,} more.\n"
