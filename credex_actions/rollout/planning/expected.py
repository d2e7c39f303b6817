"""How long a database will be down: as long as its rehearsal took, else as long as the last roll-out took. Pure."""

from collections.abc import Mapping

from credex_actions.rollout.planning.plan import Expected
from credex_actions.rollout.rehearsal.note import Rehearsed
from credex_actions.rollout.swap.downtime import last_roll


def expected(done: Rehearsed | None, tags: Mapping[str, str]) -> Expected:
    if done and done.seconds is not None:
        return Expected(done.seconds, "as its rehearsal took until Bolt answered")
    if last := last_roll(tags):
        return Expected(last.seconds, f"as in the last roll-out, {last.at}")
    return Expected(None, "it was neither rehearsed nor rolled before")
