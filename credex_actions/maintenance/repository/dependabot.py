"""Whether Dependabot looks at every directory with dependencies. Pure. Source: GitHub docs, "Dependabot options reference"."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from credex_actions.core.documents.document import Document, parse
from credex_actions.core.faults import Failure
from credex_actions.core.text import listed, one_line
from credex_actions.maintenance.finding import Finding, Place
from credex_actions.maintenance.repository.tree import Tree

CHECK: Final = "dependabot-uncovered"
FILES: Final = (".github/dependabot.yml", ".github/dependabot.yaml")
RENOVATE: Final = frozenset(
    f"{folder}{name}"
    for folder in ("", ".github/", ".gitlab/")
    for name in ("renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json", ".renovaterc.json5")
)
ALIKE: Final[Mapping[str, frozenset[str]]] = {
    "pip": frozenset(("pip", "uv")),
    "npm": frozenset(("npm", "bun")),
    "terraform": frozenset(("terraform", "opentofu")),
}
"""Ecosystems of Dependabot that look at the same manifests."""


def renovate(tree: Tree) -> str:
    """Its configuration; "" if there is none."""
    found = sorted(RENOVATE & set(tree.files))
    return found[0] if found else ""


def uncovered(tree: Tree, found: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    file = next((each for each in FILES if each in tree.files), "")
    if not file:
        yield from (
            _finding(FILES[0], ecosystem, directories, "there is no Dependabot configuration")
            for ecosystem, directories in sorted(found.items())
        )
        return
    try:
        document = parse(tree.text(file) or "{}", file)
    except Failure as failure:
        fault = failure.faults[0]
        yield Finding(
            check=CHECK, severity="medium", resource=file, key="unreadable", title="Dependabot's configuration cannot be read",
            why=one_line(f"{file}:{fault.line}: {fault.what}. Dependabot updates nothing."), fix="Correct the file.", place=Place(file=file, line=fault.line),
        )  # fmt: skip
        return
    entries = [entry for entry in _entries(document) if isinstance(entry, dict)]
    for ecosystem, directories in sorted(found.items()):
        names = ALIKE.get(ecosystem, frozenset((ecosystem,)))
        own = [entry for entry in entries if entry.get("package-ecosystem") in names]
        missing = {
            directory: manifest
            for directory, manifest in directories.items()
            if not any(covers(ecosystem, entry, directory, manifest) for entry in own)
        }
        if missing:
            why = f"{file} has no entry for {ecosystem}" if not own else f"the entries for {ecosystem} in {file} do not cover it"
            yield _finding(file, ecosystem, missing, why)


def _entries(document: Document) -> Sequence[Any]:
    updates = document.value.get("updates") if isinstance(document.value, dict) else None
    return updates if isinstance(updates, list) else ()


def covers(ecosystem: str, entry: Mapping[str, Any], directory: str, manifest: str) -> bool:
    """`exclude-paths` counts as covered: somebody has decided it."""
    excluded = entry.get("exclude-paths")
    if isinstance(excluded, list) and any(
        _glob(str(each).strip("/"), manifest) or manifest.startswith(f"{str(each).strip('/*')}/") for each in excluded
    ):
        return True
    named = entry.get("directories") if isinstance(entry.get("directories"), list) else [entry.get("directory")]
    places = [f"/{str(each).strip('/')}" for each in named or () if isinstance(each, str)]
    reached = {directory}
    if ecosystem == "pip" and directory != "/":  # its fetcher looks one level down, too
        reached.add(f"/{directory.strip('/').rpartition('/')[0]}")
    return any(_glob(place, each) for place in places for each in reached)


def _glob(pattern: str, path: str) -> bool:
    """`*` stays within a name, `**` does not."""
    parts = re.split(r"(/?\*\*/?|\*|\?)", pattern)
    wild = {"*": "[^/]*", "?": "[^/]"}
    expression = "".join(
        ("(?:/.*)?/?" if part.startswith("/") else ".*") if "**" in part else wild.get(part, re.escape(part)) for part in parts
    )
    return bool(re.fullmatch(expression, path))


def _finding(file: str, ecosystem: str, directories: Mapping[str, str], why: str) -> Finding:
    places = sorted(directories)
    entry = f"- {{package-ecosystem: {ecosystem}, directories: {json.dumps(places)}, schedule: {{interval: weekly}}, groups: {{{ecosystem}: {{patterns: ['*']}}}}}}"
    return Finding(
        check=CHECK,
        severity="medium",
        resource=file,
        key=ecosystem,
        title=f"nobody updates the {ecosystem} dependencies in {listed(places, 5)}",
        why=one_line(f"{why}. Found: {listed(sorted(directories.values()), 5)}."),
        fix=f"Add to `updates` in {file}: {entry}",
        place=Place(file=directories[places[0]], line=1),
    )
