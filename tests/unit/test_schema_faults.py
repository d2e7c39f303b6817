"""A document that does not follow its schema: each fault once, where it is."""

from typing import Any

import pytest

from credex_actions.core.documents.document import parse
from credex_actions.core.documents.schema_faults import faults_of_form

INNER = {
    "type": "object",
    "description": "an inner one",
    "properties": {"one": {"type": "integer", "description": "the first"}, "two": {"type": "string", "description": "the second."}},
    "required": ["one", "two"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"inner": {"anyOf": [{"enum": ["none"]}, {"$ref": "#/$defs/Inner"}], "description": "none or an inner one"}},
    "$defs": {"Inner": INNER},
}
CASES: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "nothing": ("inner: none\n", []),
    "all of it": ("inner: {one: 1, two: x}\n", []),
    "two that are missing, once each": ("inner: {}\n", [(1, "$.inner"), (1, "$.inner")]),
    "inside the one variant that is a mapping": ("inner:\n  one: a\n  two: b\n  three: c\n", [(2, "$.inner.one"), (4, "$.inner.three")]),
    "no variant at all": ("inner: other\n", [(1, "$.inner")]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_each_fault_once_and_where_it_is(text: str, expected: list[tuple[int, str]]) -> None:
    faults = faults_of_form(parse(text, "f.yml"), SCHEMA, "docs/x.md")
    assert [(fault.line, fault.where) for fault in faults] == expected
    assert all(fault.hint for fault in faults)


def test_what_is_missing_is_described() -> None:
    faults = faults_of_form(parse("inner: {}\n", "f.yml"), SCHEMA, "docs/x.md")
    assert ["the first" in faults[0].hint, "the second" in faults[1].hint] == [True, True]
    assert ".." not in faults[1].hint
