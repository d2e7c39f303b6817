"""Reads the comments of a pull request, and writes ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from credex_actions.core.loop import Operation
from credex_actions.github.commenting.steps import Comment, CommentStep, Create, Delete, Seen, Update, after, decide, mark
from credex_actions.github.connection.answers import Answer, Refused
from credex_actions.github.connection.session import Session


class Found(NamedTuple):
    author: str
    comment: Comment


@dataclass
class Comments:
    """`last`: what was seen last. A list that lags does not show what was just written."""

    session: Session
    pull_request: int
    key: str
    body: str
    last: Seen = field(default_factory=lambda: Seen(()))
    _created: Comment | None = None
    _deleted: set[int] = field(default_factory=set)
    _written: str = ""

    def operation(self) -> Operation[Seen, CommentStep]:
        return Operation(self.observe, partial(decide, self.pull_request, self.body), self.act, after)

    def observe(self) -> Seen:
        """Only what we wrote ourselves: a mark can be copied, and whoever may comment may not make us write there."""
        actor = self.session.actor().lower()
        found = self.session.api.pages(f"{self.session.path}/issues/{self.pull_request}/comments", "", _found)
        ours = {
            each.comment.number: each.comment
            for each in found
            if each.comment.body.startswith(mark(self.key))
            and (not actor or each.author.lower() == actor)
            and each.comment.number not in self._deleted
        }
        if self._created:
            ours.setdefault(self._created.number, self._created)
        self.last = Seen(tuple(ours[number] for number in sorted(ours)), self._written)
        return self.last

    def act(self, step: CommentStep) -> None:
        """Raises NoEffect, Lost, or Refused."""
        api, path = self.session.api, self.session.path
        match step:
            case Create(number, body):
                self._created = api.send("POST", f"{path}/issues/{number}/comments", {"body": body}, _written)
            case Update(number, body):
                api.send("PATCH", f"{path}/issues/comments/{number}", {"body": body}, _written)
                self._written = body
            case Delete(number):
                try:
                    api.send("DELETE", f"{path}/issues/comments/{number}", None)
                except Refused as error:
                    if error.status != HTTPStatus.NOT_FOUND:
                        raise
                self._deleted.add(number)


def _found(document: Mapping[str, Any]) -> Found:
    user = document.get("user") or {}  # null for an account that was deleted
    return Found(str(user.get("login", "")), _comment(document))


def _written(answer: Answer) -> Comment:
    return _comment(answer.document)


def _comment(document: Mapping[str, Any]) -> Comment:
    return Comment(int(document["id"]), str(document["html_url"]), str(document.get("body") or ""))
