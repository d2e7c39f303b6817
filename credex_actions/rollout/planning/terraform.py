"""What our guard says of a Terraform plan that is given with a roll-out: one that would replace an instance would undo it."""

from typing import NamedTuple

from credex_actions.core.faults import Failure
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.declarations.guard_terraform_plan import Inputs as GuardInputs
from credex_actions.rollout.gates.gate import Gate
from credex_actions.terraform.guarding import judged
from credex_actions.terraform.judging import exceptions

NAME = "terraform plan"
NONE_GIVEN = "none was given: whether Terraform would undo the roll-out is not known"


class Guarded(NamedTuple):
    """`gate`: None where no plan was given."""

    verdict: str
    gate: Gate | None


def guarded(path: str | None, runner: Runner) -> Guarded:
    """Raises Failure(BAD_INPUT) for what is no plan."""
    if path is None:
        return Guarded(NONE_GIVEN, None)
    try:
        verdict = judged(GuardInputs(plan=path), runner, exceptions.read((), (), None))
    except Failure as failure:
        raise Failure(failure.code, *(fault._replace(where="terraform-plan") for fault in failure.faults)) from None
    if not verdict.refused:
        return Guarded("safe", Gate(name=NAME, says=f"safe: {verdict.judgement.changes} changes, none of which loses data"))
    found = [each for each in verdict.shown if each.refuses]
    first = found[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    says = f"refused: {first.address}: {one_line(first.why, 300)}{more}"
    return Guarded("refused", Gate(name=NAME, says=says, shut=True, hint=one_line(first.instead, 300)))
