"""What the sources publish, read: Maven's metadata, the indexes of Neo4j's yum and Debian repositories, tags of Docker Hub and of GitHub.

Pure. Whatever cannot be read raises UnreadableError, with what was wrong in words.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET

from credex_actions.rollout.versions.version import Version, read_version

REPOMD: Final = "{http://linux.duke.edu/metadata/repo}"
COMMON: Final = "{http://linux.duke.edu/metadata/common}"
SHA256: Final = re.compile(r"[0-9a-f]{64}")
FILE: Final = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.+~/-]{0,300}\.(rpm|deb)")
PACKAGES: Final = frozenset(("neo4j", "neo4j-enterprise", "cypher-shell"))
EDITIONS: Final = frozenset(("neo4j", "neo4j-enterprise"))


class UnreadableError(Exception):
    """Says in one line why an answer is not the index that it should be."""


class Package(NamedTuple):
    """A file of a package repository. `path`: below the repository's address. `sha256`: of the file, as the index publishes it."""

    name: str
    version: Version
    path: str
    sha256: str


class Part(NamedTuple):
    """A file that another one names and vouches for."""

    path: str
    sha256: str


def of_maven(body: bytes) -> frozenset[Version]:
    """From maven-metadata.xml. Its <release> is what was published last, not the highest: only the list counts."""
    found = _tree(body).findall("./versioning/versions/version")
    return _some((each.text or "" for each in found), "versions")


def primary_of(body: bytes) -> Part:
    """From repodata/repomd.xml: the file that lists the packages."""
    for data in _tree(body).findall(f"{REPOMD}data[@type='primary']"):
        location, checksum = data.find(f"{REPOMD}location"), data.find(f"{REPOMD}checksum[@type='sha256']")
        path = "" if location is None else location.get("href", "")
        digest = "" if checksum is None else (checksum.text or "").strip()
        if re.fullmatch(r"repodata/[A-Za-z0-9_.-]+\.xml(\.gz|\.xz)?", path) and SHA256.fullmatch(digest):
            return Part(path, digest)
    raise UnreadableError("names no primary index in gzip or xz with a SHA-256")


def of_yum(body: bytes) -> tuple[Package, ...]:
    """From primary.xml."""
    found = []
    for each in _tree(body).iter(f"{COMMON}package"):
        name, version = each.findtext(f"{COMMON}name", ""), each.find(f"{COMMON}version")
        location, checksum = each.find(f"{COMMON}location"), each.find(f"{COMMON}checksum")
        if version is None or location is None or checksum is None or checksum.get("type") != "sha256":
            continue
        found.append((name, version.get("ver", ""), location.get("href", ""), (checksum.text or "").strip()))
    return tuple(_packages(found))


def of_debian(body: bytes) -> tuple[Package, ...]:
    """From a Packages file: paragraphs of `Name: value`. An epoch (1:) and a revision (-1) are not the version's. Source: Debian policy, 5.6.12."""
    found = []
    for paragraph in re.split(r"\n\s*\n", _text(body)):
        fields = dict(re.findall(r"^([A-Za-z0-9-]+):[ \t]*(\S*)[ \t]*$", paragraph, re.MULTILINE))
        version = re.sub(r"^[0-9]+:", "", fields.get("Version", "")).partition("-")[0]
        found.append((fields.get("Package", ""), version, fields.get("Filename", ""), fields.get("SHA256", "")))
    return tuple(_packages(found))


def _packages(found: Iterable[tuple[str, str, str, str]]) -> Iterator[Package]:
    some = False
    for name, text, path, digest in found:
        version = read_version(text)
        if name in PACKAGES and version and FILE.fullmatch(path) and SHA256.fullmatch(digest):
            some = True
            yield Package(name, version, path, digest)
    if not some:
        raise UnreadableError("lists no package of Neo4j with a SHA-256")


def of_docker_hub(body: bytes) -> tuple[frozenset[Version], str]:
    """A page of tags, and the address of the next one, "" after the last. `5.26.16-community` is a tag of the version, of one edition."""
    page = _json(body, dict)
    names = [each.get("name") for each in page.get("results") or () if isinstance(each, dict)]
    following = page.get("next") or ""
    return _released(str(name) for name in names), following if isinstance(following, str) else ""


def of_github(body: bytes) -> frozenset[Version]:
    """A page of tags."""
    page = _json(body, list)
    return _released(str(each.get("name")) for each in page if isinstance(each, dict))


def _released(names: Iterable[str]) -> frozenset[Version]:
    return frozenset(version for name in names if (version := read_version(name)))


def _some(names: Iterable[str], what: str) -> frozenset[Version]:
    found = _released(names)
    if not found:
        raise UnreadableError(f"lists no {what} of Neo4j")
    return found


def _tree(body: bytes) -> ET.Element:
    """Without a document type: none of these has one, and entities are how a small file becomes a large one."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\0" in body:
        raise UnreadableError("is not the XML of such an index: it has a document type, or is not UTF-8")
    try:
        return ET.fromstring(body)  # noqa: S314 - entities are refused above
    except ET.ParseError:
        raise UnreadableError("is not XML") from None


def _json(body: bytes, kind: type[Any]) -> Any:
    try:
        value = json.loads(_text(body))
    except (ValueError, RecursionError):
        raise UnreadableError("is not JSON") from None
    if not isinstance(value, kind):
        raise UnreadableError("is not a list of tags")
    return value


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise UnreadableError("is not text") from None
