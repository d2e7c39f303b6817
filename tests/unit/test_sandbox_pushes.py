"""What a folder brings into a repository of the sandbox's GitHub: what a push of it would."""

from pathlib import Path

from credex_actions.sandbox.github.git.store import copy, git


def files(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def copied(source: Path, into: Path) -> set[str]:
    into.mkdir()
    copy(source, into)
    return {str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()}


def test_a_checkout_brings_what_git_does_not_ignore(tmp_path: Path) -> None:
    source = files(
        tmp_path / "source", "app.py", "new/file.py", ".v/pyvenv.cfg", ".v/lib/big.py", "gone.py", ".github/workflows/deploy.yml"
    )
    (source / ".gitignore").write_text("/.v/\n")
    git(source, "init", "--quiet")
    git(source, "add", "app.py", "gone.py", ".gitignore")
    (source / "gone.py").unlink()
    assert copied(source, tmp_path / "copy") == {"app.py", "new/file.py", ".gitignore", ".github/workflows/deploy.yml"}
    assert copied(source / "new", tmp_path / "part") == {"file.py"}
    assert copied(source / ".v", tmp_path / "ignored") == {"pyvenv.cfg", "lib/big.py"}


def test_another_folder_brings_all_but_dependencies_and_virtual_environments(tmp_path: Path) -> None:
    source = files(tmp_path / "source", "app.py", ".v/pyvenv.cfg", ".v/lib/big.py", "node_modules/a/index.js", "web/node_modules/b.js")
    assert copied(source, tmp_path / "copy") == {"app.py"}
