"""The services that a release has botocore's descriptions of are those that its commands name in their source."""

import ast
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from credex_actions.generation.carried import COMMANDS
from releasing.services import CALLED, without_documentation

ROOT = Path(__file__).resolve().parents[2]
SUITE = "credex_actions"


def imported(path: Path) -> Iterator[str]:
    """Modules of the suite that this one imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(SUITE):
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.startswith(SUITE))


def reached() -> set[Path]:
    """The files behind the commands that a release carries the packages of."""
    waiting = [f"{SUITE}.commands.{name.replace('-', '_')}" for name in COMMANDS]
    found: set[Path] = set()
    while waiting:
        path = ROOT / f"{waiting.pop().replace('.', '/')}.py"
        if path.is_file() and path not in found:
            found.add(path)
            waiting.extend(imported(path))
    return found


def named(path: Path) -> Iterator[str]:
    """The services that clients are made for. One that is a parameter is named where it is passed: as the first of a tuple of strings."""
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"read", "write", "client"}
            and node.args
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
            elif isinstance(first, ast.Name) and first.id == "service":
                yield from passed(path)


def passed(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Tuple) and node.elts and all(isinstance(each, ast.Constant) for each in node.elts):
            first = node.elts[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and len(node.elts) == 3:
                yield first.value


def test_the_table_is_what_the_commands_call() -> None:
    files = reached()
    assert len(files) > 100
    assert {service for path in files for service in named(path)} == set(CALLED)


def test_of_a_description_only_the_sentences_are_left_out() -> None:
    members = {"documentation": {"shape": "String", "documentation": "of a member"}}
    model = {
        "documentation": "of all",
        "shapes": {"Thing": {"type": "structure", "members": members, "list": [{"documentation": "of one"}]}},
    }
    left = json.loads(gzip.decompress(without_documentation(gzip.compress(json.dumps(model).encode()))))
    assert left == {"shapes": {"Thing": {"type": "structure", "members": {"documentation": {"shape": "String"}}, "list": [{}]}}}
