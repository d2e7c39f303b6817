"""The documentation site: built strictly, its links followed, drawn in Chromium on a desk and on a telephone, from its folder and without a network."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Final, NamedTuple
from urllib.parse import unquote

import msgspec
import pytest
from markdown_it import MarkdownIt

from tests.pictures.browser import seen_by

pytestmark = [pytest.mark.slow]

ROOT: Final = Path(__file__).resolve().parents[2]
TELEPHONE, DESK = 390, 1300
"""Pixels."""
AT_THE_DESK: Final = ("index.html", "reference/plan-rules.html", "how-to/rotate-secrets.html")
STRUCTURE: Final = ("ul", "ol", "li", "pre", "table", "tr", "td", "h1", "h2", "h3", "h4", "code", "strong", "em")

FINDS: Final = "how-to/respond-to-a-failed-deployment.html"


class Site(NamedTuple):
    """`html`: of each page, by its path; `markdown`: what it was built from."""

    folder: Path
    html: dict[str, str]
    markdown: dict[str, str]


@dataclass(frozen=True)
class Look:
    """`wide`: parts that reach over the edge and cannot be scrolled; `small`: texts below 12 pixels."""

    page: str
    width: int
    wide: tuple[str, ...]
    small: int


@dataclass(frozen=True)
class Looks:
    looks: tuple[Look, ...]
    found: tuple[str, ...]
    asked: tuple[str, ...]


class Elements(HTMLParser):
    """Names, ids and addresses in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: Counter[str] = Counter()
        self.ids: set[str] = set()
        self.addresses: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            elif name in ("href", "src"):
                self.addresses.append((f"{tag} {name}", value or ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("docs")
    ran = subprocess.run([ROOT / "script" / "docs", folder], capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    pages = sorted(path.relative_to(folder / "pages").as_posix() for path in (folder / "pages").rglob("*.md"))
    return Site(
        folder / "site",
        {page: (folder / "site" / page).with_suffix(".html").read_text() for page in pages},
        {page: (folder / "pages" / page).read_text() for page in pages},
    )


@pytest.fixture(scope="module")
def seen(site: Site) -> Looks:
    """Every page as on a telephone, some as on a desk, in one browser; it waits for what the search finds."""
    pages = [Path(page).with_suffix(".html").as_posix() for page in site.html]
    order = {"folder": None, "site": str(site.folder), "pages": {TELEPHONE: pages, DESK: AT_THE_DESK}}
    search = {"words": "CannotPullContainerError", "finds": FINDS}
    return msgspec.json.decode(seen_by("site.mjs", {**order, **search}), type=Looks)


def article(html: str) -> str:
    """What the page itself says, without the anchors that the generator adds to headings and lines."""
    return re.sub(r'<a class="headerlink".*?</a>', "", html[html.index("<article") : html.index("</article>")])


def test_every_markdown_file_is_a_page_and_in_the_navigation(site: Site) -> None:
    files = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("actions/*/README.md"), *ROOT.glob("examples/*/README.md")]
    assert len(site.html) >= len(files) + 3  # the README, CONTRIBUTING and CHANGELOG at the top
    linked = {normpath(address) for _, address in Elements(site.html["index.md"]).addresses}
    for part in ("tutorial", "how-to", "actions", "reference", "explanation", "decisions"):
        assert any(address.startswith(part) for address in linked), part


def test_a_page_reads_on_the_site_as_on_github(site: Site) -> None:
    github = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    differ = {}
    for page, markdown in site.markdown.items():
        want, have = Elements(github.render(markdown)).names, Elements(article(site.html[page])).names
        if different := {name: (want[name], have[name]) for name in STRUCTURE if want[name] != have[name]}:
            differ[page] = different
    assert differ == {}


def test_every_link_leads_somewhere_also_to_its_anchor(site: Site) -> None:
    ids = {Path(page).with_suffix(".html").as_posix(): Elements(html).ids for page, html in site.html.items()}
    assert sorted(set(broken(site, ids))) == []


def broken(site: Site, ids: dict[str, set[str]]) -> Iterator[str]:
    for page, html in site.html.items():
        for _, address in Elements(html).addresses:
            path, _, anchor = address.partition("#")
            if re.match(r"[a-z]+:", address):
                continue
            target = normpath(join(dirname(page), path)) if path else Path(page).with_suffix(".html").as_posix()
            lacks = anchor and target in ids and unquote(anchor) not in ids[target]
            if lacks or not (site.folder / target).exists():
                yield f"{page}: {address}"


def test_nothing_is_loaded_from_elsewhere(site: Site, seen: Looks) -> None:
    loads = {address for html in site.html.values() for kind, address in Elements(html).addresses if kind not in ("a href", "link href")}
    assert {address for address in loads if re.match(r"(https?:)?//", address)} == set()
    assert seen.asked == ()


def test_nothing_reaches_over_its_edge(site: Site, seen: Looks) -> None:
    assert len(seen.looks) == len(site.html) + len(AT_THE_DESK)
    assert [(look.page, look.width, look.wide) for look in seen.looks if look.wide] == []
    assert [(look.page, look.width) for look in seen.looks if look.small] == []


def test_the_search_finds_a_message_without_a_server(seen: Looks) -> None:
    assert any(FINDS in address for address in seen.found)
