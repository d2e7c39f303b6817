"""actions/install.sh: what it promises to a job, on a machine whose Python, index and environment it did not choose."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.package_index import Index, serve, wheel

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SHOW = "import json, os, sys, greeting\nprint(json.dumps({'text': greeting.TEXT, 'path': sys.path, 'json': json.__file__, 'python': sys.executable}))\n"


@pytest.fixture
def index() -> Iterator[Index]:
    with serve() as index:
        yield index


@dataclass
class Job:
    """A job on a runner: the suite as it was fetched, with one pinned package; a workspace, and the environment of its steps."""

    suite: Path
    workspace: Path
    environment: dict[str, str]

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        command = ["bash", str(self.suite / "actions" / "install.sh"), *(arguments or ("script", "greet", str(self.suite / "show.py")))]
        environment = self.environment | more
        return subprocess.Popen(
            command, cwd=self.workspace, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments, **more) as process:
            out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess([], process.returncode, out, err)

    @property
    def store(self) -> Path:
        return Path(self.environment["RUNNER_TEMP"]) / f"credex-actions-{os.geteuid()}"


def tools(folder: Path, *, uv: bool) -> Path:
    """A PATH with what a runner has, and uv or not."""
    folder.mkdir()
    needed = ["bash", "sha256sum", "mktemp", "mkdir", "mv", "rm", "sed", "tail", "grep", "chmod", "env"]
    for name in needed:
        found = shutil.which(name)
        assert found, f"the tests need {name}"
        (folder / name).symlink_to(found)
    (folder / "python3").symlink_to(sys._base_executable)  # type: ignore[attr-defined]  # what the virtual environment was made with
    if uv:
        (folder / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    return folder


@pytest.fixture(params=["uv", "pip", "pip on an old index"])
def job(request: pytest.FixtureRequest, tmp_path: Path, index: Index) -> Job:
    index.speaks_json = request.param != "pip on an old index"
    return make_job(tmp_path, index, uv=request.param == "uv")


@pytest.fixture
def plain_job(tmp_path: Path, index: Index) -> Job:
    return make_job(tmp_path, index, uv=False)


def make_job(folder: Path, index: Index, *, uv: bool) -> Job:
    suite, workspace = folder / "the suite's copy", folder / "workspace"
    shutil.copytree(ROOT / "actions", suite / "actions")
    (suite / "credex_actions").symlink_to(ROOT / "credex_actions")
    (suite / "actions" / "requirements" / "greet.txt").write_text(index.requirements)
    (suite / "show.py").write_text(SHOW)
    for name in ("workspace", "temp", "home"):
        (folder / name).mkdir()
    environment = {
        "PATH": str(tools(folder / "bin", uv=uv)),
        "HOME": str(folder / "home"),
        "RUNNER_TEMP": str(folder / "temp"),
        "PIP_INDEX_URL": f"{index.url}/simple",
        "PIP_RETRIES": "0",
        "UV_HTTP_RETRIES": "0",
    }
    return Job(suite, workspace, environment)


def contents(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_it_installs_what_is_pinned_and_runs_with_it(job: Job) -> None:
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert '"text": "hello"' in done.stdout
    assert done.stderr == ""


def test_the_second_run_asks_nobody(job: Job, index: Index) -> None:
    job.run()
    index.asked.clear()
    assert '"text": "hello"' in job.run(PIP_INDEX_URL="http://127.0.0.1:9/simple").stdout
    assert index.asked == []


def test_nothing_of_the_caller_s_and_of_the_checkout_is_changed(job: Job, tmp_path: Path) -> None:
    (job.workspace / "requirements.txt").write_text("requests\n")
    (job.suite / "credex_actions").unlink()
    shutil.copytree(ROOT / "credex_actions", job.suite / "credex_actions", ignore=shutil.ignore_patterns("__pycache__", "sandbox"))
    files = {name: tmp_path / name for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT")}
    for file in files.values():
        file.touch()
    suite, workspace = contents(job.suite), contents(job.workspace)
    assert job.run(**{name: str(file) for name, file in files.items()}).returncode == 0
    assert (contents(job.suite), contents(job.workspace)) == (suite, workspace)
    assert [file.read_text() for file in files.values()] == ["", "", ""]
    assert {path.name for path in Path(job.environment["RUNNER_TEMP"]).iterdir()} == {job.store.name}
    assert job.store.stat().st_mode & 0o077 == 0


def test_nothing_of_the_caller_s_is_believed(job: Job, tmp_path: Path) -> None:
    for name in ("json.py", "greeting.py", "sitecustomize.py", "credex_actions.py", "pip.py", "uv.toml"):
        (job.workspace / name).write_text("raise SystemExit('taken in')\n")
    hostile = {
        "PYTHONPATH": str(job.workspace),
        "PYTHONSTARTUP": str(job.workspace / "json.py"),
        "PYTHONHOME": "/nowhere",
        "PYTHONUSERBASE": str(job.workspace),
    }
    hostile |= {
        "PIP_USER": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_TARGET": str(tmp_path / "elsewhere"),
        "PIP_PREFIX": "/nowhere",
        "PIP_NO_BINARY": ":all:",
        "PIP_CONSTRAINT": "/nowhere",
    }
    hostile |= {
        "VIRTUAL_ENV": "/nowhere",
        "CONDA_PREFIX": "/nowhere",
        "UV_PYTHON": "2.7",
        "UV_NO_BINARY": "1",
        "UV_SYSTEM_PYTHON": "1",
        "UV_CONSTRAINT": "/nowhere",
        "CDPATH": "/",
        "BASH_ENV": "",
    }
    done = job.run(**hostile)
    assert done.returncode == 0, done.stderr
    assert '"text": "hello"' in done.stdout
    assert str(job.workspace) not in done.stdout
    assert "site-packages" not in done.stdout
    assert not (tmp_path / "elsewhere").exists()


def test_the_installer_learns_no_input_and_no_address_by_its_arguments(job: Job, tmp_path: Path) -> None:
    spy = Path(job.environment["PATH"]) / "uv"
    spy.unlink(missing_ok=True)
    spy.write_text(f'#!/usr/bin/env bash\nprintf "%s\\n" "$@" >{tmp_path}/arguments\nenv >{tmp_path}/environment\nexit 1\n')
    spy.chmod(0o755)
    done = job.run(
        INPUT_VALUES="JWT=canary-value", GITHUB_TOKEN="canary-token", PIP_INDEX_URL="http://user:canary-password@127.0.0.1:9/simple"
    )
    assert done.returncode == 4
    environment, arguments = (tmp_path / "environment").read_text(), (tmp_path / "arguments").read_text()
    assert "UV_DEFAULT_INDEX=http://user:canary-password@" in environment
    assert "canary-value" not in environment
    assert "canary-token" not in environment
    assert "canary" not in arguments


def test_a_package_with_another_hash_is_not_installed(job: Job, index: Index) -> None:
    index.content = wheel("tampered")
    done = job.run()
    assert done.returncode == 4
    assert "Hash mismatch" in done.stderr
    assert "tampered" not in done.stdout
    assert [path.name for path in job.store.iterdir() if path.name != "bytecode"] == []
    index.content = wheel("hello")
    assert job.run().returncode == 0


def test_without_a_network_it_says_so_and_shows_no_password(job: Job) -> None:
    done = job.run(PIP_INDEX_URL="http://user:canary@127.0.0.1:9/simple", GITHUB_ACTIONS="true")
    assert done.returncode == 4
    errors = [line for line in done.stderr.splitlines() if line.startswith("::error::")]
    assert len(errors) == 1
    assert "could not be installed" in errors[0]
    assert "canary" not in done.stdout + done.stderr


def test_what_an_index_says_is_no_workflow_command(plain_job: Job) -> None:
    folder = Path(plain_job.environment["PATH"])
    uv = folder / "uv"
    uv.write_text(
        "#!/usr/bin/env bash\nprintf '::stop-commands::x\\n  ::add-mask::a\\nwhat\\r::add-mask::b\\nand ##[group]c ###[group]d\\n'\nexit 1\n"
    )
    uv.chmod(0o755)
    done = plain_job.run(GITHUB_ACTIONS="true")
    lines = re.split(r"[\r\n]+", done.stderr)
    assert [line.partition("::")[2].partition("::")[0] for line in lines if line.lstrip().startswith("::")] == ["error"]
    assert "##[" not in done.stderr
    assert "stop-commands" in done.stderr


def test_jobs_that_start_at_the_same_time_do_not_disturb_each_other(job: Job) -> None:
    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda _: job.run(), range(6)))
    assert [(run.returncode, run.stderr) for run in runs] == [(0, "")] * 6
    assert [path.name for path in job.store.iterdir() if path.name.startswith("unfinished")] == []


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
def test_an_installation_that_was_killed_is_never_taken_for_a_whole_one(job: Job, index: Index, blow: signal.Signals) -> None:
    index.go_on.clear()
    with job.start() as process:
        assert index.stalled.wait(30)
        os.killpg(process.pid, blow)
        process.communicate(timeout=30)
    index.go_on.set()
    if blow is signal.SIGTERM:
        assert [path.name for path in job.store.iterdir()] == []
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert '"text": "hello"' in done.stdout


def test_a_set_of_packages_that_was_removed_is_installed_again(job: Job) -> None:
    job.run()
    for folder in job.store.glob("packages-*"):
        shutil.rmtree(folder)
    assert job.run().returncode == 0


def test_an_old_python_that_comes_first_on_the_path_is_passed_over(plain_job: Job) -> None:
    folder = Path(plain_job.environment["PATH"])
    (folder / "python3").rename(folder / "python3.11")
    old = folder / "python3"
    old.write_text("#!/bin/bash\nexit 1\n")  # the question for the version is all that it is ever asked
    old.chmod(0o755)
    assert plain_job.run().returncode == 0


def test_a_virtual_environment_on_the_path_lends_its_interpreter_and_nothing_else(plain_job: Job) -> None:
    done = plain_job.run(PATH=f"{Path(sys.executable).parent}:{plain_job.environment['PATH']}", VIRTUAL_ENV=sys.prefix)
    assert done.returncode == 0, done.stderr
    assert sys.prefix not in done.stdout


def test_without_any_python_it_says_what_to_add(plain_job: Job) -> None:
    script = plain_job.suite / "actions" / "install.sh"
    script.write_text(script.read_text().replace("/usr/", "/nowhere/").replace("/opt/", "/nowhere/"))  # this machine has one there
    (Path(plain_job.environment["PATH"]) / "python3").unlink()
    done = plain_job.run()
    assert done.returncode == 2
    assert "actions/setup-python" in done.stderr
    assert done.stdout == ""


def test_pip_s_own_settings_are_honoured_also_where_uv_is_there(tmp_path: Path, index: Index) -> None:
    job = make_job(tmp_path, index, uv=True)
    del job.environment["PIP_INDEX_URL"]
    settings = tmp_path / "pip.conf"
    settings.write_text(f"[global]\nindex-url = {index.url}/simple\nuser = true\nrequire-virtualenv = true\n")
    done = job.run(PIP_CONFIG_FILE=str(settings))
    assert done.returncode == 0, done.stderr


def test_uv_s_own_settings_are_honoured_also_where_only_pip_is_there(plain_job: Job) -> None:
    address = plain_job.environment.pop("PIP_INDEX_URL")
    done = plain_job.run(UV_DEFAULT_INDEX=address)
    assert done.returncode == 0, done.stderr


def test_a_proxy_is_used_where_the_machine_has_one(job: Job, index: Index) -> None:
    address = "http://packages.invalid"
    done = job.run(PIP_INDEX_URL=f"{address}/simple", PIP_TRUSTED_HOST="packages.invalid", HTTP_PROXY=index.url, http_proxy=index.url)
    assert done.returncode == 0, done.stderr
    assert any(path.startswith(address) for path in index.asked)


def test_a_folder_that_someone_else_prepared_is_not_trusted(plain_job: Job, tmp_path: Path) -> None:
    (tmp_path / "prepared").mkdir()
    plain_job.store.symlink_to(tmp_path / "prepared")
    done = plain_job.run()
    assert done.returncode == 2
    assert "nothing in it can be trusted" in done.stderr


def plain_script(job: Job) -> str:
    """One that needs no packages."""
    script = job.suite / "plain.py"
    script.write_text("import credex_actions\n")
    return str(script)


def test_nor_is_its_byte_code_where_no_packages_are_needed(plain_job: Job, tmp_path: Path) -> None:
    (tmp_path / "prepared").mkdir()
    plain_job.store.symlink_to(tmp_path / "prepared")
    done = plain_job.run("script", "plain", plain_script(plain_job))
    assert done.returncode == 2
    assert "nothing in it can be trusted" in done.stderr


WINDOWS = {"OSTYPE": "msys"}
"""As Git's bash has it; a bash takes it from its environment."""


def test_on_windows_a_folder_of_the_administrators_is_the_user_s_own(plain_job: Job) -> None:
    plain_job.store.mkdir(0o700)
    if os.geteuid() == 0:  # nobody else can give a folder away; what is Windows's in it is run by every user
        os.chown(plain_job.store, 12345, -1)
        assert plain_job.run("script", "plain", plain_script(plain_job)).returncode == 2
    done = plain_job.run("script", "plain", plain_script(plain_job), **WINDOWS)
    assert done.returncode == 0, done.stderr


def test_on_windows_the_command_is_for_powershell_and_cmd_too(plain_job: Job, tmp_path: Path) -> None:
    """As text: what it says is cmd's own, which is not here."""
    bin_folder, folder = Path(plain_job.environment["PATH"].partition(":")[0]), tmp_path / "commands"
    (bin_folder / "cygpath").write_text("#!/usr/bin/env bash\nprintf 'C:%s' \"${2//'/'/'\\'}\"\n")
    (bin_folder / "cygpath").chmod(0o755)
    assert plain_job.run("command", str(folder), BASH="/usr/bin/bash", **WINDOWS).returncode == 0
    lines = (folder / "credex-actions.cmd").read_bytes().decode().split("\r\n")
    assert lines[:2] == ["@setlocal", r'@set "PATH=C:\usr\bin;%PATH%"']
    assert lines[2].endswith(r'\bash" "%~dp0credex-actions" %*')
    assert lines[2].startswith('@"C:')
    assert lines[3:] == [""]


def test_byte_code_is_kept_where_nobody_else_can_write(plain_job: Job) -> None:
    started = ["bash", str(plain_job.suite / "actions" / "install.sh"), "script", "plain", plain_script(plain_job)]
    done = subprocess.run(started, env=plain_job.environment, umask=0, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(plain_job.store.rglob("*.pyc"))
    assert plain_job.store.stat().st_mode & 0o777 == 0o700


def test_the_command_gets_the_runner_s_signals_itself(plain_job: Job) -> None:
    (plain_job.suite / "show.py").write_text(
        "import signal, sys, time\nsignal.signal(signal.SIGINT, lambda *_: sys.exit(130))\nprint('ready', flush=True)\ntime.sleep(60)\n"
    )
    with plain_job.start() as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)  # to the one process that the runner knows
        assert process.wait(10) == 130


def test_help_and_version_need_no_package_at_all(plain_job: Job, index: Index) -> None:
    assert plain_job.run("run", "--version").stdout.startswith("credex-actions ")
    assert plain_job.run("run", "--help").returncode == 0
    assert index.asked == []


def test_the_command_on_the_path_works_from_anywhere(plain_job: Job, tmp_path: Path) -> None:
    folder = tmp_path / "a folder on the PATH"
    assert plain_job.run("command", str(folder)).returncode == 0
    done = subprocess.run(
        [folder / "credex-actions", "--version"], cwd="/", env=plain_job.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("credex-actions ")


def test_each_action_s_own_set_installs_and_imports_what_the_action_imports(tmp_path: Path) -> None:
    imports = {
        "render-task-definition": "actions_toolkit.command, yaml, jsonpatch",
        "deploy-task-definition": "boto3, yaml, tenacity, actions_toolkit.file_command",
    }
    environment = dict(os.environ) | {"RUNNER_TEMP": str(tmp_path)}
    for name, modules in imports.items():
        script = tmp_path / "imports.py"
        script.write_text(f"import {modules}\nimport sys\nprint('boto3' in sys.modules)\n")
        began = time.monotonic()
        done = subprocess.run(
            ["bash", ROOT / "actions" / "install.sh", "script", name, script], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == str(name.startswith("deploy")), f"{name} after {time.monotonic() - began:.1f} s"


def test_where_all_is_set_up_nothing_is_forked(plain_job: Job) -> None:
    assert plain_job.run().returncode == 0
    script = str(plain_job.suite / "actions" / "install.sh")
    traced = """PS4='+$BASHPID '; set -x; . "$0" "$@" """  # root's bash takes no PS4 from its environment
    command = ["bash", "-c", traced, script, "script", "greet", str(plain_job.suite / "show.py")]
    done = subprocess.run(command, cwd=plain_job.workspace, env=plain_job.environment, capture_output=True, text=True, check=True)
    assert len(set(re.findall(r"^\++(\d+) ", done.stderr, re.MULTILINE))) == 1


def test_other_requirements_at_the_same_place_are_installed(plain_job: Job) -> None:
    assert plain_job.run().returncode == 0
    before = {path.name for path in plain_job.store.glob("packages-*")}
    requirements = plain_job.suite / "actions" / "requirements" / "greet.txt"
    kept = requirements.stat()
    requirements.write_text(f"{requirements.read_text()}# as another version of the suite has them\n")
    os.utime(requirements, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert plain_job.run().returncode == 0
    assert len({path.name for path in plain_job.store.glob("packages-*")} - before) == 1


def test_a_start_from_a_folder_that_is_gone_says_no_more_than_one_from_elsewhere(plain_job: Job) -> None:
    gone = plain_job.workspace / "gone"
    gone.mkdir()
    script = plain_job.suite / "actions" / "install.sh"
    line = shlex.join(["exec", "bash", str(script), "script", "greet", str(plain_job.suite / "show.py")])
    line = f"cd {shlex.quote(str(gone))} && rm -r {shlex.quote(str(gone))} && {line}"
    done = subprocess.run(["bash", "-c", line], env=plain_job.environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
