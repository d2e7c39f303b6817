"""Paths into a document, as users write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.documents.json_paths import begins, found, parse, written
from credex_actions.core.documents.places import json_path

GOOD = {
    "$.a": ("a",),
    "a": ("a",),
    "$.containerDefinitions[0].warmPool": ("containerDefinitions", 0, "warmPool"),
    "containerDefinitions[*].x-y": ("containerDefinitions", None, "x-y"),
    '$["odd name"][2]': ("odd name", 2),
    "$['a.b'].c": ("a.b", "c"),
    "$.volumes[0].*": ("volumes", 0, None),
}
BAD = ["$", "", "$.", "$..a", "a b", "$.a[", "$.a[x]", "$.a[-1]", "$a b", "a]", "$.a.[0]"]


@pytest.mark.parametrize(("text", "path"), GOOD.items())
def test_a_path_is_read(text: str, path: tuple[str | int | None, ...]) -> None:
    assert parse(text) == path
    assert parse(written(path)) == path


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_path_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a path|matches the whole document"):
        parse(text)


@given(st.lists(st.from_regex(r"[A-Za-z_][\w-]{0,8}", fullmatch=True) | st.integers(0, 99), min_size=1).map(tuple))
def test_a_path_as_faults_show_it_can_be_given_back(path: tuple[str | int, ...]) -> None:
    assert parse(json_path(path)) == path


def test_a_pattern_names_what_is_at_it_and_below() -> None:
    pattern = ("a", None, "b")
    assert begins(("a", 3, "b"), pattern)
    assert begins(("a", 3, "b", "c"), pattern)
    assert not begins(("a", 3), pattern)
    assert not begins(("a", 3, "c"), pattern)
    assert [*found({"a": [{"b": 1}, {"c": 2}, {"b": None}], "b": 1}, pattern)] == [("a", 0, "b"), ("a", 2, "b")]
    assert [*found({"a": 1}, pattern)] == []
