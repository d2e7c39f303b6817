"""A page of a release links to what is beside it, and otherwise to the commit that the release was built from."""

import pytest

from releasing.links import at_source

PRESENT = {"README.md", "actions/promote/README.md", "actions/promote/action.yml"}


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        ("README.md", "actions/promote/README.md", "actions/promote/README.md"),
        ("README.md", "actions/promote", "actions/promote"),
        ("README.md", "docs/style.md", "SOURCE/docs/style.md"),
        ("README.md", "docs/how-to/back-up.md#on-a-schedule", "SOURCE/docs/how-to/back-up.md#on-a-schedule"),
        ("actions/promote/README.md", "../../docs/how-to/promote.md", "SOURCE/docs/how-to/promote.md"),
        ("actions/promote/README.md", "action.yml", "action.yml"),
        ("README.md", "https://example.com/a", "https://example.com/a"),
        ("README.md", "#contents", "#contents"),
    ],
)
def test_links(page: str, link: str, expected: str) -> None:
    assert at_source(f"See [it]({link}), please.", page, PRESENT, "SOURCE") == f"See [it]({expected}), please."
