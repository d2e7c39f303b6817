"""From what was asked for to what is wanted: looks at the ref, the workflow file there and its earlier runs. Nothing is changed here."""

import secrets
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line
from credex_actions.github import lookup, pace
from credex_actions.github.api import Refused
from credex_actions.github.dispatch import Want
from credex_actions.github.dispatch_client import LISTED
from credex_actions.github.refname import short
from credex_actions.github.runs import Run, run_of
from credex_actions.github.session import Session
from credex_actions.github.trigger_request import Asked
from credex_actions.github.workflow_file import DispatchableWorkflow, misfits

USUAL_MARK: Final = "distinct_id"


def new_run(session: Session, asked: Asked, give_up: Callable[[], datetime], say: Callable[[str], None]) -> Want:
    """What starts a run. Raises Failure with all that GitHub would refuse."""
    commit = lookup.commit_at(session, asked.ref)
    path, workflow = lookup.workflow_at(session, asked.workflow, asked.ref, commit.sha)
    given, mark, faults = marked(workflow, asked)
    asks = any(each.kind == "environment" and each.name in given for each in workflow.inputs.values())
    faults += misfits(workflow, given, _environments(session) if asks else None)
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    earlier = _earlier(session, path)
    say(f"{one_line(workflow.name, 80)} on {one_line(asked.ref, 80)} of {asked.place.repository}, at {commit.sha[:7]} {commit.title}")
    return Want(
        path=path,
        ref=asked.ref,
        sha=commit.sha,
        inputs=tuple(sorted(given.items())),
        mark=mark,
        actor="" if mark else session.actor(),
        before=frozenset(run.id for run in earlier),
        wait=asked.wait,
        give_up=give_up(),
        poll=asked.poll,
        expected=pace.expected_seconds(earlier, short(asked.ref)),
    )


def existing_run(
    session: Session, asked: Asked, number: int, give_up: Callable[[], datetime], say: Callable[[str], None]
) -> tuple[Run, Want]:
    """The run that is only followed. Raises Failure where there is none."""
    try:
        document = session.api.get(f"{session.path}/actions/runs/{number}").document
        lookup.check_name(session, str(document.get("url", "")))
        found = run_of(document)
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise session.refused(error, "run-id") from None
        what = f"{asked.place.repository} has no run {number}, or these credentials may not see it"
        raise Failure(Exit.BAD_INPUT, Fault(what, "The run's id is the number in its page's URL, behind /runs/.", "run-id")) from None
    say(f"Following {one_line(found.title or found.path, 100)}: {found.url}")
    expected = None if found.done else pace.expected_seconds(_earlier(session, found.path), found.branch)
    want = Want(path=found.path, ref=found.branch, sha=found.sha, follows=number, give_up=give_up(), poll=asked.poll, expected=expected)
    return found, want


def _environments(session: Session) -> list[str] | None:
    """Their names; None where the credentials may not see them, in which case GitHub judges alone."""
    try:
        return [str(each["name"]) for each in session.api.pages(f"{session.path}/environments", "environments")]
    except Refused:
        return None


def _earlier(session: Session, path: str) -> list[Run]:
    """The workflow's newest runs: ours is none of them, and they tell how long one takes."""
    try:
        document = session.api.get(f"{session.path}/actions/workflows/{path.rpartition('/')[2]}/runs", per_page=LISTED).document
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise session.refused(error, "workflow") from None
        what = f"GitHub does not know the workflow {path.rpartition('/')[2]} yet"
        hint = "It can be started once the default branch has the file too, also where it is started on another branch."
        raise Failure(Exit.BAD_INPUT, Fault(what, hint, "workflow")) from None
    return [run_of(each) for each in document["workflow_runs"]]


def marked(workflow: DispatchableWorkflow, asked: Asked) -> tuple[dict[str, str], str, list[Fault]]:
    """The inputs with the unique id, where the workflow takes one; the id, where the run's name shows it; and what is wrong with the wish for one."""
    given, name = dict(asked.inputs), asked.correlation or USUAL_MARK
    hint = f"Declare it under on.workflow_dispatch.inputs and put ${{{{ inputs.{one_line(name, 80)} }}}} into run-name; or leave it out."
    if name not in workflow.inputs:
        wish = [Fault(f"the workflow has no input '{one_line(name, 80)}'", hint, "correlation-input")] if asked.correlation else []
        return given, "", wish
    own = name not in given  # an id that somebody else made may be on other runs too
    given.setdefault(name, secrets.token_hex(8))
    if workflow.shows(name):
        return given, given[name] if own else "", []
    wish = [Fault(f"the workflow's run-name does not show '{one_line(name, 80)}'", hint, "correlation-input")] if asked.correlation else []
    return given, "", wish
