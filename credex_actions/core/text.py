"""Text from elsewhere, made harmless before it is shown.

Log lines, branch names and API messages may hold anything. GitHub's runner takes a line for a workflow command when `::` is at
its start (blanks before it do not matter) or when `##[` stands anywhere in it, and it ends a line at a lone carriage return too.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

LONGEST_ECHO: Final = 20
CLOSE: Final = 0.6
"""Of all letters of two words, the part that matches where one is meant to be the other."""
CLOSER: Final = 0.75
"""The same, where another word begins with the whole of it."""
SUGGESTED: Final = 50
"""Suggestions of one check: nobody reads more, and each looks at all that is known."""


@cache
def _unprintable() -> re.Pattern[str]:
    # ANSI sequences as a whole; then what is left of C0, DEL and C1, the line and paragraph separators, and the marks that turn the direction of text.
    return re.compile(
        r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]"
        r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
    )


def plain(text: str) -> str:
    """`text`, as it shows, without terminal codes and other unprintable characters; lines end with a line feed."""
    text = str(text)  # what a secret went into shows otherwise than it is
    # What the pattern finds is not printable. It is compiled only then: that takes as long as importing four modules.
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _unprintable().sub("", text).encode("utf-8", "replace").decode("utf-8")


def unix_lines(text: str) -> str:
    """A text of GitHub's, to be compared with ours: GitHub may answer with the line ends of a web form."""
    return text.replace("\r\n", "\n")


def untransmittable(text: str) -> bool:
    """No environment holds a NUL, and no UTF-8 half a surrogate pair."""
    return "\0" in text or (not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text))


def one_line(text: str, limit: int = 300) -> str:
    """`text` on one line of at most `limit` characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def echoed(text: str) -> str:
    """What was typed, where it is too short to be a key or a token that is in the wrong place."""
    return f"'{one_line(text)}'" if len(text) <= LONGEST_ECHO else f"a value of {len(text)} characters"


def uncommanded(text: str) -> str:
    """`text`, plain, with every line such that GitHub's runner sees no workflow command in it."""
    text = plain(text)
    if "::" not in text and "##[" not in text:
        return text
    lines = (f"\u200b{line}" if line.lstrip().startswith("::") else line for line in text.split("\n"))
    return "\n".join(lines).replace("##[", "#\u200b#[")


def uncommanded_json(text: str) -> str:
    """JSON such that GitHub's runner sees no workflow command in it; the escape means the same to whoever parses it."""
    return text.replace("##[", "#\\u0023[")


def in_cell(text: str, limit: int = 500) -> str:
    """`text` for one cell of a Markdown table: no markup, link, mention, reference or HTML in it takes effect."""
    line = one_line(text, limit)
    for character in "\\`*_{}[]()#|~":
        line = line.replace(character, f"\\{character}")
    line = _inert(line).replace("://", "&#58;//")
    return re.sub(r"(www)\.", r"\1&#46;", line, flags=re.IGNORECASE) if "www" in line.lower() else line


def in_html(text: str, limit: int = 500) -> str:
    """`text` on one line between two tags of HTML, where Markdown is not read: no tag, mention or reference in it takes effect."""
    return _inert(one_line(text, limit))


def _inert(line: str) -> str:
    """GitHub looks for mentions and for references to issues in what Markdown became, where a backslash or an entity has had its effect: a tag keeps them apart.

    Source: github/cmark-gfm, issue 181.
    """
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if "#" in line or "gh-" in line.lower():
        line = re.sub(r"(?:#|gh-)(?=\d)", r"\g<0><wbr>", line, flags=re.IGNORECASE)
    return line.replace("@", "&#64;<wbr>")


def nearest(word: str, known: "list[str] | tuple[str, ...] | frozenset[str]") -> str | None:
    """The one of `known` that `word` was probably meant to be; None if nothing is near."""
    low = word.lower()
    by_lower = {each.lower(): each for each in known}
    # No more can match than the letters that both have. Where that is too little, difflib, four modules, is not loaded to find the same.
    near = [each for each in by_lower if 2 * sum(letter in each for letter in low) / (len(low) + len(each) or 1) >= CLOSE]
    # `user` is meant to be `user-parameter`, although `secret` has more letters in common with it than that.
    begun = [each for each in by_lower if each.startswith((f"{low}-", f"{low}_"))]
    if near:
        from difflib import get_close_matches

        if found := get_close_matches(low, near, n=1, cutoff=CLOSER if begun else CLOSE):
            return by_lower[found[0]]
    return by_lower[begun[0]] if len(begun) == 1 else None


def suggester() -> Callable[[str, "list[str] | tuple[str, ...] | frozenset[str]"], str | None]:
    """`nearest` for a check that may find thousands of words: it answers None after the first of them."""
    left = iter(range(SUGGESTED))
    return lambda word, known: None if next(left, None) is None else nearest(word, known)


def listed(names: Sequence[str], most: int = 20) -> str:
    """`names` as an enumeration in a sentence."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(map(str, names[:most])) or 'none'}{more}"
