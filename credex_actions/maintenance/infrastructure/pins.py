"""Versions of Terraform that are named outside of it: in .terraform-version and .tool-versions, and in workflows that set it up. Pure, but for the reading."""

import re
from collections.abc import Iterator
from typing import Final

from credex_actions.maintenance.infrastructure.versions import Pin
from credex_actions.maintenance.repository.tree import Tree
from credex_actions.maintenance.repository.workflows import workflows

SETUP: Final = "hashicorp/setup-terraform"
TOOL: Final = re.compile(r"^terraform\s+([0-9]\S*)", re.MULTILINE)
NPM_RANGE: Final = re.compile(r"[~^]\s*([0-9].*)")


def pins(tree: Tree) -> Iterator[Pin]:
    for file in tree.files:
        name = file.rpartition("/")[2]
        text = tree.text(file) if name in {".terraform-version", ".tool-versions"} else ""
        if name == ".terraform-version" and re.match(r"[0-9]", text):
            yield Pin(text.split()[0], file, 1)
        elif name == ".tool-versions" and (found := TOOL.search(text)):
            yield Pin(found[1], file, text.count("\n", 0, found.start()) + 1)
    for workflow in workflows(tree):
        for use in workflow.uses:
            version = use.inputs.get("terraform_version")
            if use.what.partition("@")[0].lower() == SETUP and version is not None and re.match(r"[~^]?\s*[0-9]", str(version)):
                yield Pin(_constraint(str(version)), use.file, use.number)


def _constraint(version: str) -> str:
    """setup-terraform takes npm's ranges: ~1.11 lets the patch grow, ^1.11 the minor too, and so does 1 or 1.x."""
    version = version.strip()
    found = NPM_RANGE.fullmatch(version)
    if found:
        parts = found[1].split(".")
        return f"~> {'.'.join(parts[:2]) if version[0] == '^' else '.'.join([*parts[:2], *(parts[2:3] or ['0'])])}"
    numbers = [part for part in version.split(".") if part.isdigit()]
    return version if len(numbers) >= len(("major", "minor", "patch")) else f"~> {'.'.join([*numbers, '0'])}"
