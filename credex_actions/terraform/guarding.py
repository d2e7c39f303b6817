"""One call of guard-terraform-plan: read the exceptions, judge the plan as it goes by, tell the verdict."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.declarations.guard_terraform_plan import Inputs, Outputs
from credex_actions.terraform.judging import exceptions
from credex_actions.terraform.judging.finding import PLAN, Finding, of_plan
from credex_actions.terraform.judging.plan import Judgement
from credex_actions.terraform.plan.document import read_plan
from credex_actions.terraform.plan.source import opened
from credex_actions.terraform.plan.stream import Broken
from credex_actions.terraform.report import telling
from credex_actions.terraform.rules.rule import REFUSE, WARN

MOST_FINDINGS: Final = 1000
"""GitHub takes a megabyte of outputs from a job; whoever has more findings than this has one cause."""


def guard(inputs: Inputs, runner: Runner) -> Outputs:
    """Answers the verdict `safe`; raises Failure, with the outputs where the verdict is `refused`."""
    known = exceptions.read(inputs.protect, inputs.allow, inputs.config)
    judgement = Judgement(lambda address, former: exceptions.protected(known, address, former))
    head = _read(inputs, runner, judgement)
    findings = list(exceptions.apply(known, judgement.findings(head)))
    unused = list(exceptions.unused(known, judgement.addresses, findings))
    shown = list(_cut(sorted(findings, key=lambda each: (not each.refuses, each.address != PLAN))))
    refused = any(each.refuses for each in findings)
    telling.tell(inputs, runner, shown, judgement, refused=refused)
    for fault in unused:
        runner.warning(fault)
    outputs = Outputs("refused" if refused else "safe", [each.public() for each in shown])
    if refused:
        raise Partial(Failure(Exit.REFUSED, *telling.faults(inputs, shown)), outputs, summarised=True)
    return outputs


def _read(inputs: Inputs, runner: Runner, judgement: Judgement) -> Mapping[str, Any]:
    try:
        with opened(inputs.plan, inputs.directory, runner) as stream:
            return read_plan(stream, judgement, inputs.plan)
    except Broken as error:
        hint = "Was the file cut off, or written by two programs? Make it again: terraform show -json tfplan > plan.json."
        raise Failure(Exit.BAD_INPUT, Fault(f"is not the JSON of a plan: {error}", hint, "plan", inputs.plan)) from None


def _cut(findings: list[Finding]) -> Iterator[Finding]:
    yield from findings[:MOST_FINDINGS]
    if rest := findings[MOST_FINDINGS:]:
        last = of_plan(f"there are {len(rest):,} more findings, which are not listed", "Make a smaller plan.", lost="see the plan itself")
        yield last._replace(severity=REFUSE if any(each.refuses for each in rest) else WARN)
