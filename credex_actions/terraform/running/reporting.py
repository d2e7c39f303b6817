"""Tells what a plan would change and what an apply did: to a person, in the job summary, and in the file for the pull request."""

from collections.abc import Sequence
from typing import Final

from credex_actions.core.private_file import write_private
from credex_actions.core.runner import Runner
from credex_actions.core.summary import Page
from credex_actions.declarations import plan_terraform
from credex_actions.terraform.guarding import Verdict
from credex_actions.terraform.report import telling
from credex_actions.terraform.report.markdown import LIMIT, markdown
from credex_actions.terraform.report.places import placed
from credex_actions.terraform.running.changes import Changes, Planned
from credex_actions.terraform.running.story import DONE, Story

MOST_IN_LOG: Final = 500
MOST_IN_SUMMARY: Final = 200


def applyable(verdict: Verdict, changes: Changes) -> bool:
    """Terraform says it since 1.8; before, it follows from the changes."""
    said = verdict.head.get("applyable")
    return said if isinstance(said, bool) else bool(changes.planned or changes.outputs_change)


def planned(inputs: plan_terraform.Inputs, runner: Runner, verdict: Verdict, changes: Changes, outputs: plan_terraform.Outputs) -> None:
    head = telling.sentence(verdict.shown, verdict.judgement, refused=verdict.refused)
    for line in _some([str(each) for each in changes.planned], MOST_IN_LOG):
        runner.info(line)
    text = _with_changes(markdown(verdict.shown, head, runner.redact, refused=verdict.refused), changes.planned, runner, outputs.changes_id)
    if inputs.markdown_file:
        write_private(inputs.markdown_file, runner.redact(text).encode("utf-8", "replace"), "markdown-file")
    runner.summary(text)
    runner.result(head)
    runner.info(f"Saved plan: {outputs.plan_file} (it holds secrets in plain text). Plan id: {outputs.plan_id}.")
    runner.report["changes"] = outputs.changes
    places = placed(verdict.shown, inputs.directory) if runner.in_actions else {}
    for each in verdict.shown:
        if not each.refuses:
            runner.warning(telling.as_fault(each, places.get(each.address)))


def _with_changes(verdict: str, changes: Sequence[Planned], runner: Runner, changes_id: str) -> str:
    """As many changes as fit into a comment next to the verdict."""
    shown = [str(each) for each in changes]
    most = MOST_IN_SUMMARY
    while True:
        page = Page(runner.redact)
        if shown:
            with page.folded(f"Changes ({len(shown):,})"):
                page.code("\n".join(_some(shown, most)), "diff")
        page.paragraph(f"Changes id: {changes_id}")
        text = f"{verdict}\n{page}"
        if len(text) <= LIMIT or not most:
            return text
        most //= 2


def _some(lines: Sequence[str], most: int) -> list[str]:
    more = len(lines) - most
    return [*lines[:most], *([f"…and {more:,} more."] if more > 0 else [])]


def applied(runner: Runner, story: Story, sentence: str, *, good: bool | None) -> None:
    page = Page(runner.redact)
    page.verdict(good, sentence)
    page.points(_some([f"{each.address}: {DONE.get(each.action, each.action)}" for each in story.applied], MOST_IN_SUMMARY), "Applied")
    page.points(_some([f"{each.address}: {each.action}" for each in story.failed], MOST_IN_SUMMARY), "Failed")
    page.points(_some([f"{address}: {action}" for address, action in story.open], MOST_IN_SUMMARY), "Not known how it ended")
    page.facts([*story.outputs.items(), *((name, "(sensitive)") for name in story.hidden)], "Outputs")
    runner.summary(str(page))
