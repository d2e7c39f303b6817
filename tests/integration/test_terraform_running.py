"""plan-terraform and apply-terraform with the real binary. Its built-in provider is enough, so that nothing is downloaded."""

import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

import credex_actions
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure
from tests.integration.called import Ended, ended_with
from tests.terraform import environment

SECRET: Final = "tell-nobody-of-this"
CONFIGURATION: Final = """
variable "size" {
  type    = string
  default = "small"
}
variable "password" {
  type      = string
  sensitive = true
  default   = ""
}
variable "gate" {
  type    = string
  default = ""
}
variable "fail" {
  type    = bool
  default = false
}
resource "terraform_data" "first" {
  input = { size = var.size, password = var.password }
}
resource "terraform_data" "second" {
  input            = terraform_data.first.id
  triggers_replace = var.size
  provisioner "local-exec" {
    command = var.fail ? "exit 7" : var.gate == "" ? "true" : "touch ${var.gate}.begun; until [ -e ${var.gate} ]; do sleep 0.05; done"
  }
}
output "size" {
  value = var.size
}
output "password" {
  value     = var.password
  sensitive = true
}
"""


class Module:
    """A root module, and the two commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "module"
        self.folder.mkdir()
        (self.folder / "main.tf").write_text(CONFIGURATION)
        self.environment = environment(folder, RUNNER_TEMP=str(folder))
        self.plan_file = str(folder / "tfplan")
        self.gate = folder / "gate"
        self.log = io.StringIO()

    def plan(self, **inputs: Any) -> Any:
        inputs = {"directory": str(self.folder), "plan_file": self.plan_file, **inputs}
        return credex_actions.plan_terraform(log=self.log, environment=self.environment, **inputs)

    def apply(self, planned: Any = None, **inputs: Any) -> Any:
        inputs = {**({"plan_id": planned.plan_id} if planned else {}), **inputs}
        inputs = {"directory": str(self.folder), "plan_file": self.plan_file, **inputs}
        return credex_actions.apply_terraform(log=self.log, environment=self.environment, **inputs)

    @contextmanager
    def applying(self, *flags: str, **more: str) -> Iterator["subprocess.Popen[str]"]:
        """An apply in a process of its own, that goes on until the gate is opened; it has begun."""
        planned = self.plan(vars={"gate": str(self.gate)}, secret_vars={"password": SECRET})
        words = ("apply-terraform", "--json", "--directory", str(self.folder), "--plan-file", self.plan_file, "--plan-id", planned.plan_id)
        with self.started(*words, *flags, **more) as process:
            self.until(Path(f"{self.gate}.begun").exists)
            try:
                yield process
            finally:
                self.gate.touch()  # whatever the test made of it, Terraform ends

    @contextmanager
    def started(self, *words: str, **more: str) -> Iterator["subprocess.Popen[str]"]:
        """Not a warm process (tests/integration/warm.py): these commands import nothing that takes long."""
        process = subprocess.Popen(
            [sys.executable, "-m", "credex_actions", *words],
            env={**self.environment, **more},
            cwd=self.folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def ended(self, process: "subprocess.Popen[str]") -> Ended:
        stdout, stderr = process.communicate(timeout=120)
        return ended_with(process.returncode, stdout, stderr, self.folder / "summary.md")

    @staticmethod
    def until(condition: Any) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, "it does not come"
            time.sleep(0.02)

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.folder / "terraform.tfstate").read_text())
        return state

    @property
    def locked(self) -> bool:
        return (self.folder / ".terraform.tfstate.lock.info").exists()


@pytest.fixture
def module(tmp_path: Path) -> Module:
    return Module(tmp_path)


def refused(failure: Failure, code: Exit, *words: str) -> None:
    assert failure.code == code, failure
    for word in words:
        assert word in str(failure), failure


def test_what_was_planned_is_applied_once(module: Module) -> None:
    planned = module.plan(secret_vars={"password": SECRET})
    assert (planned.verdict, planned.changes, planned.applyable, planned.findings) == ("safe", 2, True, [])
    assert stat.S_IMODE(os.stat(module.plan_file).st_mode) == 0o600
    assert SECRET.encode() not in json.dumps(planned).encode()
    done = module.apply(planned)
    assert (done.outcome, done.applied, done.verdict) == ("applied", 2, "safe")
    assert module.state["outputs"]["password"]["value"] == SECRET
    serial = module.state["serial"]
    with pytest.raises(Partial) as again:
        module.apply(planned)
    refused(again.value, Exit.REFUSED, "stale: the state was changed after the plan was made", "nothing was changed")
    assert module.state["serial"] == serial
    unchanged = module.plan(secret_vars={"password": SECRET})
    assert (unchanged.changes, unchanged.applyable) == (0, False)
    assert module.apply(unchanged).outcome == "nothing-to-do"
    log = module.log.getvalue()
    assert "terraform_data.second: created" in log
    assert "size = small" in log
    assert SECRET not in log
    assert sorted(each.name for each in module.folder.parent.iterdir() if "tfplan" in each.name) == ["tfplan"]


def test_another_plan_than_the_reviewed_one_is_refused(module: Module) -> None:
    reviewed = module.plan()
    module.plan(vars={"size": "large"})
    with pytest.raises(Partial) as refusal:
        module.apply(reviewed)
    refused(refusal.value, Exit.REFUSED, "is not the reviewed plan", "nothing was changed")
    assert refusal.value.outputs.applied == 0
    with pytest.raises(Failure, match="plan-id: is missing, and so is changes-id"):
        module.apply()
    assert not (module.folder / "terraform.tfstate").exists()


def test_the_id_of_the_changes_is_that_of_what_a_reviewer_saw(module: Module) -> None:
    first = module.plan(secret_vars={"password": SECRET})
    second = module.plan(secret_vars={"password": "another-one"})
    assert first.changes_id == second.changes_id  # that a sensitive value is set is seen, and not which
    assert first.plan_id != second.plan_id
    other = module.plan(vars={"size": "large"}, secret_vars={"password": SECRET})
    assert other.changes_id != first.changes_id
    with pytest.raises(Partial) as refusal:
        module.apply(changes_id=first.changes_id)
    refused(refusal.value, Exit.REFUSED, "the plan changes something else than the reviewed one")
    assert module.apply(changes_id=other.changes_id).outcome == "applied"


def test_the_guard_judges_when_it_is_planned_and_again_when_it_is_applied(module: Module) -> None:
    module.apply(module.plan())
    replacing = module.plan(vars={"size": "large"})
    with pytest.raises(Partial) as refusal:
        module.plan(
            vars={"size": "large"},
            protect=("terraform_data.second",),
            plan_file=f"{module.plan_file}-other",
            markdown_file=f"{module.folder}.md",
        )
    refused(refusal.value, Exit.REFUSED, "terraform_data.second: replace")
    assert refusal.value.outputs.verdict == "refused"
    text = Path(f"{module.folder}.md").read_text()
    assert "forced by triggers_replace)\n" in text.partition("± terraform_data.second: replace (id, ")[2]
    with pytest.raises(Partial) as refusal:
        module.apply(plan_id=replacing.plan_id, protect=("terraform_data.second",))
    refused(refusal.value, Exit.REFUSED, "terraform_data.second: replace", "nothing was changed")
    with pytest.raises(Partial) as refusal:  # guard-terraform-plan itself, on the saved plan
        credex_actions.guard_terraform_plan(
            plan=module.plan_file, directory=str(module.folder), protect="terraform_data.*", log=module.log, environment=module.environment
        )
    assert [each["address"] for each in refusal.value.outputs.findings] == ["terraform_data.second"]
    assert module.apply(replacing, dry_run=True).outcome is None
    assert module.apply(replacing).applied == 3


def test_errors_of_terraform_have_their_places(module: Module) -> None:
    main = module.folder / "main.tf"
    with pytest.raises(Failure) as failure:
        module.plan(vars={"unknown": "1"})
    refused(failure.value, Exit.FAILED, "Value for undeclared variable", "no plan was saved")
    main.write_text(CONFIGURATION + 'output "wrong" {\n  value = var.nothing\n}\n')
    with pytest.raises(Failure) as failure:
        module.plan()
    (fault,) = failure.value.faults
    assert (fault.file, fault.line, fault.column) == (str(main), CONFIGURATION.count("\n") + 2, 11)
    main.write_text(CONFIGURATION + 'output "wrong {\n')
    with pytest.raises(Failure) as failure:
        module.plan()
    assert {(each.file, each.line) for each in failure.value.faults} >= {(str(main), CONFIGURATION.count("\n") + 1)}
    assert not os.path.exists(module.plan_file)


def test_an_apply_that_fails_half_way_says_what_was_applied(module: Module) -> None:
    with pytest.raises(Partial) as failure:
        module.apply(module.plan(vars={"fail": "true"}))
    assert (failure.value.outputs.outcome, failure.value.outputs.applied) == ("failed", 1)
    words = "applied: terraform_data.first (created); failed, so that it may exist in part: terraform_data.second"
    refused(failure.value, Exit.FAILED, "main.tf:25:28", "exit status 7", words)


def test_whoever_holds_the_lock_is_named(module: Module) -> None:
    with module.applying() as process:
        with pytest.raises(Failure) as failure:
            module.plan(plan_file=f"{module.plan_file}-other")
        refused(failure.value, Exit.REMOTE, "the state is locked by ", "UTC, for apply", "force-unlock", "no plan was saved")
        other = module.folder.parent / "other"
        other.mkdir()
        words = (
            "plan-terraform",
            "--json",
            "--directory",
            str(module.folder),
            "--lock-timeout",
            "5m",
            "--plan-file",
            str(other / "tfplan"),
        )
        with module.started(*words) as waiting:
            module.until(lambda: list(other.iterdir()))  # it waits for the lock, or is about to
            waiting.send_signal(signal.SIGINT)
            stopped = module.ended(waiting)
        assert stopped.code == Exit.INTERRUPTED
        assert "SIGINT was received while Terraform planned" in stopped.stderr
        assert "nothing was changed" in stopped.stderr
        assert list(other.iterdir()) == []
        module.gate.touch()
        assert module.ended(process).outputs["outcome"] == "applied"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, Exit.TERMINATED), (signal.SIGINT, Exit.INTERRUPTED)])
def test_a_signal_is_passed_on_once_and_what_is_left_is_said(module: Module, number: int, code: Exit) -> None:
    with module.applying(GITHUB_ACTIONS="true") as process:
        process.send_signal(number)
        if number == signal.SIGINT:
            time.sleep(0.1)
            process.send_signal(signal.SIGTERM)  # as a runner does later; a second signal would make Terraform quit at once
        stopped: Ended = module.ended(process)
    assert stopped.code == code, stopped.stderr
    assert (stopped.outputs["outcome"], stopped.outputs["applied"]) == ("interrupted", 1)
    assert "applied: terraform_data.first (created); failed, so that it may exist in part: terraform_data.second" in stopped.stderr
    assert "written the state and released the lock" in stopped.stderr
    assert SECRET not in stopped.stderr + stopped.stdout
    assert not module.locked
    assert {(each["name"], each["instances"][0].get("status")) for each in module.state["resources"]} == {
        ("first", None),
        ("second", "tainted"),
    }
    assert module.plan(vars={"gate": str(module.gate)}, secret_vars={"password": SECRET}).changes == 1


def test_a_second_ctrl_c_leaves_terraform_to_finish(module: Module, tmp_path: Path) -> None:
    """A Terraform that takes its time to stop: this one does not hear the signal at all."""
    slow = tmp_path / "slow-terraform"
    slow.write_text('#!/bin/sh\ntrap : INT\nterraform "$@" &\nwait $! || wait $!\n')
    slow.chmod(0o755)
    with module.applying("--binary", str(slow)) as process:
        for words in ("terraform_data.second: creating", "SIGINT was received"):
            assert process.stderr
            while words not in process.stderr.readline():
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
        stopped = module.ended(process)
        assert stopped.code == Exit.INTERRUPTED
        assert "Terraform continues by itself" in stopped.stderr
        assert "still in progress: terraform_data.second (creating)" in stopped.stderr
        assert module.locked
        module.gate.touch()
        module.until(lambda: not module.locked)
    assert sorted(each["name"] for each in module.state["resources"]) == ["first", "second"]


def test_killed_it_leaves_terraform_to_finish(module: Module) -> None:
    with module.applying() as process:
        process.kill()
        process.wait()
        assert module.locked
        module.gate.touch()
        module.until(lambda: not module.locked)
    assert sorted(each["name"] for each in module.state["resources"]) == ["first", "second"]
    assert module.plan(vars={"gate": str(module.gate)}, secret_vars={"password": SECRET}).changes == 0
