"""A group of checks that finds what a test says, and a run of maintenance-report with it."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from credex_actions.core.faults import Failure
from credex_actions.core.runner import Runner
from credex_actions.declarations.maintenance_report import Inputs
from credex_actions.maintenance.catalogue.check import Check, Setting
from credex_actions.maintenance.finding import Examined, Finding, Ran
from credex_actions.maintenance.groups import Given, Group
from credex_actions.maintenance.maintaining import maintain

VOLUME: Final = Check(
    "volume-unattached",
    "account",
    "low",
    "Unattached volumes",
    "a volume that no instance uses",
    {"days": Setting(14, "days without use", 1, 3650)},
)
PUBLIC: Final = Check("bucket-public", "account", "high", "Public buckets", "a bucket that anybody may read")
BROKEN: Final = Check("document-broken", "repository", "medium", "Broken documents", "a link that leads nowhere")
CHECKS: Final = {each.name: each for each in (VOLUME, PUBLIC, BROKEN)}


def found(resource: str = "vol-1", **more: Any) -> Finding:
    given = {
        "check": "volume-unattached",
        "severity": "low",
        "title": f"{resource} is attached to nothing",
        "why": "for 40 days",
        "fix": f"aws ec2 delete-volume --volume-id {resource}",
    }
    return Finding(**(given | {"resource": resource} | more))


def ran(*names: str, **more: Any) -> tuple[Ran, ...]:
    return tuple(Ran(name, "ran", **more) for name in names or CHECKS)


class Fake:
    """`found` is what it finds, or what it raises; `given` is what it was given last."""

    def __init__(self, checks: Sequence[Check] = tuple(CHECKS.values()), **group: Any) -> None:
        self.found: Examined | BaseException = Examined(ran=ran(*(each.name for each in checks)))
        self.given: Given | None = None
        self.during: Callable[[Given], object] = lambda _: None
        self.group = Group(tuple(checks), self._examine, **group)

    def _examine(self, given: Given) -> Examined:
        self.given = given
        self.during(given)
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


class Run:
    """One run: its outputs, or its failure, and all that it wrote."""

    def __init__(
        self, folder: Path, groups: Mapping[str, Group], inputs: Inputs, environment: Mapping[str, str], secrets: Sequence[str] = ()
    ) -> None:
        self.summary_file = folder / "summary.md"
        self.summary_file.unlink(missing_ok=True)
        self.stdout, self.stderr = io.StringIO(), io.StringIO()
        self.runner = Runner(
            {"GITHUB_STEP_SUMMARY": str(self.summary_file), "RUNNER_TEMP": str(folder), **environment}, self.stdout, self.stderr
        )
        for secret in secrets:
            self.runner.mask(secret)
        self.failure: Failure | None = None
        try:
            self.outputs: dict[str, Any] = maintain(inputs, self.runner, groups)
        except Failure as failure:
            self.failure = failure
            self.outputs = getattr(failure, "outputs", {})

    @property
    def summary(self) -> str:
        return self.summary_file.read_text() if self.summary_file.exists() else ""

    @property
    def faults(self) -> str:
        return str(self.failure)
