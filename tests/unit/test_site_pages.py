"""Where a link of the repository leads on the site."""

from pathlib import Path

import pytest

from credex_actions.generation.site.navigation import as_toml, navigation
from credex_actions.generation.site.pages import REPOSITORY, moved, sources, texts

ROOT = Path(__file__).resolve().parents[2]

LINKS = {
    "a page in the same folder": ("docs/how-to/promote.md", "[x](trigger.md)", "[x](trigger.md)"),
    "a page in another folder, with an anchor": ("docs/tutorial.md", "[x](how-to/trigger.md#a)", "[x](how-to/trigger.md#a)"),
    "an action's README": ("docs/how-to/promote.md", "[x](../../actions/promote/README.md)", "[x](../actions/promote.md)"),
    "an action's folder": ("README.md", "[x](actions/promote)", "[x](actions/promote.md)"),
    "a page from an action's README": ("actions/promote/README.md", "[x](../../docs/style.md)", "[x](../style.md)"),
    "the README": ("docs/tutorial.md", "[x](../README.md)", "[x](index.md)"),
    "the decisions' folder": ("README.md", "[x](docs/decisions)", "[x](decisions/index.md)"),
    "a schema": ("docs/reference/writes.md", "[x](../schemas/neo4j.json)", "[x](../schemas/neo4j.json)"),
    "a file of the repository": ("README.md", "[x](script/lock)", f"[x]({REPOSITORY}/blob/main/script/lock)"),
    "a folder of the repository": ("docs/tutorial.md", "[x](../tests)", f"[x]({REPOSITORY}/tree/main/tests)"),
    "an address": ("README.md", "[x](https://example.com/a.md)", "[x](https://example.com/a.md)"),
    "an anchor of the page itself": ("README.md", "[x](#contents)", "[x](#contents)"),
    "code": ("README.md", "```md\n[x](script/lock)\n```\n", "```md\n[x](script/lock)\n```\n"),
}


@pytest.mark.parametrize(("source", "before", "after"), LINKS.values(), ids=LINKS)
def test_links(source: str, before: str, after: str) -> None:
    assert moved(ROOT, source, before, sources(ROOT)) == after


def test_a_link_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs" / "decisions").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# It\n\n[x](docs/nothing.md) and `[y](z)`\n")
    with pytest.raises(ValueError, match=r"README\.md: docs/nothing\.md"):
        texts(tmp_path)


def test_a_page_that_no_part_has_is_named() -> None:
    with pytest.raises(ValueError, match=r"odd/page\.md"):
        navigation({"index.md": "# It", "odd/page.md": "# Odd"})


def test_the_navigation_is_in_order() -> None:
    pages = {
        "index.md": "# It",
        "how-to/z.md": "# About `z`",
        "how-to/a.md": "# Zed",
        "how-to/deploy-on-push.md": "# Deploy",
        "decisions/index.md": "# D",
    }
    assert as_toml(navigation(pages)) == (
        '[{ "Overview" = "index.md" }, '
        '{ "How to" = [{ "Deploy" = "how-to/deploy-on-push.md" }, { "About z" = "how-to/z.md" }, { "Zed" = "how-to/a.md" }] }, '
        '{ "Decisions" = ["decisions/index.md"] }]'
    )
