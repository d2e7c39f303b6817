"""Pages that are handed to people as files: alone, without a network, on a desk and on a telephone, light and dark."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import pytest

from credex_actions.maintenance.reporting.html.page import page
from tests.pictures import of_maintenance
from tests.pictures.browser import WIDTHS, seen_by

pytestmark = [pytest.mark.slow]

PAGES: Final[dict[str, Callable[[], str]]] = {
    "maintenance": lambda: page(of_maintenance.report()),
    "maintenance-hostile": lambda: page(of_maintenance.hostile()),
}
EVERYWHERE: Final = [
    pytest.param(name, width, dark, id=f"{name}-{width}-{'dark' if dark else 'light'}")
    for name in PAGES
    for width in WIDTHS
    for dark in (False, True)
]
OURS: Final = {
    "a", "b", "body", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "header", "li", "main", "nav", "p", "polyline", "pre", "rect",
    "section", "span", "summary", "svg", "ul",
}  # fmt: skip
READABLE: Final = 4.5
"""Contrast of text. Source: WCAG 2.2, 1.4.3."""


@dataclass(frozen=True)
class Stands:
    name: str
    width: int
    dark: bool
    requests: tuple[str, ...]
    complaints: tuple[str, ...]
    head: str
    page_overflows: int
    wide: tuple[str, ...]
    smallest_text: float
    weakest_contrast: float
    charts: int
    bars: tuple[float, ...]
    lines: tuple[float, ...]
    elements: tuple[str, ...]
    links: tuple[str, ...]
    background: str
    text: str


def stands(folder: Path, pictures: Path | None = None) -> list[Stands]:
    files = {}
    for name, make in PAGES.items():
        file = folder / f"{name}.html"
        file.write_text(make())
        files[name] = str(file)
    order = {"widths": WIDTHS, "folder": str(pictures) if pictures else None, "files": files}
    return msgspec.json.decode(seen_by("stand.mjs", order), type=list[Stands])


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int, bool], Stands]:
    return {(each.name, each.width, each.dark): each for each in stands(tmp_path_factory.mktemp("pages"))}


@pytest.mark.parametrize(("name", "width", "dark"), EVERYWHERE)
def test_it_stands_alone(seen: dict[tuple[str, int, bool], Stands], name: str, width: int, dark: bool) -> None:
    look = seen[name, width, dark]
    assert look.requests == ()
    assert look.complaints == ()
    assert set(look.links) == {"#decide", "#changed", "#charts", "#fine", "#not-examined"}
    assert set(look.elements) <= OURS


@pytest.mark.parametrize(("name", "width", "dark"), EVERYWHERE)
def test_it_can_be_read(seen: dict[tuple[str, int, bool], Stands], name: str, width: int, dark: bool) -> None:
    look = seen[name, width, dark]
    assert (look.page_overflows, look.wide) == (0, ())
    assert look.smallest_text >= 14
    assert look.weakest_contrast >= READABLE


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_its_charts_are_drawn(seen: dict[tuple[str, int, bool], Stands], width: int, dark: bool) -> None:
    look = seen["maintenance", width, dark]
    assert look.charts == 4
    assert [round(each, 2) for each in look.bars[:4]] == [1.0, 0.39, 0.19, 0.0]
    assert len(look.bars) == 4 + 15
    assert [round(each, 1) for each in look.lines] == [1.0, 1.0]
    assert "and 15 more" in look.text


@pytest.mark.parametrize("width", WIDTHS)
def test_it_says_what_the_report_says(seen: dict[tuple[str, int, bool], Stands], width: int) -> None:
    look = seen["maintenance", width, False]
    assert (
        look.head
        == "3 findings to decide on (2 new, 1 solved), about 19 USD a month; 1 earlier finding was not examined; 1 check could not look: query-slow"
    )
    for words in (
        "credex-core-neo4j lets the whole internet reach port 7687",
        "aws ec2 revoke-security-group-ingress --group-id sg-0a1b2c3d4e5f60718",
        "terraform/.terraform.lock.hcl:4",
        "until 2026-06-30: the partner rotates it with the next contract",
        "4 buckets, none of them public",
        "query-slow: skipped: access denied: ssm:SendCommand",
    ):
        assert words in look.text
    assert look.background != seen["maintenance", width, True].background


@pytest.mark.parametrize("width", WIDTHS)
def test_texts_from_elsewhere_are_read_as_they_are(seen: dict[tuple[str, int, bool], Stands], width: int) -> None:
    text = " ".join(seen["maintenance-hostile", width, False].text.split())
    assert "<script>alert(1)</script> <img src=x onerror=alert(1)> [here](https://evil.example/) @everyone" in text
