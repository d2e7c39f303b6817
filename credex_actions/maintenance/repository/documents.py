"""What the documents of a repository name and that does not exist. Pure, but for the reading of files.

It is better to miss one than to report one that is right: a path counts only if it begins where the repository does, a script only in a shell's block.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Final

from credex_actions.core.text import nearest, one_line
from credex_actions.maintenance.finding import Finding, Place
from credex_actions.maintenance.repository import markdown
from credex_actions.maintenance.repository.named_commands import PLACEHOLDER, Broken, Commands
from credex_actions.maintenance.repository.tree import Tree

CHECK: Final = "document-broken"
ELSEWHERE: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|www\.")
PATH: Final = re.compile(r"\.?[\w.-]+(?:/[\w.-]+)+/?")
NAMED_FILE: Final = re.compile(r"\.[A-Za-z0-9]{1,8}$")
LIKE_SCRIPTS: Final = ("script/", "scripts/", "bin/", ".github/", "tools/")
WORKFLOW_FILE: Final = re.compile(r"[\w-]+\.ya?ml")
SECRET: Final = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]")
OF_SECRETS: Final = re.compile(r"\b[Ss]ecrets?\s+(?:(?:named|called|is|are|of the repository)\s+)?(?:`[^`]*`(?:,| and| or|, and)\s+)*$")
ALMOST: Final = 0.85
WORD: Final = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b")


def broken(tree: Tree, removed: frozenset[str], ignored: Callable[[list[str]], frozenset[str]]) -> Iterator[Finding]:
    """`removed`: paths that were in the repository once: one that a tutorial tells to create never was. `ignored`: which of some paths git ignores:
    what is generated exists elsewhere.
    """
    judged = _Judge(tree, removed)
    found = [(file, each) for file in tree.below(".md", ".markdown", ".mdx") for each in judged.page(file)]
    generated = ignored(sorted({each.target for _, each in found if PATH.fullmatch(each.target)})) if found else frozenset()
    seen: set[tuple[str, str]] = set()
    for file, each in found:
        if each.target not in generated and (file, each.target) not in seen:
            seen.add((file, each.target))
            yield _finding(file, each)


class _Judge:
    def __init__(self, tree: Tree, removed: frozenset[str]) -> None:
        self._tree = tree
        self._removed = removed | {str(parent) for path in removed for parent in _parents(path)}
        self._top = frozenset(path.partition("/")[0] for path in tree.files if "/" in path)
        self._pages: dict[str, markdown.Page] = {}
        self._words: frozenset[str] | None = None
        self._tails: frozenset[str] | None = None

    def page(self, file: str) -> Iterator[Broken]:
        page = self._read(file)
        yield from self._links(file, page)
        for code in page.spans:
            yield from self._span(file, code)
        commands = Commands(self._tree, self._exists, self._near)
        for block in page.blocks:
            yield from commands.of_block(file, block)

    def _read(self, file: str) -> markdown.Page:
        if file not in self._pages:
            self._pages[file] = markdown.read(self._tree.text(file))
        return self._pages[file]

    def _links(self, file: str, page: markdown.Page) -> Iterator[Broken]:
        for link in page.links:
            if ELSEWHERE.match(link.target) or re.search(r"[{}$<>…*]", link.target):
                continue
            path = self._resolved(file, link.path)
            if path is None:
                continue
            if path not in self._tree.known:
                yield Broken(link.line, link.target, f"the link to {path} leads nowhere", self._near(path))
            elif (
                link.fragment and path.endswith((".md", ".markdown")) and link.fragment.lower() not in (anchors := self._read(path).anchors)
            ):
                guess = nearest(link.fragment, anchors)
                yield Broken(link.line, link.target, f"{path} has no heading #{link.fragment}", f"Did you mean #{guess}?" if guess else "")

    def _resolved(self, file: str, path: str) -> str | None:
        """Relative to the repository; None for what leaves it, such as ../../issues on GitHub's site."""
        if not path:
            return file
        whole = posixpath.normpath(path.lstrip("/") if path.startswith("/") else posixpath.join(posixpath.dirname(file), path))
        return None if whole.startswith("..") else whole

    def _near(self, path: str) -> str:
        name = path.rpartition("/")[2]
        same = [each for each in self._tree.files if each.rpartition("/")[2] == name]
        return f"Did you mean {same[0]}?" if len(same) == 1 else ""

    def _span(self, file: str, code: markdown.Code) -> Iterator[Broken]:
        text = code.text.removeprefix("./")
        if SECRET.fullmatch(text) and (OF_SECRETS.search(code.before) or re.match(r"\s+secrets?\b", code.after)):
            if text not in self._known_words():
                yield Broken(code.line, text, f"the secret {text} is named, and nothing in the repository uses one of that name")
        elif WORKFLOW_FILE.fullmatch(text) and (re.search(r"\bworkflows?\s+$", code.before) or re.match(r"\s+workflow\b", code.after)):
            if text not in self._tree.names:
                yield Broken(code.line, text, f"there is no workflow {text}")
        elif PATH.fullmatch(text) and not PLACEHOLDER.search(text) and text.partition("/")[0] in self._top and self._is_path(text):
            path = text.rstrip("/")
            if not self._exists(file, path) and (path in self._removed or self._misspelt(path)):
                yield Broken(code.line, text, f"{text} does not exist", self._near(path) or self._misspelt(path))

    def _misspelt(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        beside = [each.rpartition("/")[2] for each in self._tree.known if each.rpartition("/")[0] == folder]
        found = get_close_matches(name, beside, n=1, cutoff=ALMOST)
        return f"Did you mean {folder}/{found[0]}?" if found else ""

    @staticmethod
    def _is_path(text: str) -> bool:
        """And not, for example, the name of a repository or of a branch."""
        return text.endswith("/") or bool(NAMED_FILE.search(text)) or text.startswith(LIKE_SCRIPTS)

    def _exists(self, file: str, path: str) -> bool:
        """In the repository, next to the document or one of its folders, or at the end of another path."""
        folder = posixpath.dirname(file)
        while folder:
            if f"{folder}/{path}" in self._tree.known:
                return True
            folder = posixpath.dirname(folder)
        if self._tails is None:
            self._tails = frozenset(each[at + 1 :] for each in self._tree.known for at, letter in enumerate(each) if letter == "/")
        return path in self._tree.known or path in self._tails

    def _known_words(self) -> frozenset[str]:
        if self._words is None:
            others = (each for each in self._tree.files if not each.endswith((".md", ".markdown", ".mdx")))
            self._words = frozenset(word for each in others for word in WORD.findall(self._tree.text(each)))
        return self._words


def _parents(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path


def _finding(file: str, each: Broken) -> Finding:
    return Finding(
        check=CHECK,
        severity="low",
        resource=file,
        key=each.target,
        title=one_line(f"{file}: {each.what}", 200),
        why=one_line(f"{file}, line {each.line}, names {each.target}."),
        fix=one_line(each.hint or "Correct the document, or restore what it names."),
        place=Place(file=file, line=each.line),
    )
