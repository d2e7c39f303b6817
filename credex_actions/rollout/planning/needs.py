"""What the rehearsals and the roll-out of a plan need of the account's quotas, at the same time and at most. Pure."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from credex_actions.rollout.gates.usage import Needs
from credex_actions.rollout.planning.situation import Situation
from credex_actions.rollout.rehearsal.candidate import Candidate

SCRATCH_DATA: Final = "gp3"
"""What the clone of a data volume is (aws/scratch/launching.py)."""


def needs_of(behind: Sequence[Situation], due: Sequence[Situation], candidate: Candidate, at_once: int) -> Needs:
    """`due`: those that are rehearsed, `at_once` at a time. What a rehearsal takes is free again before anything is replaced; the root volumes from before are kept."""
    largest = sorted(due, key=lambda each: each.target.found.volume_size, reverse=True)[:at_once]
    rehearsed: Counter[str] = Counter()
    for each in largest:
        rehearsed[candidate.root_type] += max(each.own.root_size, candidate.root_size)
        rehearsed[SCRATCH_DATA] += each.target.found.volume_size
    rolled = Counter({candidate.root_type: candidate.root_size * len(behind)})
    types = [each.own.place.instance_type for each in largest]
    return Needs(types, {kind: float(max(rehearsed[kind], rolled[kind])) for kind in rehearsed | rolled}, len(behind))
