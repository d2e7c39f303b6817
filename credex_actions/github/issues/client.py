"""Reads the issues of ours, and writes the one."""

from dataclasses import dataclass, field
from functools import partial

from credex_actions.core.loop import Operation
from credex_actions.github.issues.ours import Ours
from credex_actions.github.issues.steps import CloseIssue, CreateIssue, IssueStep, ReopenIssue, Seen, UpdateIssue, Want, after, decide


@dataclass
class Issues:
    """`last`: what was seen last."""

    ours: Ours
    want: Want
    last: Seen = field(default_factory=lambda: Seen(()))
    _bodies: set[str] = field(default_factory=set)

    def operation(self) -> Operation[Seen, IssueStep]:
        return Operation(self.observe, partial(decide, self.want), self.act, after)

    def observe(self) -> Seen:
        self.last = Seen(self.ours.found(), frozenset(self._bodies))
        return self.last

    def act(self, step: IssueStep) -> None:
        """Raises NoEffect, Lost, or Refused."""
        match step:
            case CreateIssue(title, body):
                self._bodies.add(body)
                self.ours.create(title, body)
            case UpdateIssue(number, title, body):
                self._bodies.add(body)
                self.ours.change(number, {"title": title, "body": body})
            case ReopenIssue(number, title, body):
                self._bodies.add(body)
                self.ours.change(number, {"title": title, "body": body, "state": "open"})
            case CloseIssue(number, why):
                self.ours.change(number, {"state": "closed", "state_reason": why})
