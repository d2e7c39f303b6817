"""What pip-audit and npm audit know about pinned dependencies. Reading what they print is pure.

Source: pip-audit's README (`--format json`), and npm's documentation of `npm audit --json` (report version 2).
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import Any, Final

from credex_actions.core.text import listed, one_line
from credex_actions.maintenance.catalogue.check import Severity
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.context import Context
from credex_actions.maintenance.external import found, printed, without_secrets
from credex_actions.maintenance.finding import Finding, Place
from credex_actions.maintenance.repository.ecosystems import of_file
from credex_actions.maintenance.repository.tree import Tree, line_of

CHECK: Final = "dependency-vulnerable"
SEVERITIES: Final[Mapping[str, Severity]] = {"critical": "high", "high": "high", "moderate": "medium", "low": "low", "info": "low"}
LOCKS: Final = ("package-lock.json", "npm-shrinkwrap.json")
OTHER_LOCKS: Final = ("yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb")
"""Of the same packages, by programs whose locks npm audit does not read."""
LIST: Final = re.compile(r"(?:.*/)?(?:requirements[\w.-]*\.txt|requirements/[\w.-]+\.txt)")
PINNED: Final = re.compile(r"^[A-Za-z0-9][\w.\-\[\],]*\s*==\s*\S", re.MULTILINE)
LOOSE: Final = re.compile(r"^[A-Za-z0-9][\w.\-\[\],]*\s*(?:$|[<>~!;])", re.MULTILINE)


UNAUDITED: Final = ("bundler", "cargo", "composer", "gomod", "gradle", "maven", "mix", "nuget", "pub")
"""Ecosystems of packages, by Dependabot's names, that neither auditor knows."""


def python_lists(tree: Tree) -> list[str]:
    """Requirements files whose every requirement is pinned: of others no two machines have the same."""
    names = [file for file in tree.files if LIST.fullmatch(file)]
    return [file for file in names if PINNED.search(text := tree.text(file)) and not LOOSE.search(text)]


def npm_locks(tree: Tree) -> list[str]:
    return [file for file in tree.files if file.rpartition("/")[2] in LOCKS]


def unaudited(tree: Tree) -> Iterator[Finding]:
    """Finds nothing: raises Skipped where an ecosystem, or a part of the repository, has no list or lock that was audited, since that nothing is found in it then says nothing."""
    lists = python_lists(tree)
    told: dict[str, str] = {}
    for file in tree.files:
        for ecosystem in of_file(file, tree):
            has_some = file.rpartition("/")[2] not in {"setup.cfg", "setup.py"} or "requires" in tree.text(file)
            if has_some and (why := _unaudited(ecosystem, file, tree, lists)):
                told.setdefault(ecosystem, f"{file} is not audited: {why}")
    if told:
        raise Skipped(listed(list(told.values()), 3))
    yield from ()


def _unaudited(ecosystem: str, file: str, tree: Tree, lists: Sequence[str]) -> str:
    """Why nobody audits what `file` names; "" if somebody does."""
    if ecosystem in UNAUDITED:
        return f"there is no auditor for {ecosystem} here"
    if ecosystem == "npm" and not _has_npm_lock(file, tree):
        return "there is no package-lock.json, the only lock that npm audit reads"
    if ecosystem != "pip":
        return ""
    if not lists:
        return "no requirements file has a version for each of its packages; write one with pip-compile or uv export"
    folders = {posixpath.dirname(each) for each in lists}
    if LIST.fullmatch(file) and posixpath.dirname(file) not in folders:
        return "it has no version for each of its packages, and no list next to it has; write one with pip-compile or uv export"
    return ""


def _has_npm_lock(file: str, tree: Tree) -> bool:
    """In its folder or, as for workspaces, in one above it: whichever lock comes first is that of its packages."""
    folder = posixpath.dirname(file)
    while True:
        if any(posixpath.join(folder, name) in tree.known for name in LOCKS):
            return True
        if not folder or any(posixpath.join(folder, name) in tree.known for name in OTHER_LOCKS):
            return False
        folder = posixpath.dirname(folder)


def of_python(context: Context, tree: Tree) -> Iterator[Finding]:
    """Raises Skipped."""
    lists = python_lists(tree)
    if not lists:
        return
    environment = context.runner.environment
    program = found("pip-audit", environment)
    for file in lists:
        command = [program, "-r", file, "--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
        ended = printed(command, tree.root, without_secrets(environment), context.clock, context.give_up)
        if not ended.output.strip():
            raise Skipped(f"pip-audit cannot judge {file}: {ended.last_words}")
        yield from of_pip_audit(ended.output, file, tree.text(file))


def of_pip_audit(text: str, file: str, requirements: str) -> Iterator[Finding]:
    """Raises Skipped: where its database knew nothing of any dependency, it says that none is vulnerable."""
    try:
        dependencies = json.loads(text)["dependencies"]
        unknown = [each for each in dependencies if "skip_reason" in each]
        if dependencies and len(unknown) == len(dependencies):
            raise Skipped(f"pip-audit could not look up any dependency of {file}: {one_line(unknown[0]['skip_reason'], 160)}")
        for each in dependencies:
            for advisory in each.get("vulns", ()):
                yield _of_advisory(each["name"], each["version"], advisory, file, requirements)
    except (ValueError, KeyError, TypeError):
        raise Skipped("pip-audit prints JSON of another form than the known one: use another version of it") from None


def _of_advisory(name: str, version: str, advisory: Mapping[str, Any], file: str, requirements: str) -> Finding:
    fixed = advisory.get("fix_versions") or []
    known_as = [advisory["id"], *advisory.get("aliases", ())]
    place = next((line_of(requirements, f"{start}=={version}") for start in (name, name.replace("-", "_"), name.lower())), 0)
    return Finding(
        check=CHECK,
        severity="high" if fixed else "medium",
        resource=file,
        key=f"{name} {advisory['id']}",
        title=one_line(f"{name} {version} has the known vulnerability {advisory['id']}"),
        why=one_line(f"{listed(known_as, 4)}: {advisory.get('description') or 'no description'}", 400),
        fix=f"Update {name} to {fixed[-1]}."
        if fixed
        else f"No version of {name} fixes it yet: see whether you can do without, or what the advisory advises.",
        place=Place(file=file, line=place),
    )


def of_npm(context: Context, tree: Tree) -> Iterator[Finding]:
    """Raises Skipped."""
    locks = npm_locks(tree)
    if not locks:
        return
    environment = context.runner.environment
    program = found("npm", environment)
    for file in locks:
        folder = f"{tree.root}/{file.rpartition('/')[0]}"
        ended = printed(
            [program, "audit", "--json", "--package-lock-only", "--ignore-scripts"],
            folder,
            without_secrets(environment),
            context.clock,
            context.give_up,
        )
        yield from of_npm_audit(ended.output, file, tree.text(file))


def of_npm_audit(text: str, file: str, lock: str) -> Iterator[Finding]:
    """Raises Skipped where its endpoint did not answer."""
    try:
        report = json.loads(text)
        if "vulnerabilities" not in report:
            said = report.get("message") or report.get("error", {}).get("summary") or "no reason is given"
            raise Skipped(f"npm audit cannot judge {file}: {one_line(said, 160)}")
        for name, each in sorted(report["vulnerabilities"].items()):
            advisories = [via for via in each["via"] if isinstance(via, dict)]
            if advisories:  # the others are vulnerable through these
                yield _of_package(name, each, advisories, file, lock)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Skipped("npm audit prints JSON of another form than report version 2: use another version of npm") from None


def _of_package(name: str, each: Mapping[str, Any], advisories: Sequence[Mapping[str, Any]], file: str, lock: str) -> Finding:
    available = each.get("fixAvailable")
    if isinstance(available, dict):
        wanted = f"{available['name']}@{available['version']}"
        major = ", a new major version" if available.get("isSemVerMajor") else ""
        fix = f"npm install {quote(wanted)}{major}"
    else:
        fix = (
            "npm audit fix"
            if available
            else f"No version of {name} fixes it yet: see whether you can do without, or what the advisory advises."
        )
    told = [f"{advisory.get('title', 'no title')} ({advisory.get('url', '')})" for advisory in advisories]
    return Finding(
        check=CHECK,
        severity=SEVERITIES.get(str(each.get("severity")), "medium"),
        resource=file,
        key=name,
        title=one_line(f"{name} {each.get('range', '')} has {len(told)} known {'vulnerability' if len(told) == 1 else 'vulnerabilities'}"),
        why=one_line(listed(told, 3), 400),
        fix=fix,
        place=Place(file=file, line=line_of(lock, f'node_modules/{name}"')),
    )
