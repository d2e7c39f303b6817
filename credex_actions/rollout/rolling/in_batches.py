"""Batch after batch, the databases of one side by side. Where one does not come back well, the others of its batch come to their end, and no further one is begun."""

from collections.abc import Callable, Sequence
from functools import partial

from credex_actions.core.faults import Exit
from credex_actions.core.progress import Say
from credex_actions.core.text import listed
from credex_actions.core.workers import side_by_side
from credex_actions.rollout.batches import Batch
from credex_actions.rollout.context import Context
from credex_actions.rollout.rolling.one_database import guarded
from credex_actions.rollout.rolling.opening import Member
from credex_actions.rollout.rolling.outcome import Result, Rolled
from credex_actions.rollout.rolling.together import Together, all_together, each_alone

One = Callable[[Rolled, Member, Together], None]
Between = Callable[[Member], None]


def in_batches(
    result: Result, context: Context, every: Sequence[Member], of: Sequence[Batch], one: One, say: Say, between: Between | None = None
) -> None:
    """`of`: the names of `every`. `between`: asked for each of a batch before it, once something was begun; where it refuses one, none of them is begun."""
    members = {member.name: member for member in every}
    rolled = {each.name: each for each in result.databases}
    shared = context.asked.given.configuration.rollout.drain == "service"

    def all_went_well(batch: Batch, work: Callable[[str], None]) -> bool:
        side_by_side(
            lambda name: guarded(partial(work, name), rolled[name]), [batch], context.clock, len(batch), hurried=context.runner.in_actions
        )
        return all(rolled[name].code is Exit.DONE for name in batch)

    for number, batch in enumerate(of, 1):
        if len(batch) > 1:
            say(f"batch {number} of {len(of)}: {listed(batch)}")
        together = (all_together if shared else each_alone)(batch, context.clock)

        def work(name: str, together: dict[str, Together] = together) -> None:
            try:
                one(rolled[name], members[name], together[name])
            finally:
                together[name].out(name)

        begun = any(each.runs for each in result.databases)
        if between and begun and not all_went_well(batch, lambda name: between(members[name])):
            return
        if not all_went_well(batch, work):
            return
