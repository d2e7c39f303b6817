"""One line of the table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`limit`: what `ratio` (or, without one, `value`) may be at most; None if there is no goal."""

    what: str
    ours: str
    against: str = ""
    ratio: float | None = None
    limit: float | None = None
    value: float | None = None

    @property
    def met(self) -> bool:
        measured = self.ratio if self.ratio is not None else self.value
        return self.limit is None or measured is None or measured <= self.limit

    @property
    def goal(self) -> str:
        return "" if self.limit is None else f"<= {self.limit:g}{'' if self.met else '  MISSED'}"
