"""Looks at a repository as it is checked out."""

from collections.abc import Iterator

from credex_actions.core.text import listed
from credex_actions.maintenance.checking import Checking, Skipped, Wanted, everything
from credex_actions.maintenance.context import Context
from credex_actions.maintenance.finding import Examined, Finding
from credex_actions.maintenance.repository import (
    changelog,
    dependabot,
    documents,
    ecosystems,
    keys,
    pinning,
    vulnerabilities,
    workflows,
    zizmor,
)
from credex_actions.maintenance.repository.tree import Tree, git, read_tree

ALL = (dependabot.CHECK, pinning.CHECK, zizmor.CHECK, keys.CHECK, vulnerabilities.CHECK, documents.CHECK, changelog.CHECK)


def examine(context: Context, root: str, *, wanted: Wanted = everything) -> Examined:
    """`root`: where it is checked out. Never raises but Cancelled."""
    checking = Checking(context, wanted)
    trees: list[Tree] = []

    def read() -> Iterator[Finding]:
        trees.append(read_tree(root))
        yield from ()

    probe = Checking(context)
    probe.run("repository", read)
    if not trees:
        why = probe.examined().ran[0].why

        def missing() -> Iterator[Finding]:
            raise Skipped(why)

        checking.run(ALL, missing)
        return checking.examined()
    _checks(checking, trees[0])
    return checking.examined()


def _checks(checking: Checking, tree: Tree) -> None:
    context = checking.context
    checking.run(dependabot.CHECK, lambda: _uncovered(checking, tree))
    checking.run(pinning.CHECK, lambda: pinning.unpinned(workflows.workflows(tree)))
    checking.run(zizmor.CHECK, lambda: zizmor.risks(context, tree.root))
    checking.run(keys.CHECK, lambda: keys.replaceable(each for each in workflows.workflows(tree) if workflows.is_workflow(each.file)))
    checking.run(vulnerabilities.CHECK, lambda: vulnerabilities.of_python(context, tree))
    checking.run(vulnerabilities.CHECK, lambda: vulnerabilities.of_npm(context, tree))
    checking.run(vulnerabilities.CHECK, lambda: vulnerabilities.unaudited(tree))
    checking.run(documents.CHECK, lambda: documents.broken(tree, _removed(tree), lambda paths: _ignored(tree, paths)))
    checking.run(changelog.CHECK, lambda: _changelog(checking, tree))


def _uncovered(checking: Checking, tree: Tree) -> Iterator[Finding]:
    found = ecosystems.ecosystems(tree)
    if configured := dependabot.renovate(tree):
        checking.note(dependabot.CHECK, f"{configured} configures Renovate, which finds manifests by itself")
        return
    missing = list(dependabot.uncovered(tree, found))
    if found and not missing:
        checking.note(dependabot.CHECK, f"Dependabot covers all that has dependencies: {listed(sorted(found))}")
    yield from missing


def _removed(tree: Tree) -> frozenset[str]:
    """As far as the history of the checkout reaches back."""
    listing = git(tree.root, "log", "--relative", "--no-renames", "--diff-filter=D", "--name-only", "--format=", "-z")
    return frozenset(each.strip("\n") for each in listing.split("\0") if each.strip("\n")) - frozenset(tree.files)


def _ignored(tree: Tree, paths: list[str]) -> frozenset[str]:
    listing = git(tree.root, "check-ignore", "--no-index", "-z", "--stdin", feed="\0".join(paths), none=1) if paths else ""
    return frozenset(each for each in listing.split("\0") if each)


def _changelog(checking: Checking, tree: Tree) -> Iterator[Finding]:
    file = changelog.changelog_of(tree)
    if not file:
        raise Skipped("the repository has no changelog")
    tag, commits = changelog.since_release(tree.root)
    least, days = (checking.setting(changelog.CHECK, name) for name in ("commits", "days"))
    found = list(changelog.behind(file, tag, commits, checking.context.clock.now(), least, days))
    if not found:
        checking.note(changelog.CHECK, f"{file} keeps up with what was committed since {tag}")
    yield from found
