"""The packages that a release carries: those of its commands that need nothing compiled, as their wheels have them and as actions/requirements pins them.

The wheels are always those for one interpreter on one platform, whoever builds: of packages that have a compiled part beside the pure one (PyYAML, charset-normalizer)
the pure part is the same in all, and they do without the other.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from credex_actions.generation.carried import COMMANDS
from releasing import services

LISTS: Final = (*COMMANDS, "render-task-definition-from-aws")
"""Those of actions/requirements whose packages are carried."""

COMPILED: Final = ("cffi", "cryptography", "pycparser", "pynacl")
"""What there is no pure Python of, or what is needed for that alone: a command that needs one of these installs its whole list, as on a branch (actions/start.py)."""

NOT_NEEDED: Final = re.compile(
    r"""
    (bin|tests|jsonpatch-stubs|jsonpointer-stubs|_yaml)/ | jsonpatch_cli\.py
    | boto3/(data|examples)/ | botocore/cacert\.pem   # of boto3's resources, while the suite has clients only; certifi's authorities are taken
    | dateutil/zoneinfo/.+\.tar\.gz | urllib3/contrib/emscripten/
    | [^/]+\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_cache\.json|WHEEL|top_level\.txt|entry_points\.txt|zip-safe) # of an installation
    | .*(\.so|\.pyd|\.dylib|\.pyi|/py\.typed|\.pyc)$
    """,
    re.VERBOSE,
)


class NotCarriedError(Exception):
    """A list has changed, and with it what has to be decided here."""


def pinned(lists: Path) -> str:
    """One list of what all commands need, each package once."""
    entries: dict[str, str] = {}
    for command in LISTS:
        for entry in (lists / f"{command}.txt").read_text().replace("\\\n", " ").splitlines():
            name = entry.partition("==")[0]
            if entries.setdefault(name, entry) != entry:
                raise NotCarriedError(f"{name} has two versions in {lists.name}: run script/lock")
    return "".join(f"{entries[name]}\n" for name in sorted(entries) if name not in COMPILED)


def fetch(lists: Path, folder: Path) -> None:
    """Unpacks the pinned wheels into `folder`; uv checks their hashes and keeps what it has fetched."""
    folder.mkdir(parents=True)
    requirements = folder.with_suffix(".txt")
    requirements.write_text(pinned(lists))
    command = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--no-config", "--python", sys.executable]
    command += ["--target", str(folder), "--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28", "--link-mode", "copy"]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirements", str(requirements)]
    subprocess.run(command, check=True)


def carried(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What of the unpacked wheels a release has: path and content, in order."""
    data = folder / "botocore" / "data"
    newest = services.newest_versions(data)
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        if not file.is_file() or NOT_NEEDED.match(path) or "/__pycache__/" in path or path == ".lock":
            continue
        if not path.startswith("botocore/data/") or services.is_kept(path.removeprefix("botocore/data/"), newest):
            yield path, _content(file, data)


def _content(file: Path, data: Path) -> bytes:
    """Of what a package says about itself the part that tools read: the page for its index is left out."""
    if file == data / "endpoints.json":
        return services.endpoints(data)
    content = file.read_bytes()
    if file.name == services.FILES[0]:
        return services.without_documentation(content)
    return content.partition(b"\n\n")[0] + b"\n" if file.name == "METADATA" else content
