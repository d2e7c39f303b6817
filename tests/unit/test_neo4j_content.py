"""Digests of content: what differs has another one, what does not has the same; and what a bookmark says."""

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neo4j.spatial import CartesianPoint, WGS84Point
from neo4j.time import Date, DateTime, Duration, Time

from credex_actions.neo4j.bookmark import Bookmark, read_bookmark
from credex_actions.neo4j.content import Total, chosen, digest, grouped, span_of, written

DIFFERENT: list[Any] = [
    True,
    1,
    1.0,
    "1",
    b"1",
    -0.0,
    0.0,
    float("nan"),
    [1, 2],
    [12],
    ["1,i2"],
    [],
    "",
    "true",
    Date(2026, 1, 1),
    "2026-01-01",
    Time(1, 2, 3),
    DateTime(2026, 1, 1, 1, 2, 3),
    Duration(days=1),
    Duration(seconds=86_400),
    CartesianPoint((1.0, 2.0)),
    WGS84Point((1.0, 2.0)),
    CartesianPoint((1.0, 2.0, 0.0)),
]


def test_values_that_cypher_tells_apart_are_written_differently() -> None:
    assert len({written(each) for each in DIFFERENT}) == len(DIFFERENT)
    assert written(float("nan")) == written(-float("nan"))


VALUES = st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=8)
PROPERTIES = st.dictionaries(st.text(max_size=5), VALUES | st.lists(VALUES, max_size=3), max_size=4)
LABELS = st.lists(st.text(max_size=4), unique=True, max_size=3)


@given(LABELS, PROPERTIES, LABELS, PROPERTIES)
def test_two_nodes_agree_if_and_only_if_they_are_equal(
    one: list[str], its: dict[str, Any], other: list[str], others: dict[str, Any]
) -> None:
    def exact(properties: dict[str, Any]) -> dict[str, str]:
        return {name: written(value) for name, value in properties.items()}

    equal = sorted(one) == sorted(other) and exact(its) == exact(others)
    assert (digest(one, its) == digest(other, others)) == equal
    assert digest(list(reversed(one)), dict(reversed(list(its.items())))) == digest(one, its)


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=8), st.randoms())
def test_a_total_does_not_depend_on_the_order_but_on_how_often(each: list[bytes], random: Any) -> None:
    def total(of: list[bytes]) -> str:
        result = Total()
        for one in of:
            result.add(one)
        return str(result)

    shuffled = random.sample(each, len(each))
    assert total(each) == total(shuffled)
    assert total([*each, b"\x01" * 16]) != total(each)
    assert total([*each, b"\x01" * 16, b"\x01" * 16]) != total([*each, b"\x01" * 16])


@given(st.integers(0, 10_000), st.integers(0, 300), st.integers(0, 5))
def test_a_seed_chooses_the_same_ids_again(count: int, most: int, seed: int) -> None:
    span = span_of(count)
    assert count <= span < max(2 * count, 2)
    ids = chosen(seed, "nodes", span, most)
    assert ids == chosen(seed, "nodes", span, most)
    assert len(ids) == len(set(ids)) == min(span, most)
    assert all(0 <= each < span for each in ids)


def test_one_changed_node_changes_its_group_alone() -> None:
    before = [(number, digest(["A"], {"i": number})) for number in range(1000)]
    after = [(number, digest(["A"], {"i": number + (number == 77)})) for number in range(1000)]
    differ = [a == b for a, b in zip(grouped(before, 64), grouped(after, 64), strict=True)]
    assert differ.count(False) == 1


def test_a_bookmark_of_5_26_is_read() -> None:
    """As a server of 5.26.16 gave it, whose `neo4j-admin database info` said transaction 23."""
    assert read_bookmark("FB:kcwQQi+1zgffThKzJDRGQUQ/OxeQ") == Bookmark("422fb5ce-07df-4e12-b324-344641443f3b", 23)


@pytest.mark.parametrize(
    ("number", "packed"), [(127, "7f"), (128, "c90080"), (1000, "c903e8"), (70_000, "ca00011170"), (2**40, "cb0000010000000000")]
)
def test_numbers_of_each_size_are_read(number: int, packed: str) -> None:
    text = "FB:" + b64encode(bytes.fromhex("91cc10" + "00" * 16 + packed + "90")).decode().rstrip("=")
    assert read_bookmark(text) == Bookmark("00000000-0000-0000-0000-000000000000", number)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: "FB:" + b64encode(raw).decode()))
def test_another_form_of_bookmark_is_not_guessed(text: str) -> None:
    found = read_bookmark(text)
    assert found is None or found.transaction >= 0
