"""The promotion's two ends: looks at branches, deployments, checks and the pull request; opens or updates it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from credex_actions.core.loop import Operation
from credex_actions.core.text import one_line
from credex_actions.github import promotion_text
from credex_actions.github.api import Refused
from credex_actions.github.promotion import Change, Check, Deployed, Open, PromotionStep, PullRequest, Seen, Update, Want, after, decide
from credex_actions.github.runs import moment
from credex_actions.github.session import Session

HIDDEN = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
MOST_CHECKS = 1000
PAGES = 3
"""Of the comparison, a hundred commits each."""


@dataclass
class Promotions:
    """`environments`: branch -> environment, those whose deployments are told, in order. What was seen is kept in `last`."""

    session: Session
    want: Want
    environments: Mapping[str, str]
    own_run: str = ""  # the workflow run that promotes; its own jobs are no checks of the change
    last: Seen | None = None
    opened: PullRequest | None = None
    _written: str = ""
    _text: tuple[str, str] | None = None  # of the head commit: deployments and checks are looked at once in a run

    def operation(self) -> Operation[Seen, PromotionStep]:
        return Operation(self.observe, partial(decide, self.want), self.act, after)

    def observe(self) -> Seen:
        base, head = quote(self.want.target), quote(self.want.source)
        found = self.session.api.get(f"{self.session.path}/compare/{base}...{head}", per_page=100)
        document, commits = found.document, list(found.document["commits"])
        number = 1
        while 'rel="next"' in found.headers.get("link", "") and len(commits) < document["total_commits"] and number < PAGES:
            number += 1
            found = self.session.api.get(f"{self.session.path}/compare/{base}...{head}", per_page=100, page=number)
            commits += found.document["commits"]
        sha = commits[-1]["sha"] if commits and len(commits) == document["total_commits"] else ""
        changes = tuple(_change(each) for each in reversed(commits))
        seen = Seen(sha, changes, document["total_commits"], document["behind_by"])
        if seen.total:
            sha = sha or self.session.api.get(f"{self.session.path}/commits/{head}").document["sha"]
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
        answer = self.session.api.get(f"{self.session.path}/pulls", state="open", head=f"{owner}:{self.want.source}", base=self.want.target)
        # An unknown head is no filter for GitHub, so the answer is compared once more.
        mine = [each for each in answer.document if each["head"]["ref"] == self.want.source and each["base"]["ref"] == self.want.target]
        mine = [
            each for each in mine if (each["head"].get("repo") or {}).get("full_name", "").lower() == self.session.place.repository.lower()
        ]
        return pull_of(mine[0]) if mine else self.opened

    def _deployed(self) -> list[Deployed]:
        found = []
        for environment in self.environments.values():
            listed = self.session.api.get(f"{self.session.path}/deployments", environment=environment, per_page=1).document
            for each in listed[:1]:
                statuses = self.session.api.get(f"{self.session.path}/deployments/{each['id']}/statuses", per_page=1).document
                newest = statuses[0] if statuses else {"state": "pending", "created_at": each["created_at"]}
                found.append(Deployed(environment, each["sha"], newest["state"], moment(newest["created_at"])))
        return found

    def _checks(self, sha: str) -> list[Check]:
        listed = self.session.api.pages(f"{self.session.path}/commits/{sha}/check-runs", "check_runs")
        own = f"/actions/runs/{self.own_run}/"
        runs = [each for each in listed if not (self.own_run and own in (each.get("details_url") or ""))][:MOST_CHECKS]
        checks = [Check(each["name"], each["conclusion"] or each["status"], each["html_url"] or "") for each in runs]
        combined = self.session.api.get(f"{self.session.path}/commits/{sha}/status", per_page=100).document
        return checks + [Check(each["context"], each["state"], each["target_url"] or "") for each in combined["statuses"]]

    def act(self, step: PromotionStep) -> None:
        """Raises NoEffect, Lost, or Refused."""
        match step:
            case Open(source, target, title, text):
                body = {"title": title, "head": source, "base": target, "body": promotion_text.merged_body("", text)}
                try:
                    self.opened = pull_of(self.session.api.send("POST", f"{self.session.path}/pulls", body).document)
                except Refused as error:
                    if "already exists" not in error.message:
                        raise  # somebody else was quicker: the next look sees theirs
            case Update(number, _, text):
                document = self.session.api.send("PATCH", f"{self.session.path}/pulls/{number}", {"body": text}).document
                self.opened, self._written = pull_of(document), text


def pull_of(document: Mapping[str, Any]) -> PullRequest:
    return PullRequest(document["number"], document["html_url"], document["title"], document.get("body") or "")


def _change(document: Mapping[str, Any]) -> Change:
    commit = document["commit"]
    author = (document.get("author") or {}).get("login") or (commit.get("author") or {}).get("name") or "?"
    return Change(document["sha"], one_line(commit["message"].partition("\n")[0], 200), one_line(author, 60))
