"""comment-on-pull-request, put together: who comments on what, and the one comment."""

import os
import re
from collections.abc import Mapping
from typing import Final

from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Run, drive
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.declarations.comment_on_pull_request import Inputs
from credex_actions.github.commenting.client import Comments
from credex_actions.github.commenting.steps import KEY, LONGEST, Create, marked
from credex_actions.github.connection.answers import Refused
from credex_actions.github.connection.credentials import INPUTS, GivenCredentials, choose, masked
from credex_actions.github.connection.place import place
from credex_actions.github.connection.session import open_session
from credex_actions.github.connection.words import in_words

NEEDED: Final = {"pull_requests": "write"}
OF_PULL_REQUEST: Final = re.compile(r"refs/pull/([1-9][0-9]{0,17})/(?:merge|head)")
PATIENCE: Final = 120.0
"""Seconds for which an outage or a rate limit is borne."""


def comment(inputs: Inputs, runner: Runner) -> dict[str, str | None]:
    """The outputs by name. Raises Failure."""
    given = GivenCredentials(inputs.token, inputs.app_id, inputs.app_private_key, inputs.app_installation_id, INPUTS)
    for secret in masked(given, runner.environment):
        runner.mask(secret.reveal())
    where, who = place(inputs.repository, runner.environment), choose(given, runner.environment)
    number, body = pull_request(inputs.pull_request, runner.environment), text(inputs)
    faults = [each for each in (where, *(who if isinstance(who, list) else ()), number, body) if isinstance(each, Fault)]
    if faults or isinstance(where, Fault) or isinstance(who, list) or isinstance(number, Fault) or isinstance(body, Fault):
        raise Failure(Exit.BAD_INPUT, *faults)
    clock = SystemClock(hurried=runner.in_actions)
    steps = Run(clock, on_step=lambda step: runner.info(f"- {step}"))
    with clock.listening(), in_words(steps.state):
        session = open_session(where, who, NEEDED, clock, runner.info, runner.mask)
        for api in session.apis:
            api.bears = lambda _: PATIENCE
        comments = Comments(session, number, inputs.key, runner.redact(body))
        try:
            return _carry_out(comments, inputs, runner, steps)
        except Refused as error:
            failure = session.refused(error, "pull-request")
            told = (_lacking(error),) if "not accessible" in error.message else failure.faults
            raise Failure(failure.code, *told, left=steps.state()) from None
        except Cancelled as cancelled:
            raise Failure(Exit.of(cancelled), Fault(f"{cancelled} was received"), left=steps.state()) from None


def _lacking(error: Refused) -> Fault:
    """GitHub names permissions for issues first, which would be more than a pull request needs."""
    what = f"the token lacks the permission pull_requests: write: {error}"
    return Fault(what, "In Actions, add `permissions: {pull-requests: write}` to the job.", "token")


def _carry_out(comments: Comments, inputs: Inputs, runner: Runner, steps: Run) -> dict[str, str | None]:
    operation = comments.operation()
    if inputs.dry_run:
        move = operation.decide(comments.observe())
        plan = "nothing: the comment has this text" if isinstance(move, Done) else str(move)
        runner.result(f"Dry run: nothing was changed. This would be done: {plan}")
        runner.report["plan"] = [plan]
        return {"outcome": None, "comment_url": None}
    drive(operation, steps)
    created = any(isinstance(step, Create) for step in steps.sent)
    outcome = "created" if created else "updated" if steps.sent else "unchanged"
    url = comments.last.ours[0].url
    runner.result(f"Comment on pull request #{comments.pull_request}: {outcome}. {url}")
    return {"outcome": outcome, "comment_url": url}


def pull_request(given: int | None, environment: Mapping[str, str]) -> int | Fault:
    """The input, else the one of the workflow run."""
    if given is not None:
        return given
    if match := OF_PULL_REQUEST.fullmatch(environment.get("GITHUB_REF", "")):
        return int(match[1])
    hint = "Set it to ${{ github.event.pull_request.number }}, or run the workflow on pull_request."
    return Fault("is missing, and this is no run for a pull request", hint, "pull-request")


def text(inputs: Inputs) -> str | Fault:
    """The body, marked as ours."""
    if not KEY.fullmatch(inputs.key):
        hint = "Use up to 100 characters on one line, without <, > and two hyphens in a row."
        return Fault(f"'{one_line(inputs.key, 40)}' is not a key", hint, "key")
    if (inputs.body is None) == (inputs.body_file is None):
        return Fault("is required, or body-file, and not both", "Provide the text of the comment in one of them.", "body")
    content = inputs.body if inputs.body is not None else _content(inputs.body_file or "")
    if isinstance(content, Fault):
        return content
    where = "body" if inputs.body is not None else "body-file"
    if not content.strip():
        return Fault("is empty", "Did the step that writes it fail?", where)
    try:
        return marked(inputs.key, content)
    except ValueError as error:
        return Fault(str(error), "Shorten it, and link to the run's summary.", where)


def _content(path: str) -> str | Fault:
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise IsADirectoryError(21, "it is no regular file")
        with open(path, encoding="utf-8") as file:
            return file.read(LONGEST * 4)
    except UnicodeDecodeError:
        return Fault("is not UTF-8 text", "Save the file as UTF-8.", "body-file", path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        return Fault(f"cannot be read: {reason}", "Provide the path of a readable text file.", "body-file", path)
