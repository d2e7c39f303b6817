"""Filter patterns of CloudWatch Logs, read and matched. Source: CloudWatch Logs guide, "Filter pattern syntax"."""

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from credex_actions.sandbox.aws.logs import conditions
from credex_actions.sandbox.aws.logs.conditions import REGEX, Condition, Tokens

TERM: Final = re.compile(rf'\s*(?P<sign>[?-]?)(?:(?P<word>\w+)|"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<regex>{REGEX}))(?=\s|$)')
"""Whatever is not a letter, digit or underscore is in double quotes."""

FIELD: Final = re.compile(r'\[[^\]]*\]|"[^"]*"|\S+')
"""A field of a space-delimited line: what brackets or quotes hold together is one."""

Matches = Callable[[str], bool]


def parse(pattern: str) -> Matches:
    """What says whether a message matches. Raises ValueError for what CloudWatch Logs calls an invalid filter pattern."""
    text = pattern.strip()
    if text.startswith("{"):
        return _json(_inside(text, "{}"))
    if text.startswith("["):
        return _delimited(_inside(text, "[]"))
    return _terms(text)


def _inside(text: str, brackets: str) -> str:
    if not text.endswith(brackets[1]):
        raise ValueError(f"{brackets[0]} is not closed")
    return text[1:-1]


def _terms(text: str) -> Matches:
    """All plain terms, none of those with a minus, and, if there are no plain ones, any of those with a question mark."""
    found: dict[str, list[Matches]] = {"": [], "-": [], "?": []}
    position = 0
    while position < len(text):
        term = TERM.match(text, position)
        if term is None:
            raise ValueError(f"'{text[position:]}' is not a term")
        found[term["sign"]].append(_contains(term))
        position = term.end()

    def matches(message: str) -> bool:
        plain = all(each(message) for each in found[""])
        some = bool(found[""]) or not found["?"] or any(each(message) for each in found["?"])
        return plain and some and not any(each(message) for each in found["-"])

    return matches


def _contains(term: re.Match[str]) -> Matches:
    if term["regex"]:
        expression = conditions.compiled(term["regex"])
        return lambda message: bool(expression.search(message))
    text = term["word"] or conditions.unescaped(term["phrase"])
    return lambda message: text in message


def _json(text: str) -> Matches:
    condition = conditions.whole(Tokens(text), selector=True)

    def matches(message: str) -> bool:
        value: Any = None
        with suppress(ValueError):
            value = json.loads(message)
        return isinstance(value, dict) and condition(value)

    return matches


def _delimited(text: str) -> Matches:
    """`[ip, ..., status = 4*, size]`: a name for each field, with or without a condition; three dots stand for any number of them."""
    parts = [part.strip() for part in _split(text)]
    if "" in parts or parts.count("...") > 1:
        raise ValueError("a field has no name, or dots stand twice")
    gap = parts.index("...") if "..." in parts else None
    fields = [_field(part) for part in parts if part != "..."]

    def matches(message: str) -> bool:
        found = [each.strip('[]"') for each in FIELD.findall(message)]
        if len(found) < len(fields) or (gap is None and len(found) > len(fields)):
            return False
        behind = len(fields) - gap if gap is not None else 0
        chosen = found[: len(fields) - behind] + (found[-behind:] if behind else [])
        return all(condition(value) for condition, value in zip(fields, chosen, strict=True))

    return matches


def _split(text: str) -> Sequence[str]:
    """At commas outside of quotes and regular expressions."""
    return re.findall(rf'((?:"(?:[^"\\]|\\.)*"|{REGEX}|[^,])*)(?:,|$)', text)[: -1 if text and not text.endswith(",") else None]


def _field(part: str) -> Condition:
    if re.fullmatch(r"\w+", part):
        return lambda _: True
    return conditions.whole(Tokens(part), selector=False)
