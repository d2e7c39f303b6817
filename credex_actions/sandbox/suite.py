"""What runs of the sandbox get in place of what they would fetch: the suite as it is here, and stand-ins for other people's actions."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from credex_actions.sandbox.github.act.gates import begun_always
from credex_actions.sandbox.github.identity import handed_on

if TYPE_CHECKING:
    from credex_actions.sandbox.github import GitHub

ROOT: Final = Path(__file__).resolve().parents[2]
NAME: Final = "Great-Sun-Group/credex-actions"
STAND_INS: Final = Path(__file__).with_name("stand_ins")
PARTS: Final = ("action.yml", "actions", "credex_actions", ".github")
SET_UP_IN: Final = "${RUNNER_TEMP:-${TMPDIR:-/tmp}}"
"""Where start.sh and install.sh keep packages and byte code."""


class NoCheckoutError(Exception):
    """The suite is installed as a package, without its actions and workflows."""


def copy_for(github: "GitHub", source: Path | None = None) -> Path:
    """The copy that its runs use, made where there is none yet. `source`: a release of the suite instead of what is here. Raises NoCheckoutError."""
    if source is None and github.suite is not None:
        return github.suite
    copy = github.hub.folder / "suite"
    if not copy.exists():
        copy_suite(copy) if source is None else copy_release(source, copy)
    return copy


def copy_release(source: Path, folder: Path) -> None:
    """As copy_suite, of the folder with a release. Raises NoCheckoutError."""
    if not (source / "actions" / "install.sh").is_file():
        raise NoCheckoutError(f"{source} (credex_suite) is no release of credex-actions: it has no actions/install.sh")
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".git", ".venv", "sandbox"))
    adapt(folder)
    share_set_up(folder)


def copy_suite(folder: Path) -> None:
    """The suite as it is here, for act. What is set up for one job serves those after it, in a folder beside `folder`."""
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
    adapt(folder)
    share_set_up(folder)


def share_set_up(suite: Path) -> None:
    """Lets the jobs of all runs that get this copy share packages and byte code; on GitHub each job has its own, with its RUNNER_TEMP."""
    shared = suite.with_name(f"{suite.name}-set-up").resolve()
    shared.mkdir()
    for script in ("start.sh", "install.sh"):
        file = suite / "actions" / script
        file.write_text(file.read_text().replace(SET_UP_IN, shlex.quote(str(shared))))


def adapt(suite: Path) -> None:
    """Gives a copy of the suite what act lacks: `uses: $/path`, GitHub's way to name the own repository at the own commit, is spelled out, and jobs get their OIDC tokens."""
    for file in suite.rglob("action.yml"):
        text = _all_spelled_out(file.read_text())
        file.write_text(begun_always(text) or text)
    for file in (suite / ".github" / "workflows").glob("*.yml"):
        file.write_text(handed_on(_all_spelled_out(file.read_text())))


def _all_spelled_out(text: str) -> str:
    return "\n".join(_spelled_out(line) for line in text.split("\n"))


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
    """OWNER/REPOSITORY@REF of every action that the workflows reuse from other repositories; one may be in a folder of its repository."""
    used = (word for file in workflows for word in re.findall(r"^ *(?:- )?uses: (\S+)", file.read_text(), re.MULTILINE))
    return {
        re.sub(r"^([^/@]+/[^/@]+)[^@]*", r"\1", word) for word in used if "@" in word and not word.startswith(("$/", "Great-Sun-Group/"))
    }
