"""Tells the verdict: to a person, in the job summary, and in the files that were asked for."""

from collections.abc import Sequence

from credex_actions.core.faults import Fault
from credex_actions.core.private_file import write_private
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.declarations.guard_terraform_plan import Inputs
from credex_actions.terraform.judging.finding import PLAN, Finding
from credex_actions.terraform.judging.plan import Judgement
from credex_actions.terraform.report.markdown import markdown
from credex_actions.terraform.report.places import Place, placed


def tell(inputs: Inputs, runner: Runner, findings: Sequence[Finding], judgement: Judgement, *, refused: bool) -> None:
    """Raises Failure(BAD_INPUT) where a file cannot be written."""
    head = sentence(findings, judgement, refused=refused)
    text = markdown(findings, head, runner.redact, refused=refused)
    if inputs.markdown_file:
        write_private(inputs.markdown_file, runner.redact(text).encode("utf-8", "replace"), "markdown-file")
    places = placed(findings, inputs.directory) if inputs.sarif_file or runner.in_actions else {}
    if inputs.sarif_file:
        from credex_actions.terraform.report.sarif import sarif

        workspace = runner.environment.get("GITHUB_WORKSPACE", "")
        write_private(inputs.sarif_file, runner.redact(sarif(findings, places, inputs.plan, workspace)).encode(), "sarif-file")
    runner.summary(text)
    runner.result(head)
    runner.report["changes"] = judgement.changes
    for each in findings:
        if not each.refuses:
            runner.warning(as_fault(each, places.get(each.address)))


def faults(inputs: Inputs, findings: Sequence[Finding]) -> list[Fault]:
    places = placed(findings, inputs.directory)
    return [as_fault(each, places.get(each.address)) for each in findings if each.refuses]


def sentence(findings: Sequence[Finding], judgement: Judgement, *, refused: bool) -> str:
    number = sum(each.refuses for each in findings)
    warnings = len(findings) - number
    parts = [_counted(judgement.changes, "change"), _counted(number, "refusal"), _counted(warnings, "warning")]
    return f"The plan is {'refused' if refused else 'safe'}: {', '.join(parts)}."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}" if number else f"no {noun}s"


def as_fault(finding: Finding, place: Place | None = None) -> Fault:
    what = f"{finding.action} loses {finding.lost}: {finding.why}" if finding.address != PLAN else f"{finding.why}"
    where = one_line(finding.address, 500)
    return Fault(what, finding.instead, where, place.file if place else "", place.line if place else 0)
