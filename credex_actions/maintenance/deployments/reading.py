"""Reads deployments, their outcomes, and what is between two of them, from GitHub."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from credex_actions.core.text import one_line
from credex_actions.github.connection.answers import listed, text_at
from credex_actions.github.connection.session import Session
from credex_actions.github.runs.seen import moment
from credex_actions.maintenance.deployments.observed import Between, Change, Deployed, Environment, Outcome

MOST: Final = 100
"""Deployments of one environment: each takes a request for its outcome."""
OUTCOMES: Final[Mapping[str, Outcome]] = {"success": "success", "failure": "failure", "error": "failure"}


def environment(session: Session, name: str, since: datetime) -> Environment:
    """Raises as Api.get() does."""
    listing = session.api.pages(f"{session.path}/deployments", "", _deployment, environment=name)
    seen: list[Deployed] = []
    cut = False
    for number, sha, created in islice(listing, MOST + 1):
        if created < since:
            break
        if len(seen) == MOST:
            cut = True
            break
        outcome, ended = _outcome(session, number)
        seen.append(Deployed(number, sha, created, outcome, ended))
    return Environment(name, tuple(seen), cut)


def _outcome(session: Session, number: int) -> tuple[Outcome, datetime | None]:
    """GitHub marks a deployment inactive when a newer one succeeds: what counts is what it was before."""
    statuses = session.api.get(f"{session.path}/deployments/{number}/statuses", STATUSES, per_page=100).document
    return next(((OUTCOMES[state], at) for state, at in statuses if state in OUTCOMES), ("open", None))


def between(session: Session, base: str, head: str) -> Between:
    """What `head` has and `base` lacks; one page of it. Raises as Api.get() does."""
    found: Between = session.api.get(f"{session.path}/compare/{quote(base)}...{quote(head)}", _comparison, per_page=100).document
    return found


def _deployment(document: Mapping[str, Any]) -> tuple[int, str, datetime]:
    return int(document["id"]), text_at("sha")(document), _time(document["created_at"])


def _status(document: Mapping[str, Any]) -> tuple[str, datetime]:
    return text_at("state")(document), _time(document["created_at"])


def _comparison(document: Mapping[str, Any]) -> Between:
    return Between(int(document["total_commits"]), listed("commits", _change)(document))


def _change(document: Mapping[str, Any]) -> Change:
    commit = document["commit"]
    subject = one_line(str(commit["message"]).partition("\n")[0], 80)
    return Change(text_at("sha")(document), _time(commit["committer"]["date"]), subject)


def _time(text: Any) -> datetime:
    found = moment(text)
    if found is None:
        raise ValueError(text)
    return found


STATUSES: Final = listed("", _status)
