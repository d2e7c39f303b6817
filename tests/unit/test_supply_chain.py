"""What reaches a runner is pinned: packages by hash, actions by commit."""

import re
import tomllib
from pathlib import Path

import pytest

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
    """So that runners get what the tests had."""
    runners = {name for file in REQUIREMENTS for name in re.findall(r"^(\S+)==", file.read_text(), re.MULTILINE)}
    pinned = {entry for file in (*REQUIREMENTS, DEVELOPMENT) for entry in re.findall(r"^(\S+==\S+)", file.read_text(), re.MULTILINE)}
    names = [name for entry in pinned if (name := entry.partition("==")[0]) in runners]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: str(file.relative_to(ROOT)))
def test_other_people_s_actions_are_pinned_to_a_commit(file: Path) -> None:
    for used in re.findall(r"^ *(?:- )?uses: (\S+)", file.read_text(), re.MULTILINE):
        assert used.startswith("$/") or re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", used), used


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
