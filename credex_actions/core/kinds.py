"""The kinds of inputs: how the text that a user gives becomes a value, and how documentation and schemas name it.

A parser raises ValueError with a sentence that says what was expected; it never repeats a value that may be secret.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from credex_actions.core.secret import Secret
from credex_actions.core.text import nearest, one_line

BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Kind(NamedTuple):
    """One kind of input. `many`: the flag may be given more than once, each adds a line."""

    name: str
    parse: Callable[[str], Any]
    schema: Mapping[str, object]
    many: bool = False


def _boolean(text: str) -> bool:
    try:
        return BOOLEANS[text.strip()]
    except KeyError:
        raise ValueError(f"'{one_line(text, 40)}' is not a boolean: write true or false") from None


def _integer(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text.strip(), re.ASCII):
        raise ValueError(f"'{one_line(text, 40)}' is not a whole number of 0 or more")
    return int(text)


def _identity(text: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,17}", text.strip(), re.ASCII):
        raise ValueError(f"'{one_line(text, 40)}' is not an id, which is a whole number")
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9}", text.strip(), re.ASCII):
        raise ValueError(f"'{one_line(text, 40)}' is not a number of 0 or more, such as 30 or 0.5")
    return float(text)


def lines(text: str) -> list[str]:
    """Only LF and CRLF end a line: `str.splitlines` would also cut at characters that a value may hold."""
    return [line.removesuffix("\r") for line in text.split("\n")]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for line in lines(text) for word in map(str.strip, line.split(",")) if word)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(line for line in map(str.strip, lines(text)) if line)


def mapping(text: str) -> dict[str, str]:
    """`name=value` lines, split at the first `=`; where a line has none, or the text is a JSON object, a JSON or YAML mapping.

    Raises ValueError with a sentence for each fault, and never repeats a value: any of them may be a secret.
    """
    given = [(number, line) for number, line in enumerate(lines(text), 1) if line.strip()]
    in_lines = all("=" in line for _, line in given)
    pairs = None if in_lines and not text.lstrip().startswith("{") else _parsed(text)
    if pairs is None and not in_lines:
        bare = ", ".join(str(number) for number, line in given if "=" not in line)
        raise ValueError(f"is neither name=value lines (no = in line {bare}) nor a JSON or YAML mapping of names to texts")
    if pairs is None:
        pairs = [(name.strip(), value.strip()) for _, line in given for name, _, value in [line.partition("=")]]
    names = [name for name, _ in pairs]
    faults = [f"line {number} has no name before its =" for number, line in given if in_lines and line.lstrip().startswith("=")]
    doubled = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    faults += [f"names '{one_line(name, 80)}' twice: say it once, so that it is clear which value counts" for name in doubled]
    if faults:
        raise ValueError(*faults)
    return dict(pairs)


def _parsed(text: str) -> list[tuple[str, str]] | None:
    from credex_actions.core.documents import parse_pairs

    return parse_pairs(text)


def choice(*accepted: str) -> Kind:
    def parse(text: str) -> str:
        if text.strip() in accepted:
            return text.strip()
        guess = nearest(text.strip(), accepted)
        meant = f"; did you mean '{guess}'?" if guess else ""
        raise ValueError(f"'{one_line(text, 40)}' is not one of {', '.join(accepted)}{meant}")

    return Kind(" or ".join(f"`{each}`" for each in accepted), parse, {"enum": list(accepted)})


TEXT: Final = Kind("text", str, {"type": "string"})
BOOLEAN: Final = Kind("boolean", _boolean, {"type": "boolean"})
INTEGER: Final = Kind("whole number", _integer, {"type": "integer", "minimum": 0})
IDENTITY: Final = Kind("id", _identity, {"type": "integer", "minimum": 1})
NUMBER: Final = Kind("number", _number, {"type": "number", "minimum": 0})
WORDS: Final = Kind("list (commas or lines)", _words, {"type": "array", "items": {"type": "string"}}, many=True)
LINES: Final = Kind("lines", _listed, {"type": "array", "items": {"type": "string"}}, many=True)
MAPPING: Final = Kind(
    "`name=value` lines, or a JSON or YAML mapping", mapping, {"type": "object", "additionalProperties": {"type": "string"}}, many=True
)
SECRET: Final = Kind("secret", Secret, {"type": "string", "format": "password"})
