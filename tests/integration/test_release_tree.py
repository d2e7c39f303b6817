"""The tree of a tag: what is in it, and that its commands start with nothing but a bash and a Python, without asking a package index."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from credex_actions.sandbox.github import GitHub
from tests.integration.triggering import NAME, Triggering
from tests.released import NO_INDEX, ROOT, build

pytestmark = pytest.mark.slow

PYTHON = sys._base_executable  # type: ignore[attr-defined]  # what the virtual environment was made with
DEFINITION = {"family": "web", "containerDefinitions": [{"name": "web", "image": "old", "memory": 256}]}
RENDER = {"INPUT_TASK_DEFINITION": "task-definition.json", "INPUT_CONTAINER_NAME": "web", "INPUT_IMAGE": "new"}


@pytest.fixture
def tree(release: Path) -> Path:
    return release / "tree"


@dataclass
class Job:
    """A job on a runner that has what GitHub's have, and no index."""

    tree: Path
    folder: Path

    def __post_init__(self) -> None:
        for name in ("bin", "temp", "workspace"):
            (self.folder / name).mkdir()
        for name in ("bash", "rm", "mkdir", "mv", "chmod", "sha256sum", "mktemp", "env", "sed", "tail", "grep", "git"):
            found = shutil.which(name)
            assert found, f"the tests need {name}"
            (self.folder / "bin" / name).symlink_to(found)
        self.python.symlink_to(PYTHON)
        (self.folder / "workspace" / "task-definition.json").write_text(json.dumps(DEFINITION))

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python3"

    @property
    def store(self) -> Path:
        return self.folder / "temp" / f"credex-actions-{os.geteuid()}"

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": str(self.folder / "bin"), "HOME": str(self.folder), "RUNNER_TEMP": str(self.folder / "temp"), **NO_INDEX}

    def step(self, name: str, *, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """The step of the action `name`, as the runner runs it: its own line, with the inputs in the environment."""
        action = self.tree / "actions" / name / "action.yml"
        (line,) = re.findall(r"^      run: (.*)$", action.read_text(), re.MULTILINE)
        return self.run(before + line, GITHUB_ACTION_PATH=str(action.parent), **environment)

    def run(self, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line]
        given = {**self.environment, **environment}
        return subprocess.run(command, cwd=self.folder / "workspace", env=given, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def job(tree: Path, tmp_path: Path) -> Job:
    return Job(tree, tmp_path)


def test_two_builds_of_one_commit_are_equal_byte_for_byte(release: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    (archive,) = release.glob("credex-actions-tree-*.tar.gz")
    version = archive.name.removeprefix("credex-actions-tree-").removesuffix(".tar.gz")
    mask = os.umask(0o077)
    try:
        build(again, "--version", version, TZ="Pacific/Auckland", LC_ALL="C", PYTHONHASHSEED="7")
    finally:
        os.umask(mask)
    names = sorted(path.name for path in release.iterdir() if path.is_file())
    assert names == sorted(path.name for path in again.iterdir() if path.is_file())
    assert [name for name in names if (again / name).read_bytes() != (release / name).read_bytes()] == []
    assert described(again / "tree") == described(release / "tree")
    with tarfile.open(archive) as packed:
        assert len(packed.getnames()) == len(described(release / "tree"))


def described(folder: Path) -> dict[str, tuple[int, int]]:
    """Mode and time of every file."""
    return {
        str(path.relative_to(folder)): ((seen := path.stat()).st_mode, seen.st_mtime_ns) for path in folder.rglob("*") if path.is_file()
    }


def test_it_has_what_a_job_needs_and_nothing_else(tree: Path) -> None:
    files = [path for path in tree.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 12_000_000
    assert [path for path in files if path.suffix in {".so", ".pyd", ".pyc", ".whl"}] == []
    assert {path.name for path in tree.iterdir()} >= {
        "action.yml",
        "LICENSE",
        "README.md",
        "packages",
        "credex_actions",
        "actions",
        ".github",
    }
    assert not (tree / "credex_actions" / "sandbox").exists()
    assert not (tree / "tests").exists()
    assert {path.stem for path in (tree / ".github" / "workflows").iterdir()} == reused()


def reused() -> set[str]:
    return {file.stem for file in (ROOT / ".github" / "workflows").glob("*.yml") if "workflow_call:" in file.read_text()}


def test_every_package_has_kept_its_licence(tree: Path) -> None:
    about = list((tree / "packages").glob("*.dist-info"))
    carried = {name for name in os.listdir(tree / "packages") if not name.endswith(".dist-info")}
    assert len(about) >= len(carried) - 1  # dateutil and six are two of one family, each with its own
    for folder in about:
        assert (folder / "METADATA").is_file(), folder
        assert any(re.match(r"(?i)licen[cs]e|copying|notice", path.name) for path in folder.rglob("*") if path.is_file()), folder


def test_every_link_of_its_pages_leads_somewhere(tree: Path) -> None:
    for page in (path for path in tree.rglob("*.md") if "packages" not in path.parts):
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if found := re.match(r"https://github.com/Great-Sun-Group/credex-actions/blob/[0-9a-f]{40}/(.+)", link):
                assert (ROOT / found[1]).exists(), f"{page}: {link}"
            elif ":" not in link:
                assert (page.parent / link).exists(), f"{page}: {link}"


def test_what_the_workflows_and_actions_name_is_in_it(tree: Path) -> None:
    for file in [*(tree / ".github").rglob("*.yml"), *tree.rglob("action.yml")]:
        for path in re.findall(r"uses: \$/(\S+)", file.read_text()):
            assert (tree / path / "action.yml").is_file(), f"{file.name}: {path}"


def test_a_step_starts_python_without_a_fork_and_asks_nobody(job: Job) -> None:
    trace = "PS4='+$BASHPID '; set -x; "
    done = job.step("render-task-definition", before=trace, **RENDER)
    assert done.returncode == 0, done.stderr
    assert "'old' -> 'new'" in done.stdout + done.stderr
    assert len(set(re.findall(r"^\++(\d+) ", done.stderr, re.MULTILINE))) == 1
    assert "install.sh" not in done.stderr


def byte_code() -> dict[Path, int]:
    """Of the modules that Python itself brings for a rendering."""
    library = Path(os.__file__).parent
    folders = [library, *(library / name for name in ("collections", "encodings", "json", "re"))]
    return {path: path.stat().st_mtime_ns for folder in folders for path in (folder / "__pycache__").glob("*.pyc")}


def test_neither_the_tree_nor_python_s_own_folder_is_written_to(job: Job) -> None:
    before = described(job.tree)
    pythons = byte_code()
    assert job.step("render-task-definition", **RENDER).returncode == 0
    assert described(job.tree) == before
    assert byte_code() == pythons
    assert list(job.store.rglob("render.cpython-*.pyc"))


@pytest.mark.parametrize(
    "name", ["deploy-task-definition", "verify-deployment", "guard-terraform-plan", "plan-terraform", "apply-terraform"]
)
def test_each_command_that_needs_nothing_compiled_gets_to_its_own_errors(job: Job, name: str) -> None:
    done = job.step(name, AWS_REGION="af-south-1", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "install" not in done.stderr


@pytest.fixture
def triggering(github: GitHub, tmp_path: Path) -> Triggering:
    return Triggering(github, tmp_path)


def test_triggering_with_a_token_needs_no_index(job: Job, triggering: Triggering) -> None:
    token = triggering.github.token().text
    done = job.step(
        "trigger-dev-deploy", INPUT_TOKEN=token, INPUT_POLL_SECONDS="0.2", GITHUB_REPOSITORY=NAME, **triggering.github.environment
    )
    assert done.returncode == 0, done.stderr
    assert [run.conclusion for run in triggering.runs] == ["success"]


def test_as_an_app_it_installs_what_has_to_be_compiled_as_a_branch_does(job: Job) -> None:
    """And here it cannot: which shows that nothing is installed in these tests unnoticed."""
    done = job.step("trigger-dev-deploy", INPUT_APP_ID="1", INPUT_APP_PRIVATE_KEY="x", GITHUB_REPOSITORY=NAME)
    assert done.returncode == 4, done.stderr
    assert "The packages that trigger-dev-deploy.txt pins could not be installed" in done.stderr


def test_whatever_else_needs_a_compiled_package_installs_it_too(job: Job) -> None:
    for name in ("rotate-secrets", "neo4j-backup", "neo4j-ami-rollout"):
        done = job.step(name)
        assert done.returncode == 4, done.stderr
        assert f"{name}.txt pins could not be installed" in done.stderr


def test_an_old_python_that_comes_first_on_the_path_finds_a_newer_one(job: Job) -> None:
    """The old one is played by a new one: what counts is what start.py reads of it."""
    job.python.unlink()
    old = 'import runpy, sys; sys.version_info = (3, 10, 0); sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name="__main__")'
    job.python.write_text(f'#!{shutil.which("bash")}\nexec {PYTHON} -I -S -c {shlex.quote(old)} "${{@:6}}"\n')
    job.python.chmod(0o755)
    (job.folder / "bin" / "python3.11").symlink_to(PYTHON)
    for _ in range(2):
        done = job.step("render-task-definition", **RENDER)
        assert done.returncode == 0, done.stderr
        assert "'old' -> 'new'" in done.stdout + done.stderr
    assert Path((job.store / "python").read_text().strip()).samefile(PYTHON)


@pytest.mark.parametrize(
    ("folder", "text"),
    [("shims", "#!{bash}\nexit 127\n"), ("WindowsApps", "#!{bash}\nexit 49\n"), ("bin", "#!/nowhere/python3\n")],
    ids=["pyenv", "store", "no-interpreter"],
)
def test_a_python_that_cannot_start_is_passed_over(job: Job, folder: str, text: str) -> None:
    (job.folder / "bin" / "python3.11").symlink_to(PYTHON)
    job.python.unlink()
    broken = job.folder / folder / "python3"
    broken.parent.mkdir(exist_ok=True)
    broken.write_text(text.format(bash=shutil.which("bash")))
    broken.chmod(0o755)
    done = job.step("render-task-definition", PATH=f"{broken.parent}:{job.folder / 'bin'}", **RENDER)
    assert done.returncode == 0, done.stderr
    assert "'old' -> 'new'" in done.stdout + done.stderr


def test_byte_code_is_kept_where_nobody_else_can_write(job: Job) -> None:
    done = job.step("render-task-definition", before="umask 0; ", RUNNER_TEMP="", TMPDIR=str(job.folder / "temp"), **RENDER)
    assert done.returncode == 0, done.stderr
    assert list(job.store.rglob("*.pyc"))
    assert job.store.stat().st_mode & 0o777 == 0o700


def test_byte_code_that_others_could_have_written_is_neither_read_nor_kept(job: Job) -> None:
    job.store.mkdir()
    job.store.chmod(0o777)
    done = job.step("render-task-definition", **RENDER)
    assert done.returncode == 0, done.stderr
    assert list(job.store.iterdir()) == []


def test_old_pythons_can_read_what_judges_them() -> None:
    ast.parse((ROOT / "actions" / "start.py").read_text(), feature_version=(3, 6))


def test_without_any_python_it_says_what_to_add(job: Job, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(job.tree / "actions", tree / "actions")
    (tree / "packages").mkdir()
    script = tree / "actions" / "install.sh"
    first, _, rest = script.read_text().partition("\n")
    script.write_text(f"{first}\n{rest.replace('/usr/', '/nowhere/').replace('/opt/', '/nowhere/')}")  # this machine has one there
    job.python.unlink()
    job.tree = tree
    done = job.step("render-task-definition", **RENDER)
    assert done.returncode == 2
    assert "actions/setup-python" in done.stderr


def test_a_folder_that_someone_else_prepared_is_not_trusted(job: Job, tmp_path: Path) -> None:
    (tmp_path / "prepared").mkdir()
    job.store.symlink_to(tmp_path / "prepared")
    done = job.step("render-task-definition", **RENDER)
    assert done.returncode == 2
    assert "nothing in it can be trusted" in done.stderr


def test_the_root_action_s_command_and_scripts_run_from_it_too(job: Job) -> None:
    install = shlex.quote(str(job.tree / "actions" / "install.sh"))
    folder = job.folder / "a folder on the PATH"
    assert job.run(f"{install} command {shlex.quote(str(folder))}").returncode == 0
    done = job.run(f"{shlex.quote(str(folder / 'credex-actions'))} --version")
    assert done.stdout.startswith("credex-actions "), done.stderr
    script = job.folder / "show.py"
    script.write_text("import boto3, jsonpatch, requests, sys, yaml\nprint(sys.argv[1:], boto3.__file__)\n")
    started = (
        f". {shlex.quote(str(job.tree / 'actions' / 'start.sh'))} script render-task-definition {shlex.quote(str(script))} 'an argument'"
    )
    done = job.run(started)
    assert "'an argument']" in done.stdout, done.stderr
    assert str(job.tree / "packages") in done.stdout


def test_a_script_of_the_tree_itself_runs(job: Job) -> None:
    action = job.tree / ".github" / "actions" / "collect-values"
    (line,) = re.findall(r"^      run: (.*)$", (action / "action.yml").read_text(), re.MULTILINE)
    output = job.folder / "output"
    output.touch()
    inputs = {"INPUT_IMAGE": "web:1", "INPUT_IMAGE_PLACEHOLDER": "IMAGE", "INPUT_VALUES": "A=b", "INPUT_SECRET_NAMES": ""}
    done = job.run(line, GITHUB_ACTION_PATH=str(action), GITHUB_OUTPUT=str(output), **inputs)
    assert done.returncode == 0, done.stderr
    assert "web:1" in output.read_text()


def test_yaml_is_read_alike_without_its_compiled_part() -> None:
    """Which a release does not carry; the tests of how YAML is read are run once more, without it."""
    without = "import sys; sys.modules['yaml._yaml'] = None; import pytest, yaml; assert not yaml.__with_libyaml__; sys.exit(pytest.main(sys.argv[1:]))"
    tests = ["tests/unit/test_yaml_depth.py", "tests/unit/test_schema_faults.py"]
    command = [sys.executable, "-c", without, "-q", "-o", "addopts=", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
