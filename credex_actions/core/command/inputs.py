"""Reads a command's inputs at the edge: the flag wins, then the variable, then the default. All faults are reported at once."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from credex_actions.core.command.declaration import REQUIRED, Field, inputs_of
from credex_actions.core.command.kinds import BOOLEAN, SECRET, SECRETS, lines
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.secret import Secret
from credex_actions.core.text import echoed, nearest

LARGEST_INPUT: Final = 1 << 20
"""Bytes of a `--NAME-file`; more than any secret or list of variables that AWS or GitHub would take."""


class Given(NamedTuple):
    """Flags as they were typed: texts by input name, and what was wrong with them. `json`: --json was among them."""

    texts: dict[str, str]
    json: bool
    faults: list[Fault]


class Unreadable(Failure):
    """Inputs that cannot be read. `rest`: an instance of the declaration without them; None if a required one is among them."""

    def __init__(self, rest: Any, *faults: Fault) -> None:
        super().__init__(Exit.BAD_INPUT, *faults)
        self.rest = rest


def read(declaration: type[Any], given: Given, environment: Mapping[str, str]) -> Any:
    """An instance of `declaration`. Raises Unreadable, which holds every fault."""
    faults = [*given.faults]
    values: dict[str, Any] = {}
    for field in inputs_of(declaration):
        text = given.texts.get(field.name) or environment.get(field.variable, "")
        if not text.strip():
            if field.default is REQUIRED:
                faults.append(
                    Fault(
                        f"is missing: {field.input.help}",
                        f"Add `{field.name}: …` to the step's `with`, or provide --{field.name}.",
                        field.name,
                    )
                )
            continue
        try:
            if "\0" in text:
                raise ValueError("contains a NUL character, which inputs must not")
            values[field.attribute] = field.input.kind.parse(text)
        except ValueError as error:
            told = "enum" in field.input.kind.schema  # the sentence lists them
            expected = "" if told else f"Expected: {field.input.kind.name.replace('`', '')}."
            faults.extend(Fault(str(sentence), expected, field.name) for sentence in error.args)
    if faults:
        whole = all(field.attribute in values or field.default is not REQUIRED for field in inputs_of(declaration))
        raise Unreadable(declaration(**values) if whole else None, *faults)
    return declaration(**values)


def secrets(declaration: type[Any], given: Given, environment: Mapping[str, str]) -> Iterator[str]:
    """Every secret that was given, also by an input that cannot be read: there each line is one, and what follows its `=`."""
    for field in inputs_of(declaration):
        text = given.texts.get(field.name) or environment.get(field.variable)
        if not text or (field.input.kind is not SECRET and field.input.kind is not SECRETS):
            continue
        try:
            value = field.input.kind.parse(text)
        except ValueError:
            yield from (piece for line in lines(text) for piece in (line, line.partition("=")[2]))
        else:
            yield from (each.reveal() for each in ([value] if isinstance(value, Secret) else value.values()))


def flags(declaration: type[Any], arguments: Sequence[str]) -> Given:
    fields = {field.name: field for field in inputs_of(declaration)}
    given = Given({}, "--json" in arguments, [])
    rest = [argument for argument in arguments if argument != "--json"]
    while rest:
        _take(rest, fields, given)
    return given


def _take(rest: list[str], fields: Mapping[str, Field], given: Given) -> None:
    flag, equals, value = rest.pop(0).partition("=")
    name = flag.removeprefix("--")
    if not flag.startswith("--") or not name:
        given.faults.append(Fault(f"{echoed(flag)} follows no flag", "Every value has to follow a flag: --name value."))
    elif name in fields and fields[name].input.kind is BOOLEAN:
        if not equals and rest and not rest[0].startswith("-"):  # nothing stands alone, so it can only be meant for this flag
            value, equals = rest.pop(0), "="
        _put(given, fields[name], value if equals else "true")
    elif name.removeprefix("no-") in fields and not equals and fields[name.removeprefix("no-")].input.kind is BOOLEAN:
        _put(given, fields[name.removeprefix("no-")], "false")
    elif name in fields or name.removesuffix("-file") in _with_files(fields):
        if not equals:
            if not rest or (rest[0].startswith("--") and rest[0].partition("=")[0].removeprefix("--") in fields):
                given.faults.append(Fault("has no value", f"Write --{name} VALUE.", name))
                return
            value = rest.pop(0)
        if name in fields:
            _put(given, fields[name], value)
        else:
            _put_file(given, fields[name.removesuffix("-file")], value)
    else:
        guess = nearest(name, [*fields, *(f"{each}-file" for each in _with_files(fields))])
        given.faults.append(Fault("unknown flag", f"Did you mean --{guess}?" if guess else "--help lists the flags.", flag[:80]))
        if not equals and rest and not rest[0].startswith("--"):
            rest.pop(0)  # the value of the unknown flag, so that it is not reported as a second fault


def _with_files(fields: Mapping[str, Field]) -> list[str]:
    return [name for name, field in fields.items() if field.input.from_file]


def _put(given: Given, field: Field, value: str) -> None:
    if not value.strip() and not field.input.kind.many:
        given.faults.append(Fault("is set, but empty", "Provide a value, or omit the flag.", field.name))
    elif field.name not in given.texts:
        given.texts[field.name] = value
    elif field.input.kind.many:
        given.texts[field.name] += f"\n{value}"
    else:
        given.faults.append(Fault("is set twice", "Provide it once.", field.name))


def _put_file(given: Given, field: Field, path: str) -> None:
    try:
        if stat.S_ISFIFO(os.stat(path).st_mode) and not path.startswith(("/dev/fd/", "/proc/")):
            raise ValueError("is a pipe, which may never end")
        with open(path, "rb") as file:
            raw = file.read(LARGEST_INPUT + 1)
        if len(raw) > LARGEST_INPUT:
            raise ValueError(f"is larger than {LARGEST_INPUT} bytes")
        _put(given, field, raw.decode("utf-8-sig").removesuffix("\n").removesuffix("\r"))
    except UnicodeDecodeError:
        given.faults.append(Fault("is not UTF-8 text", "Save the file as UTF-8.", f"{field.name}-file", path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        given.faults.append(Fault(f"cannot be read: {reason}", "Provide the path of a readable text file.", f"{field.name}-file", path))
