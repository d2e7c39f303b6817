"""The shell blocks of the pages, in their order: which are carried out by a test, word for word, and why the others are not.

A block in `sh` or `console` is one. Names that are a reader's own are replaced; nothing else is.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
BLOCK: Final = re.compile(r"^ *```(?:sh|console)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
ALL: Final = frozenset(range(1, 100))

CARRIED_OUT: Final[Mapping[str, frozenset[int]]] = {
    "actions/migrate/README.md": ALL,
    "docs/how-to/change-the-task-definition.md": ALL,
    "docs/how-to/deploy-a-new-repository.md": ALL,
    "docs/how-to/deploy-on-push.md": ALL,
    "docs/how-to/guard-terraform-plans.md": ALL,
    "docs/how-to/migrate-from-aws-actions.md": ALL,
    "docs/how-to/plan-and-apply-terraform.md": ALL,
    "docs/how-to/promote.md": ALL,
    "docs/how-to/release.md": ALL,
    "docs/how-to/respond-to-a-failed-deployment.md": ALL,
    "docs/how-to/review-maintenance.md": ALL,
    "docs/how-to/rotate-secrets.md": ALL,
    "docs/how-to/sign-in-to-aws.md": frozenset({1}),
    "docs/how-to/test-your-own-pipeline.md": frozenset({2}),
    "docs/how-to/trigger.md": ALL,
    "docs/sandbox.md": frozenset({1, 2, 5, 6}),
    "docs/tutorial.md": ALL,
}
"""Numbers of blocks, from 1. By tests/e2e/test_how_tos.py, test_tutorial.py, test_release.py, test_own_pipeline.py, tests/integration/test_release_of_a_fix.py and tests/unit/test_documentation.py."""

LEFT_OUT: Final[Mapping[str, str]] = {
    "README.md": "CI runs script/test, and script/bootstrap by it; script/demo takes minutes",
    "docs/how-to/back-up-neo4j.md": "databases on instances; tests/integration/test_backup.py runs these modes",
    "docs/how-to/move-data-off-the-root-volume.md": "databases on instances; tests/integration/test_moving_data.py runs these modes; the page by hand is for who cannot",
    "docs/how-to/sign-in-to-aws.md": "asks GitHub and IAM, by their own command lines",
    "docs/how-to/test-your-own-pipeline.md": "asks a package index",
    "docs/how-to/update-neo4j.md": "databases on instances; tests/integration/test_ami_rollout_*.py and test_roll*.py run these modes",
    "docs/how-to/upgrade-terraform.md": "asks Terraform's registry",
    "docs/reference/figures.md": "takes minutes, and other people's actions",
    "docs/sandbox.md": "databases on instances; tests/integration/test_sandbox_instances.py runs these commands",
    "examples/credex-core/README.md": "the same two commands as in plan-and-apply-terraform.md; tests/integration/test_example_terraform.py plans and applies it",
}
"""Why other blocks are not carried out; their commands and flags are checked all the same."""


def pages() -> list[str]:
    """Every page of ours, from the root."""
    found = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("actions/*/README.md"), *ROOT.glob("examples/*/README.md")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def blocks(page: str) -> list[str]:
    return BLOCK.findall((ROOT / page).read_text())


def block(page: str, number: int) -> str:
    """To be carried out: one that CARRIED_OUT names."""
    assert number in CARRIED_OUT[page], f"{page}, block {number}: add it to CARRIED_OUT"
    return blocks(page)[number - 1]


def commands(text: str) -> list[str]:
    """Lines that a shell would run; parts of a here-document or of a function count with it."""
    whole = re.sub(r"<<'?END'?.*?^ *END$", "", text.replace("\\\n", " "), flags=re.MULTILINE | re.DOTALL)
    lines = (line.strip() for line in whole.split("\n"))
    return [line for line in lines if line and not line.startswith("#") and line not in {")", "}", "done"}]


def counted() -> tuple[int, int]:
    """How many commands the pages have, and how many of them a test carries out."""
    every = [(page, number, len(commands(text))) for page in pages() for number, text in enumerate(blocks(page), 1)]
    return sum(count for *_, count in every), sum(count for page, number, count in every if number in CARRIED_OUT.get(page, ()))
