"""What a repository's Terraform asks for: versions, providers, modules; and which of its directories are applied. Pure, but for the reading of files."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from credex_actions.maintenance.infrastructure.hcl import Block, Literal, UnreadableError, read
from credex_actions.maintenance.repository.tree import Tree

LOCK: Final = ".terraform.lock.hcl"
HOST: Final = "registry.terraform.io"
"""Of an address that names no host. Source: Terraform docs, "Provider Requirements"."""
ADDRESS: Final = re.compile(r"(?:([\w.-]+\.[\w.:-]+|localhost:[0-9]+)/)?([\w-]+)/([\w-]+)")
MODULE: Final = re.compile(r"(?:([\w.-]+\.[\w.:-]+|localhost:[0-9]+)/)?([\w-]+)/([\w-]+)/([\w-]+)(?://.*)?")
OFF_HOSTS: Final = frozenset(("github.com", "bitbucket.org", "gitlab.com"))


@dataclass(frozen=True)
class Provider:
    """`address`: host/namespace/type, as the lock file has it. `constraint`: None where there is none."""

    address: str
    constraint: str | None
    file: str
    line: int


@dataclass(frozen=True)
class Module:
    name: str
    source: str
    version: str | None
    file: str
    line: int

    @property
    def registry(self) -> str:
        """host/namespace/name/provider; empty for one of another kind."""
        found = MODULE.fullmatch(self.source)
        if not found or found[1] in OFF_HOSTS or self.source.startswith("."):
            return ""
        return f"{found[1] or HOST}/{found[2]}/{found[3]}/{found[4]}"


@dataclass
class Directory:
    """`path`: below the repository, "" for itself. `applied`: it has a backend, a configured provider or a lock file, and nothing calls it."""

    path: str
    required: list[tuple[str, str, int]] = field(default_factory=list)  # constraint, file, line
    providers: list[Provider] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    locked: dict[str, Literal] = field(default_factory=dict)
    configured: bool = False
    called: bool = False

    @property
    def lock(self) -> str:
        return posixpath.join(self.path, LOCK)

    @property
    def applied(self) -> bool:
        return not self.called and (self.configured or bool(self.locked))

    @property
    def shown(self) -> str:
        return self.path or "."


def directories(tree: Tree) -> Mapping[str, Directory]:
    """Files that cannot be read are `terraform validate`'s business."""
    found: dict[str, Directory] = {}
    for file in tree.files:
        folder, _, name = file.rpartition("/")
        if name.endswith(".tf") or name == LOCK:
            try:
                root = read(tree.text(file))
            except UnreadableError:
                continue
            _take(found.setdefault(folder, Directory(folder)), root, file)
    for each in list(found.values()):
        for module in each.modules:
            if module.source.startswith("."):
                called = found.get(posixpath.normpath(posixpath.join(each.path, module.source)).removeprefix("./"))
                if called:
                    called.called = True
    return {path: each for path, each in found.items() if each.required or each.providers or each.modules or each.locked or each.configured}


def _take(directory: Directory, root: Block, file: str) -> None:
    if file.endswith(LOCK):
        for block in root.of_kind("provider"):
            if block.labels and "version" in block.attributes:
                directory.locked[block.labels[0]] = block.attributes["version"]
        return
    for block in root.blocks:
        if block.kind == "terraform":
            _of_settings(directory, block, file)
        elif block.kind == "provider":
            directory.configured = True
        elif block.kind == "module" and block.labels and (source := block.attributes.get("source")) and source.text:
            version = block.attributes.get("version")
            directory.modules.append(
                Module(block.labels[0], source.text, version.text if version else None, file, (version or source).line)
            )


def _of_settings(directory: Directory, block: Block, file: str) -> None:
    if (required := block.attributes.get("required_version")) and required.text:
        directory.required.append((required.text, file, required.line))
    directory.configured = directory.configured or any(each.kind in {"backend", "cloud"} for each in block.blocks)
    for providers in block.of_kind("required_providers"):
        directory.providers += _providers(providers, file)


def _providers(block: Block, file: str) -> Iterator[Provider]:
    for each in block.blocks:
        source, version = (each.attributes.get(name) for name in ("source", "version"))
        text = source.text if source else f"hashicorp/{each.kind}"
        found = ADDRESS.fullmatch(text or "")
        if found:
            address = f"{found[1] or HOST}/{found[2]}/{found[3]}"
            yield Provider(address, version.text if version else None, file, version.line if version else each.line)
    for name, literal in block.attributes.items():  # the form before 0.13: aws = "~> 2.0"
        if literal.text:
            yield Provider(f"{HOST}/hashicorp/{name}", literal.text, file, literal.line)
