"""Decides whether a saved plan is applied: pure. Fails closed, and applies once."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Decision, Done, Refuse, Step, Wait
from credex_actions.core.text import one_line
from credex_actions.terraform.running.saved_plan import Basis

REPLAN: Final = "Plan again, and have the new plan reviewed."
SHOWN_OF_ID: Final = 12


@dataclass(frozen=True)
class Want:
    """What was reviewed: one of the two, or both."""

    plan_id: str | None
    changes_id: str | None
    plan_file: str


@dataclass(frozen=True)
class Seen:
    """`basis`: the state that the plan was made from; `state`: as it is now. `refusals`: the guard's. `applied`: Terraform has ended."""

    plan_id: str
    changes_id: str
    basis: Basis
    state: Basis
    applyable: bool
    refusals: tuple[Fault, ...] = ()
    applied: bool = False


@dataclass(frozen=True)
class Apply(Step):
    says = "apply the saved plan {plan_id}"
    twice: ClassVar[str] = "a second apply of the same plan, which Terraform rejects as stale unless the first one changed nothing"
    unseen = "Plan again: the new plan shows what is left to do."
    plan_id: str


def decide(want: Want, seen: Seen) -> Decision[Apply]:
    """What comes first in doubt: another plan than the reviewed one, then what it would lose, then that it is stale."""
    if seen.applied:
        return Done("applied")
    if want.plan_id is not None and want.plan_id != seen.plan_id:
        return Refuse((_another("plan-id", want.plan_id, seen.plan_id, want.plan_file),))
    if want.changes_id is not None and want.changes_id != seen.changes_id:
        return Refuse((_another("changes-id", want.changes_id, seen.changes_id, want.plan_file),))
    if want.plan_id is None and want.changes_id is None:
        return Refuse((Fault("no plan was named as the reviewed one", "Set plan-id.", "plan-id"),), Exit.BAD_INPUT)
    if seen.refusals:
        return Refuse(seen.refusals)
    if seen.basis != seen.state:
        return Refuse((_stale(seen, want.plan_file),))
    return Apply(seen.plan_id) if seen.applyable else Done("nothing-to-do")


def after(seen: Seen, move: Apply | Wait) -> Seen:
    return replace(seen, applied=True) if isinstance(move, Apply) else seen


def short(identity: str) -> str:
    return one_line(identity, SHOWN_OF_ID + 1) if len(identity) <= SHOWN_OF_ID else identity[:SHOWN_OF_ID]


def _another(name: str, reviewed: str, found: str, file: str) -> Fault:
    if name == "changes-id":
        what = f"the plan changes something else than the reviewed one ({short(found)}, reviewed: {short(reviewed)})"
        return Fault(what, f"The state, the configuration or the world has changed since. {REPLAN}", name, file)
    what = f"is not the reviewed plan: its id is {short(found)}, reviewed: {short(reviewed)}"
    return Fault(what, f"Provide the file that plan-terraform wrote, or {REPLAN[0].lower()}{REPLAN[1:]}", "plan-file", file)


def _stale(seen: Seen, file: str) -> Fault:
    if seen.basis.lineage != seen.state.lineage and seen.basis.lineage and seen.state.lineage:
        what = "stale: the plan was made from another state than the one in this directory's backend"
        return Fault(what, "Is it the right directory, workspace and backend-config? If so, plan again.", "plan-file", file)
    what = f"stale: the state was changed after the plan was made (the plan rests on {seen.basis}, the state has {seen.state})"
    return Fault(what, f"Was the plan applied already? {REPLAN}", "plan-file", file)
