"""script/release [--version X.Y.Z] [--branch NAME] [--dry-run] [--output DIR] [--only-tree]: builds a release, and tags it unless it is a dry run.

Into DIR (default: build/release) come tree/, which is the tag's content; the same as an archive; wheel and sdist; their bill of materials; the notes, and CHANGELOG.md as it
is afterwards. The version follows from the newest tag and from what CHANGELOG.md lists as unreleased; nothing is pushed (docs/how-to/release.md).
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from releasing import changelog, distributions, lines, publish, repository, request, tree
from releasing.contents import ROOT
from releasing.request import Seen, Wanted
from releasing.versions import Version


def main() -> int:
    wanted = _asked()
    text = (ROOT / "CHANGELOG.md").read_text()
    branch, on_branch = repository.branch_of_releases(ROOT, lines.MAIN)
    seen = Seen(repository.tags(ROOT), repository.is_clean(ROOT), text, branch, on_branch, repository.is_shallow(ROOT))
    if faults := list(request.faults(wanted, seen)):
        sys.stderr.write("".join(f"error: {each}\n" for each in faults))
        return 2
    version = request.version(wanted, seen)
    assert version is not None  # else it had been a fault
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or repository.commit_time(ROOT))
    try:
        _build(wanted, version, text, seconds, seen.previous)
    except tree.TooLargeError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    if wanted.dry_run:
        print(f"Dry run: {version.tag} was not tagged.{'' if seen.clean else ' Changes that are not committed are part of it.'}")
    else:
        print(publish.publish(ROOT, wanted.output, push=False))
    return 0


def _asked() -> Wanted:
    parser = argparse.ArgumentParser(prog="script/release", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", default="", help="X.Y.Z, or X.Y.Z-rc.N for a candidate; default: what follows from the changes")
    parser.add_argument("--branch", default="", help="refuse to release from another one than this, which the workflow was started on")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "release", help="an empty folder, or one to create")
    parser.add_argument("--dry-run", action="store_true", help="build all of it, also with changes that are not committed, and tag nothing")
    parser.add_argument("--only-tree", action="store_true", help="build only what the tag has, which needs fewer tools; implies --dry-run")
    given = parser.parse_args()
    return Wanted(given.version, given.output.absolute(), given.dry_run or given.only_tree, given.only_tree, given.branch)


def _build(wanted: Wanted, version: Version, text: str, seconds: int, previous: Version | None) -> None:
    after = text if version.is_candidate else changelog.released(text, version, datetime.fromtimestamp(seconds, UTC).date())
    source = repository.git(ROOT, "rev-parse", "HEAD")
    everything = tree.files(ROOT, str(version), after, source)
    wanted.output.mkdir(parents=True, exist_ok=True)
    tree.write(everything, wanted.output / "tree", seconds)
    tree.pack(everything, wanted.output / f"credex-actions-tree-{version}.tar.gz", seconds)
    (wanted.output / "CHANGELOG.md").write_text(after)
    before = repository.git(ROOT, "rev-parse", f"{previous.tag}^") if previous else ""  # what that was built from
    since = f"[All changes since {previous}]({tree.REPOSITORY}/compare/{before}...{source})" if previous else ""
    (wanted.output / "notes.md").write_text(changelog.notes(text, since))
    if not wanted.only_tree:
        distributions.build(ROOT, version, seconds, wanted.output)
    size = sum(len(each.content) for each in everything)
    print(f"Built {version} in {wanted.output}: {len(everything)} files, {size / 1e6:.1f} MB, git tree {tree.identity(everything)}.")


if __name__ == "__main__":
    sys.exit(main())
