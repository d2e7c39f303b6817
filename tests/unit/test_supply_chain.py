"""What reaches a runner is pinned: packages by hash, actions by commit."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from credex_actions.generation import carried
from releasing import packages

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = sorted((ROOT / "actions" / "requirements").glob("*.txt"))
DEVELOPMENT = ROOT / "script" / "requirements.txt"
WORKFLOWS = sorted([*(ROOT / ".github").rglob("*.yml"), *(ROOT / "actions").rglob("action.yml"), ROOT / "action.yml"])


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: str(file.stem))
def test_every_package_is_pinned_by_hash_and_no_index_is_named(file: Path) -> None:
    entries = file.read_text().replace("\\\n", " ").strip().splitlines()
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9-]+==\S+( +--hash=sha256:[0-9a-f]{64})+ *", entry), entry


def test_what_developing_installs_is_pinned_by_hash_and_no_index_is_named() -> None:
    entries = DEVELOPMENT.read_text().replace("\\\n", " ").strip().splitlines()
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9-]+==\S+( ; [\w\s'.=!<>()]+)?( +--hash=sha256:[0-9a-f]{64})+ *", entry), entry
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    asked = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["sandbox"],
        *project["dependency-groups"]["dev"],
    ]
    names = {re.sub("[-_.]+", "-", re.split(r"[\[<>=!~;]", each)[0]).lower() for each in asked}
    assert names <= {entry.partition("==")[0] for entry in entries}


def test_setting_up_installs_nothing_but_what_is_pinned() -> None:
    """Whatever installs takes hashes, or builds nothing but our own package from what is installed already."""
    installing = re.findall(r"(?:pip|uv) (?:pip )?(?:install|sync) .*", (ROOT / "script" / "bootstrap").read_text())
    assert len(installing) == 3
    for command in installing:
        assert "--require-hashes" in command or {"--no-deps", "--no-build-isolation"} <= set(command.split()), command


def test_rendering_installs_nothing_that_only_aws_needs() -> None:
    names = re.findall(r"^([a-z0-9-]+)==", (ROOT / "actions" / "requirements" / "render-task-definition.txt").read_text(), re.MULTILINE)
    assert names == ["actions-toolkit", "jsonpatch", "jsonpointer", "pyyaml"]


def test_each_action_has_its_own_list() -> None:
    actions = {file.parent.name for file in (ROOT / "actions").glob("*/action.yml")}
    assert actions <= {file.stem for file in REQUIREMENTS}


def test_one_package_has_one_version_in_all_lists() -> None:
    """So that runners get what the tests had. What is locked apart is a program of its own: the tests run it with that very list."""
    apart = re.findall(r"^lock_apart (\S+) c7n\b", (ROOT / "script" / "lock").read_text(), re.MULTILINE)
    assert apart == ["cloud-custodian"]
    shared = [file for file in REQUIREMENTS if file.stem not in apart]
    runners = {name for file in shared for name in re.findall(r"^(\S+)==", file.read_text(), re.MULTILINE)}
    pinned = {entry for file in (*shared, DEVELOPMENT) for entry in re.findall(r"^(\S+==\S+)", file.read_text(), re.MULTILINE)}
    names = [name for entry in pinned if (name := entry.partition("==")[0]) in runners]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: str(file.relative_to(ROOT)))
def test_other_people_s_actions_are_pinned_to_a_commit(file: Path) -> None:
    for used in re.findall(r"^ *(?:- )?uses: (\S+)", file.read_text(), re.MULTILINE):
        assert used == "./" or used.startswith("$/") or re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", used), used


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_expression_stands_in_a_script(file: Path) -> None:
    lines = file.read_text().splitlines()
    for number, line in enumerate(lines):
        found = re.match(r"( *)(- )?run: *(.*)", line)
        if not found:
            continue
        indent = len(found[1]) + len(found[2] or "")
        script = [found[3]]
        for following in lines[number + 1 :]:
            if following.strip() and len(following) - len(following.lstrip()) <= indent:
                break
            script.append(following)
        assert "${{" not in "\n".join(script), script


def test_whoever_starts_a_release_knows_which_commands_need_no_index_with_a_token() -> None:
    """actions/start.py can import nothing of the suite before it knows that its Python can read it."""
    (line,) = re.findall(r"^TOKEN_SUFFICES = (\(.*\))$", (ROOT / "actions" / "start.py").read_text(), re.MULTILINE)
    assert ast.literal_eval(line) == carried.TOKEN_SUFFICES


def test_what_a_release_does_not_carry_is_what_has_to_be_compiled() -> None:
    """Each command whose packages are all pure, or have a pure part that does, is carried."""
    lists = {file.stem: set(re.findall(r"^(\S+)==", file.read_text(), re.MULTILINE)) for file in REQUIREMENTS}
    compiled = {*packages.COMPILED, "msgspec", "rpds-py"}
    for name, needed in lists.items():
        if needed & compiled:
            assert name not in carried.COMMANDS or name in carried.TOKEN_SUFFICES, name
        else:
            assert name in packages.LISTS, name


def test_what_script_release_installs_is_pinned_by_hash_too() -> None:
    for entry in (ROOT / "script" / "requirements-release.txt").read_text().replace("\\\n", " ").strip().splitlines():
        assert re.fullmatch(r"[a-z0-9-]+==\S+( ; [\w\s'.=!<>()]+)?( +--hash=sha256:[0-9a-f]{64})+ *", entry), entry
