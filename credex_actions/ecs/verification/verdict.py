"""How a verification ended, as data and in words (interfaces.md, verify-deployment)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from credex_actions.core import summary
from credex_actions.core.faults import Exit
from credex_actions.core.loop import Run
from credex_actions.core.progress import elapsed
from credex_actions.core.text import in_cell
from credex_actions.ecs.verification.history import History

MOST_SPELLS: Final = 40
"""Bars of a timeline; more cannot be read."""

SENTENCES: Final = {
    "healthy": "is healthy",
    "never-healthy": "never became healthy",
    "became-unhealthy": "became unhealthy while it was watched",
    "unread": "could not be judged",
    "cancelled": "was not fully verified: cancelled",
}

NEXT: Final = {
    "never-healthy": "Check the service's tasks and log; if it only needs longer to start, increase timeout-minutes.",
    "became-unhealthy": "Check the log at the time it became unhealthy; deploy again once the cause is fixed.",
    "unread": "Find out why the check cannot be read; running the same command again starts a new verification.",
    "cancelled": "Run the same command again: it starts a new verification.",
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`outcome`: healthy, unhealthy or rolled-back; "" where the deployment could not be judged. `ended`: how the checks ended (SENTENCES).

    `subject`: what was verified. `rollback`: what became of rollback-to, in words. `code`: the exit code of the command.
    """

    outcome: str
    ended: str
    why: str
    subject: str
    code: Exit
    history: History
    at: datetime
    run: Run
    rollback: str = ""

    @property
    def sentence(self) -> str:
        return f"{'rolled back: ' if self.outcome == 'rolled-back' else ''}{self.subject} {SENTENCES[self.ended]}"

    @property
    def left(self) -> str:
        """The state that is left, for the end of an error message."""
        return self.rollback or "nothing was changed"

    @property
    def hint(self) -> str:
        return NEXT.get(self.ended, "")

    @property
    def notes(self) -> list[str]:
        """What a person has to know although a check was good at last."""
        return [f"{name}: {tally.last.note}" for name, tally in self.history.tallies.items() if tally.last and tally.last.note]

    def report(self) -> dict[str, Any]:
        """As JSON: times in ISO 8601, latencies in milliseconds."""
        history = self.history
        return {
            "outcome": self.outcome or None,
            "ended": self.ended,
            "why": self.why,
            "subject": self.subject,
            "began": history.began.isoformat(),
            "healthy-since": history.healthy_since.isoformat() if history.healthy_since else None,
            "seconds": round((self.at - history.began).total_seconds(), 1),
            "looks": history.looks,
            "checks": [
                {
                    "check": tally.name,
                    **tally.counts,
                    "last": tally.last.what if tally.last else "",
                    "last-fault": tally.last_fault or None,
                    "latency-ms": {"median": round(tally.latency[0], 1), "max": round(tally.latency[1], 1)} if tally.latency else None,
                }
                for tally in history.tallies.values()
            ],
            "notes": self.notes,
            "rollback": self.rollback or None,
        }

    def markdown(self) -> str:
        return "\n".join(self._markdown())

    def _markdown(self) -> Iterator[str]:
        good = True if self.code == Exit.DONE else None if self.ended in {"unread", "cancelled"} else False
        yield summary.verdict(good, self.sentence)
        facts = [
            ("Why", self.why),
            ("Rollback", self.rollback),
            *(("Note", note) for note in self.notes),
            ("Looks", str(self.history.looks)),
            ("Took", elapsed((self.at - self.history.began).total_seconds())),
        ]
        yield summary.table(("", ""), [fact for fact in facts if fact[1]])
        yield summary.table(("Check", "Good", "Failed", "Not read", "Last answer", "Last failure", "Latency"), self._rows())
        yield summary.timeline(f"verification of {self.subject}", list(self._bars()))
        if self.hint and self.code != Exit.DONE:
            yield f"**Next:** {in_cell(self.hint)}\n"

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for tally in self.history.tallies.values():
            latency = f"median {tally.latency[0]:.0f} ms, at most {tally.latency[1]:.0f} ms" if tally.latency else ""
            counts = (str(tally.counts[state]) for state in ("good", "bad", "unknown"))
            yield tally.name, *counts, tally.last.what if tally.last else "", tally.last_fault, latency

    def _bars(self) -> Iterator[summary.Bar]:
        begin, history = self.history.began, self.history
        names = {"good": "healthy", "bad": "failing", "unknown": "not read"}
        for spell in history.spells[-MOST_SPELLS:]:
            name = f"{names[spell.state]} {spell.why}".strip()
            yield summary.Bar(name, (spell.began - begin).total_seconds(), (spell.ended - begin).total_seconds(), spell.state == "bad")
        if history.healthy_since:
            yield summary.Bar(
                "watched", (history.healthy_since - begin).total_seconds(), (history.spells[-1].ended - begin).total_seconds()
            )
        for step, sent in self.run.sent.items():
            ended = sent.ended or self.at
            yield summary.Bar(str(step), (sent.began - begin).total_seconds(), (ended - begin).total_seconds(), sent.ended is None)
        if self.rollback and self.run.waits and self.run.waits[-1].ended > history.spells[-1].ended:
            yield summary.Bar("rollback", (history.spells[-1].ended - begin).total_seconds(), (self.at - begin).total_seconds())
