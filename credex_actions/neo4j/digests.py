"""Digests of what a database holds: of a sample, and of everything."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from credex_actions.neo4j.content import Total, chosen, digest, grouped, span_of
from credex_actions.neo4j.fingerprint import Counts, Sample
from credex_actions.neo4j.reader import Reader

IDS_AT_ONCE: Final = 500
ENOUGH: Final = 8
"""A sample that finds one in so many is taken; one that finds fewer is drawn from a wider span."""
SPARSEST: Final = 64
"""Times the count: wider no span becomes."""
GROUPS: Final = 64
SEED: Final = 1


@dataclass(frozen=True, kw_only=True)
class Bounds:
    seconds: float = 60.0
    exact: int = 100_000  # nodes and relationships together, up to which the digest covers them all
    sample: int = 2_048  # ids of nodes, and as many of relationships
    seed: int = SEED


USUAL: Final = Bounds()

NODES_AT = """MATCH (n) WHERE id(n) IN $ids
RETURN id(n) AS id, labels(n) AS names, properties(n) AS properties, COUNT { (n)-->() } AS out, COUNT { (n)<--() } AS into"""
RELATIONSHIPS_AT = """MATCH (a)-[r]->(b) WHERE id(r) IN $ids
RETURN id(r) AS id, [type(r)] AS names, properties(r) AS properties, id(a) AS out, id(b) AS into"""


class _Drawn(NamedTuple):
    span: int
    digests: list[tuple[int, bytes]]


def _drawn(reader: Reader, query: str, what: str, count: int, bounds: Bounds) -> _Drawn:
    """Ids of what was deleted are not always used again, so that those in use may lie far above the count: then the span is doubled."""
    span = span_of(count)
    widest = span * SPARSEST
    while True:
        ids = chosen(bounds.seed, what, span, bounds.sample)
        found = [
            (row["id"], digest(row["names"], row["properties"], row["out"], row["into"]))
            for start in range(0, len(ids), IDS_AT_ONCE)
            for row in reader.rows(query, ids=ids[start : start + IDS_AT_ONCE])
        ]
        if len(found) * ENOUGH >= min(count, bounds.sample) or span >= widest:
            return _Drawn(span, found)
        span *= 2


def sample_of(reader: Reader, counts: Counts, bounds: Bounds) -> Sample:
    nodes = _drawn(reader, NODES_AT, "nodes", counts.nodes, bounds)
    relationships = _drawn(reader, RELATIONSHIPS_AT, "relationships", counts.relationships, bounds)
    return Sample(
        seed=bounds.seed,
        node_span=nodes.span,
        relationship_span=relationships.span,
        found=len(nodes.digests) + len(relationships.digests),
        node_groups=grouped(nodes.digests, GROUPS),
        relationship_groups=grouped(relationships.digests, GROUPS),
    )


def empty_handed(sample: Sample, counts: Counts) -> bool:
    """A sample of nothing would equal every other one."""
    nothing = str(Total())[: len(sample.node_groups[0])]
    return any(
        count and set(groups) == {nothing}
        for count, groups in ((counts.nodes, sample.node_groups), (counts.relationships, sample.relationship_groups))
    )


def digest_of_everything(reader: Reader) -> str:
    """Ids do not count here: a copy that numbers its nodes anew has the same digest. A relationship counts with the content of what it joins."""
    nodes: dict[int, bytes] = {}
    total = Total()
    for row in reader.rows("MATCH (n) RETURN id(n) AS id, labels(n) AS names, properties(n) AS properties"):
        nodes[row["id"]] = each = digest(row["names"], row["properties"])
        total.add(each)
    everything = "MATCH (a)-[r]->(b) RETURN [type(r)] AS names, properties(r) AS properties, id(a) AS out, id(b) AS into"
    for row in reader.rows(everything):
        total.add(digest(row["names"], row["properties"], nodes.get(row["out"], b""), nodes.get(row["into"], b"")))
    return str(total)
