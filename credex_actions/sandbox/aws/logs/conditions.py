"""Conditions within filter patterns: `$.level = "ERROR" && ($.ms > 500 || $.slow IS TRUE)`, and `status = 4*` for a field of a line."""

import re
from collections.abc import Callable
from typing import Any, Final

REGEX: Final = r"%[\w'#=@/;,:\-^$?\[\]{}|\\*+. ]+%"
"""What a regular expression may hold. Source: CloudWatch Logs guide, "Supported regular expressions (regex) syntax"."""

TOKEN: Final = re.compile(
    rf'\s*(?:(?P<regex>{REGEX})|"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<sign>\|\||&&|!=|<=|>=|[=<>()])'
    r"|(?P<selector>\$(?:\.[\w-]+|\[\d+\]|\['[^']+'\])+)|(?P<word>[\w*.:/@-]+))"
)

STEP: Final = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]")

COMPARED: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}

Condition = Callable[[Any], bool]
"""Of a JSON object where its conditions name selectors, else of a field's text."""

MISSING: Final = object()


class Tokens:
    """Read one after the other. Raises ValueError for what is not a token."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position, text = 0, text.strip()
        while position < len(text):
            found = TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise ValueError(f"'{text[position:]}' cannot be read")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()
        self._next = 0

    def peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def take(self, *kinds: str) -> tuple[str, str]:
        token = self.peek()
        if token[0] not in kinds:
            raise ValueError(f"{token[1] or 'the end'} stands where {' or '.join(kinds)} is expected")
        self._next += 1
        return token


def compiled(regex: str) -> re.Pattern[str]:
    """Raises ValueError."""
    try:
        return re.compile(regex.strip("%"))
    except re.error as error:
        raise ValueError(str(error)) from None


def unescaped(phrase: str) -> str:
    return re.sub(r"\\(.)", r"\1", phrase)


def whole(tokens: Tokens, *, selector: bool) -> Condition:
    """`selector`: conditions are of a JSON object; else of one field, which a word names."""
    condition = _any(tokens, selector=selector)
    tokens.take("end")
    return condition


def _any(tokens: Tokens, *, selector: bool) -> Condition:
    parts = [_all(tokens, selector=selector)]
    while tokens.peek() == ("sign", "||"):
        tokens.take("sign")
        parts.append(_all(tokens, selector=selector))
    return lambda value: any(part(value) for part in parts)


def _all(tokens: Tokens, *, selector: bool) -> Condition:
    parts = [_one(tokens, selector=selector)]
    while tokens.peek() == ("sign", "&&"):
        tokens.take("sign")
        parts.append(_one(tokens, selector=selector))
    return lambda value: all(part(value) for part in parts)


def _one(tokens: Tokens, *, selector: bool) -> Condition:
    if tokens.peek() == ("sign", "("):
        tokens.take("sign")
        inner = _any(tokens, selector=selector)
        if tokens.take("sign")[1] != ")":
            raise ValueError("( is not closed")
        return inner
    name = tokens.take("selector" if selector else "word")[1]
    find: Callable[[Any], Any] = (lambda value: _found(value, name)) if selector else (lambda value: value)
    if selector and tokens.peek()[0] == "word":
        return _of_kind(tokens, find)
    operator = tokens.take("sign")[1]
    kind, text = tokens.take("word", "phrase", "regex")
    test = _test(operator, kind, text)
    return lambda value: test(find(value))


def _of_kind(tokens: Tokens, find: Callable[[Any], Any]) -> Condition:
    words = " ".join(tokens.take("word")[1].upper() for _ in range(2))
    wanted = {"IS NULL": None, "IS TRUE": True, "IS FALSE": False, "NOT EXISTS": MISSING}
    if words not in wanted:
        raise ValueError(f"{words} is not a condition")
    return lambda value: find(value) is wanted[words]


def _test(operator: str, kind: str, text: str) -> Condition:
    if operator in COMPARED:
        number = float(text)
        return lambda found: _is_number(found) and COMPARED[operator](float(found), number)
    if operator not in {"=", "!="}:
        raise ValueError(f"{operator} compares nothing")
    expression = compiled(text) if kind == "regex" else re.compile(".*".join(map(re.escape, unescaped(text).split("*"))) + r"\Z", re.DOTALL)
    looks = expression.search if kind == "regex" else expression.match
    same = operator == "="
    return lambda found: found is not MISSING and bool(looks(_text(found))) is same


def _text(found: Any) -> str:
    if found is None or isinstance(found, bool):
        return {None: "null", True: "true", False: "false"}[found]
    return str(found)


def _is_number(found: Any) -> bool:
    try:
        float(found)
    except (TypeError, ValueError):
        return False
    return not isinstance(found, bool)


def _found(value: Any, selector: str) -> Any:
    for name, index, quoted in STEP.findall(selector):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else MISSING
        else:
            value = value.get(name or quoted, MISSING) if isinstance(value, dict) else MISSING
    return value
