"""The navigation of the site, drawn from the folders: a page that is added is in it."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from credex_actions.generation.site.pages import title_of

FIRST: Final = (
    "index.md",
    "tutorial.md",
    "how-to/deploy-on-push.md",
    "how-to/trigger.md",
    "how-to/promote.md",
    "how-to/sign-in-to-aws.md",
    "how-to/respond-to-a-failed-deployment.md",
    "explanation/architecture.md",
)
"""The pages that come first in their part; the others follow by their titles."""
PARTS: Final = {
    "Tutorial": ("tutorial.md", "examples/"),
    "How to": ("how-to/",),
    "Actions": ("actions/",),
    "Reference": ("reference/", "sandbox.md"),
    "Explanation": ("explanation/",),
    "Decisions": ("decisions/",),
    "Project": ("contributing.md", "style.md", "security.md", "changelog.md"),
}


def navigation(pages: Mapping[str, str]) -> list[dict[str, object]]:
    """Part by part: a title and a page, or a title and its pages. `pages`: their texts by their paths. Raises ValueError for a page without a part."""
    parts: dict[str, list[str]] = {part: [path for path in pages if path.startswith(prefixes)] for part, prefixes in PARTS.items()}
    left = pages.keys() - {"index.md", *(path for paths in parts.values() for path in paths)}
    if left:
        raise ValueError(f"Pages that no part of the navigation has: {', '.join(sorted(left))}")
    whole: dict[str, object] = {"Overview": "index.md"} | {part: _entries(pages, paths, part) for part, paths in parts.items() if paths}
    return [{part: entries} for part, entries in whole.items()]


def _entries(pages: Mapping[str, str], paths: Iterable[str], part: str) -> list[object]:
    def order(path: str) -> tuple[bool, int, str]:
        first = FIRST.index(path) if path in FIRST else len(FIRST)
        return not path.endswith("index.md"), first, path if part == "Decisions" else title_of(pages[path]).lower()

    return [path if path.endswith("index.md") else {title_of(pages[path]): path} for path in sorted(paths, key=order)]


def as_toml(entries: object) -> str:
    """Lists, tables and strings; a JSON string is a TOML string."""
    if isinstance(entries, list):
        return f"[{', '.join(map(as_toml, entries))}]"
    if isinstance(entries, dict):
        return f"{{ {', '.join(f'{json.dumps(title)} = {as_toml(entry)}' for title, entry in entries.items())} }}"
    return json.dumps(entries, ensure_ascii=False)
