"""Patterns of lines, mined as they go by, by Drain (He et al., 2017; drain3-improved). Memory stays bounded, however many lines there are.

What varies by nature (times, numbers, addresses, ids) is masked first, so that a pattern has the same text from week to week.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from drain3.drain import Drain, LogCluster

MASKS: Final = re.compile(
    r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
    r"|\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?|\b[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?"
    r"|\b[\w.+-]+@[\w-]+\.[\w.]+|\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b|\b(?:i|vol|snap|ami|sg|eni|subnet)-[0-9a-f]{8,17}\b"
    r"|\b(?:0x)?(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{8,}\b|(?<![A-Za-z_])-?[0-9]+(?:\.[0-9]+)*(?:ms|s|m|[kKMG]?i?B|%)?(?![A-Za-z_])"
)
MASK: Final = "<_>"
PARAMETER: Final = "<*>"
"""What Drain puts where lines of a pattern differ. A mask is another one: Drain does not count its own as a word that two lines have in common."""
MOST_WORDS: Final = 60
"""Of a line; its rest tells no more. Drain keeps a tree for each number of words."""
MOST_PATTERNS: Final = 500
"""Of a log group: each new line is compared with those that begin alike."""
SIMILAR: Final = 0.7
"""Share of words, masks among them, that two lines of one pattern have in common."""
DEPTH: Final = 4
CHILDREN: Final = 50
MOST_HOURS: Final = 24 * 35
REMEMBERED: Final = 20_000
"""Masked lines whose pattern is known without looking: errors repeat themselves."""


@dataclass
class Pattern:
    """`known`: it was in the earlier report. `sample`: one of its lines. `hours`: how many in each hour."""

    template: str
    known: bool = False
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    sample: str = ""
    hours: dict[datetime, int] = field(default_factory=dict)

    def add(self, line: str, at: datetime) -> None:
        self.count += 1
        if self.first is None or at < self.first:
            self.first, self.sample = at, line
        self.last = max(self.last or at, at)
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour in self.hours or len(self.hours) < MOST_HOURS:
            self.hours[hour] = self.hours.get(hour, 0) + 1


class Miner:
    """`known`: templates of the earlier report; of two that have become alike the first counts. `hide`: takes secrets out of a line; a sample is hidden, and so is what becomes part of a template.
    `forgotten`: patterns that gave way to newer ones.
    """

    def __init__(self, known: Iterable[str], hide: Callable[[str], str]) -> None:
        self._hide = hide
        self._drain: Drain = _drain()
        self._patterns: dict[int, Pattern] = {}
        self._remembered: dict[str, int] = {}
        self.forgotten = 0
        for template in list(known)[:MOST_PATTERNS]:
            cluster = self._mined(template)
            self._patterns.setdefault(cluster.cluster_id, Pattern(template, known=True))

    def add(self, line: str, at: datetime) -> None:
        line = self._hide(line)
        masked = " ".join(MASKS.sub(MASK, line).split()[:MOST_WORDS])
        pattern = self._recalled(masked)
        if pattern is None:
            cluster = self._mined(masked)
            pattern = self._patterns.setdefault(cluster.cluster_id, Pattern(masked))
            self._remember(masked, cluster.cluster_id)
            if not pattern.known:
                pattern.template = cluster.get_template()
            if len(self._patterns) > 2 * MOST_PATTERNS:
                self._forget()
        pattern.add(line, at)

    def _mined(self, text: str) -> "LogCluster":
        return self._drain.add_log_message(text)[0]

    def _recalled(self, masked: str) -> Pattern | None:
        """Asking Drain for it makes it one of those that were seen last."""
        number = self._remembered.get(masked)
        return self._patterns.get(number) if number is not None and self._drain.id_to_cluster[number] is not None else None

    def _remember(self, masked: str, number: int) -> None:
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[masked] = number

    def _forget(self) -> None:
        """Drain has dropped the patterns that were not seen for longest."""
        gone = [number for number in self._patterns if number not in self._drain.id_to_cluster]
        for number in gone:
            del self._patterns[number]
        self._remembered.clear()
        self.forgotten += len(gone)

    def patterns(self) -> list[Pattern]:
        """Those that occurred, the most frequent first."""
        return sorted((each for each in self._patterns.values() if each.count), key=lambda each: (-each.count, each.template))

    def templates(self) -> tuple[str, ...]:
        """All that are known by now, also those of the earlier report that did not occur: what stopped for a week is not new when it comes back."""
        return tuple(sorted({each.template for each in self._patterns.values()}))[:MOST_PATTERNS]


def _drain() -> "Drain":
    from drain3.drain import Drain

    return Drain(depth=DEPTH, sim_th=SIMILAR, max_children=CHILDREN, max_clusters=MOST_PATTERNS, param_str=PARAMETER)
