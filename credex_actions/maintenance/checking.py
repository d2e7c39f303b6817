"""Runs checks such that one that cannot look keeps nobody from hearing about the others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

import botocore.exceptions

from credex_actions.core.aws.clients import NOT_ALLOWED, code_of, explain
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.text import one_line
from credex_actions.maintenance.context import Context
from credex_actions.maintenance.finding import Chart, Examined, Finding, Ran

LONGEST: Final = 1_000
NOTHING: Final[Mapping[str, tuple[str, ...]]] = {}
Wanted: TypeAlias = Callable[[str], bool]
"""Whether a check was asked for, by its name."""


def everything(_: str) -> bool:
    return True


class Skipped(Exception):
    """Why a check could not look, in words that a person can act on. `absent`: what the configuration names and this place does not have."""

    def __init__(self, why: str, absent: Sequence[str] = ()) -> None:
        super().__init__(why)
        self.absent = tuple(absent)


@dataclass
class Checking:
    """Gathers what the checks of one group find in one scope."""

    context: Context
    wanted: Wanted = everything
    account: str = ""
    region: str = ""
    calls: int = 0
    _findings: list[Finding] = field(default_factory=list)
    _ran: dict[str, Ran] = field(default_factory=dict)
    _charts: list[Chart] = field(default_factory=list)
    _notes: list[tuple[str, str]] = field(default_factory=list)

    def setting(self, check: str, name: str) -> float:
        return self.context.settings[check][name]

    def run(self, names: str | Sequence[str], look: Callable[[], Iterable[Finding]]) -> None:
        """`names`: the checks that `look` serves. It raises Skipped, Failure or an error of AWS where it cannot look; what it yielded by then counts."""
        asked = [name for name in ([names] if isinstance(names, str) else names) if self.wanted(name)]
        if not asked:
            return
        state, why, absent = self._looked(look, asked)
        for name in asked:
            before = self._ran.get(name)
            if before is None or before.state == "ran":  # a check of several parts has run when all have
                self._ran[name] = Ran(name, state, why, self.account, self.region, absent=absent)

    def _looked(
        self, look: Callable[[], Iterable[Finding]], asked: Sequence[str]
    ) -> tuple[Literal["ran", "skipped", "failed"], str, tuple[str, ...]]:
        self.context.clock.check()
        try:
            for finding in look():
                if finding.check in asked:
                    self._findings.append(_on_one_line(finding))
        except Skipped as skipped:
            return "skipped", str(skipped), skipped.absent
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            denied = isinstance(error, botocore.exceptions.ClientError) and code_of(error) in NOT_ALLOWED
            return "skipped" if denied else "failed", words_of(explain(error)), ()
        except Failure as failure:
            return "skipped" if failure.code is Exit.BAD_INPUT else "failed", words_of(failure), ()
        except Exception as error:  # noqa: BLE001 - a fault of one check is told, and ends no other
            self.context.runner.debug(f"{', '.join(asked)}: {error!r}")
            return "failed", f"the check itself failed: {type(error).__name__}", ()
        return "ran", "", ()

    def note(self, check: str, text: str) -> None:
        if self.wanted(check):
            self._notes.append((check, text))

    def chart(self, check: str, chart: Chart) -> None:
        if self.wanted(check) and chart.points:
            self._charts.append(chart)

    def examined(self, kept: Mapping[str, tuple[str, ...]] = NOTHING) -> Examined:
        unique = {finding.id: finding for finding in self._findings}
        return Examined(tuple(unique.values()), tuple(self._ran.values()), tuple(self._charts), tuple(self._notes), self.calls, kept)


def _on_one_line(finding: Finding) -> Finding:
    """Names of strangers may hold line breaks and terminal codes."""
    return replace(finding, title=one_line(finding.title), why=one_line(finding.why, LONGEST), fix=one_line(finding.fix, LONGEST))


def words_of(failure: Failure) -> str:
    """Of its first fault, whose place begins the sentence."""
    fault = failure.faults[0]
    what = f"{fault.place}: {fault.what}" if fault.place else fault.what
    return one_line(f"{what}. {fault.hint}" if fault.hint else what, 600)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
