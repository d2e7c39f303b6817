"""What cypher-shell prints is read back, or refused: never read as something else."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.neo4j.plain_rows import UnreadableError, rows
from credex_actions.sandbox.aws.ssm.programs.cypher_shell import plain

READ: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "nothing": ("", []),
    "two columns": ('n, text\n1, "a"\n-2, "b, c"\n', [{"n": 1, "text": "a"}, {"n": -2, "text": "b, c"}]),
    "a column with a comma in its name": ("coalesce(a, b)\n1\n", [{"coalesce(a, b)": 1}]),
    "words": ("a, b, c\nTRUE, FALSE, NULL\n", [{"a": True, "b": False, "c": None}]),
    "numbers": ("a, b, c\n1.5, 1.0E10, 1.0E-5\n", [{"a": 1.5, "b": 1e10, "c": 1e-5}]),
    "a quotation mark and a new line": ('a\n"say \\"x\\"\nor"\n', [{"a": 'say "x"\nor'}]),
    "lists and maps": ('a\n[1, ["x"], {b: [], `c d`: {}}]\n', [{"a": [1, ["x"], {"b": [], "c d": {}}]}]),
    "a date": ("a\n2026-01-01T10:00:00Z\n", [{"a": "2026-01-01T10:00:00Z"}]),
    "an empty text": ('a\n""\n', [{"a": ""}]),
}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ)
def test_read(text: str, expected: list[dict[str, Any]]) -> None:
    assert list(rows(text)) == expected


REFUSED = {
    "a backslash": ('a\n"C:\\temp"\n', "backslash"),
    "a backslash before a quotation mark": ('a\n"\\\\""\n', "backslash"),
    "a backslash at the end": ('a, b\n"x\\", "y"\n', "cannot be read|instead of|can be read|no end"),
    "a node": ("a\n(:Label {a: 1})\n", "can be read"),
    "a relationship": ("a\n[:TYPE]\n", "relationship"),
    "a point": ("a\npoint({srid:7203, x:1.0, y:2.0})\n", "can be read"),
    "a backslash outside of a text": ('a, b\n"x\\", ", 1\\"\n', "can be read|instead of"),
    "too few values": ("a, b, c\n1, 2\n", "2 values instead of 3"),
    "the end is missing": ('a\n"abc\n', "no end"),
}


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        list(rows(text))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text('ab"\\, \n[]{}:1é', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab `:,", min_size=1, max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.lists(VALUES, min_size=2, max_size=2), min_size=1, max_size=3))
def test_whatever_is_printed_is_read_as_it_was_or_refused(table: list[list[Any]]) -> None:
    text = "a, b\n" + "".join(f"{', '.join(map(plain, values))}\n" for values in table)
    try:
        found = [list(row.values()) for row in rows(text)]
    except UnreadableError:
        assert "\\" in text or "`" in text
        return
    assert found == table


def test_not_a_number_is_read() -> None:
    (row,) = rows("a\nNaN\n")
    assert math.isnan(row["a"])
