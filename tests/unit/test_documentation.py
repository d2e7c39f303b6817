"""What the pages say is what the code does: commands and their flags exist, messages can be searched for, and commands that need nothing are carried out."""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from credex_actions._commands import COMMANDS
from credex_actions._completion import FLAGS
from credex_actions.ecs.tasks.stop_reasons import EXITS, WORDINGS, cause_of
from credex_actions.generation.stopped_tasks_page import words
from tests.documented import ALL, BLOCK, CARRIED_OUT, LEFT_OUT, block, blocks, counted, pages

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted(
    [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("actions/*/README.md"), *ROOT.glob("examples/*/README.md")]
)
NIGHT: Final = ROOT / "docs" / "how-to" / "respond-to-a-failed-deployment.md"
WORKFLOW: Final = "jobs:\n  d:\n    steps:\n      - uses: aws-actions/amazon-ecs-deploy-task-definition@v2 # ours\n"


def commands(page: Path) -> Iterator[list[str]]:
    """The words after `credex-actions` in every command of a page's blocks."""
    for text in BLOCK.findall(page.read_text()):
        for line in text.replace("\\\n", " ").split("\n"):
            for found in re.finditer(r"(?:^|[\s($])credex-actions +([^|;&)#]*)", line):
                yield shlex.split(found[1].replace('"$@"', ""), posix=True) if found[1].count('"') % 2 == 0 else found[1].split()


def test_commands_on_the_pages_exist_with_their_flags() -> None:
    given = [(page, each) for page in PAGES for each in commands(page)]
    assert len(given) > 60
    wrong = []
    for page, (name, *rest) in given:
        if name in {"sandbox", "completion", "--help", "--version"}:
            continue
        flags = [word.partition("=")[0] for word in rest if word.startswith("--")]
        if name not in COMMANDS or (unknown := set(flags) - set(FLAGS[name].split())):
            wrong.append((page.name, name, sorted(unknown) if name in COMMANDS else "no such command"))
    assert wrong == []


def test_a_message_names_a_page_by_an_address_that_works_in_any_repository() -> None:
    """In that of a team, `docs/…` is its own. The sandbox's messages are for whoever has a checkout; inputs and outputs are described beside the pages."""
    named: set[str] = set()
    bare: list[str] = []
    beside = {"sandbox", "generation", "declarations", "_commands.py"}
    for path in (each for each in (ROOT / "credex_actions").rglob("*.py") if not beside & set(each.relative_to(ROOT).parts)):
        tree = ast.parse(path.read_text())
        calls = [
            node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "page_at"
        ]
        addressed = {node for call in calls for argument in call.args for node in ast.walk(argument) if isinstance(node, ast.Constant)}
        prose = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
                found = re.findall(r"\b(?:docs|examples)/[\w./-]+\.\w+", node.value)
                named.update(found if node in addressed else ())
                bare += [f"{path.name}: {each}" for each in found if node not in addressed]
    assert bare == []
    assert len(named) > 8
    assert [each for each in sorted(named) if not (ROOT / each).is_file()] == []


def test_every_page_that_uses_a_release_says_that_there_is_none_yet() -> None:
    pages = [page for page in ROOT.glob("docs/**/*.md") if re.search(r"uses: Great-Sun-Group/credex-actions\S*@v1", page.read_text())]
    assert len(pages) > 10
    assert [page.name for page in pages if "`@v1` will be the first release, which is not published yet." not in page.read_text()] == []


def test_every_block_of_a_page_is_carried_out_or_has_a_reason_not_to_be() -> None:
    with_blocks = {page for page in pages() if blocks(page)}
    assert with_blocks == CARRIED_OUT.keys() | LEFT_OUT.keys()
    for page in with_blocks:
        assert (CARRIED_OUT.get(page) == ALL) != (page in LEFT_OUT), page
    every, carried = counted()
    assert carried > every / 2, (every, carried)


@pytest.mark.parametrize("pattern", [pattern for pattern, _, _ in WORDINGS])
def test_what_the_page_says_of_a_stopped_task_is_what_is_recognized(pattern: str) -> None:
    """The first alternative of each part, put together, is a sentence that the wording fits."""
    sentence = " x ".join(part.split(", ")[0] for part in words(pattern).split(" … "))
    assert re.search(pattern, sentence, re.IGNORECASE), sentence


def test_every_exit_code_of_the_page_is_told() -> None:
    for code, (what, _) in EXITS.items():
        assert what in cause_of("EssentialContainerExited", "", [("a", code, "", True)]).what


def test_the_messages_of_the_night_are_ours_or_ecs_s() -> None:
    """So that a search for what the log says leads to the page, and nothing on it is only made up."""
    sources = [path for path in (ROOT / "credex_actions").rglob("*.py") if not {"sandbox", "generation"} & set(path.parts)]
    source = "".join([*(path.read_text() for path in sources), *(words(pattern) for pattern, _, _ in WORDINGS)])
    rows = [
        line
        for line in NIGHT.read_text().split("\n")
        if line.startswith("| ") and not line.startswith(("| ---", "| the verdict", "| in the", "| check", "| exit"))
    ]
    cells = [cell for line in rows for cell in line.split(" | ")[: 2 if re.match(r"\| [23] ", line) else 1]]
    told = [message for cell in cells for message in re.findall(r"`([^`]+)`", cell)]
    assert len(told) > 25
    assert [message for message in told if message not in source and message.rstrip(":") not in source] == []


def test_the_messages_of_a_run_that_does_not_start_are_ours() -> None:
    """Those in code are ours; those without are GitHub's."""
    page = (ROOT / "docs" / "how-to" / "fix-a-run-that-does-not-start.md").read_text()
    files = [*(ROOT / "credex_actions").rglob("*.py"), *(ROOT / ".github" / "actions").rglob("*.py"), ROOT / "actions" / "install.sh"]
    source = "".join(path.read_text() for path in files)
    told = re.findall(r"^\| `([^`]+)` \|", page.partition("exit code 2\n")[2], re.MULTILINE)
    assert len(told) > 8
    assert [message for message in told if any(part.strip() not in source for part in message.split("…"))] == []


def test_the_workflows_can_be_spelled_out_for_a_server_of_one_s_own(tmp_path: Path) -> None:
    """GitHub Enterprise Server has no `uses: $/`."""
    folder = tmp_path / ".github" / "workflows"
    shutil.copytree(ROOT / ".github" / "workflows", folder)
    subprocess.run(["bash", "-ec", block("docs/how-to/deploy-on-push.md", 1)], cwd=tmp_path, check=True)
    text = "".join(file.read_text() for file in folder.iterdir())
    assert not re.search(r"uses: \$/", text)
    assert "uses: platform/credex-actions/actions/deploy-task-definition@v1\n" in text


def test_the_page_of_the_night_knows_every_end() -> None:
    text = NIGHT.read_text()
    for end in (
        "rolled back:",
        "deployment failed:",
        "superseded:",
        "scaled to zero:",
        "timed out while",
        "cancelled:",
        "never became healthy",
        "could not be judged",
    ):
        assert f"`{end}`" in text


def carried_out(checkout: Path, *scripts: str) -> str:
    """What they print, in a repository whose first commit has what is in `checkout`. The command looks for it from there."""
    first = "git init -q . && git add . && git -c user.name=x -c user.email=x@example.com commit -qm x"
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "GIT_PAGER": "cat", "TMPDIR": str(checkout)}
    script = "\n".join([first, *scripts])
    return subprocess.run(["bash", "-ec", script], cwd=checkout, env=environment, capture_output=True, text=True, check=True).stdout


def test_the_commands_of_the_page_on_task_definitions_are_carried_out(tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "credex-core" / "task-definition.json", tmp_path)
    change = """sed -i 's/"cpu": "256"/"cpu": "512"/; s/"memory": "512"/"memory": "1024"/' task-definition.json"""
    told = carried_out(tmp_path, change, block("docs/how-to/change-the-task-definition.md", 1))
    assert "2 differences" in told
    assert "~ cpu: '256' -> '512'" in told


@pytest.mark.parametrize(("page", "shown"), [("docs/how-to/migrate-from-aws-actions.md", 3), ("actions/migrate/README.md", 2)])
def test_the_commands_that_migrate_are_carried_out(tmp_path: Path, page: str, shown: int) -> None:
    """Each shows the change once, and so does git."""
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "deploy.yml").write_text(WORKFLOW)
    told = carried_out(tmp_path, block(page, 1))
    changed = "+      - uses: Great-Sun-Group/credex-actions/actions/deploy-task-definition@v1 # ours"
    assert told.count(changed) == shown
