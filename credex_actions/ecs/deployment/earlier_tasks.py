"""Looks for tasks that an earlier run of the same command started, before one is started."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.ecs.deployment.situation import same
from credex_actions.ecs.deployment.work import Work
from credex_actions.ecs.looks import is_no_cluster, no_cluster
from credex_actions.ecs.revisions.client import family_of, meaning, revision_that_shows
from credex_actions.ecs.revisions.steps import Register, number_of, revision_of
from credex_actions.ecs.run_task.earlier import Earlier, Verdict, end_of, is_ours, judge
from credex_actions.ecs.run_task.request import TaskRun
from credex_actions.ecs.tasks.stopped import described, stopped_tasks

SHOWS_WITHIN: Final = 4.0
"""Seconds after which a task that was started shows in ListTasks."""


@dataclass(frozen=True, kw_only=True)
class EarlierTasks:
    """`means`: whether the revision of that ARN is what is requested. `deploys`: a service gets the revision afterwards."""

    clients: Clients
    want: TaskRun
    family: str
    means: Callable[[str], bool]
    deploys: bool
    run: Run

    def verdict(self, *, known: bool) -> Verdict:
        """Which tasks are this run's. `known`: the revision was there before this run, so that an earlier one may just have started a task.

        Raises Failure: REMOTE where a person has to tell, and where a task does not end that has to; botocore's errors.
        """
        clock = self.run.clock
        since = clock.monotonic()
        give_up = since + self.want.wait_for.total_seconds()
        while True:
            found = judge(self._tasks(), self.want.wait_for, waits=self.want.wait, deploys=self.deploys)
            if found.question:
                raise Failure(Exit.REMOTE, Fault(found.question, _WHAT_TO_DO), left=self.run.state())
            if found.first and clock.monotonic() >= give_up:
                what = f"{', '.join(found.first)} was asked to stop, and is still running after {self.want.wait_for}"
                raise Failure(Exit.REMOTE, Fault(what, "Check the task in ECS; then run the same command again."), left=self.run.state())
            shown = found.uses or found.told or not known or not (self.want.wait or self.deploys)
            if not found.first and (shown or clock.monotonic() - since >= SHOWS_WITHIN):
                return found
            clock.sleep(1)

    def _tasks(self) -> list[Earlier]:
        records = [each for each in self.records() if is_ours(each, self.want.parameters) and self.means(each["taskDefinitionArn"])]
        down = {each["taskArn"] for each in records if each.get("lastStatus") == "STOPPED"}
        ends = {task.arn: task for task in stopped_tasks(self.clients, self.want.cluster, sorted(down), self.want.definition, lines=0)}
        return [_earlier(each, ends) for each in records if each["taskArn"] not in down or each["taskArn"] in ends]

    def records(self) -> list[dict[str, Any]]:
        """DescribeTasks' records of the family's tasks, those included that ended within the hour."""
        ecs, clock = self.clients.read("ecs"), self.run.clock

        def listed() -> list[str]:
            paginator = ecs.get_paginator("list_tasks")
            pages = (
                page
                for status in ("RUNNING", "STOPPED")
                for page in paginator.paginate(cluster=self.want.cluster, family=self.family, desiredStatus=status)
            )
            return [arn for page in pages for arn in page["taskArns"]]

        arns = look_again(clock, listed)
        found: list[dict[str, Any]] = look_again(clock, lambda: described(self.clients, self.want.cluster, arns)) if arns else []
        return found


_WHAT_TO_DO: Final = (
    "Check its log. If it did its work, run this without run-task; if not, provide another run-task-started-by, which starts a new task."
)


def _earlier(record: Mapping[str, Any], ends: Mapping[str, Any]) -> Earlier:
    arn = record["taskArn"]
    end, why = end_of(ends[arn]) if arn in ends else ("", "")
    return Earlier(
        arn=arn,
        revision=record["taskDefinitionArn"],
        created=record["createdAt"],
        stopping=record.get("desiredStatus") == "STOPPED" and arn not in ends,
        stopped=(ends[arn].stopped or record["createdAt"]) if arn in ends else None,
        end=end,
        why=why,
    )


def look_at_cluster(work: Work) -> None:
    """A task that runs without a service finds out only when it is started that there is no such cluster: so it is looked at before.

    Raises Failure(BAD_INPUT).
    """
    ecs = work.clients.read("ecs")
    try:
        look_again(work.clock, lambda: ecs.list_tasks(cluster=work.asked.cluster, maxResults=1))
    except botocore.exceptions.ClientError as error:
        if is_no_cluster(error):
            raise no_cluster(work.clients, work.asked.cluster) from None
        if code_of(error) not in NOT_ALLOWED:
            raise


def look_for_earlier(work: Work, *, newest: int) -> Verdict:
    """Tasks that an earlier run of this command started and that are this run's. `newest`: the family's highest number before this run.

    Raises as EarlierTasks.verdict. A role that may not list tasks is told what that means.
    """
    asked, revision = work.asked, work.result.revision
    assert asked.run_task is not None
    registered = any(isinstance(step, Register) for step in work.run.sent)
    # A number that is skipped is a revision that did not show: of another run, killed just now or going on, and it may say the same.
    known = not registered or number_of(revision) > newest + 1
    if not known and asked.skip_unchanged:
        return Verdict()  # of a revision that is new, and the only one that means this, there can be none

    @cache
    def means(arn: str) -> bool:
        if arn == revision or asked.parameters is None or (asked.skip_unchanged and number_of(arn) <= newest):
            return arn == revision
        described = revision_that_shows(work.clients, work.clock, arn)
        return described is not None and same(asked, revision_of(described, meaning))

    tasks = EarlierTasks(
        clients=work.clients, want=asked.run_task, family=family_of(revision), means=means, deploys=asked.service is not None, run=work.run
    )
    try:
        return tasks.verdict(known=known)
    except botocore.exceptions.ClientError as error:
        if code_of(error) not in NOT_ALLOWED:
            raise
        what = "the role is not authorized to look for a task of an earlier run, so a task may run twice"
        work.runner.notice(Fault(what, "Allow it ecs:ListTasks and ecs:DescribeTasks.", "run-task"))
        return Verdict()
