"""What a verification remembers of its looks, for its report: counts, last words, latencies and the times in which something was wrong."""

from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from credex_actions.ecs.verification.judgement import Answer, Look, State


@dataclass
class Tally:
    """One check. `seconds`: of its answers that came over the network at our own request, in the order of the looks."""

    name: str
    counts: dict[State, int] = field(default_factory=lambda: {"good": 0, "bad": 0, "unknown": 0})
    last: Answer | None = None
    last_fault: str = ""
    seconds: list[float] = field(default_factory=list)

    def add(self, answer: Answer) -> None:
        self.counts[answer.state] += 1
        self.last = answer
        if answer.state != "good":
            self.last_fault = answer.what
        elif answer.seconds:
            self.seconds.append(answer.seconds)

    @property
    def latency(self) -> tuple[float, float] | None:
        """Median and maximum of the good answers, in milliseconds."""
        return (median(self.seconds) * 1000, max(self.seconds) * 1000) if self.seconds else None


@dataclass
class Spell:
    """A time in which every look was of one state."""

    state: State
    began: datetime
    ended: datetime
    why: str = ""


@dataclass
class History:
    began: datetime
    looks: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)
    spells: list[Spell] = field(default_factory=list)
    healthy_since: datetime | None = None
    failed_looks: int = 0  # after it was found healthy: those before are its start

    def add(self, look: Look, healthy_since: datetime | None) -> bool:
        """True if the state is another one than at the look before."""
        self.looks += 1
        self.failed_looks += self.healthy_since is not None and look.state == "bad"
        self.healthy_since = healthy_since
        for answer in look.answers:
            self.tallies.setdefault(answer.check, Tally(answer.check)).add(answer)
        changed = not self.spells or self.spells[-1].state != look.state
        if changed:
            self.spells.append(Spell(look.state, look.at, look.at, look.words(look.state) if look.state != "good" else ""))
        if len(self.spells) > 1 and changed:
            self.spells[-2].ended = look.at
        self.spells[-1].ended = look.at
        return changed

    @property
    def last_fault(self) -> str:
        return next((spell.why for spell in reversed(self.spells) if spell.state == "bad"), "")
