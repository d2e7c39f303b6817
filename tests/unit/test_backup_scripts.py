"""The scripts that a backup and a drill run on an instance, under the shells that may be its sh: what they call, what they leave, and how they end."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from credex_actions.backup.drill import commands as drill
from credex_actions.backup.taking import commands as taking

FAKES = {
    "id": "exit 1",
    "systemctl": 'echo "systemctl $*" >> "$LOG"',
    "systemd-run": 'echo "systemd-run $*" >> "$LOG"; exit "${TIMER:-0}"',
    "cloud-init": 'echo "cloud-init $*" >> "$LOG"; exit 2',
    "aws": 'echo "aws $1 $2" >> "$LOG"; for last; do :; done; printf content > "$last"',
    "neo4j-admin": 'echo "neo4j-admin $2" >> "$LOG"; [ "$2" = dump ] && printf content > "${4#--to-path=}/$3.dump"; exit "${ADMIN:-0}"',
}
CONTENT = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
"""The SHA-256 of `content`."""


@pytest.fixture(params=[each for each in ("dash", "bash", "sh") if shutil.which(each)])
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Instance:
    def __init__(self, folder: Path, shell: str) -> None:
        self.shell, self.log, self.disk = shell, folder / "log", folder / "disk"
        self.programs = folder / "programs"
        self.disk.mkdir()
        self.programs.mkdir()
        for name, text in FAKES.items():
            (self.programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (self.programs / name).chmod(0o755)

    def run(self, script: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        own = {"PATH": f"{self.programs}:{os.environ['PATH']}", "TMPDIR": str(self.disk), "LOG": str(self.log)}
        return subprocess.run([self.shell, "-c", script], env=own | environment, capture_output=True, text=True, check=False)

    @property
    def called(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def instance(tmp_path: Path, shell: str) -> Instance:
    return Instance(tmp_path, shell)


def test_a_dump_says_its_checksum_and_its_size(instance: Instance) -> None:
    ended = instance.run(taking.dump("neo4j", "ledger-1"))
    assert (ended.returncode, ended.stdout) == (0, f"{CONTENT} 7\n")
    instance.run(taking.remove("ledger-1"))
    assert list(instance.disk.iterdir()) == []


def test_a_dump_that_fails_ends_with_the_code_of_neo4j_admin_and_leaves_nothing(instance: Instance) -> None:
    assert instance.run(taking.dump("neo4j", "ledger-1"), ADMIN="7").returncode == 7
    assert list(instance.disk.iterdir()) == []


def test_what_a_killed_run_has_left_on_the_disk_goes_with_the_next_dump_and_what_another_one_uploads_stays(instance: Instance) -> None:
    for name, hours in (("credex-backup-killed", 7), ("credex-backup-uploading", 4), ("someone-elses", 70)):
        folder = instance.disk / name
        folder.mkdir()
        (folder / "neo4j.dump").write_text("copy")
        os.utime(folder, (time.time() - hours * 3600,) * 2)
    assert instance.run(taking.dump("neo4j", "ledger-1")).returncode == 0
    assert sorted(each.name for each in instance.disk.iterdir()) == ["credex-backup-ledger-1", "credex-backup-uploading", "someone-elses"]


def test_a_dump_is_loaded_only_when_the_instance_has_booted(instance: Instance) -> None:
    assert instance.run(drill.load("neo4j", "s3://dumps/a.dump", CONTENT)).returncode == 0
    assert instance.called == ["cloud-init status --wait", "aws s3 cp", "systemctl stop neo4j", "neo4j-admin load", "systemctl start neo4j"]
    assert list(instance.disk.iterdir()) == []


def test_a_dump_is_loaded_where_nothing_tells_of_the_boot_too(instance: Instance) -> None:
    (instance.programs / "cloud-init").unlink()
    assert instance.run(drill.load("neo4j", "s3://dumps/a.dump", CONTENT)).returncode == 0


def test_what_is_not_what_was_uploaded_is_not_loaded(instance: Instance) -> None:
    assert instance.run(drill.load("neo4j", "s3://dumps/a.dump", "0" * 64)).returncode == drill.CORRUPT
    assert "neo4j-admin load" not in instance.called
    assert instance.run(drill.load("neo4j", "s3://dumps/a.dump", "")).returncode == drill.CORRUPT


def test_a_check_ends_with_the_code_of_neo4j_admin(instance: Instance) -> None:
    assert instance.run(drill.check("neo4j")).returncode == 0
    assert instance.run(drill.check("neo4j"), ADMIN="3").returncode == 3
    (instance.programs / "systemctl").write_text("#!/bin/sh\nexit 5\n")
    assert instance.run(drill.check("neo4j")).returncode == 5


def test_a_stop_is_clean_only_if_systemd_did_not_have_to_force_it(instance: Instance) -> None:
    answers = 'case "$1" in is-active) exit "${ACTIVE:-3}" ;; show) echo "${RESULT:-success}" ;; esac'
    (instance.programs / "systemctl").write_text(f"#!/bin/sh\n{answers}\n")
    assert instance.run(taking.stop()).returncode == 0
    forced = instance.run(taking.stop(), RESULT="timeout")
    assert (forced.returncode, "its store is not clean" in forced.stderr) == (1, True)
    assert instance.run(taking.stop(), ACTIVE="0").returncode == 1


def test_nothing_is_stopped_where_no_timer_could_be_set_that_starts_it_again(instance: Instance) -> None:
    assert instance.run(taking.stop(), TIMER="1").returncode == 1
    assert "systemctl stop neo4j" not in instance.called


def test_what_is_stopped_for_good_is_started_by_no_timer_of_an_earlier_stop_either(instance: Instance) -> None:
    instance.run(taking.stop_for_good())
    assert instance.called[0].startswith("systemctl stop credex-start-neo4j.timer")
    assert "systemctl stop neo4j" in instance.called
    assert not [line for line in instance.called if line.startswith("systemd-run")]


def test_the_timer_starts_neo4j_as_soon_as_no_dump_is_written_any_more(instance: Instance) -> None:
    instance.run(taking.stop())
    (timer,) = (line for line in instance.called if line.startswith("systemd-run"))
    assert "--on-active=900 " in timer
    for name, text in {
        "pgrep": 'echo pgrep >> "$LOG"; [ -n "$(grep -c pgrep "$LOG" | grep -E "^[12]$")" ]',
        "sleep": 'echo "sleep $*" >> "$LOG"',
    }.items():
        (instance.programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (instance.programs / name).chmod(0o755)
    instance.log.unlink()
    assert instance.run(timer.partition("/bin/sh -c ")[2]).returncode == 0
    assert instance.called == ["pgrep", "sleep 5", "pgrep", "sleep 5", "pgrep", "systemctl start neo4j"]
