"""Whether the changelog tells of what changed since the last release. The judging is pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from credex_actions.core.durations import in_words
from credex_actions.core.text import listed, one_line
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.finding import Finding, Place
from credex_actions.maintenance.repository.tree import Tree, git

CHECK: Final = "changelog-behind"
CHANGELOG: Final = re.compile(r"(?:.*/)?(?:CHANGELOG|CHANGES|HISTORY|NEWS)(?:\.(?:md|rst|txt))?", re.IGNORECASE)
NO_CODE: Final = re.compile(
    r"(?:.*/)?(?:\.github|\.gitlab|docs?|tests?|spec|__tests__|benchmarks?|examples?)/.*|.*\.(?:md|rst|txt|lock|png|svg|gif)|(?:.*/)?(?:\.[^/]+|LICENSE|package-lock\.json|requirements[^/]*)",
    re.IGNORECASE,
)
"""What users of a release notice nothing of."""
MARK: Final = "\x1e"


class Commit(NamedTuple):
    sha: str
    at: datetime
    subject: str
    files: tuple[str, ...]

    @property
    def of_code(self) -> list[str]:
        return [file for file in self.files if not NO_CODE.fullmatch(file)]


def changelog_of(tree: Tree) -> str:
    """The one nearest to the root; "" if there is none."""
    return min((file for file in tree.files if CHANGELOG.fullmatch(file)), key=lambda file: (file.count("/"), file), default="")


def since_release(root: str) -> tuple[str, list[Commit]]:
    """The last tag, and what was committed since, the newest first. Raises Skipped."""
    if git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
        raise Skipped("the checkout has no history: set fetch-depth: 0 for actions/checkout")
    tags = git(root, "for-each-ref", "--merged=HEAD", "--sort=-creatordate", "--format=%(refname:short)", "--count=1", "refs/tags").split(
        "\n"
    )
    if not tags[0]:
        raise Skipped("there is no release yet: no tag leads to the commit that is checked out")
    text = git(root, "log", "--relative", "--no-merges", "--name-only", f"--format={MARK}%H%x00%cI%x00%s", f"{tags[0]}..HEAD", "--")
    return tags[0], [_commit(each) for each in text.split(MARK)[1:]]


def _commit(text: str) -> Commit:
    head, *files = text.strip("\n").split("\n")
    sha, at, subject = head.split("\0", 2)
    return Commit(sha, datetime.fromisoformat(at).astimezone(UTC), subject, tuple(file for file in files if file))


def behind(file: str, tag: str, commits: Sequence[Commit], now: datetime, least: float, days: float) -> Iterator[Finding]:
    """`commits`: since `tag`, the newest first. What came before the changelog's last change is told by it."""
    untold = []
    for commit in commits:
        if file in commit.files:
            break
        if commit.of_code:
            untold.append(commit)
    if len(untold) < least or now - untold[-1].at < timedelta(days=days):
        return
    subjects = [one_line(each.subject, 60) for each in untold]
    yield Finding(
        check=CHECK,
        severity="low",
        resource=file,
        title=f"{file} does not tell of {len(untold)} commits since {tag}",
        why=one_line(f"They changed code, the oldest {in_words(now - untold[-1].at)} ago: {listed(subjects, 3)}.", 400),
        fix=f"git log --oneline --no-merges {untold[-1].sha[:12]}^..HEAD",
        place=Place(file=file, line=1),
    )
