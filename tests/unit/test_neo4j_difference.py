"""What became of a database, in words: a table of pairs of fingerprints and sentences."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.neo4j.difference import (
    Another,
    Diverged,
    Later,
    Older,
    Same,
    SameContent,
    Unknown,
    Verdict,
    difference,
    difference_by_tag,
)
from credex_actions.neo4j.fingerprint import (
    LONGEST_TAG,
    Constraint,
    Counts,
    Fingerprint,
    Identity,
    Index,
    NotRead,
    Sample,
    read_tag,
    tag_of,
)

IDENTITY = Identity(
    name="neo4j",
    id="E7355DBDCE076B64E535E690DB487A7D4AE9C2E13FFE4D65EEB8B56CA24CC1D2",
    created="2026-11-28T18:17:58.259Z",
    dbms_id="59AE",
    dbms_created="2026-11-28T18:17:48.751Z",
    uuid="422fb5ce-07df-4e12-b324-344641443f3b",
    transaction=400,
    store_format="record-aligned-1.1",
    version="5.26.16",
    edition="community",
)
SAMPLE = Sample(seed=1, node_span=1024, relationship_span=512, found=700, node_groups=("a", "b"), relationship_groups=("c", "d"))
INDEX = Index(name="ix", type="RANGE", entity="NODE", labels_or_types=("Member",), properties=("memberID",))
BASE = Fingerprint(
    taken="2026-11-28T18:20:00+00:00",
    identity=IDENTITY,
    counts=Counts(nodes=1000, relationships=500, labels={"Member": 1000}, types={"OWES": 500}),
    indexes=(INDEX,),
    constraints=(Constraint(name="cx", type="NODE_KEY", entity="NODE", labels_or_types=("A",), properties=("i",)),),
    users={"neo4j": ("admin",)},
    sample=SAMPLE,
    exact="ab" * 16,
    meanwhile=0,
)
NEW_STORE = {"id": "2C82", "created": "2026-11-28T19:00:00Z", "dbms_id": "38DE", "transaction": 3}


def like_base(identity: dict[str, Any] | None = None, counts: dict[str, Any] | None = None, **members: Any) -> Fingerprint:
    changed = msgspec.structs.replace(BASE, **members)
    return msgspec.structs.replace(
        changed,
        identity=msgspec.structs.replace(IDENTITY, **(identity or {})),
        counts=msgspec.structs.replace(BASE.counts, **(counts or {})),
    )


def regrouped(**members: Any) -> Sample:
    return msgspec.structs.replace(SAMPLE, **members)


CASES: dict[str, tuple[Fingerprint, Verdict, str, list[str]]] = {
    "nothing happened": (like_base(), Same(), "same database, unchanged", []),
    "it was written to": (
        like_base({"transaction": 412}, {"nodes": 1012, "labels": {"Member": 1012}}, exact="cd" * 16),
        Later(12),
        "same database, 12 transactions later",
        [
            "nodes: 1,012, was 1,000 (+12)",
            "label Member: 1,012, was 1,000 (+12)",
            "content: the digest over every node and relationship differs",
        ],
    ),
    "one transaction": (like_base({"transaction": 401}), Later(1), "same database, 1 transaction later", []),
    "an older copy": (
        like_base({"transaction": 60}, {"relationships": 100, "types": {"OWES": 100}}),
        Older(340),
        "older: 340 transactions are missing",
        ["relationships: 100, was 500 (-400)", "relationship type OWES: 100, was 500 (-400)"],
    ),
    "one transaction less": (like_base({"transaction": 399}), Older(1), "older: 1 transaction is missing", []),
    "a wiped instance": (
        like_base(NEW_STORE, {"nodes": 0, "relationships": 0, "labels": {}, "types": {}}, indexes=(), constraints=(), exact="0" * 32),
        Another(empty=True),
        "another database, and it is empty",
        ["nodes: 0, was 1,000 (-1,000)", "index ix (RANGE on Member(memberID)): missing", "store id: 2C82, was E7355DBDCE07"],
    ),
    "a new store with other content": (like_base(NEW_STORE, exact="ef" * 16), Another(), "another database", ["content: the digest"]),
    "a copy into a new store": (
        like_base(NEW_STORE),
        SameContent("exact"),
        "same content, new store (every node and relationship was compared)",
        ["store id", "store created", "DBMS id"],
    ),
    "a copy that numbers its nodes anew": (
        like_base(NEW_STORE, sample=regrouped(node_groups=("x", "y"))),
        SameContent("exact"),
        "same content, new store",
        [],
    ),
    "a large copy": (
        like_base(NEW_STORE, exact=None),
        SameContent("sample"),
        "same content, new store (counts, schema and a sample were compared)",
        [],
    ),
    "a copy that nothing but counts tells of": (
        like_base(NEW_STORE, exact=None, sample=None),
        Unknown("neither their samples nor digests over all of them compare"),
        "unknown: a new store with the same counts and schema",
        [],
    ),
    "a damaged copy": (
        like_base(exact="ef" * 16),
        Diverged(),
        "mismatch: same database at the same transaction, but its content differs",
        ["content: the digest over every node and relationship differs"],
    ),
    "a damaged large copy": (
        like_base(exact=None, sample=regrouped(node_groups=("a", "x"))),
        Diverged(),
        "mismatch",
        ["sample of nodes: 1 of 2 groups differ"],
    ),
    "transactions that are unknown": (
        like_base({"transaction": None}, exact="ef" * 16),
        Later(None),
        "the number of transactions is unknown",
        [],
    ),
    "an upgrade": (
        like_base({"version": "5.26.20", "store_format": "aligned-2"}),
        Same(),
        "same database, unchanged",
        ["version: 5.26.20 community, was 5.26.16 community", "store format: aligned-2, was record-aligned-1.1"],
    ),
    "a user who is gone, and one who is new": (
        like_base(users={"bob": ()}),
        Same(),
        "same database, unchanged",
        ["user neo4j: missing", "user bob: new"],
    ),
    "a user with another role": (like_base(users={"neo4j": ("reader",)}), Same(), "same", ["user neo4j: roles reader, were admin"]),
    "an index that was dropped": (
        like_base({"transaction": 401}, indexes=()),
        Later(1),
        "same database, 1 transaction later",
        ["index ix (RANGE on Member(memberID)): missing"],
    ),
}


@pytest.mark.parametrize(("second", "verdict", "sentence", "details"), CASES.values(), ids=CASES)
def test_what_became_of_it(second: Fingerprint, verdict: Verdict, sentence: str, details: list[str]) -> None:
    found = difference(BASE, second)
    assert found.verdict == verdict
    assert sentence in str(found)
    for each in details:
        assert each in str(found)


def test_only_what_holds_all_of_the_first_has_lost_nothing() -> None:
    kept = {name for name, (second, *_) in CASES.items() if difference(BASE, second).nothing_lost}
    lossy = {name for name, (_, verdict, *_) in CASES.items() if isinstance(verdict, Older | Another | Diverged | Unknown)}
    assert kept == CASES.keys() - lossy


def test_what_is_missing_is_not_compared_but_said() -> None:
    second = like_base(
        users=None,
        exact=None,
        sample=None,
        indexes=(),
        constraints=(),
        not_read=(NotRead(part="schema", why="Neo.ClientError.Security.Forbidden"), NotRead(part="users", why="no right")),
    )
    found = difference(BASE, second)
    assert (found.verdict, found.details) == (Same(), ())
    assert "the second fingerprint has no schema: Neo.ClientError.Security.Forbidden" in found.notes


def test_what_moved_while_it_was_read_is_no_mismatch() -> None:
    found = difference(BASE, like_base(exact="ef" * 16, meanwhile=2))
    assert found.verdict == Same()
    assert any("2 transactions committed while the second fingerprint was taken" in each for each in found.notes)


def test_samples_of_databases_of_another_size_do_not_compare() -> None:
    found = difference(BASE, like_base({"transaction": 402}, exact=None, sample=regrouped(node_span=2048, node_groups=("x", "y"))))
    assert found.details == ()
    assert any("samples do not compare" in each for each in found.notes)


def test_a_thousand_lost_labels_are_cut_short() -> None:
    many = msgspec.structs.replace(BASE, counts=Counts(nodes=1000, relationships=0, labels={f"L{n}": 1 for n in range(1000)}, types={}))
    assert "951 more labels differ" in str(difference(many, like_base(NEW_STORE)))


def test_a_name_with_a_line_break_stays_on_its_line() -> None:
    found = difference(BASE, like_base(counts={"labels": {"Member": 1000, "a\n::error::x": 1}}))
    assert all("\n" not in each for each in found.details)


TEXT = st.text(max_size=10)
NUMBER = st.integers(min_value=0, max_value=2**62)
FINGERPRINTS = st.builds(
    Fingerprint,
    taken=TEXT,
    identity=st.builds(
        Identity,
        name=TEXT,
        id=st.text(alphabet="0123456789ABCDEF", min_size=1, max_size=64),
        created=TEXT,
        dbms_id=st.none() | TEXT,
        dbms_created=st.none() | TEXT,
        uuid=st.none() | TEXT,
        transaction=st.none() | NUMBER,
        store_format=st.none() | TEXT,
        version=TEXT,
        edition=TEXT,
    ),
    counts=st.builds(
        Counts,
        nodes=NUMBER,
        relationships=NUMBER,
        labels=st.dictionaries(TEXT, NUMBER, max_size=3),
        types=st.dictionaries(TEXT, NUMBER, max_size=3),
    ),
    indexes=st.just((INDEX,)),
    constraints=st.just(()),
    users=st.none() | st.dictionaries(TEXT, st.tuples(TEXT), max_size=3),
    sample=st.none() | st.just(SAMPLE),
    exact=st.none() | st.just("ab" * 16),
    meanwhile=st.none() | st.integers(0, 3),
)


@given(FINGERPRINTS)
def test_json_gives_back_what_it_was_given(one: Fingerprint) -> None:
    assert Fingerprint.from_json(one.to_json()) == one
    assert Fingerprint.from_json(one.to_json()).to_json() == one.to_json()


@given(FINGERPRINTS)
def test_a_tag_fits_and_gives_back_what_it_was_given(one: Fingerprint) -> None:
    text = str(tag_of(one))
    assert len(text) <= LONGEST_TAG
    assert all(each.isascii() and (each.isalnum() or each in " _.:/=+-@") for each in text)
    assert read_tag(text) == tag_of(one)


@given(FINGERPRINTS, FINGERPRINTS)
def test_a_fingerprint_equals_itself_and_both_ways_are_told_alike(one: Fingerprint, other: Fingerprint) -> None:
    assert difference(one, one).verdict == Same()
    assert difference(one, one).details == ()
    there, back = difference(one, other).verdict, difference(other, one).verdict
    assert isinstance(there, Older) == (isinstance(back, Later) and back.transactions is not None)
    assert difference_by_tag(tag_of(one), tag_of(one)) == Same()


TAGGED: dict[str, tuple[Fingerprint, Verdict]] = {
    name: (CASES[name][0], CASES[name][1])
    for name in (
        "nothing happened",
        "it was written to",
        "an older copy",
        "a wiped instance",
        "a new store with other content",
        "a copy into a new store",
        "a damaged copy",
        "transactions that are unknown",
        "an upgrade",
    )
}


@pytest.mark.parametrize(("second", "verdict"), TAGGED.values(), ids=TAGGED)
def test_tags_alone_tell_the_same(second: Fingerprint, verdict: Verdict) -> None:
    assert difference_by_tag(tag_of(BASE), tag_of(second)) == verdict


@pytest.mark.parametrize(
    "text",
    ["", "v1", "v2 db=A txn=1 nodes=0 relationships=0 content=" + "0" * 32 + " by=exact", str(tag_of(BASE)) + "\n", "v1 db=" + "1" * 300],
)
def test_what_is_no_tag_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the short form"):
        read_tag(text)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"\xff", b'{"form": 1}', BASE.to_json().replace(b'"form": 1', b'"form": 2'), BASE.to_json()[:-20]]
)
def test_what_is_no_fingerprint_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="is not a fingerprint"):
        Fingerprint.from_json(text)


def test_the_form_of_the_json_is_kept() -> None:
    """Evidence that was written once is read for years: a change here is a new form, and the old one is still read."""
    text = BASE.to_json().decode()
    assert '"form": 1' in text
    assert list(msgspec.json.decode(text)) == sorted(
        ["taken", "identity", "counts", "indexes", "constraints", "users", "sample", "exact", "meanwhile", "not-read", "form"]
    )
    assert (
        str(tag_of(BASE)) == "v1 db=E7355DBDCE076B64 txn=400 nodes=1000 relationships=500 content=7b11224a78de95128a094ed2285e22a8 by=exact"
    )
