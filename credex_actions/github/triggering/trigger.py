"""Starts a workflow and follows its run: puts the parts together, and ends as the run ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from credex_actions.core.clock import Cancelled, Clock, OutOfTime, SystemClock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Run, plan
from credex_actions.core.retry import Later
from credex_actions.core.runner import Runner
from credex_actions.declarations.trigger_dev_deploy import Inputs
from credex_actions.github.connection.answers import Refused, Unreachable
from credex_actions.github.connection.api import OUTAGE
from credex_actions.github.connection.credentials import INPUTS, GivenCredentials, masked
from credex_actions.github.connection.session import open_session
from credex_actions.github.connection.words import in_words, until
from credex_actions.github.dispatching.client import Dispatches
from credex_actions.github.dispatching.steps import Dispatch, Seen, Want
from credex_actions.github.dispatching.workflow_file import LooksSecret
from credex_actions.github.triggering import preparing
from credex_actions.github.triggering import report as trigger_report
from credex_actions.github.triggering.following import Following
from credex_actions.github.triggering.leaving import Leaving
from credex_actions.github.triggering.report import Result
from credex_actions.github.triggering.request import Asked, asked

PERMISSIONS: Final = {"actions": "write", "contents": "read"}
AFTER_TIME: Final = 120.0
"""Seconds beyond the timeout, or after a signal, in which the run is cancelled and seen to end."""
AFTER_SIGNAL: Final = 4.0
"""The same after a signal in Actions: a runner kills a step about ten seconds after it was cancelled, and five are for what has to be said."""
SHORT_ANSWER: Final = 2
"""Seconds for GitHub to answer then."""
LOOKED_FOR: Final = 5.0
"""Seconds after a signal in which the run of a dispatch is looked for whose answer did not come."""


def trigger(inputs: Inputs, runner: Runner, looks_secret: LooksSecret) -> dict[str, str | None]:
    """The outputs by name. Raises Failure, or Partial if there is a run."""
    given = GivenCredentials(inputs.token, inputs.app_id, inputs.app_private_key, inputs.app_installation_id, INPUTS)
    for secret in masked(given, runner.environment):
        runner.mask(secret.reveal())
    wish = asked(inputs, given, runner.environment, in_actions=runner.in_actions)
    clock = SystemClock(hurried=runner.in_actions)
    with clock.listening():
        return Triggering(wish, runner, clock, looks_secret).carry_out()


@dataclass
class Triggering:
    wish: Asked
    runner: Runner
    clock: Clock
    looks_secret: LooksSecret
    result: Result = field(default_factory=Result)
    following: Following = field(init=False)

    def __post_init__(self) -> None:
        self.give_up = self.clock.monotonic() + self.wish.timeout
        self.steps = Run(self.clock, on_step=lambda step: self._say(f"- {step}"))
        self.session = open_session(self.wish.place, self.wish.credentials, PERMISSIONS, self.clock, self._say, self.runner.mask)
        for api in self.session.apis:
            api.bears = self._bears
        self.following = Following(self.session, self.wish, self.runner, self.clock, self.steps, self.result, self._left)
        self.leaving = Leaving(self.session, self.wish, self.result, self.steps, self.runner.info)

    def _left(self) -> float:
        """Seconds until the timeout."""
        return self.give_up - self.clock.monotonic()

    def _say(self, text: str) -> None:
        """Above the live view, while there is one."""
        (self.following.view.line if self.following.view else self.runner.info)(text)

    def _bears(self, failure: BaseException) -> float:
        """An outage is borne until time is up once something was started or is followed, else briefly; a rate limit always."""
        left = max(self.give_up - self.clock.monotonic(), 0.0)
        return left if isinstance(failure, Later) or self.result.run or self.steps.sent else min(left, OUTAGE)

    def carry_out(self) -> dict[str, str | None]:
        try:
            with self._in_words():
                want = self._prepare()
        except KeyboardInterrupt as interrupt:  # a Cancelled, or the second Ctrl-C
            code = Exit.of(interrupt)
            raise Failure(code, Fault("interrupted before anything was dispatched")) from None
        if self.wish.dry_run:
            return self._planned(want)
        try:
            try:
                with self._in_words():
                    done = self._followed(want)
                    if done and want.wait and not (self.result.run and self.result.run.done):
                        self._time_is_up(done)
            except Cancelled as cancelled:
                self._interrupted(cancelled)
        except Cancelled as cancelled:
            self.result.end(Exit.of(cancelled), f"{cancelled} was received again, so {self._as_it_is()}")
        except KeyboardInterrupt:
            self.result.end(Exit.INTERRUPTED, f"Ctrl-C was pressed again, so {self._as_it_is()}")
        except Failure as failure:
            if self.result.number is None:
                raise
            hint = trigger_report.way_back(self.wish, self.result.number)
            code = Exit.REMOTE if failure.code == Exit.BAD_INPUT else failure.code  # something was started, or is followed
            left = f"{self.steps.state()}; run {self.result.number} probably continues"
            told = Failure(code, *failure.faults, Fault("the run was not followed to its end", hint), left=left)
            raise Partial(told, self.result.outputs()) from None
        except Exception as error:
            if self.result.number is None and not self.steps.sent:
                raise
            hint = trigger_report.way_back(self.wish, self.result.number) if self.result.number else Dispatch.unseen
            fault = Fault(f"a response of GitHub could not be read ({type(error).__name__})", hint)
            raise Partial(Failure(Exit.REMOTE, fault, left=self.steps.state()), self.result.outputs()) from None
        return trigger_report.conclude(self.runner, self.wish, self.result)

    def _as_it_is(self) -> str:
        return "the run's end was not waited for" if self.leaving.client else "the run was left running"

    def _prepare(self) -> Want:

        def give_up() -> datetime:
            """By GitHub's clock, as the times of runs are."""
            return self.session.api.now() + timedelta(seconds=max(self.give_up - self.clock.monotonic(), 0.0))

        if self.wish.run_id is None:
            return preparing.new_run(self.session, self.wish, give_up, self.runner.info, self.looks_secret)
        self.result.run, want = preparing.existing_run(self.session, self.wish, self.wish.run_id, give_up, self.runner.info)
        return want

    def _planned(self, want: Want) -> dict[str, str | None]:
        """The steps that would be taken if every one works."""
        operation = Dispatches(self.session, want).operation()
        seen = Seen(now=self.session.api.now(), ours=want.follows, run=self.result.run)
        steps = [str(each) for each in plan(operation, seen) if isinstance(each, Dispatch)]
        lines = [f"{step}, at {want.sha[:7]}, with {_inputs(want)}" for step in steps]
        lines += [f"follow {'its run' if steps else f'run {want.follows}'} to its end"] if want.wait else []
        self.runner.result("\n".join(["Dry run: nothing was dispatched. This would be done:", *(f"- {line}" for line in lines)]))
        self.runner.report["plan"] = lines
        return self.result.outputs()

    def _followed(self, want: Want) -> Done | None:
        """None if a limit outlasts even the time in which the run could be cancelled: then it is left at once, and that is said."""
        try:
            done = self.following.follow(want)
        except (Unreachable, Later) as error:
            if self.result.number is None or not want.wait:
                raise
            left = self.give_up - self.clock.monotonic()
            if isinstance(error, Later) and error.seconds > left + AFTER_TIME:
                self.result.end(Exit.REMOTE, f"{error}, and it {until(error)}, longer than timeout-minutes")
                self.result.stopping = "it is not cancelled: GitHub accepts no requests until then" if self.wish.cancels else ""
                return None
            self.clock.sleep(max(left, 0.0))
            return Done("timed-out", str(error))
        if not want.wait:
            self.result.end(Exit.DONE, "was dispatched; it is not followed")
        elif self.result.run and self.result.run.done:
            self.result.ended()
        return done

    def _time_is_up(self, done: Done) -> None:
        minutes = f"{self.wish.timeout / 60:g}"
        self.result.end(Exit.REMOTE, f"timed out after {minutes} min: {done.why}")
        self._leave(f"timed out after {minutes} min", AFTER_TIME)

    def _interrupted(self, cancelled: Cancelled) -> None:
        code = Exit.of(cancelled)
        within = AFTER_SIGNAL if self.runner.in_actions else AFTER_TIME
        for api in self.session.apis if self.runner.in_actions else ():
            api.answers_within = SHORT_ANSWER
        try:
            with self.clock.last_asks():
                if self.result.number is None and self.steps.sent:
                    self.give_up = self.clock.monotonic() + min(within / 2, LOOKED_FOR)
                    self.following.look_for_it(self._left())
                if self.result.number is not None:
                    self.result.end(code, f"{cancelled} was received")
                    self._leave(f"{cancelled} was received", within)
        except OutOfTime:
            pass  # what is known by now is said
        if self.result.number is None:
            started = (
                "during the dispatch: it is not known whether a run was started" if self.steps.sent else "before anything was dispatched"
            )
            hint = Dispatch.unseen if self.steps.sent else ""
            raise Failure(code, Fault(f"{cancelled} was received {started}", hint), left=self.steps.state()) from None

    def _leave(self, why: str, within: float) -> None:
        self.give_up = self.clock.monotonic() + within
        self.leaving.leave(why, within)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            with in_words(self.steps.state):
                yield
        except Refused as error:
            if "disabled workflow" in error.message:
                fault = preparing.disabled(self.session, self.wish.workflow)
                raise Failure(Exit.BAD_INPUT, fault, left=self.steps.state()) from None
            failure = self.session.refused(error, "workflow")
            raise Failure(failure.code, *failure.faults, left=self.steps.state()) from None


def _inputs(want: Want) -> str:
    """Names alone: a value may be secret."""
    return f"the inputs {', '.join(name for name, _ in want.inputs)}" if want.inputs else "no inputs"
