"""python3 -m releasing.publish DIR [--check | --push]: from what script/release built in DIR makes the commit, the tag, and the branch with the changelog; needs git alone.

With --push they go to origin, together or not at all: the tag of the version, which is never replaced; the tag of its major version, which moves forwards only (not for a candidate); and
the branch changelog-vX.Y.Z. With --check nothing is made: it says whether GitHub would take them from the token of a workflow. All ids follow from what was built, so running it again does nothing twice, and other content under the same tag is refused.
"""

import argparse
import shlex
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from releasing import lines, repository
from releasing.contents import ROOT
from releasing.versions import Version, parsed, released

WORKFLOWS: Final = ".github/workflows"


class Built(NamedTuple):
    version: Version
    archive: Path
    seconds: int


class NotPublishedError(Exception):
    pass


def found(folder: Path) -> Built:
    """What is in the folder. All of an archive has one time, that of the commit it was built from."""
    archives = sorted(folder.glob("credex-actions-tree-*.tar.gz"))
    version = parsed(archives[0].name.removeprefix("credex-actions-tree-").removesuffix(".tar.gz")) if len(archives) == 1 else None
    if version is None:
        raise NotPublishedError(f"{folder} has no release in it, or several. Build one with script/release --dry-run --output DIR.")
    with tarfile.open(archives[0]) as packed:
        return Built(version, archives[0], int(next(iter(packed)).mtime))


def record(root: Path, built: Built) -> str:
    """The commit of the tag, and the tag in this clone."""
    name, commit = built.version.tag, _committed(root, built)
    if name not in repository.tags(root):
        repository.git(root, "tag", name, commit)
    else:
        _require_same(name, repository.git(root, "rev-parse", f"{name}^{{commit}}"), commit)
    return commit


def _committed(root: Path, built: Built) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(built.archive) as packed:
            packed.extractall(scratch, filter="data")
        (tree,) = Path(scratch).iterdir()
        message = f"Release {built.version}\n\nBuilt by script/release from the parent of this commit."
        return repository.commit(root, tree, built.seconds, message)


def _require_same(name: str, tagged: str, commit: str) -> None:
    if tagged != commit:
        raise NotPublishedError(
            f"the tag {name} is {tagged}, and what was built is {commit}. A release is never replaced: use the next version."
        )


def references(version: Version, commit: str, changelog: str) -> list[str]:
    """What is pushed besides the tag of the major version. `changelog`: the commit of the branch; empty where a candidate has none."""
    tag = f"{commit}:refs/tags/{version.tag}"
    return [tag] if version.is_candidate else [tag, f"{changelog}:refs/heads/changelog-{version.tag}"]


def major(version: Version, commit: str, tags: Mapping[str, str]) -> list[str]:
    """How the tag of the major version is pushed: not at all if a newer version of it is released, as for a job that is run again late.

    `tags`: those of origin, with what they name. If somebody else moves it meanwhile, the lease has expired and nothing is pushed.
    """
    newer = [each for each in released(tags) if each.major == version.major and not each.is_candidate and each > version]
    if version.is_candidate or newer:
        return []
    name = f"v{version.major}"
    return [f"--force-with-lease=refs/tags/{name}:{tags.get(name, '')}", f"{commit}:refs/tags/{name}"]


def check(root: Path, folder: Path) -> str:
    """The token of a workflow may push no commit whose workflows differ from those of the branches: what would be refused after signing is refused before it.

    What is pushed already needs no check: running a failed job again is the way to end it. Something else under its tag does, or a build that is none of the releases would be signed.
    """
    built = found(folder)
    if pushed := repository.tags_of_origin(root).get(built.version.tag):
        _require_same(built.version.tag, pushed, _committed(root, built))
        return f"{built.version.tag} is pushed already."
    branch = require_branch(root, built.version)
    changed = repository.git(root, "diff", "--name-only", "HEAD", "FETCH_HEAD", "--", WORKFLOWS).splitlines()
    if changed:
        raise NotPublishedError(
            f"{branch} has other workflows by now than the commit that {built.version} was built from ({', '.join(changed)}), "
            "and GitHub takes no tag with others from a workflow. Nothing was signed or pushed: start the workflow Release again."
        )
    return f"{branch} has the workflows of {built.version}."


def require_branch(root: Path, version: Version) -> str:
    """The branch that the version is released from, which it leaves as FETCH_HEAD."""
    branch = lines.branch_of(version, released(repository.tags_of_origin(root)))
    repository.git(root, "fetch", "--quiet", "--no-tags", "origin", f"refs/heads/{branch}")
    if not repository.contains(root, "FETCH_HEAD"):
        raise NotPublishedError(
            f"the commit that is checked out is not in {branch}, and {version} is released only from what {branch} has. Merge it first."
        )
    return branch


def publish(root: Path, folder: Path, *, push: bool) -> str:
    """What was done, in a sentence."""
    built = found(folder)
    if push and built.version.tag not in repository.tags_of_origin(root):  # what is pushed already was in its branch
        require_branch(root, built.version)
    commit = record(root, built)
    changelog = ""
    if not built.version.is_candidate:
        changelog = repository.commit_file(root, "CHANGELOG.md", folder / "CHANGELOG.md", built.seconds, f"Changelog of {built.version}")
    if not push:
        return f"Tagged {built.version.tag}: {commit}. To publish it: python3 -m releasing.publish {shlex.quote(str(folder))} --push"
    moved = major(built.version, commit, repository.tags_of_origin(root))
    repository.git(root, "push", "--quiet", "--atomic", *moved[:1], "origin", *moved[1:], *references(built.version, commit, changelog))
    kept = "" if moved or built.version.is_candidate else f" v{built.version.major} stays where it is: a newer version is released."
    return f"Published {built.version.tag}: {commit}.{kept}"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python3 -m releasing.publish", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="what script/release wrote to")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--push", action="store_true", help="to origin; otherwise say what would be pushed")
    how.add_argument("--check", action="store_true", help="only say whether a workflow may push it")
    given = parser.parse_args()
    try:
        print(check(ROOT, given.folder) if given.check else publish(ROOT, given.folder, push=given.push))
    except NotPublishedError as error:
        sys.stderr.write(f"error: {error}\n")
        return 3
    except subprocess.CalledProcessError as error:  # git has said why
        sys.stderr.write(
            f"error: git {error.cmd[1]} failed; its own words are above. Tags and branch are pushed together or not at all, so run it again once the cause is fixed.\n"
        )
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
