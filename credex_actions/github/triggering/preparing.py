"""From what was requested to what is wanted: looks at the ref, the workflow file there and its earlier runs. Nothing is changed here."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line
from credex_actions.github.connection.answers import Refused, listed, text_at
from credex_actions.github.connection.session import Session
from credex_actions.github.dispatching import lookup
from credex_actions.github.dispatching.client import LISTED
from credex_actions.github.dispatching.steps import Want
from credex_actions.github.dispatching.workflow_file import DispatchableWorkflow, LooksSecret, misfits
from credex_actions.github.refname import short
from credex_actions.github.runs import pace
from credex_actions.github.runs.seen import Run, run_of
from credex_actions.github.triggering.request import Asked

DISABLED: Final = {
    "disabled_manually": "somebody disabled it",
    "disabled_inactivity": "GitHub disabled it because the repository was inactive for 60 days",
    "disabled_fork": "workflows of a fork are disabled until somebody enables them",
}
SHOWS_WITHIN: Final = 5.0
"""Seconds in which a run that is to be followed is looked for: reads lag."""
USUAL_MARK: Final = "distinct_id"


def new_run(session: Session, asked: Asked, give_up: Callable[[], datetime], say: Callable[[str], None], looks_secret: LooksSecret) -> Want:
    """What starts a run. Raises Failure with all that GitHub would refuse."""
    commit = lookup.commit_at(session, asked.ref)
    path, workflow = lookup.workflow_at(session, asked.workflow, asked.ref, commit.sha)
    given, mark, faults = marked(workflow, asked)
    asks = any(each.kind == "environment" and each.name in given for each in workflow.inputs.values())
    faults += misfits(workflow, given, looks_secret, _environments(session) if asks else None)
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    earlier = _earlier(session, path)
    check_enabled(session, path)
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
    """The run that is only followed. Raises Failure if there is none."""
    try:
        url, found = _run(session, number)
        lookup.check_name(session, url)
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise session.refused(error, "run-id") from None
        what = f"{asked.place.repository} has no run {number}, or these credentials have no access to it"
        raise Failure(Exit.BAD_INPUT, Fault(what, "The id of a run is the number after /runs/ in the URL of its page.", "run-id")) from None
    say(f"Following {one_line(found.title or found.path, 100)}: {found.url}")
    expected = None if found.done else pace.expected_seconds(_earlier(session, found.path), found.branch)
    want = Want(path=found.path, ref=found.branch, sha=found.sha, follows=number, give_up=give_up(), poll=asked.poll, expected=expected)
    return found, want


def _run(session: Session, number: int) -> tuple[str, Run]:
    """With its URL, which names the repository. One that was started a moment ago may not show yet. Raises Refused."""
    clock = session.api.clock
    end = clock.monotonic() + SHOWS_WITHIN
    while True:
        try:
            url, run = session.api.get(f"{session.path}/actions/runs/{number}", _named_run).document
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND or clock.monotonic() >= end:
                raise
            clock.sleep(1.0)
        else:
            return url, run


def _count(document: Mapping[str, Any]) -> int:
    return int(document["total_count"])


def _named_run(document: Mapping[str, Any]) -> tuple[str, Run]:
    return str(document.get("url", "")), run_of(document)


def _environments(session: Session) -> list[str] | None:
    """Their names; None if the credentials may not see them, or not all came: then GitHub judges alone."""
    path = f"{session.path}/environments"
    try:
        names = list(session.api.pages(path, "environments", text_at("name")))
        return names if len(names) >= session.api.get(path, _count, per_page=1).document else None
    except Refused:
        return None


def _earlier(session: Session, path: str) -> list[Run]:
    """The workflow's newest runs: ours is none of them, and they tell how long one takes."""
    try:
        url = f"{session.path}/actions/workflows/{path.rpartition('/')[2]}/runs"
        return list(session.api.get(url, listed("workflow_runs", run_of), per_page=LISTED).document)
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise session.refused(error, "workflow") from None
        what = f"GitHub does not know the workflow {path.rpartition('/')[2]} yet"
        hint = "The file has to be on the default branch before it can be dispatched on any branch."
        raise Failure(Exit.BAD_INPUT, Fault(what, hint, "workflow")) from None


def check_enabled(session: Session, path: str) -> None:
    """Raises Failure where the workflow is disabled, with by whom and what to do. Source: GitHub REST API, "Get a workflow", state."""
    name = path.rpartition("/")[2]
    try:
        state = session.api.get(f"{session.path}/actions/workflows/{name}", text_at("state")).document
    except Refused:
        return  # the dispatch itself will tell
    if state.startswith("disabled"):
        raise Failure(Exit.BAD_INPUT, disabled(session, name, state))


def disabled(session: Session, name: str, state: str = "") -> Fault:
    why = DISABLED.get(state, "it is disabled")
    hint = f"Enable it: gh workflow enable {name} --repo {session.place.repository}, or on its page under Actions."
    return Fault(f"the workflow {name} of {session.place.repository} cannot be dispatched: {why}", hint, "workflow")


def marked(workflow: DispatchableWorkflow, asked: Asked) -> tuple[dict[str, str], str, list[Fault]]:
    """The inputs with the unique id, where the workflow takes one; the id, where the run's name shows it; and what is wrong with the wish for one."""
    given, name = dict(asked.inputs), asked.correlation or USUAL_MARK
    hint = f"Declare it under on.workflow_dispatch.inputs and put ${{{{ inputs.{one_line(name, 80)} }}}} into run-name; or omit it."
    if name not in workflow.inputs:
        wish = [Fault(f"the workflow has no input '{one_line(name, 80)}'", hint, "correlation-input")] if asked.correlation else []
        return given, "", wish
    own = name not in given  # an id that somebody else made may be on other runs too
    given.setdefault(name, secrets.token_hex(8))
    if workflow.shows(name):
        return given, given[name] if own else "", []
    wish = [Fault(f"the workflow's run-name does not show '{one_line(name, 80)}'", hint, "correlation-input")] if asked.correlation else []
    return given, "", wish
