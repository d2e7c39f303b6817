"""Reads the issues of ours and their comments, and writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

from credex_actions.core.loop import Operation
from credex_actions.github.issues.ours import Ours
from credex_actions.maintenance.issue.steps import (
    Close,
    CloseDuplicate,
    Comment,
    Create,
    IssueStep,
    Reopen,
    Seen,
    Update,
    Want,
    after,
    decide,
)

COMMENTED_WITHIN: Final = timedelta(days=30)
"""A comment that an interrupted run has left is looked for so far back."""


@dataclass
class Issues:
    """`last`: what was seen last."""

    ours: Ours
    want: Want
    last: Seen = field(default_factory=lambda: Seen(()))
    _commented: set[str] = field(default_factory=set)

    def operation(self) -> Operation[Seen, IssueStep]:
        return Operation(self.observe, partial(decide, self.want), self.act, after)

    def observe(self) -> Seen:
        """The oldest open one is kept; where none is open, the newest closed one."""
        found = self.ours.found()
        main = found[0] if found else None
        comments = self._comments(main.number) if main and main.open else frozenset()
        written = self.ours.written(main.number) if main else None
        self.last = Seen(found, comments, written.body if written else "")
        return self.last

    def _comments(self, number: int) -> frozenset[str]:
        session = self.ours.session
        since = (session.api.now() - COMMENTED_WITHIN).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = session.api.pages(f"{session.path}/issues/{number}/comments", "", _first_line, since=since)
        return frozenset({*found, *self._commented})

    def act(self, step: IssueStep) -> None:
        """Raises NoEffect, Lost, or Refused."""
        match step:
            case Create(title, body):
                self.ours.create(title, body)
            case Comment(number, mark, body):
                session = self.ours.session
                session.api.send("POST", f"{session.path}/issues/{number}/comments", {"body": body})
                self._commented.add(mark)
            case Reopen(number):
                self.ours.change(number, {"state": "open"})
            case Update(number, title, body):
                self.ours.change(number, {"title": title, "body": body})
            case Close(number, body):
                self.ours.change(number, {"body": body, "state": "closed", "state_reason": "completed"})
            case CloseDuplicate(number):
                self.ours.change(number, {"state": "closed", "state_reason": "not_planned"})


def _first_line(document: Mapping[str, Any]) -> str:
    return str(document.get("body") or "").partition("\n")[0].strip()
