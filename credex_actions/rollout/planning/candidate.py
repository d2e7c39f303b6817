"""The AMI that is rolled out: the one that is named, or the newest of the version that was built and tested. Where there is none, it is built."""

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.rollout.checking import Discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.opening import open_build
from credex_actions.rollout.rehearsal.candidate import Candidate, candidate_of
from credex_actions.rollout.swap import images


def given(context: Context, image: str) -> Candidate:
    """Raises Failure(BAD_INPUT)."""
    return candidate_of(images.asked_for(context, image))


def built(context: Context, there: Discovered, run: Run) -> Candidate:
    """As a roll-out chooses it. Raises Failure: REFUSED where the sources do not agree, REMOTE where one could not be read; and all that a build raises."""
    version = context.asked.version or there.target
    if version is None:
        hint = "Correct image.sources, or set version or image."
        refused = "refused: " if there.code is Exit.REFUSED else ""
        raise Failure(there.code, Fault(f"{refused}which version is the newest is not known: {there.doubt}", hint, "image.sources"))
    try:
        return candidate_of(images.built(context, version))
    except Failure as failure:
        if failure.code is not Exit.REFUSED or context.asked.dry_run:
            raise
    building = open_build(context, there, run)
    building.build()
    if building.left:
        raise Failure(Exit.REMOTE, Fault(building.left), left=run.state())
    assert building.image
    return given(context, building.image.id)
