"""Sources of versions on loopback: Maven's metadata, a yum repository with real files, a Debian index, tags of Docker Hub and GitHub. Each can lie."""

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.pages import on_loopback

VERSIONS = ("5.25.1", "5.26.0", "5.26.9", "5.26.16", "2025.09.0", "2025.10.1")
PRE_RELEASES = ("5.0.0-alpha03", "5.26.17-rc1", "2026.01.0-SNAPSHOT")
PACKAGES = ("neo4j", "neo4j-enterprise", "cypher-shell")


def package(name: str, version: str) -> bytes:
    """A package file that is nothing but its lead, as the RPM file format has it; the sandbox's dnf reads that."""
    return b"\xed\xab\xee\xdb\x03\x00\x00\x00\x00\xff" + f"{name}-{version}-1".encode().ljust(66, b"\0") + bytes(20)


def path_of(name: str, version: str) -> str:
    return f"{name}-{version}-1.noarch.rpm"


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def maven(versions: Sequence[str]) -> bytes:
    """<release> is an older version that was published last."""
    listed = "".join(f"<version>{each}</version>" for each in (*versions, *PRE_RELEASES))
    inside = f"<latest>5.25.1</latest><release>5.25.1</release><versions>{listed}</versions>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<metadata><artifactId>neo4j</artifactId><versioning>{inside}</versioning></metadata>'.encode()


def primary(versions: Sequence[str]) -> bytes:
    parts = [
        f'<package type="rpm"><name>{name}</name><arch>noarch</arch><version epoch="0" ver="{version}" rel="1"/>'
        f'<checksum type="sha256" pkgid="YES">{digest(package(name, version))}</checksum><location href="{path_of(name, version)}"/></package>'
        for version in (*versions, "5.26.17.rc1")
        for name in (*PACKAGES, "neo4j-java17-adapter")
    ]
    return f'<?xml version="1.0"?><metadata xmlns="http://linux.duke.edu/metadata/common">{"".join(parts)}</metadata>'.encode()


def repomd(checksum: str) -> bytes:
    data = f'<data type="primary"><checksum type="sha256">{checksum}</checksum><location href="repodata/primary.xml.gz"/></data>'
    return f'<?xml version="1.0"?><repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1</revision>{data}</repomd>'.encode()


def debian(versions: Sequence[str]) -> bytes:
    paragraphs = [
        f"Package: {name}\nVersion: 1:{version}\nDescription: a graph\n database\nFilename: pool/{name}_{version}_all.deb\nSHA256: {digest(package(name, version))}\n"
        for version in versions
        for name in PACKAGES
    ]
    return "\n".join(paragraphs).encode()


@dataclass
class Sources:
    """`versions`: by kind, what it publishes. `files`: given instead of what a path has. `asked`: paths, in order."""

    url: str = ""
    versions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def of(self, kind: str) -> tuple[str, ...]:
        return self.versions.get(kind, VERSIONS)

    def address(self, kind: str) -> str:
        paths = {
            "maven": "maven-metadata.xml",
            "yum": "yum/",
            "debian": "debian/Packages.gz",
            "docker-hub": "hub/tags",
            "github": "github/tags",
        }
        return f"{self.url}/{paths[kind]}"

    def yaml(self, *kinds: str) -> str:
        """For `image.sources`."""
        return "[" + ", ".join(f'{{kind: {kind}, url: "{self.address(kind)}"}}' for kind in kinds) + "]"

    def answer(self, target: str) -> bytes | None:
        parts = urlsplit(target)
        path, number = parts.path, int(parse_qs(parts.query).get("page", ["1"])[0])
        self.asked.append(path)
        if path in self.files:
            return self.files[path]
        compressed = gzip.compress(primary(self.of("yum")), mtime=0)
        files = {
            "/maven-metadata.xml": maven(self.of("maven")),
            "/yum/repodata/repomd.xml": repomd(digest(compressed)),
            "/yum/repodata/primary.xml.gz": compressed,
            "/debian/Packages.gz": gzip.compress(debian(self.of("debian"))),
        }
        files |= {f"/yum/{path_of(name, version)}": package(name, version) for version in self.of("yum") for name in PACKAGES}
        if path in {"/hub/tags", "/github/tags"}:
            kind = "docker-hub" if path.startswith("/hub") else "github"
            page = [{"name": each} for each in ("latest", *self.of(kind), "5.26.16-community")][2 * number - 2 : 2 * number]
            following = f"{self.url}{path}?page_size=100&page={number + 1}" if page else None
            return json.dumps({"count": 9, "next": following, "results": page} if kind == "docker-hub" else page).encode()
        return files.get(path)


@contextmanager
def serving() -> Iterator[Sources]:
    sources = Sources()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there = sources.redirects.get(urlsplit(self.path).path)
            if there:
                self.send_response(302)
                self.send_header("Location", there)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = sources.answer(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with on_loopback(Handler) as sources.url:
        yield sources
