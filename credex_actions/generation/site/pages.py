"""The pages of the site: the repository's own Markdown, each with its links as they are there, and nothing that is written twice."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Final

REPOSITORY: Final = "https://github.com/Great-Sun-Group/credex-actions"
LINK: Final = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?=\))")
FENCE: Final = re.compile(r" *(?P<fence>`{3,}|~{3,})")
TITLE: Final = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)
AT_THE_TOP: Final = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "docs/decisions": "decisions/index.md",
}
"""Pages that are not in the folder where the site has them; `docs/decisions` is a list of its own."""


def sources(root: Path) -> dict[str, str]:
    """Every page by its source, both as paths with slashes: of the repository, and of the site."""
    found = {source: page for source, page in AT_THE_TOP.items() if (root / source).exists()}
    found |= {path: path.removeprefix("docs/") for path in _paths(root, "docs/**/*.md")}
    found |= {path: f"{path.removesuffix('/README.md')}.md" for path in _paths(root, "actions/*/README.md")}
    found |= {path: f"{path.removesuffix('/README.md')}.md" for path in _paths(root, "examples/*/README.md")}
    return found


def texts(root: Path) -> dict[str, str]:
    """Every page with its text. Raises ValueError with every link that leads nowhere."""
    where = sources(root)
    files = {source: (root / source).read_text() for source in where if source != "docs/decisions"}
    files["docs/decisions"] = decisions(files)
    broken = [f"{source}: {link}" for source, text in files.items() for link in _broken(root, source, text)]
    if broken:
        raise ValueError("Links that lead nowhere:\n" + "\n".join(broken))
    return {where[source]: moved(root, source, text, where) for source, text in files.items()}


def title_of(text: str) -> str:
    found = TITLE.search(text)
    return found["title"].replace("`", "") if found else ""


def decisions(files: Mapping[str, str]) -> str:
    """The list of all decisions, the newest first."""
    listed = sorted((source for source in files if source.startswith("docs/decisions/")), reverse=True)
    lines = [f"- [{title_of(files[source])}]({source.rpartition('/')[2]})" for source in listed]
    return "\n".join(["# Decisions", "", "What was decided that a user would notice, and why; the newest first.", "", *lines, ""])


def moved(root: Path, source: str, text: str, where: Mapping[str, str]) -> str:
    """`text` with the links that its place in the site needs: to a page of the site if there is one, else to the file in the repository."""

    def link(found: re.Match[str]) -> str:
        target = _target(source, found["path"])
        page = where.get(target) or where.get(f"{target}/README.md")
        if page:
            return relpath(page, dirname(where[source]) or ".") + (found["anchor"] or "")
        if target.startswith("docs/") and (root / target).is_file():  # not Markdown: it is copied as it is
            return relpath(target.removeprefix("docs/"), dirname(where[source]) or ".")
        kind = "tree" if (root / target).is_dir() else "blob"
        return f"{REPOSITORY}/{kind}/main/{target}{found['anchor'] or ''}"

    return "".join(line if code else LINK.sub(link, line) for line, code in _lines(text))


def _broken(root: Path, source: str, text: str) -> Iterator[str]:
    for line, code in _lines(text):
        if not code:
            yield from (found["path"] for found in LINK.finditer(line) if not (root / _target(source, found["path"])).exists())


def _target(source: str, path: str) -> str:
    """What a link names, from the root of the repository."""
    return normpath(join(source if source == "docs/decisions" else dirname(source), path))


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is code."""
    opened = ""
    for line in text.splitlines(keepends=True):
        fence = FENCE.match(line)
        if fence and not opened:
            opened = fence["fence"]
            yield line, True
        else:
            yield line, bool(opened)
            if fence and opened and line.strip().startswith(opened) and not line.strip().strip(opened[0]):
                opened = ""


def _paths(root: Path, pattern: str) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))
