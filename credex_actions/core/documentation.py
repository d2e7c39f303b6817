"""Where the suite's pages are. A message is read in the repository of a team, whose own `docs` has none of them."""

from typing import Final

SITE: Final = "https://github.com/Great-Sun-Group/credex-actions"


def page_at(path: str) -> str:
    """The address of a page, by its path in the suite's repository: `docs/how-to/update-neo4j.md`."""
    return f"{SITE}/blob/main/{path}"
