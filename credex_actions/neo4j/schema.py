"""Indexes and constraints of a database, such that an upgrade and a restart do not change them."""

from collections.abc import Iterator
from typing import Any, Final

from credex_actions.neo4j.fingerprint import Constraint, Index
from credex_actions.neo4j.reader import Reader


def indexes(reader: Reader) -> Iterator[Index]:
    rows = reader.rows("SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties")
    for row in sorted(rows, key=lambda each: str(each["name"])):
        yield Index(**_members(row), type=row["type"])


RENAMED: Final = {
    "UNIQUENESS": "NODE_PROPERTY_UNIQUENESS",
    "RELATIONSHIP_UNIQUENESS": "RELATIONSHIP_PROPERTY_UNIQUENESS",
}
"""Cypher 5's words for constraints, in Cypher 25's."""


def constraints(reader: Reader) -> Iterator[Constraint]:
    rows = reader.rows("SHOW CONSTRAINTS YIELD *")
    for row in sorted(rows, key=lambda each: str(each["name"])):
        yield Constraint(**_members(row), type=RENAMED.get(row["type"], row["type"]), property_type=row.get("propertyType"))


def _members(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "entity": row["entityType"],
        "labels_or_types": tuple(row["labelsOrTypes"] or ()),
        "properties": tuple(row["properties"] or ()),
    }
