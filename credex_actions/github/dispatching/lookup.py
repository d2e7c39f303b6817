"""What a dispatch needs to know before it is sent: the commit that the ref names, and the workflow file there. A thing that is missing is told by name."""

import base64
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import nearest, one_line
from credex_actions.github.connection.answers import Refused, listed, text_at
from credex_actions.github.connection.session import Session
from credex_actions.github.dispatching.workflow_file import DispatchableWorkflow, NotDispatchable, parse
from credex_actions.github.refname import short

FOLDER = ".github/workflows"
LARGEST_WORKFLOW = 10 * 1024 * 1024
"""Bytes; generous."""
GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT)


LOOKS = 4
"""At a ref that GitHub lists, and does not find."""


class Commit(NamedTuple):
    sha: str
    title: str


def commit_at(session: Session, ref: str) -> Commit:
    """Raises Failure where the repository or the ref is not there, or may not be seen. Of a whole name GitHub takes `heads/…` and `tags/…` here."""
    for again in range(LOOKS):
        try:
            url, sha, message = session.api.get(f"{session.path}/commits/{quote(ref.removeprefix('refs/'))}", _commit).document
            break
        except Refused as error:
            if error.status not in GONE:
                raise session.refused(error, "ref") from None
            default, branches = _branches(session)
            if again + 1 == LOOKS or short(ref) not in branches:
                raise _missing_ref(session, ref, default, branches) from None
            session.api.clock.sleep(1.0)  # it was pushed a moment ago, and reads lag
    check_name(session, url)
    return Commit(sha, one_line(message.partition("\n")[0], 72))


def _commit(document: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(document.get("url", "")), text_at("sha")(document), text_at("commit", "message")(document)


def check_name(session: Session, url: str) -> None:
    """A renamed repository answers under its old name, without the query: what it says may be of another branch. Raises Failure."""
    found = re.search(r"/repos/([^/]+/[^/]+)(?:/|$)", url)
    if found and found[1].lower() != session.place.repository.lower():
        fault = Fault(
            f"{session.place.repository} was renamed to {found[1]}",
            "Use the new name; in a checkout, git remote set-url changes it.",
            "repository",
        )
        raise Failure(Exit.BAD_INPUT, fault)


def _kind(ref: str) -> str:
    return "tag" if ref.startswith("refs/tags/") else "branch" if ref.startswith("refs/heads/") else "branch or tag"


def _branches(session: Session) -> tuple[str, tuple[str, ...]]:
    """The default one, and the first hundred. Raises Failure if there is no repository."""
    try:
        default = session.api.get(session.path, text_at("default_branch")).document
        return default, session.api.get(f"{session.path}/branches", listed("", text_at("name")), per_page=100).document
    except Refused as error:
        raise missing_repository(session, error) from None


def _missing_ref(session: Session, ref: str, default: str, branches: tuple[str, ...]) -> Failure:
    guess = nearest(short(ref), branches)
    hint = (
        f"Did you mean {one_line(guess, 80)}?"
        if guess
        else f"Push it first, or provide another --ref; the default branch is {one_line(default, 80)}."
    )
    fault = Fault(f"{session.place.repository} has no {_kind(ref)} '{one_line(short(ref), 80)}'", hint, "ref")
    return Failure(Exit.BAD_INPUT, fault)


def missing_repository(session: Session, error: Refused) -> Failure:
    if error.status != HTTPStatus.NOT_FOUND:
        return session.refused(error, "repository")
    what = f"the repository {session.place.repository} does not exist on {session.place.site}, or these credentials have no access to it"
    return Failure(Exit.BAD_INPUT, Fault(what, "Check the name, and the permissions of the token or the App.", "repository"))


def workflow_at(session: Session, wanted: str, ref: str, sha: str) -> tuple[str, DispatchableWorkflow]:
    """The path and the file of the workflow, by its file name, path, id or name, as it is at `sha`. Raises Failure."""
    path = _path(session, wanted)
    try:
        text = _file(session, path, sha)
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise session.refused(error, "workflow") from None
        raise _missing_workflow(session, path, ref) from None
    try:
        return path, parse(text, path.rpartition("/")[2])
    except NotDispatchable as error:
        fault = Fault(str(error), f"Add `workflow_dispatch:` under `on:` in {path} and push it to {one_line(ref, 80)}.", "workflow")
        raise Failure(Exit.BAD_INPUT, fault) from None


def _file(session: Session, path: str, sha: str) -> str:
    """The file's text. GitHub leaves it out of an entry from 1 MB on. Raises Refused, and Failure where it is not a file."""
    url = f"{session.path}/contents/{quote(path)}"
    kind, size, content = session.api.get(url, _entry, ref=sha).document
    if kind != "file" or size > LARGEST_WORKFLOW:
        what = f"is larger than {LARGEST_WORKFLOW >> 20} MB" if kind == "file" else f"is a {kind}"
        fault = Fault(f"{one_line(path, 120)} {what}, not a workflow file", "Provide the file name of a workflow.", "workflow")
        raise Failure(Exit.BAD_INPUT, fault)
    return session.api.text(url, ref=sha) if content is None else content


def _entry(document: Any) -> tuple[str, int, str | None]:
    """Kind, bytes, and the text where the answer has it."""
    if isinstance(document, list):
        return "folder", 0, None
    kind = text_at("type")(document)
    there = kind == "file" and document.get("encoding") == "base64"
    text = base64.b64decode(document["content"]).decode("utf-8", "replace") if there else None
    return kind, int(document["size"]) if kind == "file" else 0, text


def _path(session: Session, wanted: str) -> str:
    name = wanted.strip().removeprefix("./").removeprefix(f"{FOLDER}/")
    if name.endswith((".yml", ".yaml")):
        return f"{FOLDER}/{name}"
    for path, identity, title in _listed(session):
        if name in (str(identity), title):
            return path
    raise _missing_workflow(session, f"{FOLDER}/{name}", "")


def _listed(session: Session) -> list[tuple[str, int, str]]:
    """Path, id and name of each workflow that GitHub knows."""
    try:
        return list(session.api.pages(f"{session.path}/actions/workflows", "workflows", _workflow))
    except Refused as error:
        raise missing_repository(session, error) from None


def _workflow(document: Mapping[str, Any]) -> tuple[str, int, str]:
    return text_at("path")(document), int(document["id"]), text_at("name")(document)


def _missing_workflow(session: Session, path: str, ref: str) -> Failure:
    """Where the file is missing; GitHub has no workflow of which the default branch has no file."""
    known = tuple(each[0].rpartition("/")[2] for each in _listed(session) if each[0].startswith(FOLDER))
    name = path.rpartition("/")[2]
    where = f" on {one_line(ref, 80)}" if ref else ""
    guess = nearest(name, known)
    named = ", ".join(one_line(each, 60) for each in known[:20])
    hint = f"Did you mean {guess}?" if guess and guess != name else f"The workflows are: {named}." if known else "It has no workflows."
    return Failure(Exit.BAD_INPUT, Fault(f"{session.place.repository} has no workflow '{one_line(name, 80)}'{where}", hint, "workflow"))
