"""JSON with the places of its values, and without what JSON does not have: NaN, doubled keys, half surrogates."""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NoReturn

from credex_actions.core.documents.places import DEEPEST, IN_QUOTES, Path, Spot, bare_placeholder, json_path
from credex_actions.core.faults import Exit, Failure, Fault


def load(text: str, file: str) -> Any:
    """The value of a JSON text. Raises Failure(BAD_INPUT): the syntax fault with its place, or all doubled keys and values that JSON does not have."""
    odd = False

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal odd
        result = dict(pairs)
        odd = odd or len(result) < len(pairs)
        return result

    def constant(_: str) -> None:
        nonlocal odd
        odd = True

    try:
        value = json.loads(text, object_pairs_hook=mapping, parse_constant=constant)
        if _too_deep(value):
            raise RecursionError
    except json.JSONDecodeError as error:
        raise Failure(Exit.BAD_INPUT, Fault(*_explain(error, text), "", file, error.lineno, error.colno)) from None
    except RecursionError:
        raise Failure(Exit.BAD_INPUT, Fault("is nested too deeply", f"{DEEPEST} levels are supported.", "", file)) from None
    except ValueError:  # a number of more digits than Python converts
        what = "is not valid JSON: a number in it has too many digits"
        raise Failure(Exit.BAD_INPUT, Fault(what, "If it is meant to be a string, put it in double quotes.", "", file)) from None
    if odd:
        raise Failure(Exit.BAD_INPUT, *_doubled_keys(text, file), *_constants(text, file))
    return value


def _too_deep(value: Any, level: int = 0) -> bool:
    if level > DEEPEST:
        return True
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_too_deep(child, level + 1) for child in children if isinstance(child, (dict, list)))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _explain(error: json.JSONDecodeError, text: str) -> tuple[str, str]:
    before = text[: error.pos].rstrip()
    at = text[error.pos : error.pos + 1]
    if error.pos >= len(text.rstrip()):
        return "the JSON ends before it is complete", "Close every bracket, brace and quote; is the file truncated?"
    if at in "}]" and before.endswith(","):
        return "there is a comma before the closing bracket", "Remove the comma after the last entry."
    if text.startswith(("//", "/*", "#"), error.pos):
        return "JSON has no comments", "Remove the comment (in YAML comments begin with #)."
    if at == "'":
        return "a string is in single quotes", 'JSON strings are in double quotes: "text".'
    if bare_placeholder(text, error.lineno, error.colno):
        return "is not valid JSON: a placeholder is not in quotes", IN_QUOTES
    if error.msg.startswith("Invalid control character"):
        return "a string contains a line break or another control character", "Write \\n for a line break inside a JSON string."
    sentence = error.msg[:1].lower() + error.msg[1:]
    return f"is not valid JSON: {sentence}", "Check this place and just before it: a comma, a colon, a quote or a bracket is missing."


class _Node:
    """A value with where it begins; `children` are (step, node) of an object or array, in source order, doubles included."""

    __slots__ = ("begin", "children", "key_begin")

    def __init__(self, begin: int, children: list[tuple[str | int, "_Node"]], key_begin: int) -> None:
        self.begin, self.children, self.key_begin = begin, children, key_begin


def _tree(text: str) -> _Node:
    """The nodes of a valid JSON text, by the standard library's own scanner with its values' beginnings noted."""
    from json import decoder, scanner

    def noting(scan_once: Callable[[str, int], tuple[Any, int]], begins: list[int]) -> Callable[[str, int], tuple[Any, int]]:
        def scan(source: str, index: int) -> tuple[Any, int]:
            begins.append(index)
            return scan_once(source, index)

        return scan

    def parse_object(s_and_end: tuple[str, int], strict: bool, scan_once: Any, *_: object) -> tuple[_Node, int]:
        begins: list[int] = []
        pairs, end = decoder.JSONObject(s_and_end, strict, noting(scan_once, begins), None, list, {})  # type: ignore[attr-defined]
        source = s_and_end[0]
        children: list[tuple[str | int, _Node]] = [
            (key, _placed(value, begin, _key_begin(source, begin))) for (key, value), begin in zip(pairs, begins, strict=True)
        ]
        return _Node(s_and_end[1] - 1, children, s_and_end[1] - 1), end

    def parse_array(s_and_end: tuple[str, int], scan_once: Any) -> tuple[_Node, int]:
        begins: list[int] = []
        values, end = decoder.JSONArray(s_and_end, noting(scan_once, begins))  # type: ignore[attr-defined]
        children: list[tuple[str | int, _Node]] = [
            (index, _placed(value, begin, begin)) for index, (value, begin) in enumerate(zip(values, begins, strict=True))
        ]
        return _Node(s_and_end[1] - 1, children, s_and_end[1] - 1), end

    context: Any = json.JSONDecoder()
    context.parse_object = parse_object
    context.parse_array = parse_array
    context.parse_string = decoder.py_scanstring  # type: ignore[attr-defined]
    context.memo = {}
    begin = len(text) - len(text.lstrip())
    value, _ = scanner.py_make_scanner(context)(text, begin)  # type: ignore[attr-defined]
    return _placed(value, begin, begin)


def _placed(value: object, begin: int, key_begin: int) -> _Node:
    return _Node(begin, value.children if isinstance(value, _Node) else [], key_begin)


def _key_begin(text: str, value_begin: int) -> int:
    """Where the key before a value begins: back over the colon, to the quote that no odd run of backslashes escapes."""
    end = text.rindex('"', 0, text.rindex(":", 0, value_begin))
    begin = text.rindex('"', 0, end)
    while (begin - len(text[:begin].rstrip("\\"))) % 2:
        begin = text.rindex('"', 0, begin)
    return begin


def _walk(node: _Node, path: Path = ()) -> Iterator[tuple[Path, _Node]]:
    yield path, node
    for step, child in node.children:
        yield from _walk(child, (*path, step))


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


@lru_cache(maxsize=4)
def spots(text: str) -> dict[Path, Spot]:
    from bisect import bisect_right

    begins = [0, *(match.end() for match in re.finditer("\n", text))]

    def position(offset: int) -> tuple[int, int]:
        line = bisect_right(begins, offset)
        return line, offset - begins[line - 1] + 1

    return {path: Spot(position(node.begin), position(node.key_begin)) for path, node in _walk(_tree(text))}


def _doubled_keys(text: str, file: str) -> Iterator[Fault]:
    for path, node in _walk(_tree(text)):
        names: set[str | int] = set()
        for name, child in node.children:
            if name in names:
                what = "is defined twice in the same object: only the last one would be used"
                yield Fault(what, "Keep one of them.", json_path((*path, name)), file, *_position(text, child.key_begin))
            names.add(name)


def _constants(text: str, file: str) -> Iterator[Fault]:
    for path, node in _walk(_tree(text)):
        for name in ("NaN", "Infinity", "-Infinity"):
            if text.startswith(name, node.begin):
                yield Fault(
                    f"{name} is not a JSON value", "Write the number in digits.", json_path(path), file, *_position(text, node.begin)
                )


def pairs(text: str) -> list[tuple[str, str]] | None:
    """The members of a flat JSON object, numbers and booleans as they are written; None if it is anything else."""
    try:
        found = json.loads(text, object_pairs_hook=list, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not text.lstrip().startswith("{"):
        return None
    words = {True: "true", False: "false"}
    result = [(name, words[value] if isinstance(value, bool) else value) for name, value in found]
    return result if all(isinstance(value, str) for _, value in result) else None
