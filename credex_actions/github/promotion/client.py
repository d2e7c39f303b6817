"""The promotion's two ends: looks at branches, deployments, checks and the pull request; opens or updates it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from credex_actions.core.loop import NoEffect, Operation
from credex_actions.core.text import one_line
from credex_actions.github.connection.answers import Answer, Refused, listed, text_at
from credex_actions.github.connection.session import Session
from credex_actions.github.promotion import text as promotion_text
from credex_actions.github.promotion.promoted import Change, Check, Deployed
from credex_actions.github.promotion.steps import Open, PromotionStep, PullRequest, Seen, Update, Want, after, decide
from credex_actions.github.runs.seen import moment

HIDDEN = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
MOST_CHECKS = 1000
PAGES = 3
"""Of the comparison, a hundred commits each."""


@dataclass
class Promotions:
    """`environments`: branch -> environment, those whose deployments are reported, in order. What was seen is kept in `last`."""

    session: Session
    want: Want
    environments: Mapping[str, str]
    own_run: str = ""  # the workflow run that promotes; its own jobs are no checks of the change
    last: Seen | None = None
    opened: PullRequest | None = None
    _written: str = ""
    _ended: set[int] = field(default_factory=set)  # pull requests that were merged or closed, even if a list that lags has them still
    _text: tuple[str, str] | None = None  # of the head commit: deployments and checks are looked at once in a run

    def operation(self) -> Operation[Seen, PromotionStep]:
        return Operation(self.observe, partial(decide, self.want), self.act, after)

    def observe(self) -> Seen:
        base, head = quote(self.want.target), quote(self.want.source)
        path = f"{self.session.path}/compare/{base}...{head}"
        found = self.session.api.get(path, _comparison, per_page=100)
        total, behind, changes = found.document
        number = 1
        while 'rel="next"' in found.headers.get("link", "") and len(changes) < total and number < PAGES:
            number += 1
            found = self.session.api.get(path, _comparison, per_page=100, page=number)
            changes += found.document[2]
        sha = changes[-1].sha if changes and len(changes) == total else ""
        changes = tuple(reversed(changes))
        seen = Seen(sha, changes, total, behind)
        if seen.total:
            sha = sha or self.session.api.get(f"{self.session.path}/commits/{head}", text_at("sha")).document
            seen = Seen(sha, changes, seen.total, seen.behind, self._ours(sha, seen), self._pull(), self._written)
        self.last = seen
        return seen

    def _ours(self, sha: str, seen: Seen) -> str:
        if self._text is None or self._text[0] != sha:
            site = f"{self.session.place.site}/{self.session.place.repository}"
            parts = (self.want.source, self.want.target, seen.changes, seen.total, seen.behind)
            self._text = (
                sha,
                promotion_text.text(*parts, self._seen_or_none(self._deployed), self._seen_or_none(lambda: self._checks(sha)), site),
            )
        return self._text[1]

    @staticmethod
    def _seen_or_none(look: Callable[[], Any]) -> Any:
        """What credentials may not see is said in the text, and is no reason to open no pull request."""
        try:
            return look()
        except Refused as error:
            if error.status not in HIDDEN:
                raise
            return None

    def _pull(self) -> PullRequest | None:
        owner = self.session.place.owner
        wanted = {"state": "open", "head": f"{owner}:{self.want.source}", "base": self.want.target}
        listed_pulls = self.session.api.get(f"{self.session.path}/pulls", OPEN_PULLS, **wanted).document
        # An unknown head is not a filter for GitHub, so the answer is compared once more.
        ends = (self.session.place.repository.lower(), self.want.source, self.want.target)
        mine = [pull for found, pull in listed_pulls if found == ends and pull.number not in self._ended]
        return mine[0] if mine else self.opened

    def _deployed(self) -> list[Deployed]:
        found = []
        for environment in self.environments.values():
            path = f"{self.session.path}/deployments"
            for number, sha, created in self.session.api.get(path, DEPLOYMENTS, environment=environment, per_page=1).document[:1]:
                statuses = self.session.api.get(f"{path}/{number}/statuses", STATES, per_page=1).document
                state, when = statuses[0] if statuses else ("pending", created)
                found.append(Deployed(environment, sha, state, when))
        return found

    def _checks(self, sha: str) -> list[Check]:
        own = f"/actions/runs/{self.own_run}/"
        runs = self.session.api.pages(f"{self.session.path}/commits/{sha}/check-runs", "check_runs", _check_run)
        checks = [check for details, check in runs if not (self.own_run and own in details)][:MOST_CHECKS]
        return [*checks, *self.session.api.get(f"{self.session.path}/commits/{sha}/status", STATUSES, per_page=100).document]

    def act(self, step: PromotionStep) -> None:
        """Raises NoEffect, Lost, or Refused."""
        match step:
            case Open(source, target, title, text):
                body = {"title": title, "head": source, "base": target, "body": promotion_text.merged_body("", text)}
                try:
                    self.opened = self.session.api.send("POST", f"{self.session.path}/pulls", body, _answered)
                except Refused as error:
                    if "No commits between" in error.message:
                        raise NoEffect("GitHub finds no commits between the branches: the comparison was outdated") from None
                    if "already exists" in error.message:
                        raise NoEffect("GitHub already has one, which the next read shows") from None
                    raise
            case Update(number, _, text):
                pull, still_open = self.session.api.send("PATCH", f"{self.session.path}/pulls/{number}", {"body": text}, _updated)
                if still_open:
                    self.opened, self._written = pull, text
                else:
                    self._ended.add(number)


def _answered(answer: Answer) -> PullRequest:
    return pull_of(answer.document)


def _updated(answer: Answer) -> tuple[PullRequest, bool]:
    """With whether it is still open."""
    return pull_of(answer.document), text_at("state")(answer.document) == "open"


def pull_of(document: Mapping[str, Any]) -> PullRequest:
    return PullRequest(document["number"], document["html_url"], document["title"], document.get("body") or "")


def _change(document: Mapping[str, Any]) -> Change:
    commit = document["commit"]
    author = (document.get("author") or {}).get("login") or (commit.get("author") or {}).get("name") or "?"
    return Change(document["sha"], one_line(commit["message"].partition("\n")[0], 200), one_line(author, 60))


def _comparison(document: Mapping[str, Any]) -> tuple[int, int, tuple[Change, ...]]:
    """How many commits the head has more, and how many fewer, and those of this page."""
    return int(document["total_commits"]), int(document["behind_by"]), listed("commits", _change)(document)


def _open_pull(document: Mapping[str, Any]) -> tuple[tuple[str, str, str], PullRequest]:
    """With the head's repository in lower case, the head and the base."""
    head, base = document["head"], document["base"]
    return ((head.get("repo") or {}).get("full_name", "").lower(), head["ref"], base["ref"]), pull_of(document)


def _check_run(document: Mapping[str, Any]) -> tuple[str, Check]:
    return document.get("details_url") or "", Check(
        document["name"], document["conclusion"] or document["status"], document["html_url"] or ""
    )


def _status(document: Mapping[str, Any]) -> Check:
    return Check(document["context"], document["state"], document["target_url"] or "")


def _deployment(document: Mapping[str, Any]) -> tuple[int, str, datetime | None]:
    return int(document["id"]), text_at("sha")(document), moment(document["created_at"])


def _state(document: Mapping[str, Any]) -> tuple[str, datetime | None]:
    return text_at("state")(document), moment(document["created_at"])


OPEN_PULLS: Final = listed("", _open_pull)
DEPLOYMENTS: Final = listed("", _deployment)
STATES: Final = listed("", _state)
STATUSES: Final = listed("statuses", _status)
