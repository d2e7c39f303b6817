"""The kinds of inputs: how the text that a user gives becomes a value, and how documentation and schemas name it.

A parser raises ValueError with a sentence that says what was expected; it never repeats a value that may be secret.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from credex_actions.core.secret import Secret
from credex_actions.core.text import echoed, nearest, one_line

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
        raise ValueError(f"{echoed(text)} is not a boolean: use true or false") from None


def _integer(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text.strip(), re.ASCII):
        raise ValueError(f"{echoed(text)} is not a whole number of 0 or more")
    return int(text)


def _identity(text: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,17}", text.strip(), re.ASCII):
        raise ValueError("is not an id (a whole number)")
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9}", text.strip(), re.ASCII):
        raise ValueError(f"{echoed(text)} is not a number of 0 or more, such as 30 or 0.5")
    return float(text)


def _single(text: str) -> str:
    """A value of one line without the blanks and line ends around it, which no name, path or ARN has; a text of several lines as it is."""
    trimmed = text.strip()
    return text if "\n" in trimmed else trimmed


def _role_arn(text: str) -> str:
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]{1,576}", text.strip(), re.ASCII):
        raise ValueError(f"{echoed(text)} is not the ARN of an IAM role, such as arn:aws:iam::123456789012:role/deployer")
    return text.strip()


def _session_seconds(text: str) -> int:
    """Source: STS API reference, DurationSeconds of AssumeRoleWithWebIdentity."""
    if not 900 <= (seconds := _integer(text)) <= 43_200:  # noqa: PLR2004 - STS's own bounds
        raise ValueError(f"{seconds} is not between 900 and 43200 seconds, which is what STS allows")
    return seconds


def _session_name(text: str) -> str:
    """Source: STS API reference, RoleSessionName of AssumeRoleWithWebIdentity."""
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", text.strip(), re.ASCII):
        raise ValueError(f"{echoed(text)} is not a session name: 2 to 64 letters, digits and any of _+=,.@-")
    return text.strip()


def lines(text: str) -> list[str]:
    """Only LF and CRLF end a line: `str.splitlines` would also cut at characters that a value may hold."""
    return [line.removesuffix("\r") for line in text.split("\n")]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for line in lines(text) for word in map(str.strip, line.split(",")) if word)


def _names(text: str) -> tuple[str, ...]:
    if any(not name.strip() for line in lines(text) if line.strip() for name in line.split(",")):
        raise ValueError("has an empty name between, before or after its commas: is an output that it is composed of empty?")
    return _words(text)


def _paths(text: str) -> tuple[Any, ...]:
    from credex_actions.core.documents.json_paths import parse

    paths: list[Any] = []
    faults: list[str] = []
    for word in _words(text):
        try:
            paths.append(parse(word))
        except ValueError as error:
            faults.extend(error.args)
    if faults:
        raise ValueError(*faults)
    return tuple(paths)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(line for line in map(str.strip, lines(text)) if line)


NAME: Final = r"[\w.:/@\[\]-]+"
"""What is before the first `=` of a line. Anything else is not a name of a variable, a label or an option, but a piece of a value of several lines."""

TAG: Final = r"[\w .:/+@-]+"
"""Source: AWS General Reference, "Tag naming limits and requirements"."""

WRAPPED: Final = r"(?=.*[a-z])(?=.*[A-Z])(?:[A-Za-z0-9+/]{4}){15,}"
"""A full line of wrapped base64: 60 characters or more (`openssl` ends lines at 64, `base64` at 76), and no digest in hexadecimal."""

PADDED: Final = r"(?=(?:.{4})+$)[A-Za-z0-9+/]+={1,2}"


def mapping(text: str, names: str = NAME) -> dict[str, str]:
    """`name=value` lines, split at the first `=`; where a line has none, or the text is a JSON object, a JSON or YAML mapping.

    Raises ValueError with a sentence for each fault, and never repeats a value: any of them may be a secret. Nor does it repeat what stands
    where a name should, where `names` does not match it: that may be a piece of a value.
    """
    given = [(number, line.strip()) for number, line in enumerate(lines(text), 1) if line.strip()]
    in_lines, json = all("=" in line for _, line in given), text.lstrip().startswith("{")
    pieces = [str(number) for number in _pieces(given, names)] if in_lines else []
    pairs = None if in_lines and not pieces and not json else _parsed(text)
    if pairs and not json and any("=" in name for name, _ in pairs):
        pairs = None  # lines of which YAML makes a mapping by chance
    if pairs is None and not in_lines:
        bare = ", ".join(str(number) for number, line in given if "=" not in line)
        raise ValueError(f"is neither name=value lines (no = in line {bare}) nor a JSON or YAML mapping of names to strings")
    if pairs is None and pieces:
        raise ValueError(
            f"has no name at the beginning of line {', '.join(pieces)}: if it belongs to a multiline value, provide such values in a JSON or YAML mapping"
        )
    if pairs is None:
        pairs = [(name.strip(), value.strip()) for _, line in given for name, _, value in [line.partition("=")]]
    found = [name for name, _ in pairs]
    faults = [f"line {number} has no name before its =" for number, line in given if in_lines and not json and line.startswith("=")]
    seen: set[str] = set()
    doubled = dict.fromkeys(name for name in found if name and (name in seen or seen.add(name)))  # type: ignore[func-returns-value] # None, so no name
    faults += [f"names '{one_line(name, 80)}' twice: list it once" for name in doubled]
    if faults:
        raise ValueError(*faults)
    return dict(pairs)


def _secrets(text: str) -> dict[str, Secret]:
    return {name: Secret(value) for name, value in mapping(text).items()}


def _pieces(given: Sequence[tuple[int, str]], names: str) -> list[int]:
    """The numbers of lines that are no name and value, but the rest of a value: by what is before their `=`, or as the end of base64."""
    found, above = [], ""
    for number, line in given:
        name, _, value = line.partition("=")
        padded = line.endswith("=") and re.fullmatch(PADDED, line) and (value == "=" or re.fullmatch(WRAPPED, above))
        if name and (padded or not re.fullmatch(names, name.strip())):
            found.append(number)
        above = value.strip()
    return found


def _parsed(text: str) -> list[tuple[str, str]] | None:
    from credex_actions.core.documents.document import parse_pairs

    return parse_pairs(text)


def choice(*accepted: str) -> Kind:
    def parse(text: str) -> str:
        if text.strip() in accepted:
            return text.strip()
        if len(accepted) == 1:
            raise ValueError(f"{echoed(text)} is not {accepted[0]}, the only accepted value")
        guess = nearest(text.strip(), accepted)
        meant = f"; did you mean '{guess}'?" if guess else ""
        raise ValueError(f"{echoed(text)} is not one of {', '.join(accepted)}{meant}")

    return Kind(" or ".join(f"`{each}`" for each in accepted), parse, {"enum": list(accepted)})


TEXT: Final = Kind("text", _single, {"type": "string"})
VERBATIM: Final = TEXT._replace(parse=str)
BOOLEAN: Final = Kind("boolean", _boolean, {"type": "boolean"})
INTEGER: Final = Kind("whole number", _integer, {"type": "integer", "minimum": 0})
IDENTITY: Final = Kind("id", _identity, {"type": "integer", "minimum": 1})
NUMBER: Final = Kind("number", _number, {"type": "number", "minimum": 0})
WORDS: Final = Kind("list (commas or lines)", _words, {"type": "array", "items": {"type": "string"}}, many=True)
NAMES: Final = WORDS._replace(parse=_names)
JSON_PATHS: Final = WORDS._replace(name="JSON paths (commas or lines)", parse=_paths)
LINES: Final = Kind("lines", _listed, {"type": "array", "items": {"type": "string"}}, many=True)
MAPPING: Final = Kind(
    "`name=value` lines, or a JSON or YAML mapping", mapping, {"type": "object", "additionalProperties": {"type": "string"}}, many=True
)
SECRETS: Final = MAPPING._replace(parse=_secrets)
TAGS: Final = MAPPING._replace(parse=partial(mapping, names=TAG))
BY_PATH: Final = MAPPING._replace(parse=partial(mapping, names=".+"))
SECRET: Final = Kind("secret", Secret, {"type": "string", "format": "password"})
ROLE_ARN: Final = Kind("ARN of a role", _role_arn, {"type": "string"})
SESSION_SECONDS: Final = Kind("whole number", _session_seconds, {"type": "integer", "minimum": 900, "maximum": 43_200})
SESSION_NAME: Final = Kind("text", _session_name, {"type": "string"})
