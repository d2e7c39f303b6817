"""Versions of Neo4j: read from what sources publish, chosen only where two kinds of them agree, and allowed only by Neo4j's own rules."""

import gzip
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.faults import Exit
from credex_actions.neo4j.configuration.model import Image, Source
from credex_actions.rollout.checking import discovered, judged, verdict
from credex_actions.rollout.running import Running
from credex_actions.rollout.versions import sources
from credex_actions.rollout.versions.agreement import Newest, doubt_about, newest_beyond, newest_of, packages_of
from credex_actions.rollout.versions.indexes import UnreadableError, of_debian, of_docker_hub, of_github, of_maven, of_yum, primary_of
from credex_actions.rollout.versions.paths import end_of_life, java_of, path, release_notes
from credex_actions.rollout.versions.sources import Published
from credex_actions.rollout.versions.version import Series, Version, read_series, read_version
from tests import version_sources
from tests.version_sources import VERSIONS, Sources, serving

LTS = Series(5, 26)
TODAY = date(2026, 11, 28)


def version(text: str) -> Version:
    found = read_version(text)
    assert found
    return found


def says(kind: str, *texts: str) -> Published:
    return Published(Source(kind=kind, url=f"https://{kind}.example/"), frozenset(map(version, texts)))  # type: ignore[arg-type] # one of the kinds


@given(st.builds(Version, st.sampled_from([4, 5, 2025, 2026]), st.integers(0, 99), st.integers(0, 999)))
def test_a_version_is_read_as_it_is_written(made: Version) -> None:
    assert read_version(str(made)) == made
    assert read_series(str(made.series)) == made.series


@pytest.mark.parametrize(
    "text",
    [
        "5.26",
        "5.26.17-rc1",
        "5.0.0-alpha03",
        "latest",
        "5.26.16-community",
        "1:5.26.16",
        " 5.26.16",
        "5.26.16\n",
        "\N{ARABIC-INDIC DIGIT FIVE}.26.1",
        "",
    ],
)
def test_what_is_no_release_is_no_version(text: str) -> None:
    assert read_version(text) is None


def test_versions_are_ordered_by_number_and_calendar_months_have_two_digits() -> None:
    assert max(map(version, VERSIONS[:4])) == version("5.26.16")
    assert str(version("2025.1.0")) == "2025.01.0"
    assert version("5.26.16") < version("2025.01.0")


def test_the_list_of_versions_counts_and_neither_release_nor_latest() -> None:
    assert of_maven(version_sources.maven(VERSIONS)) == frozenset(map(version, VERSIONS))


def test_packages_have_the_checksum_that_the_index_publishes() -> None:
    packages = of_yum(version_sources.primary(VERSIONS))
    assert {each.version for each in packages} == set(map(version, VERSIONS))
    (shell,) = [each for each in packages if each.name == "cypher-shell" and each.version == version("5.26.16")]
    assert shell.path == "cypher-shell-5.26.16-1.noarch.rpm"
    assert shell.sha256 == version_sources.digest(version_sources.package("cypher-shell", "5.26.16"))
    assert {(each.name, each.version, each.sha256) for each in of_debian(version_sources.debian(VERSIONS))} == {
        (each.name, each.version, each.sha256) for each in packages
    }


@pytest.mark.parametrize(
    "href", ["../../etc/passwd.rpm", "https://elsewhere.example/neo4j.rpm", "/neo4j.rpm", "neo4j';id;'.rpm", "a b.rpm", "neo4j.txt"]
)
def test_a_package_elsewhere_than_below_its_repository_is_none(href: str) -> None:
    text = version_sources.primary(["5.26.16"]).decode()
    for name in version_sources.PACKAGES:
        text = text.replace(version_sources.path_of(name, "5.26.16"), href)
    with pytest.raises(UnreadableError, match="no package"):
        of_yum(text.encode())


BOMB = b'<?xml version="1.0"?><!DOCTYPE metadata [<!ENTITY a "b">]><metadata>&a;</metadata>'
BROKEN = {
    "a page": b"<html><p>Sign in</html>",
    "nothing": b"",
    "an error in XML": b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "entities": BOMB,
    "UTF-16": version_sources.maven(VERSIONS).decode().encode("utf-16"),
    "noise": bytes(range(256)),
    "deep JSON": b"[" * 100_000,
    "a number": b"5",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("read", [of_maven, of_yum, of_debian, of_github, of_docker_hub, primary_of])
def test_what_is_no_index_is_told_in_a_sentence(read: object, body: bytes) -> None:
    assert callable(read)
    with pytest.raises(UnreadableError):
        read(body)


def test_tags_of_one_edition_or_platform_are_no_versions() -> None:
    assert of_github(b'[{"name": "5.26.16"}, {"name": "5.26.17-drop01.0"}, {"nom": 1}, 3]') == {version("5.26.16")}
    assert of_docker_hub(b'{"results": [{"name": "5.26.16-ubi9"}, {"name": "5.26.9"}], "next": null}') == (
        frozenset({version("5.26.9")}),
        "",
    )


AGREEMENTS: dict[str, tuple[list[Published], Newest | str]] = {
    "two kinds that agree": ([says("maven", "5.26.9", "5.26.16"), says("yum", "5.26.16", "2025.01.0")], Newest(version("5.26.16"))),
    "one kind has less of the past": ([says("maven", "5.26.0", "5.26.16"), says("github", "5.26.16")], Newest(version("5.26.16"))),
    "one that is ahead": ([says("maven", "5.26.15", "5.26.16"), says("yum", "5.26.15")], "maven says 5.26.16; yum says 5.26.15"),
    "one alone": ([says("maven", "5.26.16")], "only maven names versions of 5.26"),
    "two repositories of one kind": ([says("yum", "5.26.16"), says("yum", "5.26.16")], "only yum names versions of 5.26"),
    "one that does not answer": (
        [says("maven", "5.26.16"), Published(Source(kind="yum", url="https://y/"), trouble="is away")],
        "only maven",
    ),
    "one that has nothing of the series": ([says("maven", "5.26.16"), says("yum", "2025.01.0")], "only maven"),
    "none at all": ([says("maven", "5.25.1")], "no source names a version of 5.26"),
    "two of three, and one behind": (
        [says("maven", "5.26.16", "5.26.9"), says("yum", "5.26.16", "5.26.9"), says("docker-hub", "5.26.9")],
        "docker-hub says 5.26.9",
    ),
}


@pytest.mark.parametrize(("published", "then"), AGREEMENTS.values(), ids=AGREEMENTS)
def test_the_newest_version_is_the_one_on_which_two_kinds_of_sources_agree(published: list[Published], then: Newest | str) -> None:
    got = newest_of(LTS, published)
    if isinstance(then, Newest):
        assert got == then
    else:
        assert then in got.doubt


def test_a_version_that_is_asked_for_has_two_witnesses_as_well() -> None:
    published = [says("maven", "5.26.15", "5.26.16"), says("yum", "5.26.15")]
    assert doubt_about(version("5.26.15"), published) == ""
    assert "only maven names 5.26.16" in doubt_about(version("5.26.16"), published)
    assert "no source names 5.26.17" in doubt_about(version("5.26.17"), published)
    assert discovered(LTS, version("5.26.17"), tuple(published)).target is None


def test_sources_that_do_not_respond_are_a_failure_to_look_and_those_that_contradict_each_other_are_refused() -> None:
    away = Published(Source(kind="yum", url="https://y/"), trouble="is away")
    assert discovered(LTS, None, (says("maven", "5.26.16"), away)).code is Exit.REMOTE
    assert discovered(LTS, None, (away,)).code is Exit.REMOTE
    assert discovered(LTS, None, (says("maven", "5.26.16"), says("github", "5.26.9"), away)).code is Exit.REFUSED
    assert discovered(LTS, None, (says("maven", "5.26.16"),)).code is Exit.REFUSED


def test_the_next_series_is_the_newest_that_two_name() -> None:
    published = [says("maven", "5.26.16", "2025.09.0", "2025.10.1", "2026.01.0"), says("yum", "5.26.16", "2025.09.0", "2025.10.1")]
    assert newest_beyond(LTS, published) == Newest(version("2025.10.1"))
    assert newest_beyond(Series(2025, 10), published) == Newest(None)


PATHS = {
    ("5.26.0", "5.26.16"): "",
    ("5.13.0", "5.26.16"): "",
    ("5.26.16", "2025.10.1"): "",
    ("2025.01.0", "2025.10.1"): "",
    ("5.25.1", "2025.10.1"): "leads through 5.26",
    ("4.4.40", "5.26.16"): "neo4j-admin database migrate",
    ("4.4.40", "2025.10.1"): "neo4j-admin database migrate",
    ("5.26.16", "5.26.0"): "does not support downgrades",
    ("2025.10.1", "5.26.16"): "does not support downgrades",
}


@pytest.mark.parametrize(("way", "why"), PATHS.items(), ids=lambda each: " to ".join(each) if isinstance(each, tuple) else "")
def test_a_path_is_allowed_as_neo4j_allows_it(way: tuple[str, str], why: str) -> None:
    refused = path(*map(version, way)).refused
    assert why in refused
    assert bool(refused) == bool(why)


def test_another_java_and_a_store_that_cannot_go_back_are_told() -> None:
    notes = " ".join(path(version("5.26.16"), version("2025.10.1")).notes)
    assert "Java 21" in notes
    assert "refused by 5.26.16" in notes
    assert path(version("5.26.0"), version("5.26.16")).notes == ()
    assert [java_of(version(each)) for each in ("5.26.16", "2025.01.0")] == [17, 21]


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (LTS, "supported until June 2028"),
        (Series(4, 4), "not been supported since November 2025"),
        (Series(5, 25), "no longer supported"),
        (Series(2025, 10), "until the next release"),
    ],
)
def test_the_end_of_life_is_told(series: Series, words: str) -> None:
    assert words in end_of_life(series, TODAY)


def test_release_notes_have_a_page_from_2025_on() -> None:
    assert release_notes(version("2025.06.0")).endswith("/neo4j-2025-06-0/")
    assert release_notes(version("5.26.16")).endswith("/database/")


THERE = discovered(LTS, None, (says("maven", *VERSIONS), says("yum", *VERSIONS)))
CHECKS = {
    "5.26.16": ("current", "the newest of 5.26"),
    "5.26.0": ("newer-version", "5.26.16 can replace it"),
    "4.4.40": ("newer-version-refused", "migrate"),
    "2025.09.0": ("current", "newer than the series 5.26"),
    "5.26.17": ("current", "does not support downgrades"),
}


@pytest.mark.parametrize(("runs", "then"), CHECKS.items(), ids=CHECKS)
def test_a_database_is_judged(runs: str, then: tuple[str, str]) -> None:
    result = judged("core", Running(version(runs)), THERE, TODAY)
    assert result.outcome == then[0]
    assert then[1] in result.says


def test_the_verdict_is_of_all_databases_and_none_where_one_is_not_known() -> None:
    old, new = (judged("core", Running(version(each)), THERE, TODAY) for each in ("5.26.0", "5.26.16"))
    lost = judged("core", Running(version("5.26.0")), discovered(LTS, None, (says("maven", "5.26.16"),)), TODAY)
    assert verdict([old, new]) == "newer-version"
    assert verdict([new]) == "current"
    assert lost.outcome == "unknown"
    assert verdict([new, lost]) is None
    assert verdict([old, lost]) == "newer-version"


def test_the_path_beyond_the_series_is_told() -> None:
    notes = judged("core", Running(version("5.26.16")), THERE, TODAY).notes
    assert "2025.10.1 is the newest of 2025.10: the path allows it" in notes
    assert any("leads through 5.26" in note for note in judged("core", Running(version("5.13.0")), THERE, TODAY).notes)


def test_the_files_to_install_are_all_of_one_repository() -> None:
    packages = of_yum(version_sources.primary(["5.26.16"]))
    half = says("yum", "5.26.16")._replace(packages=packages[:1])
    whole = says("yum", "5.26.16")._replace(packages=packages)
    found = list(packages_of(version("5.26.16"), ["cypher-shell", "neo4j"], [half, whole]))
    assert [package.name for _, package in found] == ["cypher-shell", "neo4j"]
    assert list(packages_of(version("5.26.15"), ["neo4j"], [half, whole])) == []


def test_the_default_sources_are_of_two_kinds() -> None:
    assert len({each.kind for each in sources.of(Image())}) == 2


@pytest.fixture(scope="module")
def server() -> Iterator[Sources]:
    with serving() as made:
        yield made


@pytest.fixture
def there(server: Sources) -> Sources:
    server.files.clear()
    server.redirects.clear()
    server.versions.clear()
    return server


@pytest.mark.parametrize("kind", ["maven", "yum", "debian", "docker-hub", "github"])
def test_each_kind_of_source_is_read_to_its_last_page(there: Sources, kind: str) -> None:
    got = sources.ask(Source(kind=kind, url=there.address(kind)))  # type: ignore[arg-type] # one of the kinds
    assert got.trouble == ""
    assert got.versions == frozenset(map(version, VERSIONS))
    assert bool(got.packages) == (kind in {"yum", "debian"})


def test_an_index_that_is_not_the_one_that_its_repository_vouches_for_is_not_read(there: Sources) -> None:
    there.files["/yum/repodata/primary.xml.gz"] = gzip.compress(version_sources.primary(["5.26.99"]))
    assert "mismatch: its SHA-256" in sources.ask(Source(kind="yum", url=there.address("yum"))).trouble


def test_what_cannot_be_had_is_told_in_a_sentence(there: Sources) -> None:
    def trouble(kind: str, name: str, body: bytes) -> str:
        there.files[name] = body
        return sources.ask(Source(kind=kind, url=there.address(kind))).trouble  # type: ignore[arg-type] # one of the kinds

    assert "lists no versions" in trouble("maven", "/maven-metadata.xml", b"<html>hello</html>")
    assert "cannot be unpacked" in trouble("debian", "/debian/Packages.gz", gzip.compress(b"Package: neo4j")[:-4])
    assert "larger than 128 MiB when unpacked" in trouble("debian", "/debian/Packages.gz", gzip.compress(b"\0" * (129 << 20), 1))
    assert "answers 404" in sources.ask(Source(kind="maven", url=f"{there.url}/nowhere")).trouble
    assert "cannot be reached" in sources.ask(Source(kind="maven", url="http://127.0.0.1:1/metadata.xml")).trouble
    assert sources.ask(Source(kind="maven", url="http://127.0.0.1:99999/metadata.xml")).trouble


def test_a_redirect_to_another_host_is_not_followed_and_one_on_the_same_host_is(there: Sources) -> None:
    there.redirects["/maven-metadata.xml"] = "http://127.0.0.1:1/maven-metadata.xml"
    source = Source(kind="maven", url=there.address("maven"))
    assert "redirects to http://127.0.0.1:1, which is not followed" in sources.ask(source).trouble
    there.redirects["/maven-metadata.xml"] = f"{there.url}/moved.xml"
    there.files["/moved.xml"] = version_sources.maven(VERSIONS)
    assert sources.ask(source).versions == frozenset(map(version, VERSIONS))


def test_numbers_decide_and_not_letters() -> None:
    written = ["5.9.0", "5.10.0", "5.26.9", "5.26.10", "2025.09.0", "2025.10.0"]
    assert all(before < after for before, after in pairwise(map(version, written)))
