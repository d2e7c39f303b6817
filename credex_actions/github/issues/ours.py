"""Issues that we wrote, known by the mark with which their bodies begin: finds them, opens and changes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from credex_actions.github.connection.answers import Answer
from credex_actions.github.connection.session import Session

MOST: Final = 2_000
"""Issues of one author that are looked at, the newest first."""


@dataclass(frozen=True)
class Issue:
    number: int
    url: str
    title: str
    body: str
    open: bool


@dataclass
class Ours:
    """`mark`: begins the body. A list that lags does not hide what was just written. What writes raises NoEffect, Lost, or Refused."""

    session: Session
    mark: str
    _written: dict[int, Issue] = field(default_factory=dict)

    def found(self) -> tuple[Issue, ...]:
        """The open ones, the oldest first. Where none is open: the closed one that was opened last, and before it those that this run has closed since."""
        opened = {each.number: each for each in self._those("open")} | self._written
        if ours := tuple(opened[number] for number in sorted(opened) if opened[number].open):
            return ours
        closed = {each.number: each for each in islice(self._those("closed"), 1)} | self._written
        return tuple(closed[number] for number in sorted(closed, reverse=True))

    def _those(self, state: str) -> Iterator[Issue]:
        """Only what we wrote ourselves: a mark can be copied, and whoever may open issues may not make us write there."""
        actor = self.session.actor()
        wanted = {"state": state, "sort": "created", "direction": "desc"} | ({"creator": actor} if actor else {})
        for author, issue in islice(self.session.api.pages(f"{self.session.path}/issues", "", _listed, **wanted), MOST):
            if issue and issue.body.startswith(self.mark) and (not actor or author.lower() == actor.lower()):
                yield issue

    def create(self, title: str, body: str) -> None:
        self._keep(self.session.api.send("POST", f"{self.session.path}/issues", {"title": title, "body": body}, _answered))

    def change(self, number: int, changes: Mapping[str, str]) -> None:
        """`changes`: fields of the issue, as GitHub's API names them."""
        self._keep(self.session.api.send("PATCH", f"{self.session.path}/issues/{number}", changes, _answered))

    def written(self, number: int) -> Issue | None:
        """As GitHub answered when this run wrote it; None if it did not."""
        return self._written.get(number)

    def _keep(self, issue: Issue) -> None:
        self._written[issue.number] = issue


def _answered(answer: Answer) -> Issue:
    return _issue(answer.document)


def _listed(document: Mapping[str, Any]) -> tuple[str, Issue | None]:
    """Its author, and no issue for a pull request, which GitHub lists as one."""
    user = document.get("user") or {}  # null for an account that was deleted
    return str(user.get("login", "")), None if "pull_request" in document else _issue(document)


def _issue(document: Mapping[str, Any]) -> Issue:
    return Issue(
        number=int(document["number"]),
        url=str(document["html_url"]),
        title=str(document["title"]),
        body=str(document.get("body") or ""),
        open=document["state"] == "open",
    )
