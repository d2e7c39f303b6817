"""What a check query of the configuration answered: pure."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answered:
    """A check query's answer. `trouble`: why there is none."""

    query: str
    expected: Any
    answer: Any = None
    trouble: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """JSON's equality: true is not 1, 1.0 is 1."""
        if self.trouble or isinstance(self.answer, bool) != isinstance(self.expected, bool):
            return False
        return bool(self.answer == self.expected)
