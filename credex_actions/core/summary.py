"""Markdown for job summaries: what one can read on a phone. Every value from elsewhere is escaped for the place it is in."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from credex_actions.core.text import in_cell, in_html, plain


def verdict(good: bool | None, sentence: str) -> str:
    """The first line. `good` is None for something that is neither success nor failure."""
    mark = {True: "✅", False: "❌", None: "⚠️"}[good]
    return f"### {mark} {in_cell(sentence)}\n"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    lines += [f"| {' | '.join(in_cell(str(cell)) for cell in row)} |" for row in rows]
    return "\n".join([*lines, ""])


def code_block(text: str, language: str = "") -> str:
    """`text` in a fence that is longer than any fence inside it."""
    body = plain(text)
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}\n"


def details(title: str, body: str) -> str:
    """A part that folds. Its title is inside HTML, where a backslash before a bracket would show."""
    return f"<details><summary>{in_html(title)}</summary>\n\n{body}\n</details>\n"


class Bar(NamedTuple):
    """One bar of a timeline, in seconds since its beginning. `failed` draws it as critical."""

    name: str
    begins: float
    ends: float
    failed: bool = False


def timeline(title: str, bars: Sequence[Bar]) -> str:
    """A Mermaid Gantt chart; its axis shows the minutes and seconds since the beginning."""
    name = re.compile(r"[^\w ./-]")  # nothing that Mermaid would read as syntax
    rows = [
        f"    {name.sub(' ', plain(bar.name))[:60].strip() or 'step'} :{'crit, ' if bar.failed else ''}{_at(bar.begins)}, {_at(max(bar.ends, bar.begins + 1))}"
        for bar in bars
    ]
    head = ["gantt", f"    title {name.sub(' ', plain(title))[:80]}", "    dateFormat x", "    axisFormat %M:%S"]
    return code_block("\n".join([*head, *rows]), "mermaid")


def _at(seconds: float) -> str:
    return str(int(seconds * 1000))
