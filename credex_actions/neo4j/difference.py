"""What became of a database between two fingerprints: pure. A verdict, the sentence for it, and what differs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from credex_actions.core.text import one_line
from credex_actions.neo4j.fingerprint import Fingerprint, Tag

MOST_DETAILS: Final = 50
"""Of one kind: whoever has lost a thousand labels needs no list of them."""


@dataclass(frozen=True)
class Same:
    """The same store at the same transaction."""

    def __str__(self) -> str:
        return "same database, unchanged"


@dataclass(frozen=True)
class Later:
    transactions: int | None

    def __str__(self) -> str:
        after = "changed; the number of transactions is unknown" if self.transactions is None else f"{_counted(self.transactions)} later"
        return f"same database, {after}"


@dataclass(frozen=True)
class Older:
    transactions: int

    def __str__(self) -> str:
        verb = "is" if self.transactions == 1 else "are"
        return f"older: {_counted(self.transactions)} {verb} missing"


@dataclass(frozen=True)
class Diverged:
    """One store, of which one copy was written to differently, or was damaged."""

    def __str__(self) -> str:
        return "mismatch: same database at the same transaction, but its content differs"


@dataclass(frozen=True)
class SameContent:
    """Another store with what the first one held."""

    basis: str

    def __str__(self) -> str:
        return f"same content, new store ({BASIS[self.basis]})"


@dataclass(frozen=True)
class Another:
    empty: bool = False

    def __str__(self) -> str:
        return "another database, and it is empty" if self.empty else "another database"


@dataclass(frozen=True)
class Unknown:
    """Another store, of which nothing but counts can be compared."""

    why: str

    def __str__(self) -> str:
        return f"unknown: a new store with the same counts and schema, but {self.why}"


Verdict: TypeAlias = Same | Later | Older | Diverged | SameContent | Another | Unknown

BASIS: Final = {
    "exact": "every node and relationship was compared",
    "sample": "counts, schema and a sample were compared",
}


@dataclass(frozen=True)
class Difference:
    verdict: Verdict
    details: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what could not be compared, and what makes the verdict less than certain

    def __str__(self) -> str:
        return "\n".join([str(self.verdict), *(f"  {each}" for each in self.details), *(f"  note: {each}" for each in self.notes)])

    @property
    def nothing_lost(self) -> bool:
        """Whether the second database holds all that the first one held, as far as transactions and content tell."""
        match self.verdict:
            case Same() | Later() | SameContent():
                return True
            case Older() | Diverged() | Another() | Unknown():
                return False
            case _:
                assert_never(self.verdict)


def difference(first: Fingerprint, second: Fingerprint) -> Difference:
    """What `second` is, seen from `first`."""
    content = tuple(_content(first, second))
    details = (*content, *_of_the_dbms(first, second))
    return Difference(_verdict(first, second, content), details, tuple(_notes(first, second)))


def _verdict(first: Fingerprint, second: Fingerprint, content: Sequence[str]) -> Verdict:
    """The first case that fits wins."""
    before, after = first.identity, second.identity
    if _same_store(first, second):
        if before.transaction is None or after.transaction is None:
            return Later(None) if content else Same()
        passed = after.transaction - before.transaction
        if passed > 0:
            return Later(passed)
        if passed < 0:
            return Older(-passed)
        moving = bool(first.meanwhile or second.meanwhile)
        return Diverged() if content and not moving else Same()
    if not second.counts.nodes:
        return Another(empty=True)
    if content:
        return Another()
    if first.exact and second.exact:
        return SameContent("exact")
    if first.sample and second.sample and first.sample.compares_with(second.sample):
        return SameContent("sample")
    return Unknown("neither their samples nor digests over all of them compare")


def _same_store(first: Fingerprint, second: Fingerprint) -> bool:
    """A store keeps its id and the time of its creation through a restart, a copy of its files, and an upgrade; docs/reference/fingerprints.md."""
    return (first.identity.id, first.identity.created) == (second.identity.id, second.identity.created)


def _content(first: Fingerprint, second: Fingerprint) -> Iterator[str]:
    before, after = first.counts, second.counts
    yield from _number("nodes", before.nodes, after.nodes)
    yield from _number("relationships", before.relationships, after.relationships)
    if not (first.lacks("labels") or second.lacks("labels")):
        yield from _numbers("label", before.labels, after.labels)
        yield from _numbers("relationship type", before.types, after.types)
    if not (first.lacks("schema") or second.lacks("schema")):
        yield from _members("index", [str(each) for each in first.indexes], [str(each) for each in second.indexes])
        yield from _members("constraint", [str(each) for each in first.constraints], [str(each) for each in second.constraints])
    if first.exact and first.exact == second.exact:
        return  # samples differ all the same in a copy that numbers its nodes anew
    if first.sample and second.sample and first.sample.compares_with(second.sample):
        yield from _groups("nodes", first.sample.node_groups, second.sample.node_groups)
        yield from _groups("relationships", first.sample.relationship_groups, second.sample.relationship_groups)
    if first.exact and second.exact:
        yield "content: the digest over every node and relationship differs"


def _of_the_dbms(first: Fingerprint, second: Fingerprint) -> Iterator[str]:
    """What does not belong to the database's content: it differs after an upgrade, or on another server."""
    before, after = first.identity, second.identity
    for name, was, now in (
        ("version", f"{before.version} {before.edition}", f"{after.version} {after.edition}"),
        ("store format", before.store_format, after.store_format),
        ("store id", before.id, after.id),
        ("store created", before.created, after.created),
        ("DBMS id", before.dbms_id, after.dbms_id),
    ):
        if was and now and was != now:
            yield f"{name}: {now}, was {was}"
    if first.users is not None and second.users is not None:
        yield from _members("user", sorted(first.users), sorted(second.users))
        for name in sorted(first.users.keys() & second.users.keys()):
            was, now = (", ".join(each) or "none" for each in (first.users[name], second.users[name]))
            if was != now:
                yield f"user {one_line(name, 60)}: roles {now}, were {was}"


def _notes(first: Fingerprint, second: Fingerprint) -> Iterator[str]:
    for which, each in (("first", first), ("second", second)):
        for missing in each.not_read:
            yield f"the {which} fingerprint has no {missing.part}: {missing.why}"
        if each.meanwhile:
            yield f"{_counted(each.meanwhile)} committed while the {which} fingerprint was taken: its parts are not of one moment"
    if first.sample and second.sample and not first.sample.compares_with(second.sample):
        yield "the samples do not compare: the databases differ too much in size, or other seeds chose them"


def _number(what: str, was: int, now: int) -> Iterator[str]:
    if was != now:
        yield f"{what}: {now:,}, was {was:,} ({now - was:+,})"


def _numbers(what: str, was: Mapping[str, int], now: Mapping[str, int]) -> Iterator[str]:
    lines = [
        line
        for name in sorted(was.keys() | now.keys())
        for line in _number(f"{what} {one_line(name, 60)}", was.get(name, 0), now.get(name, 0))
    ]
    yield from _cut(lines, f"{what}s")


def _members(what: str, was: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    lines = [f"{what} {one_line(each, 200)}: missing" for each in was if each not in now]
    lines += [f"{what} {one_line(each, 200)}: new" for each in now if each not in was]
    yield from _cut(lines, {"index": "indexes"}.get(what, f"{what}s"))


def _cut(lines: Sequence[str], what: str) -> Iterator[str]:
    yield from lines[:MOST_DETAILS]
    if len(lines) > MOST_DETAILS:
        yield f"{len(lines) - MOST_DETAILS} more {what} differ"


def _groups(what: str, was: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    differ = sum(a != b for a, b in zip(was, now, strict=False)) + abs(len(was) - len(now))
    if differ:
        yield f"sample of {what}: {differ} of {max(len(was), len(now))} groups differ"


def _counted(transactions: int) -> str:
    return f"{transactions:,} transaction{'' if transactions == 1 else 's'}"


def difference_by_tag(first: Tag, second: Tag) -> Verdict:
    """The same question, of what two tags tell. A tag has no details, so that the same content is claimed only where the content's digests agree."""
    if first.id == second.id:
        if first.transaction is not None and second.transaction is not None and first.transaction != second.transaction:
            passed = second.transaction - first.transaction
            return Later(passed) if passed > 0 else Older(-passed)
        same_counts = (first.nodes, first.relationships) == (second.nodes, second.relationships)
        if same_counts and (first.basis != second.basis or first.content == second.content):
            return Same()
        return Diverged() if first.transaction is not None and second.transaction is not None else Later(None)
    if not second.nodes:
        return Another(empty=True)
    if first.content == second.content and first.basis == second.basis != "counts":
        return SameContent(first.basis)
    if (first.nodes, first.relationships) == (second.nodes, second.relationships) and (
        first.basis != second.basis or first.basis == "counts"
    ):
        return Unknown("their tags do not tell more")
    return Another()
