"""YAML with the places of its values: PyYAML's nodes, read by the rules of YAML 1.2's core schema (chapter 10.3 of the specification).

PyYAML alone reads YAML 1.1, where `on` is a boolean and `1:30` is ninety.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, Final

import yaml

from credex_actions.core.documents.places import DEEPEST, IN_QUOTES, Path, Spot, bare_placeholder, json_path
from credex_actions.core.documents.yaml_depth import events
from credex_actions.core.faults import Exit, Failure, Fault

MOST_NODES: Final = 50_000
"""What a document may grow to once its aliases are followed: a YAML bomb is stopped, an honest file is not."""

_TAG: Final = "tag:yaml.org,2002:"


@cache
def _loader() -> type[Any]:
    class CoreSchema(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way to say it

    for name, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
        (
            "float",
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
            list("-+.0123456789"),
        ),
    ):
        CoreSchema.add_implicit_resolver(f"{_TAG}{name}", re.compile(f"^(?:{pattern})$"), first)
    return CoreSchema


def _compose(text: str) -> Any:
    for _ in events(text, _loader()):
        pass
    loader = _loader()(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


class _Unsound(Exception):
    """A fault at a node."""

    def __init__(self, node: Any, what: str, hint: str, path: Path) -> None:
        super().__init__(what)
        self.node, self.what, self.hint, self.path = node, what, hint, path


def load(text: str, file: str) -> Any:
    """The value of a YAML text of one document. Raises Failure(BAD_INPUT) with the place."""
    try:
        node = _compose(text)
        reader = _Reader()
        value = None if node is None else reader.value(node, ())  # comments alone are no node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"is not valid YAML: {error.problem or error.context}"
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        hint = (
            IN_QUOTES if mark and bare_placeholder(text, *place) else "Check this place and just before it; YAML is indented with spaces."
        )
        fault = Fault(what, hint, "", file, *place)
        raise Failure(Exit.BAD_INPUT, fault) from None
    except (yaml.YAMLError, RecursionError) as error:
        what = "is nested too deeply" if isinstance(error, RecursionError) else "contains characters that YAML does not allow"
        raise Failure(Exit.BAD_INPUT, Fault(what, "Check that it is the right file.", "", file)) from None
    except _Unsound as error:
        line, column = _position(error.node)
        hint = IN_QUOTES if bare_placeholder(text, line, column) else error.hint
        raise Failure(Exit.BAD_INPUT, Fault(error.what, hint, json_path(error.path), file, line, column)) from None
    if reader.faults:
        raise Failure(Exit.BAD_INPUT, *(fault._replace(file=file) for fault in reader.faults))
    return value


def _is_merge(key: Any) -> bool:
    """`<<`, not in quotes: what stands behind it is taken over, but for what the mapping says itself. Source: yaml.org/type/merge.html."""
    return bool(key.value == "<<" and not key.style)


def _merged_nodes(node: Any) -> list[Any]:
    """What is behind a `<<`: one mapping, or a list of them, of which an earlier one goes before a later."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]


def _position(node: Any) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


class _Reader:
    """Turns nodes into values; counts them, since an alias costs nothing to write and everything to follow."""

    def __init__(self) -> None:
        self.seen = 0
        self.faults: list[Fault] = []

    def value(self, node: Any, path: Path) -> Any:
        self.seen += 1
        if self.seen > MOST_NODES or len(path) > DEEPEST:
            raise _Unsound(node, "becomes too large when its aliases are expanded", "Replace the aliases with what they refer to.", ())
        if not isinstance(node, yaml.ScalarNode) and node.tag not in {f"{_TAG}map", f"{_TAG}seq"}:
            raise _Unsound(node, f"the tag {node.tag[:60]} is not supported here", "Remove the tag.", path)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _Unsound(key, "a key is not a string", "Keys must be plain names.", path)
            here = (*path, key.value)
            if _is_merge(key):
                for each in _merged_nodes(child):
                    if not isinstance(each, yaml.MappingNode):
                        raise _Unsound(each, "is merged, but is not a mapping", "Write <<: *NAME, or <<: [*NAME, *OTHER].", here)
                    merged = {**self.value(each, path), **merged}
                continue
            if key.value in result:
                what = "is defined twice in the same mapping: only the last one would be used"
                self.faults.append(Fault(what, "Keep one of them.", json_path(here), "", *_position(key)))
            result[key.value] = self.value(child, here)
        return {**merged, **result}

    def _scalar(self, node: Any, path: Path) -> Any:
        text: str = node.value
        match node.tag.removeprefix(_TAG):
            case "str":
                return text
            case "null":
                return None
            case "bool" if text.lower() in {"true", "false"}:
                return text.lower() == "true"
            case "int" if re.fullmatch(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", text, re.ASCII) and len(text) < 100:  # noqa: PLR2004 - far beyond any number that AWS knows, far below what int() refuses
                return int(text, 0) if text.startswith(("0x", "0o")) else int(text)
            case "float" if re.fullmatch(r"[-+0-9.eE]*[0-9]\.?[-+0-9.eE]*", text, re.ASCII) and not text.lower().lstrip("+-").startswith(
                (".inf", ".nan")
            ):
                return float(text)
        raise _Unsound(node, f"'{text[:40]}' is a type of value that JSON does not have", "Put it in quotes.", path)


@lru_cache(maxsize=4)
def spots(text: str) -> dict[Path, Spot]:
    node = _compose(text)
    return {} if node is None else dict(_spots(node, (), None))


def _spots(node: Any, path: Path, key: Any) -> Iterator[tuple[Path, Spot]]:
    yield path, Spot(_position(node), _position(key if key is not None else node))
    if isinstance(node, yaml.MappingNode):
        for name, child in node.value:
            if _is_merge(name):
                for each in reversed(_merged_nodes(child)):
                    yield from ((place, spot) for place, spot in _spots(each, path, None) if place != path)
        for name, child in node.value:
            yield from _spots(child, (*path, name.value), name)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _spots(child, (*path, index), None)


def pairs(text: str) -> list[tuple[str, str]] | None:
    """The members of a flat YAML mapping, each scalar as it is written; None if it is anything else."""
    try:
        node = _compose(text)
    except (yaml.YAMLError, RecursionError):
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    found = [(key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)]
    if len(found) < len(node.value) or any(value.tag == f"{_TAG}null" and value.value for _, value in found):
        return None
    return [(key.value, value.value) for key, value in found]
