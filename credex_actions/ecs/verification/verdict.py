"""How a verification ended, as data and in words (interfaces.md, verify-deployment)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from credex_actions.core.faults import Exit
from credex_actions.core.loop import Run
from credex_actions.core.progress import elapsed
from credex_actions.core.summary import Page
from credex_actions.core.timeline import Bar
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

COUNTED: Final = {"good": "good", "bad": "failed", "unknown": "not read"}

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

    def markdown(self, redact: Callable[[str], str]) -> str:
        page = Page(redact)
        page.verdict(True if self.code == Exit.DONE else None if self.ended in {"unread", "cancelled"} else False, self.sentence)
        facts = [
            ("Why", self.why),
            ("Rollback", self.rollback),
            ("Next", self.hint if self.code != Exit.DONE else ""),
            *(("Note", note) for note in self.notes),
            ("Looks", str(self.history.looks)),
            ("Took", elapsed((self.at - self.history.began).total_seconds())),
        ]
        page.facts(facts)
        page.facts(self._rows(), "Checks")
        page.timeline("verification", list(self._bars()))
        return str(page)

    def _rows(self) -> Iterator[tuple[str, list[str]]]:
        for tally in self.history.tallies.values():
            counts = ", ".join(f"{count} {COUNTED[state]}" for state, count in tally.counts.items() if count)
            last = f"Last answer: {tally.last.what}" if tally.last else ""
            fault = f"Last failure: {tally.last_fault}" if tally.last_fault and tally.last and tally.last_fault != tally.last.what else ""
            latency = f"Latency: median {tally.latency[0]:.0f} ms, at most {tally.latency[1]:.0f} ms" if tally.latency else ""
            yield tally.name, [counts, last, fault, latency]

    def _bars(self) -> Iterator[Bar]:
        begin, history = self.history.began, self.history
        names = {"good": "healthy", "bad": "failing", "unknown": "not read"}
        for spell in history.spells[-MOST_SPELLS:]:
            name = f"{names[spell.state]} {spell.why}".strip()
            yield Bar(name, (spell.began - begin).total_seconds(), (spell.ended - begin).total_seconds(), spell.state == "bad")
        if history.healthy_since:
            yield Bar("watched", (history.healthy_since - begin).total_seconds(), (history.spells[-1].ended - begin).total_seconds())
        for step, sent in self.run.sent.items():
            ended = sent.ended or self.at
            yield Bar(str(step), (sent.began - begin).total_seconds(), (ended - begin).total_seconds(), sent.ended is None)
        if self.rollback and self.run.waits and self.run.waits[-1].ended > history.spells[-1].ended:
            yield Bar("rollback", (history.spells[-1].ended - begin).total_seconds(), (self.at - begin).total_seconds())
