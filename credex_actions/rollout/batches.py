"""Which databases are moved at the same time: pure.

One after the other, but for a group: its first instance alone, whose failure then costs one instance, and after it the others in batches. A batch begins when the one before has ended well.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from credex_actions.neo4j.configuration.groups import BETWEEN, entry_of

Batch = tuple[str, ...]


def batches(names: Sequence[str], size: int) -> tuple[Batch, ...]:
    """`names`: in the order in which they are moved, the members of a group next to each other. `size`: of a batch, at most."""
    return tuple(batch for of in _groups(names) for batch in (of[:1], *_cut(of[1:], size)))


def begun_together(names: Sequence[str], size: int) -> tuple[Batch, ...]:
    """Of those that a run before this one has left half-way, perhaps down: none of them waits for the first one to prove itself."""
    return tuple(batch for of in _groups(names) for batch in _cut(of, size))


def _groups(names: Sequence[str]) -> Iterable[Batch]:
    return (tuple(of) for _, of in groupby(names, lambda name: entry_of(name) if BETWEEN in name else (name,)))


def _cut(names: Batch, size: int) -> Iterable[Batch]:
    return (names[at : at + size] for at in range(0, len(names), size))
