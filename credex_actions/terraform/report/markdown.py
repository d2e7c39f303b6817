"""The verdict as Markdown, for the job summary and for a comment on a pull request. Whatever comes from the plan is escaped."""

from collections.abc import Callable, Sequence
from typing import Final

from credex_actions.core.summary import Page
from credex_actions.terraform.judging.finding import Finding

MOST: Final = 100
"""A comment on GitHub has 65,536 characters."""
LIMIT: Final = 60_000


def markdown(findings: Sequence[Finding], head: str, redact: Callable[[str], str], *, refused: bool) -> str:
    good = False if refused else None if findings else True
    shown = list(findings[:MOST])
    while True:
        page = Page(redact)
        _draw(page, shown, len(findings) - len(shown), head, good)
        text = str(page)
        if len(text) <= LIMIT or not shown:
            return text
        shown = shown[: len(shown) // 2]


def _draw(page: Page, shown: Sequence[Finding], more: int, head: str, good: bool | None) -> None:
    page.verdict(good, head)
    for title, part in (("Refused", [each for each in shown if each.refuses]), ("Warnings", [each for each in shown if not each.refuses])):
        page.points(
            [
                [
                    f"{each.address}: {each.action}",
                    f"Lost: {each.lost}",
                    f"Why: {each.why}",
                    f"Instead: {each.instead}" if each.instead else "",
                ]
                for each in part
            ],
            title,
        )
    if more:
        page.paragraph(f"…and {more:,} more.")
