"""The commands in a document's shell blocks that run what does not exist: scripts, workflows, targets. Pure, but for the reading of files."""

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from credex_actions.maintenance.repository.markdown import Code
from credex_actions.maintenance.repository.tree import Tree

PLACEHOLDER: Final = re.compile(r"[<>{}$*…]|\.\.\.|(?<![A-Za-z0-9])[A-Z]{1,}(?![a-z.0-9])|\bpath/to\b|\bexample\b|\bmy[-_]|\byour[-_]")
RUNS: Final = re.compile(r"(?:\$ |> |sudo )?(?:(?:bash|sh|source|\.|python3?|node)\s+)?((?:\./)?(?:scripts?|bin|tools)/[\w./-]+)(?=\s|$)")
NPM_RUN: Final = re.compile(r"(?:\$ )?(?:npm|pnpm|yarn) run ([\w:.-]+)")
GH_RUN: Final = re.compile(r"\bgh workflow (?:run|view|enable|disable) ([\w-]+\.ya?ml)")
MAKE: Final = re.compile(r"(?:\$ )?make ([\w-]+)\s*$")
LEAVES: Final = re.compile(r"(?:^|&&|;)\s*(?:\$ )?(?:cd|pushd)\s")


class Broken(NamedTuple):
    line: int
    target: str
    what: str
    hint: str = ""


class Commands(NamedTuple):
    """`exists`: whether a path does, as a document names it. `near`: a hint about one that does not."""

    tree: Tree
    exists: Callable[[str, str], bool]
    near: Callable[[str], str]

    def of_block(self, file: str, block: Iterable[Code]) -> Iterator[Broken]:
        for code in block:
            line = code.text.strip()
            yield from (each._replace(line=code.line) for each in self._of_line(file, line))
            if LEAVES.search(line) and "git clone" not in line:
                return  # what follows is run elsewhere

    def _of_line(self, file: str, line: str) -> Iterator[Broken]:
        if found := GH_RUN.search(line):
            if found[1] not in self.tree.names:
                yield Broken(0, found[1], f"there is no workflow {found[1]}")
        elif found := RUNS.match(line):
            path = found[1].removeprefix("./")
            if not PLACEHOLDER.search(path) and not self.exists(file, path.rstrip("/")):
                yield Broken(0, path, f"the script {path} does not exist", self.near(path))
        elif found := NPM_RUN.match(line):
            yield from self._of_target(file, "package.json", f"npm run {found[1]}", found[1], _npm_scripts)
        elif found := MAKE.match(line):
            yield from self._of_target(file, "Makefile", f"make {found[1]}", found[1], _make_targets)

    def _of_target(self, file: str, name: str, command: str, target: str, read: Callable[[str], frozenset[str]]) -> Iterator[Broken]:
        """In the nearest file of that name, upwards. One that includes others is not judged."""
        folder = posixpath.dirname(file)
        while (path := posixpath.join(folder, name)) not in self.tree.known:
            if not folder:
                return
            folder = posixpath.dirname(folder)
        text = self.tree.text(path)
        if text and not re.search(r"^\s*-?include\s|^[\w./]*%|^\$", text, re.MULTILINE) and target not in read(text):
            yield Broken(0, command, f"{path} has no {target}")


def _npm_scripts(text: str) -> frozenset[str]:
    try:
        return frozenset(json.loads(text).get("scripts", {}))
    except (ValueError, AttributeError):
        return frozenset()


def _make_targets(text: str) -> frozenset[str]:
    return frozenset(name for line in re.findall(r"^([\w./ -]+?)\s*::?(?!=)", text, re.MULTILINE) for name in line.split())
