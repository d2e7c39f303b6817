"""Examples in the documentation: the inputs that they give exist, and their links lead somewhere."""

import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("actions/*/README.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/README.md")])
OURS = re.compile(r"Great-Sun-Group/credex-actions/(?P<path>.+)@v1")


def users(part: Any) -> list[dict[str, Any]]:
    """Every step or job in a part of a workflow that uses something."""
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [*([part] if isinstance(part, dict) and "uses" in part else []), *chain.from_iterable(map(users, parts))]


def declared(path: str) -> set[str]:
    if path.endswith(".yml"):
        return set(yaml.safe_load((ROOT / path).read_text())[True]["workflow_call"]["inputs"])
    return set(yaml.safe_load((ROOT / path / "action.yml").read_text())["inputs"])


def examples() -> list[tuple[Path, str, set[str]]]:
    blocks = [(page, block) for page in PAGES for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)]
    using = [(page, user, OURS.fullmatch(str(user["uses"]))) for page, block in blocks for user in users(yaml.safe_load(block))]
    return [(page, found["path"], set(user.get("with", {}))) for page, user, found in using if found]


def test_examples_give_inputs_that_exist() -> None:
    given = examples()
    assert {path for _, path, _ in given} >= {f"actions/{folder.parent.name}" for folder in ROOT.glob("actions/*/action.yml")}
    assert [(page.name, path, wrong) for page, path, inputs in given if (wrong := inputs - declared(path))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(((?!https?:|#)[^)\s]+?)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
