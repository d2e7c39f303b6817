"""Which actions and images of workflows their owners could exchange. Pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from credex_actions.core.text import one_line
from credex_actions.maintenance.finding import Finding, Place
from credex_actions.maintenance.repository.workflows import Use, Workflow

CHECK: Final = "action-unpinned"
SHA: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
IGNORED: Final = re.compile(r"#.*\bzizmor:\s*ignore\[[^\]]*\bunpinned-(?:uses|images)\b")
OFFICIAL: Final = ("actions/", "github/")
"""GitHub's own, which runs what calls them anyway."""


def unpinned(workflows: Iterable[Workflow]) -> Iterator[Finding]:
    """One finding for what a file uses, however often: it is pinned with one decision."""
    for workflow in workflows:
        seen: set[str] = set()
        for use in workflow.uses:
            if use.what not in seen and (why := _why(use)):
                seen.add(use.what)
                yield _finding(use, why)


def _why(use: Use) -> str:
    """Empty for what is pinned, is in the repository itself, is only known when the workflow runs, or is ignored with a comment."""
    what = use.what
    if what.startswith(("./", "../", "$/")) or "${{" in what or IGNORED.search(use.line):
        return ""
    if what.startswith("docker://"):
        if "@sha256:" in what:
            return ""
        tag = what.removeprefix("docker://").rpartition("/")[2].partition(":")[2]
        return f"the tag {tag} is one that its owner can move" if tag else "no tag means latest, whatever that is when the workflow runs"
    _, at, ref = what.partition("@")
    if not at:
        return "there is no ref: GitHub rejects it"
    return (
        "" if SHA.fullmatch(ref) else f"{ref} is a tag or a branch, which its owner, or who takes over the account, can move to other code"
    )


def _finding(use: Use, why: str) -> Finding:
    name, shown = use.what.partition("@")[0], one_line(use.what, 120)
    image = use.what.startswith("docker://")
    fix = (
        "Append the image's digest: IMAGE:TAG@sha256:…; `docker buildx imagetools inspect` prints it."
        if image
        else "Replace the ref with the SHA of the release's commit and keep the version as a comment: @SHA # v1.2.3. Dependabot updates both."
    )
    return Finding(
        check=CHECK,
        severity="low" if name.startswith(OFFICIAL) else "medium",
        resource=use.file,
        key=use.what,
        title=f"{shown.removeprefix('docker://')} is not pinned",
        why=f"{use.file} uses {shown}: {one_line(why)}.",
        fix=fix,
        place=Place(file=use.file, line=use.number),
    )
