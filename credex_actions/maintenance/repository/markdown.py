"""What a Markdown file points to: links, code that names something, and the headings that links lead to. Pure.

Source: CommonMark, "Links" and "Fenced code blocks"; GitHub's docs, "Section links".
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote

FENCE: Final = re.compile(r"^[ >]{0,12}(?:[-*+] +|[0-9]+[.)] +)?(`{3,}|~{3,})\s*([\w+-]*)")
INLINE: Final = re.compile(r"(?<!`)(`{1,3})(?!`)((?:(?!\1).){1,400}?)\1(?!`)")
LINK: Final = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\[\]]*\]){0,500}\]\(\s*(<[^<>\n]+>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
DEFINITION: Final = re.compile(r"^ {0,3}\[(?!\^)[^\]]{1,200}\]:\s*(<[^<>]+>|\S+)")
HTML: Final = re.compile(r"<(?:a|img|source)\b[^>]{0,500}?\b(?:href|src|srcset)\s*=\s*[\"']([^\"'\s]+)", re.IGNORECASE)
HEADING: Final = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
UNDERLINED: Final = re.compile(r"^ {0,3}(?:=+|-{2,})\s*$")
ANCHOR: Final = re.compile(r"<[a-z0-9]+\b[^>]{0,300}?\b(?:id|name)\s*=\s*[\"']([^\"']+)", re.IGNORECASE)
COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
SHELLS: Final = frozenset(("", "sh", "bash", "shell", "console", "shell-session", "zsh"))


class Link(NamedTuple):
    """`path` and `fragment`: decoded; "" where there is none."""

    line: int
    target: str
    path: str
    fragment: str


class Code(NamedTuple):
    """`before` and `after`: the text around it on its line."""

    line: int
    text: str
    before: str = ""
    after: str = ""


class Page(NamedTuple):
    links: tuple[Link, ...]
    spans: tuple[Code, ...]
    blocks: tuple[tuple[Code, ...], ...]  # of shells, line by line
    anchors: frozenset[str]


def read(text: str) -> Page:
    text = COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text.replace("\r\n", "\n"))
    links: list[Link] = []
    spans: list[Code] = []
    blocks: list[tuple[Code, ...]] = []
    slugs = _Slugs()
    fence, block, shell, previous = "", list[Code](), False, ""
    for number, line in enumerate(text.split("\n"), 1):
        opened = FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence) and not line.strip(" >`~"):
                if shell:
                    blocks.append(tuple(block))
                fence = ""
            else:
                block.append(Code(number, line))
            continue
        if opened and "`" not in line[opened.end(1) :]:
            fence, block, shell = opened[1], [], opened[2].lower() in SHELLS
            continue
        spans += (Code(number, found[2].strip(), line[: found.start()], line[found.end() :]) for found in INLINE.finditer(line))
        links += (_link(number, target) for target in _targets(INLINE.sub(lambda found: " " * len(found[0]), line)))
        _anchors(line, previous, slugs)
        previous = line
    return Page(tuple(links), tuple(spans), tuple(blocks), frozenset(slugs.known))


def _targets(line: str) -> Iterator[str]:
    for pattern in (LINK, DEFINITION, HTML):
        yield from (found[1].strip("<>") for found in pattern.finditer(line) if found[1])


def _link(number: int, target: str) -> Link:
    path, _, fragment = target.partition("#")
    return Link(number, target, unquote(path.partition("?")[0]), unquote(fragment))


def _anchors(line: str, previous: str, slugs: "_Slugs") -> None:
    if heading := HEADING.match(line):
        slugs.add(heading[2])
    elif UNDERLINED.match(line) and previous.strip() and not previous.lstrip().startswith(("|", "-", ">", "#")):
        slugs.add(previous.strip())
    slugs.known.update(found[1].lower() for found in ANCHOR.finditer(line))


class _Slugs:
    """GitHub's anchors of headings: a second one of the same name gets a number."""

    def __init__(self) -> None:
        self.known: set[str] = set()

    def add(self, heading: str) -> None:
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", shown.strip().lower()).replace(" ", "-")
        name, number = slug, 0
        while name in self.known:
            number += 1
            name = f"{slug}-{number}"
        self.known.add(name)
