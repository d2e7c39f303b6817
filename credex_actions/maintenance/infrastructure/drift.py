"""Whether what there is differs from the code: by a plan that takes no lock and writes no state, judged by the guard as any plan is."""

import os
import posixpath
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from shlex import quote
from typing import Final, NamedTuple

from credex_actions.core.faults import Failure
from credex_actions.core.text import listed, one_line
from credex_actions.declarations import guard_terraform_plan
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.context import Context
from credex_actions.maintenance.finding import Finding
from credex_actions.maintenance.infrastructure.running import Program, initialized, words
from credex_actions.terraform import guarding
from credex_actions.terraform.judging import exceptions
from credex_actions.terraform.judging.finding import PLAN, Lifted
from credex_actions.terraform.judging.finding import Finding as Guarded
from credex_actions.terraform.plan.change import Malformed, read

CHECK: Final = "terraform-drift"
CHANGES: Final = 2
"""Exit code of plan -detailed-exitcode where something would be changed."""
MOST: Final = 50
"""Findings of one root; more have one cause."""
UNCHANGED: Final = frozenset(("no-op", "read"))


class Root(NamedTuple):
    """A directory that is applied, and how: `backend_config` and `var_files` as for plan-terraform, files relative to the repository.
    `name`: of the environment.
    """

    directory: str
    name: str = ""
    var_files: tuple[str, ...] = ()
    backend_config: tuple[str, ...] = ()
    config: str | None = None

    @property
    def shown(self) -> str:
        return f"{self.directory or '.'}{f' ({self.name})' if self.name else ''}"


class Seen:
    """A witness of the plan's entries: what would change, and what has changed by itself."""

    def __init__(self) -> None:
        self.planned: dict[str, str] = {}
        self.drifted: dict[str, str] = {}
        self.changed_outputs: list[str] = []

    def change(self, entry: object) -> None:
        self._take(entry, self.planned)

    def drift(self, entry: object) -> None:
        self._take(entry, self.drifted)

    def deferred(self, entry: object) -> None:
        pass

    def outputs(self, changes: object) -> None:
        entries = changes.items() if isinstance(changes, Mapping) else ()
        self.changed_outputs += [str(name) for name, each in entries if isinstance(each, Mapping) and each.get("actions") != ["no-op"]]

    @staticmethod
    def _take(entry: object, into: dict[str, str]) -> None:
        try:
            change = read(entry)
        except Malformed:
            return  # the guard says so
        if change.managed and change.action not in UNCHANGED:
            into[change.address] = change.action


def drift(context: Context, program: Program, root: str, each: Root) -> Iterator[Finding]:
    """Raises Skipped, Failure."""
    directory = posixpath.join(root, each.directory)
    settings = [
        f"-backend-config={setting if '=' in setting else os.path.abspath(posixpath.join(root, setting))}"
        for setting in each.backend_config
    ]
    variables = [f"-var-file={os.path.abspath(posixpath.join(root, file))}" for file in each.var_files]
    with initialized(program, directory, *settings) as ready, tempfile.TemporaryDirectory(prefix="credex-plan-") as private:
        plan = posixpath.join(private, "tfplan")
        ended = ready.run(directory, "plan", "-input=false", "-no-color", "-lock=false", "-detailed-exitcode", f"-out={plan}", *variables)
        if ended.code == 0:
            return
        if ended.code != CHANGES:
            raise Skipped(f"terraform plan fails in {each.shown}: {words(ended, directory)}")
        seen = Seen()
        runner = copy(context.runner)
        runner.environment = ready.environment
        known = exceptions.read((), (), posixpath.join(root, each.config) if each.config else None)
        try:
            verdict = guarding.judged(guard_terraform_plan.Inputs(plan, directory), runner, known, ready.path, seen)
        except Failure:
            context.clock.check()
            raise
    yield from judged(each, seen, [one for one in verdict.shown if one.refuses])
    # Whoever does not understand a plan does not know that nothing differs.
    if unread := [one.why for one in verdict.shown if one.address == PLAN and one.refuses and one.lifted is Lifted.NEVER]:
        raise Skipped(f"the plan of {each.shown} cannot be judged: {unread[0]}")


def judged(root: Root, seen: Seen, refused: Sequence[Guarded]) -> Iterator[Finding]:
    """Pure. What has changed by itself and changes nothing of the plan is what AWS adds to what it was told: nobody has to decide anything."""
    lost = {each.address: each for each in refused if each.address != PLAN}
    ordered = sorted(seen.planned, key=lambda address: (address not in lost, address not in seen.drifted, address))
    for address in ordered[:MOST]:
        yield _finding(root, address, seen, lost.get(address))
    if rest := ordered[MOST:]:
        yield Finding(
            check=CHECK, severity="medium", resource=root.shown, key="more", title=f"{len(rest)} more resources of {root.shown} differ from the code",
            why=f"Among them {listed(rest, 5)}.", fix=_plan(root),
        )  # fmt: skip
    if seen.changed_outputs and not seen.planned:
        yield Finding(
            check=CHECK, severity="low", resource=root.shown, key="outputs", title=f"outputs of {root.shown} differ from the state",
            why=f"The next apply would change {listed(sorted(seen.changed_outputs), 5)}: whoever reads the state has other values than the code.", fix=_plan(root),
        )  # fmt: skip


def _finding(root: Root, address: str, seen: Seen, lost: Guarded | None) -> Finding:
    action, outside = seen.planned[address], seen.drifted.get(address)
    if outside:
        how = "was deleted" if outside == "delete" else "was changed"
        title, why = f"{address} {how} outside of Terraform", f"The next apply would {_verb(action)} it."
    else:
        title, why = (
            f"{address} differs from its code",
            f"The code is not applied, or something was changed that Terraform does not notice by itself: the next apply would {_verb(action)} it.",
        )
    if lost:
        why += f" guard-terraform-plan refuses that: {lost.why}; lost would be {lost.lost}."
    return Finding(
        check=CHECK,
        severity="high" if lost or outside == "delete" else "medium",
        resource=f"{root.shown} {address}",
        title=one_line(title, 200),
        why=one_line(f"{root.shown}: {why}", 500),
        fix=_plan(root) if not outside else f"Take the change over into the code, or undo it by applying: {_plan(root)}",
    )


def _verb(action: str) -> str:
    return {"create": "create", "update": "change", "delete": "delete", "replace": "replace", "forget": "forget"}.get(action, "change")


def _plan(root: Root) -> str:
    files = " ".join(f"--var-files {quote(file)}" for file in root.var_files)
    backend = " ".join(f"--backend-config {quote(setting)}" for setting in root.backend_config)
    return " ".join(part for part in (f"credex-actions plan-terraform --directory {quote(root.directory or '.')}", files, backend) if part)
