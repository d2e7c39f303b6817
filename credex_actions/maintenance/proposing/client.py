"""Reads the branch and the pull requests of a kind, and writes them by GitHub's git data API: no checkout is touched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from credex_actions.core.loop import NoEffect, Operation
from credex_actions.github.connection.answers import Answer, Refused, text_at
from credex_actions.github.connection.session import Session
from credex_actions.maintenance.issue.marks import read
from credex_actions.maintenance.proposing.steps import (
    Branch,
    Close,
    Open,
    ProposalStep,
    PullRequest,
    Push,
    Seen,
    Update,
    Wanted,
    after,
    decide,
)

MOST: Final = 100
"""Pull requests of one kind that are looked at, the newest first."""
TRAILER: Final = "Proposed-by: credex-actions maintenance-report, tree"
"""Ends the message of each commit of ours, and the id of its tree follows: a commit that a person amends keeps the message."""


@dataclass
class Proposals:
    """One kind. `mark`: begins the body of a pull request of ours. `last`: what was seen last. Reads lag: what was just written is remembered."""

    session: Session
    branch: str
    file: str
    mark: str
    want: Callable[[str, frozenset[str]], Wanted]
    last: Seen | None = None
    _base: str = ""
    _pushed: str | None = None
    _written: dict[int, PullRequest] = field(default_factory=dict)

    def operation(self) -> Operation[Seen, ProposalStep]:
        return Operation(self.observe, partial(decide, self.branch, self.file, self.want), self.act, after)

    def observe(self) -> Seen:
        base = self._base_branch()
        sha = self._head(base) or ""
        self.last = Seen(sha, self._file(sha), self._branch_seen(), self._pulls(base))
        return self.last

    def _base_branch(self) -> str:
        self._base = self._base or str(self.session.api.get(self.session.path, text_at("default_branch")).document)
        return self._base

    def _head(self, branch: str) -> str | None:
        return self._or_none(
            lambda: str(self.session.api.get(f"{self.session.path}/git/ref/heads/{quote(branch)}", text_at("object", "sha")).document)
        )

    def _file(self, sha: str) -> str:
        return self._or_none(lambda: self.session.api.text(f"{self.session.path}/contents/{quote(self.file)}", ref=sha)) or ""

    def _branch_seen(self) -> Branch | None:
        sha = self._head(self.branch)
        if self._pushed is not None:
            return Branch(self._pushed, ours=True)
        if sha is None:
            return None
        commit = f"{self.session.path}/git/commits/{sha}"
        message, tree = self.session.api.get(commit, _message_and_tree).document
        return Branch(self._file(sha), ours=message.rstrip().endswith(trailer(tree)))

    def _pulls(self, base: str) -> tuple[PullRequest, ...]:
        """Only those that we wrote ourselves: a mark can be copied."""
        actor = self.session.actor().lower()
        head = f"{self.session.place.owner}:{self.branch}"
        wanted = {"state": "all", "head": head, "base": base, "sort": "created", "direction": "desc"}
        found = {}
        for author, branch, pull in islice(self.session.api.pages(f"{self.session.path}/pulls", "", _found, **wanted), MOST):
            if branch == self.branch and pull.body.startswith(self.mark) and (not actor or author.lower() == actor):
                found[pull.number] = pull
        found |= self._written
        return tuple(found[number] for number in sorted(found, reverse=True))

    def act(self, step: ProposalStep) -> None:
        """Raises NoEffect, Lost, or Refused."""
        path = self.session.path
        match step:
            case Push():
                self._push(step)
            case Open(branch, title, body):
                given = {"title": title, "head": branch, "base": self._base_branch(), "body": body}
                try:
                    self._keep(self.session.api.send("POST", f"{path}/pulls", given, _answered))
                except Refused as error:
                    if "already exists" in error.message:
                        raise NoEffect("GitHub already has one, which the next read shows") from None
                    raise
            case Update(number, title, body):
                self._keep(self.session.api.send("PATCH", f"{path}/pulls/{number}", {"title": title, "body": body}, _answered))
            case Close(number, body):
                self._keep(self.session.api.send("PATCH", f"{path}/pulls/{number}", {"state": "closed", "body": body}, _answered))

    def _push(self, step: Push) -> None:
        """A tree and a commit that nothing refers to have no effect: the branch is the one that has."""
        api, path = self.session.api, f"{self.session.path}/git"
        tree = str(api.get(f"{path}/commits/{step.base}", text_at("tree", "sha")).document)
        file = {"path": step.file, "mode": "100644", "type": "blob", "content": step.content}
        tree = api.send("POST", f"{path}/trees", {"base_tree": tree, "tree": [file]}, _sha)
        commit = api.send(
            "POST", f"{path}/commits", {"message": f"{step.message}\n\n{trailer(tree)}", "tree": tree, "parents": [step.base]}, _sha
        )
        if step.new:
            api.send("POST", f"{path}/refs", {"ref": f"refs/heads/{step.branch}", "sha": commit})
        else:
            api.send("PATCH", f"{path}/refs/heads/{quote(step.branch)}", {"sha": commit, "force": True})
        self._pushed = step.content

    def _keep(self, pull: PullRequest) -> None:
        self._written[pull.number] = pull

    @staticmethod
    def _or_none(look: Callable[[], str]) -> str | None:
        try:
            return look()
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return None


def trailer(tree: str) -> str:
    return f"{TRAILER} {tree}"


def _sha(answer: Answer) -> str:
    return str(answer.document["sha"])


def _message_and_tree(document: Mapping[str, Any]) -> tuple[str, str]:
    return str(document["message"]), str(document["tree"]["sha"])


def _answered(answer: Answer) -> PullRequest:
    return _pull(answer.document)


def _found(document: Mapping[str, Any]) -> tuple[str, str, PullRequest]:
    user = document.get("user") or {}  # null for an account that was deleted
    return str(user.get("login", "")), str(document["head"]["ref"]), _pull(document)


def _pull(document: Mapping[str, Any]) -> PullRequest:
    body = str(document.get("body") or "")
    ids, _ = read(body)
    return PullRequest(
        number=int(document["number"]),
        url=str(document["html_url"]),
        title=str(document["title"]),
        body=body,
        open=document["state"] == "open",
        refused=document["state"] == "closed" and not document.get("merged_at"),
        ids=frozenset(each for some in ids.values() for each in some),
    )
