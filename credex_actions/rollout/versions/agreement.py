"""What the sources say together: the newest version of a series on which two kinds of them agree. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from credex_actions.core.text import listed
from credex_actions.rollout.versions.indexes import Package
from credex_actions.rollout.versions.sources import Published
from credex_actions.rollout.versions.version import Series, Version

WITNESSES: Final = 2


class Newest(NamedTuple):
    """`version`: the newest that two kinds of sources name, None if there is none. `doubt`: why it is not certain to be the newest, "" if it is."""

    version: Version | None
    doubt: str = ""


def by_kind(published: Sequence[Published]) -> dict[str, frozenset[Version]]:
    """Repositories of one kind speak with one voice: two of them are no two witnesses."""
    said: dict[str, frozenset[Version]] = {}
    for each in published:
        if not each.trouble:
            said[each.source.kind] = said.get(each.source.kind, frozenset()) | each.versions
    return said


def newest_of(series: Series, published: Sequence[Published]) -> Newest:
    """The newest of `series`."""
    said = {kind: frozenset(each for each in versions if each.series == series) for kind, versions in by_kind(published).items()}
    said = {kind: versions for kind, versions in said.items() if versions}
    agreed = [each for each in frozenset[Version]().union(*said.values()) if _witnesses(each, said) >= WITNESSES]
    best = max(agreed, default=None)
    if len(said) < WITNESSES:
        names = f"only {listed(list(said))} names versions of {series}" if said else f"no source names a version of {series}"
        return Newest(best, f"{names}: two kinds of sources have to agree")
    highest = {kind: max(versions) for kind, versions in said.items()}
    if len(set(highest.values())) > 1:
        told = "; ".join(f"{kind} says {version}" for kind, version in sorted(highest.items()))
        return Newest(best, f"mismatch: the sources disagree on the newest version of {series}: {told}")
    return Newest(best)


def newest_beyond(series: Series, published: Sequence[Published]) -> Newest:
    """The newest of the newest series after `series` that two kinds of sources name. Nothing is in doubt if there is none."""
    said = by_kind(published)
    later = [each for each in frozenset[Version]().union(*said.values()) if each.series > series and _witnesses(each, said) >= WITNESSES]
    return newest_of(max(later).series, published) if later else Newest(None)


def _witnesses(version: Version, said: Mapping[str, frozenset[Version]]) -> int:
    return sum(version in versions for versions in said.values())


def doubt_about(version: Version, published: Sequence[Published]) -> str:
    """Why `version` cannot be built: too few kinds of sources name it; "" if two do."""
    kinds = [kind for kind, versions in by_kind(published).items() if version in versions]
    if len(kinds) >= WITNESSES:
        return ""
    return f"{f'only {listed(kinds)} names' if kinds else 'no source names'} {version}: two kinds of sources have to agree"


def packages_of(version: Version, names: Sequence[str], published: Sequence[Published]) -> Iterator[tuple[Published, Package]]:
    """The files to install, with the source of each, in the order of `names`; from the first repository that has all of them."""
    for each in published:
        found = {package.name: package for package in each.packages if package.version == version}
        if all(name in found for name in names):
            yield from ((each, found[name]) for name in names)
            return
