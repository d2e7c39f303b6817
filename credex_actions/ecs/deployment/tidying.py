"""Taking revisions out of use after a deployment. It has ended by then, so whatever goes wrong here is a warning."""

from typing import Final

import botocore.exceptions

from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import drive
from credex_actions.ecs.deployment.following import reason
from credex_actions.ecs.deployment.situation import same
from credex_actions.ecs.deployment.work import Work
from credex_actions.ecs.revisions.client import Pruning, Registration, meaning
from credex_actions.ecs.revisions.spare import spares
from credex_actions.ecs.revisions.steps import Register, revision_of

AWRY: Final = (Failure, Cancelled, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)
"""A signal too: what has been deployed serves by now, and is not to be called cancelled."""


def prune(work: Work, keep: int) -> None:
    """Deregisters the family's old revisions but `keep`, the previous one and those in use."""

    def unseen(what: str) -> None:
        hint = "A revision that serves only there might be deregistered; what runs keeps running."
        work.runner.warning(Fault(f"the role is not authorized to see {what}", hint, "keep-revisions"))

    try:
        result, cluster = work.result, work.asked.cluster
        pruning = Pruning(work.clients, work.clock, result.revision, keep, cluster, unseen, former=result.former)
        drive(pruning.operation(), work.run)
    except AWRY as error:
        hint = "The deployment itself succeeded; the next one tries again."
        work.runner.warning(Fault(f"old revisions were not all deregistered: {reason(error)}", hint, "keep-revisions"))


def deregister_spares(work: Work, registration: Registration) -> None:
    """Deregisters what RegisterTaskDefinition left over where it was sent again; never what anything uses, or might."""
    sent = work.run.sent.get(Register(work.asked.family))
    if sent is None or sent.times == 1:
        return

    def unseen(what: str) -> None:
        raise Failure(Exit.REMOTE, Fault(f"the role is not authorized to see {what}"))

    try:
        newer = (each for each in registration.newer() if same(work.asked, revision_of(each, meaning)))
        found = {each["taskDefinition"]["taskDefinitionArn"]: each["taskDefinition"] for each in newer}
        kept = work.result.revision
        over = spares(found[kept], found.values(), (sent.ended or work.clock.now()) - sent.began) if kept in found else ()
        if over:
            work.progress.line(
                f"{', '.join(arn.rpartition('/')[2] for arn in over)} was registered too, by a request whose response was lost."
            )
            drive(Pruning(work.clients, work.clock, kept, 1, work.asked.cluster, unseen, over).operation(), work.run)
    except AWRY as error:
        what = f"a revision of {work.asked.family} may be left over, since its registration was sent {sent.times} times: {reason(error)}"
        hint = "It does no harm: deregister the one that is identical to the deployed one."
        work.runner.warning(Fault(what, hint, "task-definition"))
