"""What identifies a Neo4j database and what is in it, as a value: evidence to keep, and to compare with a later one.

It holds no property value. Content is kept as counts and as digests over many nodes at once, so that a value cannot be guessed from a digest.
"""

import re
from hashlib import sha256
from typing import Final, Literal, Self

import msgspec
from msgspec import Struct

FORM: Final = 1
"""Of the JSON. A reader refuses a form that it does not know: fields that it does not compare would look equal."""
LONGEST_TAG: Final = 256
"""Characters of a tag's value. Source: Amazon EC2 User Guide, "Tag restrictions"."""
TAG: Final = re.compile(
    r"v1 db=([0-9A-Za-z]{1,16}) txn=([0-9]+|-) nodes=([0-9]+) relationships=([0-9]+) content=([0-9a-f]{32}) by=(exact|sample|counts)"
)


class Frozen(Struct, frozen=True, kw_only=True, rename="kebab"):
    pass


class Identity(Frozen, frozen=True, kw_only=True):
    """Which database it is. docs/reference/fingerprints.md says what each operation does to each member."""

    name: str
    id: str  # of the store: databaseID of SHOW DATABASES, id of db.info
    created: str  # when the store was created
    dbms_id: str | None  # of the system database's store
    dbms_created: str | None
    uuid: str | None  # under which the DBMS knows the database
    transaction: int | None  # the last one committed
    store_format: str | None
    version: str
    edition: str


class Index(Frozen, frozen=True, kw_only=True):
    """Without its provider, its state of population and its statistics, which an upgrade or a restart changes."""

    name: str
    type: str
    entity: str
    labels_or_types: tuple[str, ...]
    properties: tuple[str, ...]

    def __str__(self) -> str:
        what = ", ".join(self.properties)
        return f"{self.name} ({self.type} on {':'.join(self.labels_or_types) or self.entity.lower()}{f'({what})' if what else ''})"


class Constraint(Index, frozen=True, kw_only=True):
    property_type: str | None = None


class Counts(Frozen, frozen=True, kw_only=True):
    nodes: int
    relationships: int
    labels: dict[str, int]
    types: dict[str, int]


class Sample(Frozen, frozen=True, kw_only=True):
    """Nodes and relationships at ids that a seed chose, in groups with one digest each. Two samples compare if seed and spans agree."""

    seed: int
    node_span: int  # ids from 0 up to it were chosen from
    relationship_span: int
    found: int  # nodes and relationships that there were at the chosen ids
    node_groups: tuple[str, ...]
    relationship_groups: tuple[str, ...]

    def compares_with(self, other: "Sample") -> bool:
        return (self.seed, self.node_span, self.relationship_span) == (other.seed, other.node_span, other.relationship_span)


class NotRead(Frozen, frozen=True, kw_only=True):
    """A part that is missing from a fingerprint, and why. What is missing is not compared."""

    part: Literal["dbms", "transaction", "labels", "schema", "users", "sample", "exact"]
    why: str


class Fingerprint(Frozen, frozen=True, kw_only=True):
    """What identifies a database, and what is in it; what could not be read is named."""

    taken: str
    identity: Identity
    counts: Counts
    indexes: tuple[Index, ...]
    constraints: tuple[Constraint, ...]
    users: dict[str, tuple[str, ...]] | None  # name: roles; those of the DBMS, not of this database
    sample: Sample | None
    exact: str | None  # digest over every node and every relationship
    meanwhile: int | None  # transactions that were committed while it was read
    not_read: tuple[NotRead, ...] = ()
    form: Literal[1] = FORM

    def lacks(self, part: str) -> bool:
        return any(each.part == part for each in self.not_read)

    def to_json(self) -> bytes:
        """The same text for the same value, whatever the order in which its names were read."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=2) + b"\n"

    @classmethod
    def from_json(cls, text: bytes | str) -> Self:
        """Raises ValueError with a sentence: not a fingerprint, or one of a form that this version does not know."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.ValidationError as error:
            raise ValueError(f"is not a fingerprint of form {FORM}: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ValueError("is not a fingerprint: it is not valid JSON") from None

    @property
    def content(self) -> tuple[str, str]:
        """A digest of what is in the database, and what it rests on. Two compare only if they rest on the same."""
        basis = "exact" if self.exact else "sample" if self.sample else "counts"
        rests_on = [self.counts, self.indexes, self.constraints, self.exact or self.sample]
        return sha256(msgspec.json.encode(rests_on, order="sorted")).hexdigest()[:32], basis


class Tag(Frozen, frozen=True, kw_only=True):
    """What of a fingerprint fits into a tag: enough to say which database a backup is of, and how it compares."""

    id: str
    transaction: int | None
    nodes: int
    relationships: int
    content: str
    basis: str

    def __str__(self) -> str:
        transaction = "-" if self.transaction is None else self.transaction
        return f"v1 db={self.id} txn={transaction} nodes={self.nodes} relationships={self.relationships} content={self.content} by={self.basis}"


def id_in_tag(store: str) -> str:
    """The id of a store, as a tag has it."""
    return re.sub(r"[^0-9A-Za-z]", "", store)[:16]


def tag_of(given: Fingerprint) -> Tag:
    content, basis = given.content
    identity, counts = given.identity, given.counts
    return Tag(
        id=id_in_tag(identity.id),
        transaction=identity.transaction,
        nodes=counts.nodes,
        relationships=counts.relationships,
        content=content,
        basis=basis,
    )


def read_tag(text: str) -> Tag:
    """Raises ValueError: whoever may write tags may have written this one."""
    found = TAG.fullmatch(text) if len(text) <= LONGEST_TAG else None
    if not found:
        raise ValueError("is not the short form of a fingerprint")
    name, transaction, nodes, relationships, content, basis = found.groups()
    return Tag(
        id=name,
        transaction=None if transaction == "-" else int(transaction),
        nodes=int(nodes),
        relationships=int(relationships),
        content=content,
        basis=basis,
    )
