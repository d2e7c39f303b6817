"""What a release takes from tags and changelog, and what stands in its way."""

from datetime import date
from pathlib import Path

import pytest

from releasing import changelog, request, versions
from releasing.request import Seen, Wanted
from releasing.versions import Version, parsed

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- A command,
  over two lines.

### Fixed

- A fault.

## [1.1.0] - 2026-10-02

### Added

- Something.

## [1.0.0] - 2026-09-01

### Added

- All of it.
"""


def test_versions_are_ordered_as_semantic_versioning_says() -> None:
    texts = ["v1.0.0", "v0.9.10", "v1.0.0-rc.2", "v1.0.0-rc.10", "v1", "nightly", "1.2.3", "v01.0.0", "v1.0"]
    assert [str(each) for each in versions.released(texts)] == ["0.9.10", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0"]


@pytest.mark.parametrize(("text", "python"), [("1.2.3", "1.2.3"), ("2.0.0-rc.1", "2.0.0rc1")])
def test_python_writes_them_in_its_own_way(text: str, python: str) -> None:
    version = parsed(text)
    assert version is not None
    assert (version.python, version.tag) == (python, f"v{text}")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Fixed": ["a"]}, "1.4.3"),
        ({"Fixed": ["a"], "Security": ["b"]}, "1.4.3"),
        ({"Added": ["a"], "Fixed": ["b"]}, "1.5.0"),
        ({"Deprecated": ["a"]}, "1.5.0"),
        ({"Removed": ["a"]}, "2.0.0"),
        ({"Changed": ["**Breaking:** a"]}, "2.0.0"),
    ],
)
def test_the_next_version_follows_from_the_changes(changes: dict[str, list[str]], expected: str) -> None:
    assert str(versions.following(Version(1, 4, 2), changes)) == expected


def test_the_first_release_is_the_one_that_the_examples_name() -> None:
    assert versions.following(None, {"Added": ["a"]}).major == 1


def test_a_changelog_is_read() -> None:
    unreleased, newest, first = changelog.parts(CHANGELOG)
    assert unreleased.changes == {"Added": ["A command,\n  over two lines."], "Fixed": ["A fault."]}
    assert (newest.version, newest.date, first.version) == ("1.1.0", "2026-10-02", "1.0.0")
    assert list(changelog.faults(CHANGELOG)) == []


def test_a_release_moves_what_is_unreleased_and_leaves_the_rest() -> None:
    after = changelog.released(CHANGELOG, Version(1, 2, 0), date(2026, 11, 29))
    unreleased, *others = changelog.parts(after)
    assert unreleased.text == ""
    assert next((each.version, each.date) for each in others) == ("1.2.0", "2026-11-29")
    assert others[0].changes == changelog.parts(CHANGELOG)[0].changes
    assert after.replace("## [1.2.0] - 2026-11-29\n", "").replace("\n\n\n", "\n\n") == CHANGELOG
    assert list(changelog.faults(after)) == [
        "CHANGELOG.md:3: Unreleased is empty, so there is nothing to release. Add what has changed, under one of Added, Changed, Deprecated, Removed, Fixed, Security."
    ]


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ("## [Unreleased]", "## [2.0.0] - 2026-11-29", "the first heading has to be"),
        ("### Fixed", "### Repaired", "there is no section Repaired"),
        ("- A fault.", "A fault.", "Fixed has no entries"),
        ("2026-10-02", "2 October", "not of the form"),
        ("2026-10-02", "2026-13-02", "not of the form"),
        ("[1.1.0]", "[1.1]", "not of the form"),
        ("[1.1.0]", "[0.9.0]", "1.0.0 is not older than 0.9.0"),
        ("[1.1.0]", "[1.0.0]", "1.0.0 is not older than 1.0.0"),
    ],
)
def test_another_form_is_refused_with_its_line(before: str, now: str, words: str) -> None:
    (fault,) = changelog.faults(CHANGELOG.replace(before, now))
    assert words in fault
    assert fault.startswith("CHANGELOG.md")


def test_the_suite_s_own_changelog_has_the_form() -> None:
    assert [each for each in changelog.faults((ROOT / "CHANGELOG.md").read_text()) if "is empty" not in each] == []


def judged(
    folder: Path, version: str = "", *, dry: bool = False, tags: tuple[str, ...] = ("v1.0.0", "v1.1.0", "v1"), **seen: object
) -> list[str]:
    given = {"clean": True, "changelog": CHANGELOG, "branch": "main", "on_branch": True, **seen}
    return list(request.faults(Wanted(version, folder / "output", dry, only_tree=False), Seen(tags=list(tags), **given)))  # type: ignore[arg-type]


def test_what_is_in_order_is_released_as_the_next_version(tmp_path: Path) -> None:
    assert judged(tmp_path) == []
    assert (
        str(
            request.version(
                Wanted("", tmp_path, dry_run=True, only_tree=False),
                Seen(["v1.1.0"], clean=True, changelog=CHANGELOG, branch="main", on_branch=True),
            )
        )
        == "1.2.0"
    )


@pytest.mark.parametrize(
    ("version", "seen", "words"),
    [
        ("", {"clean": False}, "changes that are not committed"),
        ("", {"on_branch": False}, "not in origin/main"),
        ("1.1.0", {}, "the tag v1.1.0 exists"),
        ("1.0.5", {}, "1.0.5 is older than 1.1.0"),
        ("1.2.0-rc.1", {"tags": ("v1.0.0", "v1.1.0", "v1.2.0-rc.2")}, "1.2.0-rc.1 is older than 1.2.0-rc.2"),
        ("1.1.1", {}, "too low for what CHANGELOG.md lists as unreleased since 1.1.0: whoever uses v1 would get it unasked. Use 1.2.0"),
        ("1.1.1-rc.1", {}, "Use 1.2.0 or a later one"),
        ("1.2.0", {"changelog": CHANGELOG.replace("### Fixed", "### Removed")}, "Use 2.0.0 or a later one"),
        ("1.1.1", {"changelog": CHANGELOG.replace("A command", "**Breaking:** a command")}, "Use 2.0.0 or a later one"),
        ("one", {}, "one is not a version"),
        ("", {"changelog": CHANGELOG.replace("## [Unreleased]", "## [Unreleased]\n\n## [1.2.0] - 2026-11-01")}, "Unreleased is empty"),
        ("", {"shallow": True}, "add `fetch-depth: 0` to actions/checkout"),
        ("1.2.0", {"shallow": True}, "the checkout is shallow"),
        ("", {"tags": ("v1.0.0", "v1.1.0", "v1.2.0")}, "Merge its branch changelog-v1.2.0 first"),
    ],
)
def test_each_obstacle_is_said_with_its_remedy(tmp_path: Path, version: str, seen: dict[str, object], words: str) -> None:
    (fault,) = judged(tmp_path, version, **seen)  # type: ignore[arg-type]
    assert words in fault


def test_all_obstacles_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "old").touch()
    assert len(judged(tmp_path, "1.1.0", clean=False, changelog=CHANGELOG.replace("### Fixed", "### Repaired"))) == 4


def test_a_dry_run_takes_the_tree_as_it_is(tmp_path: Path) -> None:
    assert judged(tmp_path, dry=True, clean=False, on_branch=False) == []


def test_a_candidate_of_the_next_major_version_keeps_no_fix_back(tmp_path: Path) -> None:
    fixes = CHANGELOG.replace("### Added\n\n- A command,\n  over two lines.\n\n", "", 1)
    assert judged(tmp_path, "1.1.1", tags=("v1.0.0", "v1.1.0", "v2.0.0-rc.1"), changelog=fixes) == []


def test_the_workflow_releases_only_what_is_committed() -> None:
    """A dry run takes what is not."""
    (build,) = [line for line in (ROOT / ".github" / "workflows" / "release.yml").read_text().splitlines() if "run: script/release" in line]
    assert "--dry-run" not in build
    assert '--branch "$GITHUB_REF_NAME"' in build


def test_a_topic_with_a_commit_of_main_gets_no_changelog(tmp_path: Path) -> None:
    seen = Seen(["v1.1.0"], clean=True, changelog=CHANGELOG, branch="main", on_branch=True)
    assert list(request.faults(Wanted("", tmp_path, dry_run=False, only_tree=False, branch="main"), seen)) == []
    (fault,) = request.faults(Wanted("", tmp_path, dry_run=False, only_tree=False, branch="topic"), seen)
    assert fault.endswith("Start it on main.")


FIX: str = CHANGELOG.replace("### Added\n\n- A command,\n  over two lines.\n\n", "", 1)
AFTER_TWO = ("v1.0.0", "v1.1.0", "v1", "v2.0.0", "v2.1.0", "v2")
OLDER = {"branch": "releases/v1", "tags": AFTER_TWO, "changelog": FIX}


def test_a_fix_of_an_older_major_version_follows_its_own_last_version(tmp_path: Path) -> None:
    assert judged(tmp_path, **OLDER) == []  # type: ignore[arg-type]
    seen = Seen(list(AFTER_TWO), clean=True, changelog=FIX, branch="releases/v1", on_branch=True)
    assert str(request.version(Wanted("", tmp_path, dry_run=False, only_tree=False), seen)) == "1.1.1"
    assert str(seen.previous) == "1.1.0"


@pytest.mark.parametrize(
    ("version", "seen", "words"),
    [
        ("", {"on_branch": False}, "not in origin/releases/v1, and only what releases/v1 has"),
        ("2.1.1", {}, "releases/v1 is for versions 1.x, and this would be 2.1.1"),
        (
            "",
            {"changelog": CHANGELOG.replace("### Fixed", "### Removed")},
            "leave out of it what CHANGELOG.md lists as removed or breaking",
        ),
        ("1.0.9", {}, "1.0.9 is older than 1.1.0, which is released. Use a later one"),
        ("", {"tags": ("v1.0.0", "v1.1.0", "v2.0.0-rc.1")}, "which none is. Release from main"),
        ("", {"branch": "releases/v7"}, "which none is. Release from main"),
        ("", {"branch": "releases/v2", "changelog": FIX.replace("[1.1.0]", "[2.1.0]")}, "which none is. Release from main"),
        ("", {"tags": (*AFTER_TWO, "v1.1.1")}, "Merge its branch changelog-v1.1.1 first"),
        ("1.1.1", {"branch": "main", "changelog": FIX.replace("[1.1.0]", "[2.1.0]")}, "A fix of version 1 is released from releases/v1"),
    ],
)
def test_each_obstacle_to_such_a_fix_is_said_with_its_remedy(tmp_path: Path, version: str, seen: dict[str, object], words: str) -> None:
    (fault,) = judged(tmp_path, version, **{**OLDER, **seen})  # type: ignore[arg-type]
    assert words in fault


def test_a_candidate_needs_no_part_of_its_own(tmp_path: Path) -> None:
    assert judged(tmp_path, "1.2.0-rc.2", tags=("v1.1.0", "v1.2.0-rc.1")) == []
