"""The configured sources, asked side by side: what each of them publishes, or why it says nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from msgspec import UNSET

from credex_actions.core.workers import WorkerClock, side_by_side
from credex_actions.neo4j.configuration.model import Image, Source
from credex_actions.rollout.versions.fetching import NotFetchedError, below, fetch, unpacked, verified
from credex_actions.rollout.versions.indexes import (
    Package,
    UnreadableError,
    of_debian,
    of_docker_hub,
    of_github,
    of_maven,
    of_yum,
    primary_of,
)
from credex_actions.rollout.versions.version import Version

GITHUB: Final = Source(kind="github", url="https://api.github.com/repos/neo4j/neo4j/tags")
YUM: Final = tuple(Source(kind="yum", url=f"https://yum.neo4j.com/stable/{part}/") for part in ("5", "latest"))
"""5 has the versions 5.x, latest those from 2025.01 on. Source: Neo4j operations manual, "Deploy Neo4j using the Neo4j RPM package"."""
MOST_PAGES: Final = 20
PER_PAGE: Final = 100


class Published(NamedTuple):
    """What one source says. `trouble`: why it says nothing, "" if it does. `packages`: of a package repository, with their checksums."""

    source: Source
    versions: frozenset[Version] = frozenset()
    packages: tuple[Package, ...] = ()
    trouble: str = ""


def of(image: Image) -> tuple[Source, ...]:
    return (GITHUB, *YUM) if image.sources is UNSET else tuple(image.sources)


def ask_all(sources: Sequence[Source], clock: WorkerClock, *, hurried: bool) -> tuple[Published, ...]:
    """In the order of `sources`. Raises Cancelled on a signal."""
    found, cancelled = side_by_side(ask, [sources], clock, len(sources), hurried=hurried)
    if cancelled:
        raise cancelled
    return tuple(sorted(found, key=lambda each: sources.index(each.source)))


def ask(source: Source) -> Published:
    try:
        return KINDS[source.kind](source)
    except (NotFetchedError, UnreadableError) as error:
        return Published(source, trouble=str(error))


def _maven(source: Source) -> Published:
    return Published(source, of_maven(fetch(source.url)))


def _yum(source: Source) -> Published:
    primary = primary_of(fetch(below(source.url, "repodata/repomd.xml")))
    body = verified(fetch(below(source.url, primary.path)), primary.sha256)
    return _of_packages(source, of_yum(unpacked(primary.path, body)))


def _debian(source: Source) -> Published:
    return _of_packages(source, of_debian(unpacked(urlsplit(source.url).path, fetch(source.url))))


def _of_packages(source: Source, packages: tuple[Package, ...]) -> Published:
    return Published(source, frozenset(each.version for each in packages if each.name != "cypher-shell"), packages)


def _docker_hub(source: Source) -> Published:
    address, versions = _with(source.url, f"page_size={PER_PAGE}"), frozenset[Version]()
    for _ in range(MOST_PAGES):
        found, following = of_docker_hub(fetch(address))
        versions |= found
        if not following:
            break
        if urlsplit(following).netloc != urlsplit(source.url).netloc:
            raise NotFetchedError("continues on another host, which is not followed")
        address = following
    return _tagged(source, versions)


def _github(source: Source) -> Published:
    versions = frozenset[Version]()
    for number in range(1, MOST_PAGES + 1):
        body = fetch(_with(source.url, f"per_page={PER_PAGE}&page={number}"))
        if body.strip() == b"[]":
            break
        versions |= of_github(body)
    return _tagged(source, versions)


def _tagged(source: Source, versions: frozenset[Version]) -> Published:
    if not versions:
        raise UnreadableError("lists no versions of Neo4j")
    return Published(source, versions)


def _with(url: str, query: str) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}"


KINDS: Final[Mapping[str, Callable[[Source], Published]]] = {
    "maven": _maven,
    "yum": _yum,
    "debian": _debian,
    "docker-hub": _docker_hub,
    "github": _github,
}
