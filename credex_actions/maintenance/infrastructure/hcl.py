"""The blocks of an HCL file, with the texts that stand in them literally, and their lines. Pure.

Enough for versions, sources and backends, in a few milliseconds a file; python-hcl2 reads all of HCL, and takes a hundred times as long. What is
computed (a variable, a function, an interpolation) has no literal text: it is None. Source: HCL native syntax specification.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

TOKEN: Final = re.compile(
    r"(?P<space>[ \t\r]+)|(?P<line>\n)|(?P<comment>#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<heredoc><<-?\s*(\w[\w-]*)[ \t\r]*\n)"
    r"|(?P<word>[A-Za-z_][\w-]*)|(?P<quote>\")|(?P<open>[{\[(])|(?P<close>[}\])])|(?P<other>.)",
    re.DOTALL,
)
DEEPEST: Final = 60


class Literal(NamedTuple):
    """`text`: None where it is computed."""

    text: str | None
    line: int


@dataclass
class Block:
    """Also an object: the value of an attribute in braces is a block without labels among `blocks`."""

    kind: str
    labels: tuple[str, ...]
    line: int
    attributes: dict[str, Literal] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)

    def of_kind(self, kind: str) -> Iterator["Block"]:
        return (each for each in self.blocks if each.kind == kind)


class UnreadableError(ValueError):
    pass


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def read(text: str) -> Block:
    """The file as a block without a kind. Raises UnreadableError."""
    tokens = _Tokens(list(_tokens(text)))
    root = Block("", (), 1)
    _body(tokens, root, 0)
    if tokens.peek().kind != "end":
        raise UnreadableError(f"line {tokens.peek().line}: a brace closes nothing")
    return root


def _tokens(text: str) -> Iterator[_Token]:
    at, line = 0, 1
    while at < len(text):
        found = TOKEN.match(text, at)
        assert found
        kind, start = str(found.lastgroup), line
        at = found.end()
        if kind == "quote":
            at, value = _string(text, at)
            yield _Token("string" if value is not None else "computed", value or "", start)
        elif kind == "heredoc":
            end = re.compile(rf"^[ \t]*{re.escape(found[5])}[ \t\r]*$", re.MULTILINE).search(text, at)
            at = end.end() if end else len(text)
            yield _Token("computed", "", start)
        elif kind not in {"space", "comment"}:
            yield _Token(kind, found[0], start)
        line += text.count("\n", found.start(), at)
    yield _Token("end", "", line)


def _string(text: str, at: int) -> tuple[int, str | None]:
    """Where it ends, and its value; None with an interpolation, in which quotes may stand again."""
    parts: list[str] = []
    depth, literal = 0, True
    while at < len(text):
        letter, two = text[at], text[at : at + 2]
        if depth == 0 and letter == '"':
            return at + 1, "".join(parts) if literal else None
        if letter == "\n" and depth == 0:
            break
        if two in {"${", "%{"} and text[at : at + 3] not in {"$${", "%%{"} and text[max(at - 1, 0)] not in "$%":
            depth, literal, at = depth + 1, False, at + 2
            continue
        if depth and letter == '"':
            at, _ = _string(text, at + 1)
            continue
        if depth:
            depth += (letter == "{") - (letter == "}")
        elif letter == "\\":
            parts.append(text[at + 1 : at + 2])
            at += 2
            continue
        else:
            parts.append(letter)
        at += 1
    raise UnreadableError("a string has no end")


class _Tokens:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self, ahead: int = 0) -> _Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def take(self) -> _Token:
        token = self.peek()
        self._at += 1
        return token

    def skip_lines(self) -> None:
        while self.peek().kind == "line" or self.peek().text == ",":
            self._at += 1


def _body(tokens: _Tokens, block: Block, depth: int) -> None:
    """Up to the brace that closes it."""
    if depth > DEEPEST:
        raise UnreadableError("it is nested too deeply")
    while True:
        tokens.skip_lines()
        token = tokens.peek()
        if token.kind in {"end", "close"}:
            return
        name = tokens.take()
        if tokens.peek().text in {"=", ":"} and tokens.peek(1).text != "=":
            tokens.take()
            _attribute(tokens, block, name, depth)
        elif name.kind in {"word", "string"}:
            _block_or_other(tokens, block, name, depth)


def _block_or_other(tokens: _Tokens, block: Block, name: _Token, depth: int) -> None:
    labels = []
    while tokens.peek().kind in {"word", "string"}:
        labels.append(tokens.take().text)
    if tokens.peek().text == "{":
        block.blocks.append(_braced(tokens, name.text, tuple(labels), depth))


def _braced(tokens: _Tokens, kind: str, labels: tuple[str, ...], depth: int) -> Block:
    inner = Block(kind, labels, tokens.take().line)
    _body(tokens, inner, depth + 1)
    if tokens.take().text != "}":
        raise UnreadableError(f"line {inner.line}: a brace is not closed")
    return inner


def _attribute(tokens: _Tokens, block: Block, name: _Token, depth: int) -> None:
    while tokens.peek().kind == "line" and tokens.peek(1).text == "{":
        tokens.take()
    first = tokens.peek()
    if first.text == "{" and tokens.peek(1).text != "for":
        block.blocks.append(_braced(tokens, name.text, (), depth))
        return
    value = list(_expression(tokens))
    literal = value[0].text if len(value) == 1 and value[0].kind in {"string", "word"} else None
    block.attributes[name.text] = Literal(literal, name.line)


def _expression(tokens: _Tokens) -> Iterator[_Token]:
    """To the end of its line, or of the brackets that it opens."""
    open_ones = 0
    while (token := tokens.peek()).kind != "end":
        if open_ones == 0 and (token.kind in {"line", "close"} or token.text == ","):
            return
        open_ones += (token.kind == "open") - (token.kind == "close")
        yield tokens.take()


def literals(block: Block) -> Mapping[str, str]:
    return {name: each.text for name, each in block.attributes.items() if each.text is not None}
