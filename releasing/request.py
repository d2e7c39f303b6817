"""What is asked for, what stands in its way, and which version it is to be."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from releasing import changelog, lines, versions
from releasing.versions import Version


class Wanted(NamedTuple):
    """`version`: as it was given; empty if it follows from the changes. `branch`: the one that the workflow was started on; empty outside of it."""

    version: str
    output: Path
    dry_run: bool
    only_tree: bool
    branch: str = ""


class Seen(NamedTuple):
    """The repository, as it is. `branch`: the one of origin's that a release of this commit is made from, `on_branch`: it has the commit.
    `shallow`: the history is cut off, and so are the tags beyond the cut.
    """

    tags: list[str]
    clean: bool
    changelog: str
    branch: str
    on_branch: bool
    shallow: bool = False

    @property
    def released(self) -> list[Version]:
        """What the branch continues, candidates included: of an older major version's branch only versions of that one."""
        major = lines.major(self.branch)
        return [each for each in versions.released(self.tags) if major in {None, each.major}]

    @property
    def previous(self) -> Version | None:
        """The newest of them that is no candidate."""
        return max((each for each in self.released if not each.is_candidate), default=None)


def version(wanted: Wanted, seen: Seen) -> Version | None:
    """None if what was given is none."""
    if wanted.version:
        return versions.parsed(wanted.version)
    return versions.following(seen.previous, changelog.parts(seen.changelog)[0].changes)


def faults(wanted: Wanted, seen: Seen) -> Iterator[str]:
    """All that keeps this release from being built or, if it is no dry run, from being tagged."""
    broken = list(changelog.faults(seen.changelog))
    yield from broken
    if not wanted.dry_run:
        yield from _of_commit(wanted, seen)
    if wanted.output.exists() and (not wanted.output.is_dir() or any(wanted.output.iterdir())):
        yield f"--output: {wanted.output} is not an empty folder. Remove it, or name another one."
    if seen.shallow and not (wanted.version and wanted.dry_run):
        yield "the checkout is shallow, so the tags from which the version follows are missing. Run git fetch --unshallow --tags; in Actions, add `fetch-depth: 0` to actions/checkout."
    major, previous = lines.major(seen.branch), seen.previous
    if major is not None and (previous is None or lines.branch_of(previous, versions.released(seen.tags)) != seen.branch):
        yield f"{seen.branch} is for fixes of version {major} once a newer major version is released, which none is. Release from {lines.MAIN}."
        return
    recorded = {part.version for part in changelog.parts(seen.changelog)}
    if previous and not broken and str(previous) not in recorded:
        yield f"CHANGELOG.md has no part for {previous}, which is released. Merge its branch changelog-{previous.tag} first, or its changes would be announced again."
    if broken and not wanted.version:
        return
    asked = version(wanted, seen)
    if asked is None:
        yield f"--version: {wanted.version} is not a version. Use X.Y.Z, or X.Y.Z-rc.N for a candidate of it."
    elif major is not None and asked.major != major:
        yield f"{seen.branch} is for versions {major}.x, and this would be {asked}: leave out of it what CHANGELOG.md lists as removed or breaking, or release it from {lines.MAIN}."
    elif asked.tag in seen.tags:
        yield f"--version: the tag {asked.tag} exists, and a release is never replaced. Use {versions.following(asked, {'Fixed': []})} or a later one."
    elif later := [each for each in seen.released if each > asked and (each.major == asked.major or not each.is_candidate)]:
        older = asked.major < later[-1].major
        remedy = (
            f"A fix of version {asked.major} is released from {lines.branch(asked.major)} (docs/how-to/release.md)."
            if older
            else "Use a later one."
        )
        yield f"--version: {asked} is older than {later[-1]}, which is released. {remedy}"
    elif previous and not broken and asked.finished < (least := versions.following(previous, changelog.parts(seen.changelog)[0].changes)):
        yield f"--version: {asked} is too low for what CHANGELOG.md lists as unreleased since {previous}: whoever uses v{asked.major} would get it unasked. Use {least} or a later one."


def _of_commit(wanted: Wanted, seen: Seen) -> Iterator[str]:
    """What makes it none to be tagged."""
    if not seen.clean:
        yield "the working tree has changes that are not committed, so nobody could build the same release again. Commit or stash them, or use --dry-run."
    if not seen.on_branch:
        yield (
            f"the commit that is checked out is not in origin/{seen.branch}, and only what {seen.branch} has is released. "
            f"Merge it, check {seen.branch} out, and run git fetch origin {seen.branch}; or use --dry-run."
        )
    if wanted.branch not in {"", seen.branch}:
        yield f"--branch: the workflow was started on {wanted.branch}, and this commit is released from {seen.branch}, which gets the changelog. Start it on {seen.branch}."
