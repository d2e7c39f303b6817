"""One call of guard-terraform-plan: read the exceptions, judge the plan as it goes by, tell the verdict."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.declarations.guard_terraform_plan import Inputs, Outputs
from credex_actions.terraform.judging import exceptions
from credex_actions.terraform.judging.finding import PLAN, Finding, of_plan
from credex_actions.terraform.judging.plan import Judgement
from credex_actions.terraform.plan.document import Judge, read_plan
from credex_actions.terraform.plan.source import opened
from credex_actions.terraform.plan.stream import Broken
from credex_actions.terraform.report import telling
from credex_actions.terraform.rules.rule import REFUSE, WARN

MOST_FINDINGS: Final = 1000
"""GitHub takes a megabyte of outputs from a job; whoever has more findings than this has one cause."""


class Witness(Judge, Protocol):
    """Sees the plan go by next to the guard."""

    def outputs(self, changes: object) -> None: ...


class Verdict(NamedTuple):
    """`shown`: the findings, the gravest first; `unused`: warnings about exceptions that name nothing."""

    judgement: Judgement
    head: Mapping[str, Any]
    shown: list[Finding]
    unused: list[Fault]
    refused: bool

    @property
    def word(self) -> str:
        return "refused" if self.refused else "safe"


def guard(inputs: Inputs, runner: Runner) -> Outputs:
    """Answers the verdict `safe`; raises Failure, with the outputs where the verdict is `refused`."""
    verdict = judged(inputs, runner, exceptions.read(inputs.protect, inputs.allow, inputs.config))
    telling.tell(inputs, runner, verdict.shown, verdict.judgement, refused=verdict.refused)
    for fault in verdict.unused:
        runner.warning(fault)
    outputs = Outputs(verdict.word, [each.public() for each in verdict.shown])
    if verdict.refused:
        raise Partial(Failure(Exit.REFUSED, *telling.faults(inputs, verdict.shown)), outputs, summarised=True)
    return outputs


def judged(inputs: Inputs, runner: Runner, known: exceptions.Exceptions, program: str = "", witness: Witness | None = None) -> Verdict:
    """Reads the plan once. `program`: what shows a saved plan, if not the Terraform on PATH. Raises Failure(BAD_INPUT) for what is no plan."""
    judgement = Judgement(lambda address, former: exceptions.protected(known, address, former))
    head = _read(inputs, runner, judgement, program, witness)
    findings = list(exceptions.apply(known, judgement.findings(head)))
    unused = list(exceptions.unused(known, judgement.addresses, findings))
    shown = list(_cut(sorted(findings, key=lambda each: (not each.refuses, each.address != PLAN))))
    return Verdict(judgement, head, shown, unused, any(each.refuses for each in findings))


class _Both:
    def __init__(self, judgement: Judgement, witness: Witness) -> None:
        self._all: tuple[Judge, ...] = (judgement, witness)

    def change(self, entry: object) -> None:
        for each in self._all:
            each.change(entry)

    def drift(self, entry: object) -> None:
        for each in self._all:
            each.drift(entry)

    def deferred(self, entry: object) -> None:
        for each in self._all:
            each.deferred(entry)


def _read(inputs: Inputs, runner: Runner, judgement: Judgement, program: str, witness: Witness | None) -> Mapping[str, Any]:
    try:
        with opened(inputs.plan, inputs.directory, runner, program) as stream:
            if witness:
                return read_plan(stream, _Both(judgement, witness), inputs.plan, witness.outputs)
            return read_plan(stream, judgement, inputs.plan)
    except Broken as error:
        hint = "Was the file cut off, or written by two programs? Make it again: terraform show -json tfplan > plan.json."
        raise Failure(Exit.BAD_INPUT, Fault(f"is not the JSON of a plan: {error}", hint, "plan", inputs.plan)) from None


def _cut(findings: list[Finding]) -> Iterator[Finding]:
    yield from findings[:MOST_FINDINGS]
    if rest := findings[MOST_FINDINGS:]:
        last = of_plan(f"there are {len(rest):,} more findings, which are not listed", "Make a smaller plan.", lost="see the plan itself")
        yield last._replace(severity=REFUSE if any(each.refuses for each in rest) else WARN)
