"""What runs of the sandbox get in place of what they would fetch: the suite as it is here, and stand-ins for other people's actions."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from credex_actions.sandbox.github.identity import handed_on

ROOT: Final = Path(__file__).resolve().parents[2]
NAME: Final = "Great-Sun-Group/credex-actions"
STAND_INS: Final = Path(__file__).with_name("stand_ins")
PARTS: Final = ("action.yml", "actions", "credex_actions", ".github")


class NoCheckoutError(Exception):
    """The suite is installed as a package, without its actions and workflows."""


def copy_suite(folder: Path) -> None:
    """The suite as it is released. act does not know `uses: $/path`, GitHub's way to name the own repository at the own commit, so the copy spells it out."""
    if not (ROOT / "actions" / "install.sh").is_file():
        raise NoCheckoutError("the actions and workflows are not part of the package: run this from a checkout of credex-actions")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PARTS], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        if not (ROOT / name).is_file() or name.startswith("credex_actions/sandbox/"):
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
        if name.endswith(".yml"):
            text = "\n".join(_spelled_out(line) for line in (folder / name).read_text().split("\n"))
            (folder / name).write_text(handed_on(text) if name.startswith(".github/workflows/") else text)


def _spelled_out(line: str) -> str:
    before, uses, path = line.partition("uses: $/")
    if not uses:
        return line
    path, _, comment = path.partition(" ")
    return f"{before}uses: {NAME}/{path}@v1 {comment}".rstrip()


def local_actions(suite: Path) -> dict[str, Path]:
    """OWNER/REPOSITORY@REF -> folder, for act: `suite` is a copy of the suite."""
    workflows = [*(suite / ".github" / "workflows").glob("*.yml"), *(ROOT / "examples").glob("*/.github/workflows/*.yml")]
    stand_ins = {name: STAND_INS / name.partition("/")[2].partition("@")[0] for name in third_party(workflows)}
    return {f"{NAME}@v1": suite} | {name: folder for name, folder in stand_ins.items() if folder.is_dir()}


def third_party(workflows: Iterable[Path]) -> set[str]:
    """OWNER/REPOSITORY@REF of every action that the workflows reuse from other repositories."""
    used = (word for file in workflows for word in re.findall(r"^ *(?:- )?uses: (\S+)", file.read_text(), re.MULTILINE))
    return {word for word in used if "@" in word and not word.startswith(("$/", "Great-Sun-Group/"))}
