"""fetch.py REQUIREMENTS FOLDER: fetches the pinned wheels all at once and unpacks them into FOLDER; for machines without uv, where pip takes several times as long.

Every file is checked against the hashes in REQUIREMENTS before it is unpacked. It can do the plain case only: one index that answers in JSON
(PEP 691) without a password, and wheels that are just unpacked. Anything else, and any trouble, ends with exit code 1, and pip is asked instead.
Which index, and which wheels fit this interpreter, it takes from pip, so that both mean the same.
"""

import gzip
import hashlib
import json
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from io import BytesIO
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

from pip._internal.models.index import PyPI
from pip._vendor.packaging.tags import sys_tags

SECONDS = 20
"""Without a byte for so long, a connection is given up."""

JSON = "application/vnd.pypi.simple.v1+json"


class NotPlain(Exception):
    """Something that pip has to look at."""


class Pinned(NamedTuple):
    name: str
    hashes: frozenset[str]  # sha256, in hex: those of all wheels of the one version


def pinned(text: str) -> Iterator[Pinned]:
    """The requirements of a file as `uv pip compile --generate-hashes` writes it."""
    for entry in text.replace("\\\n", " ").splitlines():
        found = re.fullmatch(r"([A-Za-z0-9._-]+)==\S+((?:\s+--hash=sha256:[0-9a-f]{64})+)\s*", entry)
        if found is None:
            raise NotPlain(f"a requirement that is more than a name, a version and hashes: {entry[:60]}")
        yield Pinned(found[1], frozenset(re.findall(r"sha256:([0-9a-f]{64})", found[2])))


def read(url: str, accept: str) -> bytes:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise NotPlain("an index that is not accessed with HTTP")
    headers = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": "credex-actions"}
    with urlopen(Request(url, headers=headers), timeout=SECONDS) as answer:  # noqa: S310 - the scheme is checked above
        body = answer.read()
        return gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body


def wheel(index: str, wanted: Pinned, ranks: dict[str, int]) -> bytes:
    """The best of the pinned wheels that fit this interpreter."""
    page = urljoin(index, f"{re.sub('[-_.]+', '-', wanted.name).lower()}/")
    files = json.loads(read(page, JSON))["files"]
    fitting = [(rank(each["filename"], ranks), each) for each in files if each["hashes"].get("sha256") in wanted.hashes]
    best, chosen = min(fitting, key=lambda pair: pair[0], default=(len(ranks), None))
    if chosen is None or best == len(ranks):
        raise NotPlain(f"no wheel of {wanted.name} for this interpreter")
    content = read(urljoin(page, chosen["url"]), "*/*")
    if hashlib.sha256(content).hexdigest() not in wanted.hashes:
        raise NotPlain(f"{wanted.name} is not what is pinned")
    return content


def rank(filename: str, ranks: dict[str, int]) -> int:
    """How well a wheel fits: 0 is best, len(ranks) is not at all."""
    if not filename.endswith(".whl"):
        return len(ranks)
    python, abi, platform = (part.split(".") for part in filename.removesuffix(".whl").rsplit("-", 3)[1:])
    return min((ranks.get(f"{a}-{b}-{c}", len(ranks)) for a in python for b in abi for c in platform), default=len(ranks))


def unpack(content: bytes, folder: str) -> None:
    """Scripts are left out: nothing here is put on PATH."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if not re.match(r"[^/]+\.data/scripts/", name)]
        if any(re.match(r"[^/]+\.data/", name) for name in names):
            raise NotPlain("a wheel with files that belong elsewhere")
        archive.extractall(folder, names)  # the pinned file, and zipfile keeps names inside the folder


def main() -> int:
    requirements, folder = sys.argv[1:]
    index = os.environ.get("PIP_INDEX_URL") or PyPI.simple_url
    if "@" in urlsplit(index).netloc:
        return 1
    ranks = {str(tag): position for position, tag in enumerate(sys_tags())}
    try:
        with open(requirements, encoding="utf-8") as file:
            wanted = list(pinned(file.read()))
        with ThreadPoolExecutor(len(wanted)) as pool:
            for content in as_completed([pool.submit(wheel, f"{index.rstrip('/')}/", each, ranks) for each in wanted]):
                unpack(content.result(), folder)
    except (NotPlain, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"falling back to pip: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
