"""dnf and rpm, as far as scripts install Neo4j with them: from package files, whose names are read from the files themselves.

What is installed is a list on the root volume, so that an image carries it along; with the package neo4j the instance is one that runs this version.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from credex_actions.sandbox.aws.ec2.machine import INSTALLED
from credex_actions.sandbox.aws.ssm.programs.program import Call, Said, failed

LIST: Final = Path("var/lib/rpm/sandbox-packages")
LEAD: Final = 96
MAGIC: Final = b"\xed\xab\xee\xdb"
NAME: Final = slice(10, 76)
"""Where a package file has its name, version and release. Source: RPM file format, "Lead"."""
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {"neo4j": ("cypher-shell", "java-"), "cypher-shell": ("java-",)}
SERVER: Final = "neo4j"


def dnf(call: Call) -> Said:
    words = [word for word in call.words if not word.startswith("-")]
    if words[:1] != ["install"] or len(words) == 1:
        return failed("sandbox: only dnf install PACKAGE… is there")
    found = _installed(call)
    chosen: dict[str, str] = {}
    for word in words[1:]:
        if not word.endswith(".rpm"):
            chosen[word] = "0"
            continue
        read = _read(call.folder / word)
        if read is None:
            return failed(f"Error: Failed to open or read the package file {word}")
        chosen[read[0]] = read[1]
    if "neo4j-enterprise" in chosen:
        return failed("sandbox: its Neo4j is Community Edition alone")
    together = found | chosen
    for name, version in chosen.items():
        for needed in NEEDS.get(name, ()):
            if not any(each.startswith(needed) for each in together):
                return failed(f"Error:\n Problem: conflicting requests\n  - nothing provides {needed} needed by {name}-{version}")
    _write(call, together)
    return Said("Complete!\n")


def rpm(call: Call) -> Said:
    """Rpm -q [--queryformat '%{VERSION}'] NAME."""
    words = list(call.words)
    shape = "%{NAME}-%{VERSION}\n"
    for option in ("--queryformat", "--qf"):
        if option in words:
            at = words.index(option)
            shape = words[at + 1] if at + 1 < len(words) else shape
            del words[at : at + 2]
    if words[:1] != ["-q"] or len(words) != 2:  # noqa: PLR2004 - the option and one name
        return failed("sandbox: only rpm -q NAME is there")
    version = _installed(call).get(words[1])
    if version is None:
        return Said(f"package {words[1]} is not installed\n", "", 1)
    return Said(shape.replace("%{NAME}", words[1]).replace("%{VERSION}", version).replace("\\n", "\n"))


def _read(file: Path) -> tuple[str, str] | None:
    try:
        lead = file.read_bytes()[:LEAD]
    except OSError:
        return None
    found = re.fullmatch(rb"(.+)-([^-]+)-[^-]+", lead[NAME].split(b"\0")[0]) if lead.startswith(MAGIC) and len(lead) == LEAD else None
    return (found[1].decode(errors="replace"), found[2].decode(errors="replace")) if found else None


def _installed(call: Call) -> dict[str, str]:
    file = call.machine.root / LIST
    lines = file.read_text().splitlines() if file.exists() else []
    return dict(line.split(" ", 1) for line in lines)


def _write(call: Call, packages: Mapping[str, str]) -> None:
    file = call.machine.root / LIST
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{name} {version}\n" for name, version in sorted(packages.items())))
    if SERVER in packages:
        there = call.machine.root / INSTALLED
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(f"{packages[SERVER]}\n")
