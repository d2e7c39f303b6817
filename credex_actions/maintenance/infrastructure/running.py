"""Terraform, for reading: it writes to neither the repository nor a state. What init downloads goes into a folder of its own."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.context import Context
from credex_actions.maintenance.external import Printed, printed, without_secrets
from credex_actions.maintenance.infrastructure.declared import LOCK
from credex_actions.terraform.plan.showing import environment_of_child, program_on_path
from credex_actions.terraform.running import diagnostics


@dataclass(frozen=True)
class Program:
    path: str
    environment: Mapping[str, str]
    context: Context

    def run(self, directory: str, *arguments: str) -> Printed:
        """Raises Skipped where it does not end in time, Cancelled."""
        return printed([self.path, *arguments], directory, self.environment, self.context.clock, self.context.give_up)


def opened(context: Context) -> Program:
    """Without credentials: what a repository declares, a provider or a module of somebody else's, is started. Raises Skipped."""
    program = with_credentials(context)
    return Program(program.path, without_secrets(program.environment), context)


def with_credentials(context: Context) -> Program:
    """Those of the job, for what reads a state. Raises Skipped."""
    path = program_on_path(context.runner.environment)
    if path is None:
        raise Skipped("neither terraform nor tofu is installed here: add a step with hashicorp/setup-terraform before this one")
    return Program(path, environment_of_child(context.runner.environment), context)


@contextmanager
def initialized(program: Program, directory: str, *arguments: str) -> Iterator[Program]:
    """A lock file that init makes is removed again. Raises Skipped with Terraform's own words."""
    lock = os.path.join(directory, LOCK)
    had_one = os.path.exists(lock)
    with tempfile.TemporaryDirectory(prefix="credex-terraform-") as data:
        own = Program(program.path, {**program.environment, "TF_DATA_DIR": data}, program.context)
        try:
            ended = own.run(directory, "init", "-input=false", "-no-color", *(["-lockfile=readonly"] if had_one else []), *arguments)
            if ended.code:
                raise Skipped(f"terraform init fails in {directory}: {words(ended, directory)}")
            yield own
        finally:
            if not had_one:
                with suppress(FileNotFoundError):
                    os.remove(lock)


def words(ended: Printed, directory: str) -> str:
    """Terraform's first error."""
    faults: Sequence[object] = [each.what for each in diagnostics.of_text(f"{ended.errors}\n{ended.output}", directory)]
    return str(faults[0])[:400] if faults else ended.last_words
