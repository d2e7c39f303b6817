"""Puts the tree of a tag together, and packs it: the same commit gives the same bytes, whoever builds, wherever and whenever."""

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from releasing import contents, links, packages
from releasing.contents import File

REPOSITORY: Final = "https://github.com/Great-Sun-Group/credex-actions"
MOST_BYTES: Final = 12_000_000
"""Unpacked. A job fetches and unpacks the tree once, before its first step."""


class TooLargeError(Exception):
    pass


def files(root: Path, version: str, changelog: str, source: str) -> list[File]:
    """Everything in the tree, by path. `source`: the commit that it is built from."""
    replaced = {"CHANGELOG.md": changelog.encode(), "credex_actions/_version.py": version_module(version).encode()}
    own = [each._replace(content=replaced.get(each.path, each.content)) for each in contents.of_working_tree(root)]
    present = {each.path for each in own}
    own = [_linked(each, present, f"{REPOSITORY}/blob/{source}") for each in own]
    with tempfile.TemporaryDirectory() as scratch:
        fetched = Path(scratch) / "packages"
        packages.fetch(root / "actions" / "requirements", fetched)
        theirs = [File(f"packages/{path}", content) for path, content in packages.carried(fetched)]
    everything = sorted([*own, *theirs])
    size = sum(len(each.content) for each in everything)
    if size > MOST_BYTES:
        raise TooLargeError(f"the release has {size:,} bytes, and may have {MOST_BYTES:,}: see releasing/packages.py for what is carried")
    return everything


def _linked(file: File, present: set[str], address: str) -> File:
    if not file.path.endswith(".md"):
        return file
    return file._replace(content=links.at_source(file.content.decode(), file.path, present, address).encode())


def version_module(version: str) -> str:
    return f'"""The suite\'s version, below everything that names it."""\n\n__version__ = "{version}"\n'


def write(everything: Iterable[File], folder: Path, seconds: int) -> None:
    """`seconds`: since the epoch, for all times (SOURCE_DATE_EPOCH)."""
    for each in everything:
        file = folder / each.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(each.content)
        file.chmod(_mode(each))
        os.utime(file, (seconds, seconds))
    for parent in [*(path for path in folder.rglob("*") if path.is_dir()), folder]:
        parent.chmod(0o755)
        os.utime(parent, (seconds, seconds))


def pack(everything: Iterable[File], archive: Path, seconds: int) -> None:
    """A tar.gz with one folder, named as the archive is."""
    top = archive.name.removesuffix(".tar.gz")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for each in everything:
            entry = tarfile.TarInfo(f"{top}/{each.path}")
            entry.size, entry.mode, entry.mtime = len(each.content), _mode(each), seconds
            tar.addfile(entry, io.BytesIO(each.content))
    with archive.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=seconds) as packed:
        packed.write(buffer.getvalue())


def _mode(file: File) -> int:
    return 0o755 if file.executable else 0o644


def identity(everything: Iterable[File]) -> str:
    """As git names this tree: `git rev-parse v1.0.0^{tree}` tells the same of the tag."""
    folders: dict[str, list[File]] = {}
    entries: dict[str, bytes] = {}
    for each in everything:
        name, _, rest = each.path.partition("/")
        if rest:
            folders.setdefault(name, []).append(each._replace(path=rest))
        else:
            entries[name] = f"{_mode(each) | 0o100000:o} {name}\0".encode() + bytes.fromhex(_object("blob", each.content))
    for name, inside in folders.items():
        entries[f"{name}/"] = f"40000 {name}\0".encode() + bytes.fromhex(identity(inside))
    return _object("tree", b"".join(entries[name] for name in sorted(entries)))


def _object(kind: str, content: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
