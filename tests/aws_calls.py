"""Which operations of AWS a command can call: read from the source of every module that it can import, whatever a test made it call."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from botocore import xform_name
from botocore.loaders import Loader

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = ROOT / "credex_actions"
OPENS: Final = frozenset(("read", "write", "client"))
"""Methods that return the client of the service that they are told."""
NAMES_ONE: Final = frozenset(("get_paginator", "get_waiter"))
NOT_AWS: Final = frozenset((("socket", "create_connection"),))
"""Objects that are no clients, and their methods that are called like an operation."""


LOADER: Final = Loader()


@cache
def model(service: str) -> Mapping[str, Any]:
    """The published one."""
    found: Mapping[str, Any] = LOADER.load_service_model(service, "service-2")
    return found


@cache
def operations(service: str) -> Mapping[str, str]:
    """Of a service, by their names in Python."""
    return {xform_name(name): name for name in model(service)["operations"]}


@cache
def signed_as(service: str) -> str:
    said = model(service)["metadata"]
    return str(said.get("signingName", said["endpointPrefix"]))


@cache
def services() -> tuple[str, ...]:
    """Those that any module opens a client of."""
    return tuple(sorted({name for path in modules().values() for name in _opened(_tree(path))}))


@cache
def modules() -> Mapping[str, Path]:
    """By their dotted names."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "sandbox" not in parts:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imported(module: str) -> frozenset[str]:
    """What it imports of the package, inside of functions too, and the packages around that."""
    names: set[str] = set()
    for node in ast.walk(_tree(modules()[module])):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names & modules().keys())


def reachable(module: str) -> frozenset[str]:
    found: set[str] = set()
    left = [module]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += imported(name) - found
    return frozenset(found)


def calls(module: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """Of each call its service, as requests are signed for it, and its operation; several, if it may be the operation of more than one service."""
    tree = _tree(modules()[module])
    own = _opened(tree)
    for name in _called(tree):
        having = [service for service in services() if name in operations(service)]
        likely = [service for service in having if service in own] or having
        if likely:
            yield tuple((signed_as(service), operations(service)[name]) for service in likely)


def _opened(tree: ast.Module) -> frozenset[str]:
    """Services whose clients it opens."""
    known = frozenset(LOADER.list_available_services("service-2"))
    said = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in OPENS
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }
    return known & said


def _called(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and "_" in node.attr:
            if not (isinstance(node.value, ast.Name) and (node.value.id, node.attr) in NOT_AWS):
                yield node.attr
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in NAMES_ONE
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)
