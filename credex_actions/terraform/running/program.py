"""The Terraform that is run: which program, in which directory and environment; and its commands that only read or prepare."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from shutil import which
from typing import Final, NamedTuple

from credex_actions.core.clock import Clock
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.terraform.plan.showing import environment_of_child, program_on_path
from credex_actions.terraform.plan.stream import Broken
from credex_actions.terraform.running import child, diagnostics
from credex_actions.terraform.running.saved_plan import Basis, basis_of

LOCK_TIMEOUT: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:h|ms|m|s))+")
"""Source: Go, time.ParseDuration, which Terraform reads it by."""


class Terraform(NamedTuple):
    path: str
    directory: str
    environment: Mapping[str, str]
    clock: Clock
    hurried: bool

    def run(
        self, arguments: Sequence[str], on_line: Callable[[str], None], on_signal: Callable[[KeyboardInterrupt], None] = lambda _: None
    ) -> child.Ended:
        """Raises Failure(BAD_INPUT) if it cannot be started."""
        command = [self.path, *arguments]
        try:
            return child.run(command, self.directory, self.environment, self.clock, on_line, hurried=self.hurried, on_signal=on_signal)
        except OSError as error:
            raise Failure(
                Exit.BAD_INPUT, Fault(f"cannot be run: {error.strerror}", "Provide a program that is Terraform.", "binary", self.path)
            ) from None

    def read(self, arguments: Sequence[str], doing: str, *, left: str = NOTHING_CHANGED) -> str:
        """What it prints. Raises Failure with Terraform's errors, Cancelled."""
        lines: list[str] = []
        ended = self.run(arguments, lines.append)
        if ended.cancelled:
            raise ended.cancelled
        if ended.code:
            text = f"{ended.told}\n" + "\n".join(lines)
            raise diagnostics.failure(
                diagnostics.of_text(text, self.directory) or _words(ended.told), diagnostics.lock_of(text), doing, left=left
            )
        return "\n".join(lines)

    def initialize(self, backend_config: Sequence[str]) -> None:
        """Settings of the backend are taken as they are provided: those of another environment that were used here before do not count."""
        settings = [f"-backend-config={each if '=' in each else os.path.abspath(each)}" for each in backend_config]
        self.read(["init", "-input=false", "-no-color", *(["-reconfigure", *settings] if settings else [])], "init")

    @property
    def initialized(self) -> bool:
        return os.path.isdir(os.path.join(self.directory, self.environment.get("TF_DATA_DIR") or ".terraform"))

    def basis(self) -> Basis:
        """Of the state as it is now. It holds every secret: it is read from a file without a name, and goes nowhere."""
        text = self.read(["state", "pull", "-no-color"], "state pull")
        if not text.strip():
            return Basis("", 0)
        from io import BytesIO

        try:
            return basis_of(BytesIO(text.encode()))
        except Broken:
            what = "terraform state pull printed something that is not a state"
            raise Failure(
                Exit.REMOTE, Fault(what, "Is the backend reachable? Run the same command again.", "directory", self.directory)
            ) from None


def opened(
    given: str | None, directory: str, variables: Mapping[str, str], runner: Runner, clock: Clock, plugin_cache: str | None = None
) -> Terraform | Fault:
    try:
        if plugin_cache:
            os.makedirs(plugin_cache, exist_ok=True)
    except OSError as error:
        return Fault(
            f"cannot be created: {error.strerror}", "Set it to a directory that may be written.", "plugin-cache", plugin_cache or ""
        )
    path = _found(given, runner)
    if path is None:
        hint = "Add a step with hashicorp/setup-terraform or opentofu/setup-opentofu before this one, or set binary."
        return Fault(f"{one_line(given, 80) if given else 'neither terraform nor tofu'} is not on PATH", hint, "binary")
    return Terraform(path, directory, {**_environment(runner, plugin_cache), **variables}, clock, runner.in_actions)


def lock_timeout(text: str) -> Fault | None:
    if LOCK_TIMEOUT.fullmatch(text) or text == "0":
        return None
    return Fault(
        f"'{one_line(text, 40)}' is not a duration of Terraform", "Write it as 30s, 5m or 1h30m; 0s does not wait.", "lock-timeout"
    )


def _found(given: str | None, runner: Runner) -> str | None:
    search = runner.environment.get("PATH")
    if not given:
        return program_on_path(runner.environment)
    if given == "terraform" and (folder := runner.environment.get("TERRAFORM_CLI_PATH")):
        found = which("terraform-bin", path=folder) or which(given, path=search)  # setup-terraform's wrapper prints lines of its own
    else:
        found = which(given, path=search)
    return os.path.abspath(found) if found else None


def _environment(runner: Runner, plugin_cache: str | None) -> dict[str, str]:
    child_environment = environment_of_child(runner.environment)
    settings = child_environment.get("TF_CLI_CONFIG_FILE")
    if settings and not os.path.isfile(settings):
        del child_environment["TF_CLI_CONFIG_FILE"]  # Terraform would warn of it in each command, and go on without
    if plugin_cache:
        child_environment["TF_PLUGIN_CACHE_DIR"] = os.path.abspath(plugin_cache)
    return child_environment


def _words(told: str) -> list[Fault]:
    return [Fault(one_line(told, diagnostics.LONGEST))] if told.strip() else []
