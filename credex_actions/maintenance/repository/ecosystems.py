"""Which package ecosystems a repository has dependencies in, and in which directories. Pure but for the reading of files.

Names are Dependabot's. Source: GitHub docs, "Dependabot options reference", package-ecosystem; and the file fetchers of dependabot-core.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from credex_actions.maintenance.repository.tree import Tree, directory_of
from credex_actions.maintenance.repository.workflows import is_workflow

Has: Final = Callable[[str], bool]

REQUIREMENT: Final = re.compile(r"^\s*[A-Za-z0-9][\w.\-\[\],]*\s*(?:[=<>!~;@\\]|$)", re.MULTILINE)
FROM: Final = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.MULTILINE | re.IGNORECASE)
USES: Final = re.compile(r"^\s*-?\s*[\"']?uses[\"']?:\s*[\"']?(?![.$]/)\S", re.MULTILINE)
TERRAFORM: Final = re.compile(r"^\s*required_providers\s*\{|^\s*source\s*=\s*\"(?!\.{1,2}/)", re.MULTILINE)
DEPENDENCIES: Final = ("dependencies", "devDependencies", "optionalDependencies")


def _npm(text: str) -> bool:
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and any(document.get(each) for each in DEPENDENCIES)


def _python_project(text: str) -> bool:
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    project = document.get("project", {})
    poetry = document.get("tool", {}).get("poetry", {})
    groups = document.get("dependency-groups", {})
    extras = project.get("optional-dependencies", {})
    return bool(project.get("dependencies") or poetry.get("dependencies") or any(groups.values()) or any(extras.values()))


def _docker(text: str) -> bool:
    """An image of somebody else's, that is neither an earlier stage nor named by an argument alone."""
    stages: set[str] = {"scratch"}
    for image, stage in FROM.findall(text):
        if image.lower() not in stages and not image.startswith("$"):
            return True
        if stage:
            stages.add(stage.lower())
    return False


def _any(text: str) -> bool:
    return bool(text.strip())


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: bool(pattern.search(text))


def _requirements(text: str) -> bool:
    """Hashes and options are no requirements."""
    return bool(REQUIREMENT.search("\n".join(line for line in text.split("\n") if not line.lstrip().startswith(("-", "#")))))


MANIFESTS: Final[tuple[tuple[str, str, Callable[[str], bool]], ...]] = (
    ("pip", r"(?:requirements[\w.-]*\.(?:txt|in)|setup\.cfg|setup\.py|Pipfile)", _any),
    ("pip", r"pyproject\.toml", _python_project),
    ("npm", r"package\.json", _npm),
    ("terraform", r"[^/]+\.tf", _matches(TERRAFORM)),
    ("docker", r"(?:[\w.-]*Dockerfile[\w.-]*|Containerfile)", _docker),
    ("docker-compose", r"(?:docker-)?compose[\w.-]*\.ya?ml", _matches(re.compile(r"^\s*image:\s*\S", re.MULTILINE))),
    ("devcontainers", r"\.?devcontainer\.json", _matches(re.compile(r'"features"\s*:\s*\{\s*"'))),
    ("bundler", r"Gemfile", _matches(re.compile(r"^\s*gem\s", re.MULTILINE))),
    ("gomod", r"go\.mod", _matches(re.compile(r"^\s*require\b", re.MULTILINE))),
    ("cargo", r"Cargo\.toml", _matches(re.compile(r"^\[(?:\w+\.)?(?:dev-|build-)?dependencies", re.MULTILINE))),
    ("composer", r"composer\.json", _matches(re.compile(r'"require(?:-dev)?"\s*:\s*\{\s*"'))),
    ("maven", r"pom\.xml", _matches(re.compile(r"<dependency>|<plugin>|<parent>"))),
    ("gradle", r"(?:build|settings)\.gradle(?:\.kts)?|libs\.versions\.toml", _any),
    ("nuget", r"[^/]+\.(?:cs|fs|vb)proj", _matches(re.compile(r"<PackageReference"))),
    ("mix", r"mix\.exs", _any),
    ("pub", r"pubspec\.yaml", _any),
    ("helm", r"Chart\.yaml", _matches(re.compile(r"^dependencies:", re.MULTILINE))),
    ("gitsubmodule", r"\.gitmodules", _matches(re.compile(r"^\[submodule", re.MULTILINE))),
)
KINDS: Final = tuple((ecosystem, re.compile(name), has) for ecosystem, name, has in MANIFESTS)
REQUIREMENTS: Final = re.compile(r"(?:requirements[\w.-]*|[\w.-]+)\.(?:txt|in)")


def ecosystems(tree: Tree) -> Mapping[str, dict[str, str]]:
    """By ecosystem: directories, as Dependabot names them, each with the first manifest that was found there."""
    found: dict[str, dict[str, str]] = {}
    for file in tree.files:
        for ecosystem in of_file(file, tree):
            directory = "/" if ecosystem == "github-actions" and is_workflow(file) and file.startswith(".github/") else directory_of(file)
            if is_workflow(file) and not file.startswith(".github/"):
                directory = f"/{file.rpartition('/.github/')[0]}"
            found.setdefault(ecosystem, {}).setdefault(directory, file)
    _leave_out_workspaces(tree, found.get("npm", {}))
    return found


def of_file(file: str, tree: Tree) -> Iterator[str]:
    name = file.rpartition("/")[2]
    if is_workflow(file) or re.fullmatch(r"action\.ya?ml", name):
        if USES.search(tree.text(file)):
            yield "github-actions"
        return
    if "requirements/" in f"{file.rpartition('/')[0]}/" and REQUIREMENTS.fullmatch(name):
        if _requirements(tree.text(file)):
            yield "pip"
        return
    for ecosystem, pattern, has in KINDS:
        if pattern.fullmatch(name):
            judge = _requirements if name.endswith((".txt", ".in")) else has
            if judge(tree.text(file)):
                yield ecosystem
            return


def _leave_out_workspaces(tree: Tree, found: dict[str, str]) -> None:
    """Members of npm's workspaces are updated with their root."""
    from fnmatch import fnmatchcase

    for root, manifest in [*found.items()]:
        declared = json.loads(tree.text(manifest)).get("workspaces")
        patterns = declared.get("packages", ()) if isinstance(declared, dict) else declared if isinstance(declared, list) else ()
        base = root.rstrip("/")
        for member in [each for each in found if each != root]:
            if any(
                isinstance(pattern, str) and fnmatchcase(member, f"{base}/{pattern.removeprefix('./').rstrip('/')}") for pattern in patterns
            ):
                del found[member]
