"""terraform fmt and terraform validate, as findings."""

import json
import posixpath
from collections.abc import Collection, Iterable, Iterator
from shlex import quote
from typing import Any, Final

from credex_actions.core.text import one_line
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.finding import Finding, Place
from credex_actions.maintenance.infrastructure.declared import Directory
from credex_actions.maintenance.infrastructure.running import Program, initialized, words
from credex_actions.maintenance.repository.tree import Tree

CHECK: Final = "terraform-format"
DIFFERS: Final = 3
"""Exit code of fmt -check where a file would be changed."""


def unformatted(program: Program, tree: Tree, directories: Collection[Directory]) -> Iterator[Finding]:
    """`directories`: at least one. Raises Skipped where a file cannot be parsed, after what it found."""
    assert directories
    ended = program.run(tree.root, "fmt", "-check", "-list=true", "-recursive", "-no-color", ".")
    for line in ended.output.splitlines():
        file = posixpath.normpath(line.strip())
        if file in tree.known:
            yield Finding(
                check=CHECK,
                severity="low",
                resource=file,
                title=f"{one_line(file)} is not formatted",
                why="terraform fmt would change it: each change of it shows more lines than it changes.",
                fix=f"terraform fmt {quote(file)}",
                place=Place(file=file, line=1),
            )
    if ended.code not in {0, DIFFERS}:
        raise Skipped(f"terraform fmt: {words(ended, tree.root)}")


def invalid(program: Program, tree: Tree, directories: Iterable[Directory]) -> Iterator[Finding]:
    """Of those that are applied; what they call is validated with them. Raises Skipped where providers cannot be had, after what it found."""
    troubles = []
    for directory in directories:
        where = posixpath.join(tree.root, directory.path)
        try:
            with initialized(program, where, "-backend=false") as ready:
                yield from of_json(ready.run(where, "validate", "-json", "-no-color").output, directory)
        except Skipped as skipped:
            troubles.append(str(skipped))
    if troubles:
        raise Skipped(one_line(f"formatted is checked, valid is not: {troubles[0]}", 500))


def of_json(text: str, directory: Directory) -> Iterator[Finding]:
    """Source: Terraform docs, "terraform validate", JSON output format. Raises Skipped for what is not that."""
    try:
        errors = [each for each in json.loads(text)["diagnostics"] if each["severity"] == "error"]
    except (ValueError, KeyError, TypeError):
        raise Skipped("terraform validate prints no JSON of the known form") from None
    for each in errors:
        place = _place(each, directory)
        yield Finding(
            check=CHECK,
            severity="high",
            resource=place.file if place else directory.shown,
            key=one_line(each["summary"], 200),
            title=one_line(f"{directory.shown} is not valid: {each['summary']}", 200),
            why=one_line(each.get("detail") or each["summary"], 400),
            fix=f"terraform -chdir={quote(directory.shown)} validate",
            place=place,
        )


def _place(diagnostic: dict[str, Any], directory: Directory) -> Place | None:
    span = diagnostic.get("range")
    if not isinstance(span, dict):
        return None
    return Place(file=posixpath.normpath(posixpath.join(directory.path, span["filename"])), line=span["start"]["line"])
