"""JSON that is written in pieces is the JSON that is written at once."""

from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.documents.in_pieces import in_pieces

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20)


def lazily(value: Any) -> Any:
    """Each list in it as an iterator."""
    if isinstance(value, dict):
        return {name: lazily(each) for name, each in value.items()}
    return iter([lazily(each) for each in value]) if isinstance(value, list) else value


@given(VALUES)
def test_it_is_the_same_json(value: Any) -> None:
    assert b"".join(in_pieces(lazily(value))) == msgspec.json.format(msgspec.json.encode(value), indent=1)


def test_a_record_is_asked_for_when_the_one_before_is_written() -> None:
    asked = []

    def records() -> Iterator[int]:
        for number in range(3):
            asked.append(number)
            yield number

    pieces = in_pieces({"records": records()})
    while b"0" not in next(pieces):
        pass
    assert asked == [0]
