"""actions/start.py, as far as it decides something without starting anything."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_bash_of_windows_own_folder_is_not_taken_for_the_one_that_runs_the_action(tmp_path: Path) -> None:
    start = runpy.run_path(str(ROOT / "actions" / "start.py"), run_name="start")
    git, system = tmp_path / "Git" / "usr" / "bin", tmp_path / "Windows" / "System32"
    for folder in (git, system):
        folder.mkdir(parents=True)
        (folder / "bash.exe").touch()
    assert start["first_bash"]([str(tmp_path), str(git), str(system)]) == str(git / "bash.exe")
    assert start["first_bash"]([]) == "bash"
