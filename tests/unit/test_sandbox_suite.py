"""The copy of the suite that workflows of the sandbox get, and what act gets of it."""

import os
import subprocess
from pathlib import Path

from credex_actions.sandbox.github.act.mirrored import mirror
from credex_actions.sandbox.suite import ROOT, adapt, share_set_up

ACTION = """\
runs:
  using: composite
  steps:
    - name: Second
      uses: $/actions/second # beside it
"""


def suite(folder: Path) -> Path:
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "deploy.yml").write_text("on: push\n")
    (folder / "actions" / "first").mkdir(parents=True)
    (folder / "actions" / "first" / "action.yml").write_text(ACTION)
    for script in ("start.sh", "install.sh"):
        (folder / "actions" / script).write_text((ROOT / "actions" / script).read_text())
        (folder / "actions" / script).chmod(0o755)
    (folder / "action.yml").write_text(ACTION)
    return folder


def test_act_copies_only_what_it_has_to_have_as_files(tmp_path: Path) -> None:
    mirror(suite(tmp_path / "suite"), tmp_path / "own", {Path(".github", "workflows")})
    own = tmp_path / "own"
    assert (own / "actions").readlink() == (tmp_path / "suite" / "actions").resolve()
    assert [path for path in (own / "action.yml", own / ".github", own / ".github" / "workflows" / "deploy.yml") if path.is_symlink()] == []
    assert (own / "actions" / "first" / ".." / "start.sh").exists()


def test_a_folder_in_which_something_is_to_be_replaced_is_one(tmp_path: Path) -> None:
    mirror(suite(tmp_path / "suite"), tmp_path / "own", {Path("actions", "first"), Path()})
    file = tmp_path / "own" / "actions" / "first" / "action.yml"
    file.unlink()
    file.write_text("another")
    assert (tmp_path / "suite" / "actions" / "first" / "action.yml").read_text() == ACTION
    assert (tmp_path / "own" / ".github").is_symlink()


def test_the_own_repository_is_spelled_out_and_first_steps_run_always(tmp_path: Path) -> None:
    adapt(suite(tmp_path))
    text = (tmp_path / "actions" / "first" / "action.yml").read_text()
    assert "Great-Sun-Group/credex-actions/actions/second@v1" in text
    assert "if: always()" in text


def test_jobs_share_what_is_set_up_whatever_their_temporary_folder_is(tmp_path: Path) -> None:
    share_set_up(suite(tmp_path / "it's the suite"))
    shared = tmp_path / "it's the suite-set-up"
    for script in ("start.sh", "install.sh"):
        assert "RUNNER_TEMP:-" not in (tmp_path / "it's the suite" / "actions" / script).read_text()
    line = next(
        line for line in (tmp_path / "it's the suite" / "actions" / "start.sh").read_text().splitlines() if line.startswith("credex_store=")
    )
    told = subprocess.run(
        ["bash", "-c", f'{line}; printf %s "$credex_store"'],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"RUNNER_TEMP": "/elsewhere"},
    )
    assert told.stdout == f"{shared}/credex-actions-{os.geteuid()}"
