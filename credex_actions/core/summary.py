"""Markdown for job summaries: what one can read on a phone, where a line has some forty characters.

Every value from elsewhere is redacted, then escaped for the place it stands in: an escaped secret would not be recognised any more.
There are lists and no tables: a table is at least as wide as its longest words, which are ARNs, and places to break them would keep GitHub's runner
from recognising the secrets that it takes out of summaries itself.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from credex_actions.core.text import in_cell, in_html, one_line, plain

if TYPE_CHECKING:
    from credex_actions.core.timeline import Bar

Lines: TypeAlias = str | Sequence[str]
"""What stands behind one bullet; a sequence is a line each, and what is empty is left out."""


class Code(str):
    """A line that is a command: shown as code, so that it can be copied as it is."""

    __slots__ = ()


class Page:
    def __init__(self, redact: Callable[[str], str]) -> None:
        self._mask = redact
        self._parts: list[str] = []

    def __str__(self) -> str:
        return "\n".join([*self._parts, ""])

    def verdict(self, good: bool | None, sentence: str) -> None:
        """The first line. `good` is None for something that is neither success nor failure."""
        mark = {True: "✅", False: "❌", None: "⚠️"}[good]
        self._parts.append(f"### {mark} {self._shown(sentence)}\n")

    def heading(self, title: str) -> None:
        self._parts.append(f"### {self._shown(title)}\n")

    def facts(self, facts: Iterable[tuple[str, Lines]], title: str = "") -> None:
        """A list of names and what is known of each; what has no value is left out."""
        self._list(title, (f"- **{self._shown(name)}:** {shown}" for name, lines in facts if (shown := self._lines(lines))))

    def points(self, points: Iterable[Lines], title: str = "") -> None:
        self._list(title, (f"- {self._lines(lines)}" for lines in points))

    def paragraph(self, text: str) -> None:
        self._parts.append(f"{self._shown(text, 2000)}\n")

    def markdown(self, text: str) -> None:
        """What is Markdown already."""
        self._parts.append(f"{self._redact(text)}\n")

    def link(self, words: str, url: str) -> None:
        address = re.sub(r"[\s<>]", "", self._redact(url))
        self._parts.append(f"[{self._shown(words)}](<{address}>)\n")

    def code(self, text: str, language: str = "") -> None:
        """`text` in a fence that is longer than any fence inside it."""
        body = self._redact(text)
        longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
        fence = "`" * max(3, longest + 1)
        self._parts.append(f"{fence}{language}\n{body}\n{fence}\n")

    @contextmanager
    def folded(self, title: str) -> Iterator[None]:
        """Around a part that folds. Its title stands inside HTML, where a backslash before a bracket would show."""
        self._parts.append(f"<details><summary>{in_html(self._redact(title))}</summary>\n")
        yield
        self._parts.append("</details>\n")

    def outline(self, lines: Iterable[str]) -> None:
        """Lines as a log has them: sentences become a list, and what is indented below one, such as a program's output, is code."""
        sentences: list[str] = []
        output: list[str] = []
        for line in (*lines, ""):
            if line.startswith("    "):
                output.append(line[4:])
                continue
            if output:
                self.points(sentences)
                self.code("\n".join(output))
                sentences, output = [], []
            if line.strip():
                sentences.append(line.strip())
        self.points(sentences)

    def timeline(self, title: str, bars: "Sequence[Bar]") -> None:
        """What took how long, the failed parts marked; nothing where there is nothing to draw."""
        from credex_actions.core.timeline import gantt

        if not bars:
            return
        self.code(gantt(self._redact(title), [bar._replace(name=self._redact(bar.name)) for bar in bars]), "mermaid")

    def _redact(self, text: str) -> str:
        """Plain, and redacted both before and after: what is unprintable may be in the middle of a secret, or belong to it."""
        return self._mask(plain(self._mask(text)))

    def _list(self, title: str, items: Iterable[str]) -> None:
        """`title` is needed where a list stands above it: GitHub would take the two for one."""
        if lines := list(items):
            self._parts += [f"**{title}**\n"] * bool(title)
            self._parts.append("\n".join([*lines, ""]))

    def _lines(self, lines: Lines) -> str:
        return "<br>".join(
            self._code(line) if isinstance(line, Code) else self._shown(line)
            for line in ([lines] if isinstance(lines, str) else lines)
            if line
        )

    def _code(self, text: str) -> str:
        body = one_line(self._redact(text), 2000)
        fence = "`" * (max((len(run) for run in re.findall(r"`+", body)), default=0) + 1)
        return f"{fence}{body}{fence}" if len(fence) == 1 else f"{fence} {body} {fence}"

    def _shown(self, text: str, limit: int = 500) -> str:
        return escaped(one_line(self._redact(text), limit))


def escaped(line: str) -> str:
    """`line` with nothing of Markdown or HTML in effect. No address in it becomes a link, no name a mention, no number a reference to an issue: whoever wrote a log line is nobody who may do that."""
    return re.sub(r"^(\d*)([-+.])", r"\1\\\2", in_cell(line, len(line)))  # else a line that begins so is the item of a list
