"""promote, put together: who promotes what to where, the pull request, and what is said of it."""

from typing import Final

from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run, drive
from credex_actions.core.runner import Runner
from credex_actions.core.summary import Page
from credex_actions.core.text import one_line
from credex_actions.declarations.promote import Inputs
from credex_actions.github.connection.answers import Refused
from credex_actions.github.connection.credentials import INPUTS, GivenCredentials, choose, masked
from credex_actions.github.connection.place import place
from credex_actions.github.connection.session import Session, open_session
from credex_actions.github.connection.words import in_words
from credex_actions.github.dispatching import lookup
from credex_actions.github.promotion import text as promotion_text
from credex_actions.github.promotion.client import Promotions
from credex_actions.github.promotion.steps import Open, Want
from credex_actions.github.refname import is_refname

BRANCHES: Final = ("dev", "stage", "prod")
ENVIRONMENTS: Final = {"dev": "development", "stage": "staging", "prod": "production"}
NEEDED: Final = {"contents": "read", "pull_requests": "write"}
WISHED: Final = {"checks": "read", "deployments": "read", "statuses": "read"}
PATIENCE: Final = 120.0
"""Seconds for which an outage or a rate limit is borne."""


def promote(inputs: Inputs, runner: Runner) -> dict[str, str | None]:
    """The outputs by name. Raises Failure."""
    given = GivenCredentials(inputs.token, inputs.app_id, inputs.app_private_key, inputs.app_installation_id, INPUTS)
    for secret in masked(given, runner.environment):
        runner.mask(secret.reveal())
    where, who = place(inputs.repository, runner.environment), choose(given, runner.environment)
    ends = source_and_target(inputs.source, inputs.target, inputs.branches or BRANCHES)
    faults = [
        each
        for each in (where, *(who if isinstance(who, list) else ()), *(ends if isinstance(ends, list) else ()))
        if isinstance(each, Fault)
    ]
    if faults or isinstance(where, Fault) or isinstance(who, list) or isinstance(ends, list):
        raise Failure(Exit.BAD_INPUT, *faults)
    clock = SystemClock(hurried=runner.in_actions)
    steps = Run(clock, on_step=lambda step: runner.info(f"- {step}"))
    want = Want(*ends, inputs.title or promotion_text.title(*ends))
    with clock.listening(), in_words(steps.state):
        session = open_session(where, who, NEEDED, clock, runner.info, runner.mask, wished=WISHED)
        for api in session.apis:
            api.bears = lambda _: PATIENCE
        try:
            return _carry_out(session, want, inputs, runner, steps)
        except Refused as error:
            raise _refused(session, error, steps) from None
        except Cancelled as cancelled:
            raise Failure(Exit.of(cancelled), Fault(f"{cancelled} was received"), left=steps.state()) from None


def source_and_target(source: str | None, target: str | None, branches: tuple[str, ...]) -> tuple[str, str] | list[Fault]:
    """Each is told by the other and the order of the branches; without both, the first goes to the second."""
    faults = [
        Fault(f"'{one_line(name, 80)}' is not the name of a branch", "Write it as git shows it.", "branches")
        for name in branches
        if not is_refname(name)
    ]
    if len(set(branches)) != len(branches) or len(branches) < 2:  # noqa: PLR2004 - a way from one to the next
        faults.append(Fault("must be two or more different branches", "The default is dev, stage, prod.", "branches"))
    for where, name in (("source", source), ("target", target)):
        if name is not None and not is_refname(name):
            faults.append(Fault(f"'{one_line(name, 80)}' is not the name of a branch", "Write it as git shows it.", where))
    if faults:
        return faults
    if source is None and target is None:
        source = branches[0]
    hint = f"The branches are {', '.join(branches)}; to use others, provide both source and target."
    if target is None:
        at = branches.index(source) + 1 if source in branches else 0
        if not 0 < at < len(branches):
            return [Fault(f"there is no branch after '{one_line(source or '', 80)}'", hint, "source")]
        target = branches[at]
    if source is None:
        at = branches.index(target) - 1 if target in branches else -1
        if at < 0:
            return [Fault(f"there is no branch before '{one_line(target, 80)}'", hint, "target")]
        source = branches[at]
    return (source, target) if source != target else [Fault("is the same branch as source", hint, "target")]


def _carry_out(session: Session, want: Want, inputs: Inputs, runner: Runner, steps: Run) -> dict[str, str | None]:
    for where, name in (("source", want.source), ("target", want.target)):
        _check_branch(session, where, name)
    own_run = runner.environment.get("GITHUB_RUN_ID", "")
    client = Promotions(session, want, inputs.environments if inputs.environments is not None else ENVIRONMENTS, own_run)
    operation = client.operation()
    if inputs.dry_run:
        seen = client.observe()
        move = operation.decide(seen)
        plan = f"{move}" if hasattr(move, "says") else "nothing: it is up to date"
        runner.result(f"Dry run: nothing was changed. This would be done: {plan}\n\n{seen.text}")
        runner.report.update({"plan": [plan], "text": seen.text})
        return _outputs(None, client)
    done = drive(operation, steps)
    outcome = "up-to-date" if done.outcome == "up-to-date" else "unchanged"
    if steps.sent:
        outcome = "opened" if any(isinstance(step, Open) for step in steps.sent) else "updated"
    _say(runner, want, client, outcome)
    return _outputs(outcome, client)


def _check_branch(session: Session, where: str, name: str) -> None:
    try:
        lookup.commit_at(session, name)
    except Failure as failure:
        raise Failure(failure.code, *(fault._replace(where=where) if fault.where == "ref" else fault for fault in failure.faults)) from None


def _say(runner: Runner, want: Want, client: Promotions, outcome: str) -> None:
    seen = client.last
    assert seen
    pull = seen.pull
    ends = f"{one_line(want.source, 80)} to {one_line(want.target, 80)}"
    if pull is None:
        sentence = f"Nothing to promote: {one_line(want.target, 80)} has all that {one_line(want.source, 80)} has."
    else:
        sentence = f"Pull request #{pull.number}, {ends}, {seen.total} {'change' if seen.total == 1 else 'changes'}: {outcome}. {pull.url}"
    runner.result(sentence)
    page = Page(runner.redact)
    page.verdict(good=True, sentence=sentence)
    if pull:
        page.link(f"#{pull.number}", pull.url)
        page.markdown(seen.text)
    runner.summary(str(page))


def _outputs(outcome: str | None, client: Promotions) -> dict[str, str | None]:
    pull = client.last.pull if client.last else None
    return {"outcome": outcome, "pull_request": str(pull.number) if pull else None, "pull_request_url": pull.url if pull else None}


def _refused(session: Session, error: Refused, steps: Run) -> Failure:
    if "not permitted to create" in error.message:
        hint = "An owner can allow it (Settings, Actions, General); or use a GitHub App, whose pull requests also trigger workflows."
        return Failure(
            Exit.BAD_INPUT,
            Fault("this repository does not allow GitHub Actions to create pull requests", hint, "token"),
            left=steps.state(),
        )
    failure = session.refused(error, "repository")
    return Failure(failure.code, *failure.faults, left=steps.state())
