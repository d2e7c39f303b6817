"""Job summaries as GitHub draws them, on a desk and on a telephone: in Chromium, with GitHub's style and Mermaid. `python -m tests.pictures` takes pictures."""

import re
from typing import Final

import pytest

from tests.pictures.browser import WIDTHS, Look, looks
from tests.pictures.samples import CHARTS, OUTCOMES, SAMPLES

pytestmark = [pytest.mark.slow]

OURS: Final = {
    "a", "br", "code", "details", "div", "h3", "li", "p", "pre", "span", "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul", "wbr",
}  # fmt: skip
EVERYWHERE: Final = [pytest.param(name, width, id=f"{name}-{width}") for name in SAMPLES for width in WIDTHS]


@pytest.fixture(scope="module")
def seen() -> dict[tuple[str, int], Look]:
    """All of them, drawn in one browser."""
    return {(look.name, look.width): look for look in looks({name: make() for name, make in SAMPLES.items()})}


@pytest.mark.parametrize(("name", "width"), EVERYWHERE)
def test_nothing_reaches_over_its_edge(seen: dict[tuple[str, int], Look], name: str, width: int) -> None:
    look = seen[name, width]
    assert look.page_overflows == 0
    assert look.wide == ()


@pytest.mark.parametrize(("name", "width"), EVERYWHERE)
def test_every_table_has_a_head(seen: dict[tuple[str, int], Look], name: str, width: int) -> None:
    assert seen[name, width].empty_heads == 0


@pytest.mark.parametrize(("name", "width"), EVERYWHERE)
def test_mermaid_draws_every_chart_and_cuts_no_label(seen: dict[tuple[str, int], Look], name: str, width: int) -> None:
    look = seen[name, width]
    assert look.errors == ()
    assert look.charts == (name in CHARTS)
    assert look.failed_bars >= CHARTS.get(name, 0)
    assert (look.failed_bars > 0) == (CHARTS.get(name, 0) > 0)
    assert look.cut_labels == ()
    assert (look.crowded_axes, look.covered_names) == (0, 0)


@pytest.mark.parametrize(("name", "width"), EVERYWHERE)
def test_the_first_line_says_how_it_ended(seen: dict[tuple[str, int], Look], name: str, width: int) -> None:
    mark, words = OUTCOMES[name]
    assert re.match(f"{mark} .*(?:{words})", seen[name, width].head)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_difference_is_coloured(seen: dict[tuple[str, int], Look], width: int) -> None:
    look = seen["rendering", width]
    assert "- environment[LOG_LEVEL] = 'info'" in look.removed
    assert "+ environment[LOG_LEVEL] = 'debug'" in look.added
    assert "- environment[OLD] = 'gone'" in look.removed
    assert "+ environment[NEW] = 'here'" in look.added


@pytest.mark.parametrize(("name", "width"), EVERYWHERE)
def test_texts_from_elsewhere_take_no_effect(seen: dict[tuple[str, int], Look], name: str, width: int) -> None:
    look = seen[name, width]
    assert set(look.elements) <= OURS
    assert all(link.startswith("https://github.example/") for link in look.links)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [name for name in SAMPLES if "hostile" in name])
def test_texts_from_elsewhere_are_read_as_they_are(seen: dict[tuple[str, int], Look], name: str, width: int) -> None:
    text = " ".join(seen[name, width].text.split())
    assert "<script>alert(1)</script> <img src=x onerror=alert(1)> [here](https://evil.exam" in text
    assert "**bold** ``` ::error::no" in text
