"""One call of verify-deployment: read the input, look until it is decided, put back what does not serve, report."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.edge import Partial
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Operation, Run, Step, drive
from credex_actions.core.progress import Progress
from credex_actions.core.runner import Runner
from credex_actions.ecs.verification import probes
from credex_actions.ecs.verification.decision import Result, Seen, Want, after, decide, looked
from credex_actions.ecs.verification.report import summarised

if TYPE_CHECKING:
    from credex_actions.commands.verify_deployment import Inputs


@dataclass
class Tally:
    """What one check said over all looks."""

    good: int = 0
    bad: int = 0
    last: str = ""
    last_bad: str = ""
    seconds: list[float] = field(default_factory=list)


def verify(inputs: "Inputs", runner: Runner) -> dict[str, str]:
    """Answers the outputs where the deployment is healthy. Raises Failure, with the outputs (Partial), where it is not."""
    faults = list(_faults(inputs))
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    clock = SystemClock()
    with clock.listening():
        return _Verifying(inputs, runner, clock).verify()


def _faults(inputs: "Inputs") -> Iterator[Fault]:
    if not (inputs.url or inputs.service or inputs.alarms or inputs.log_group or inputs.bolt_urls):
        yield Fault("there is nothing to check", "Give url, service, alarms, log-group or bolt-urls.", "url")
    if inputs.url:
        yield from _address(inputs.url, ("http", "https"), "url")
    for url in inputs.bolt_urls:
        yield from _address(url, ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"), "bolt-urls")
    for path in inputs.expect_json or {}:
        if probes.steps_of(path) is None:
            yield Fault(f"{path} is no path into a JSON document", "Write it like status or items[0].name.", "expect-json")
    if inputs.expect_json and not inputs.url:
        yield Fault("is given without url", "Give the url whose answer is meant.", "expect-json")
    if inputs.successes == 0:
        yield Fault("is 0", "At least 1 good look makes it healthy.", "successes")
    if bool(inputs.log_group) != bool(inputs.log_pattern):
        missing, given = ("log-pattern", "log-group") if inputs.log_group else ("log-group", "log-pattern")
        yield Fault(f"is missing, but {given} is given", "A pattern is counted in a group: give both.", missing)
    if inputs.rollback_to and not inputs.service:
        yield Fault("is given without service", "Give the service that is put back.", "rollback-to")


def _address(url: str, schemes: tuple[str, ...], where: str) -> Iterator[Fault]:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0 and url.isprintable() and " " not in url
    except ValueError:
        yield Fault("is not a valid address", f"Write {schemes[0]}://host/path.", where)
        return
    if not sound:
        yield Fault("is not a valid address", f"Write it like {schemes[-1] if schemes[-1] == 'https' else schemes[0]}://host.", where)
    elif parts.username or parts.password:
        yield Fault("holds a user or password", "Leave them out: addresses are shown in logs.", where)


class _Verifying:
    def __init__(self, inputs: "Inputs", runner: Runner, clock: SystemClock) -> None:
        self.inputs, self.runner, self.clock = inputs, runner, clock
        self.progress = Progress(runner, clock)
        self.run = Run(clock, on_step=lambda step: self.progress.line(f"- {step}"), on_wait=lambda wait: self.progress.now(wait.why))
        self.began = clock.now()
        self.tallies: dict[str, Tally] = {}
        self.last: Seen | None = None
        self.want = Want(
            successes=inputs.successes,
            give_up=self.began + timedelta(minutes=inputs.timeout_minutes),
            watch=timedelta(minutes=inputs.watch_minutes),
            poll=max(inputs.poll_seconds, 0.2),
        )
        self.checks = list(self._checks())

    def _checks(self) -> Iterator[Callable[[], Result]]:
        inputs = self.inputs
        if inputs.url:
            yield partial(probes.http, inputs.url, inputs.expect_status, inputs.expect_json or {})
        for url in inputs.bolt_urls:
            yield partial(probes.bolt, url)
        if not (inputs.service or inputs.alarms or inputs.log_group):
            return
        from credex_actions.core.aws import Clients  # a check of an address alone starts without boto3
        from credex_actions.ecs.verification import account

        clients = Clients()
        if inputs.service:
            yield partial(account.service, clients, self.clock, inputs.cluster, inputs.service)
        if inputs.alarms:
            yield partial(account.alarms, clients, self.clock, inputs.alarms)
        if inputs.log_group and inputs.log_pattern:
            yield partial(account.log_lines, clients, self.clock, inputs.log_group, inputs.log_pattern, inputs.max_log_matches, self.began)

    def verify(self) -> dict[str, str]:
        operation: Operation[Seen, Step] = Operation(self._look, partial(decide, self.want), _no_step, after)
        try:
            with self.progress.shown(), self._in_words():
                done = drive(operation, self.run)
                back = self._put_back() if done.outcome == "unhealthy" and self.inputs.rollback_to else ""
        except Cancelled as cancelled:
            failing = "; ".join(f"{name}: {tally.last}" for name, tally in self.tallies.items())
            fault = Fault(f"was cancelled; last seen: {failing or 'nothing yet'}", "Run it again to check further.")
            raise Failure(Exit(128 + cancelled.signal_number), fault, left=self.run.state()) from None
        return self._conclude(done, back)

    def _look(self) -> Seen:
        results = tuple(check() for check in self.checks)
        for result in results:
            tally = self.tallies.setdefault(result.name, Tally())
            tally.good, tally.bad = tally.good + result.ok, tally.bad + (not result.ok)
            tally.last = result.what
            tally.last_bad = tally.last_bad if result.ok else result.what
            tally.seconds.append(result.seconds)
        was_healthy = self.last is not None and self.last.healthy_since is not None
        self.last = looked(self.last, self.clock.now(), results, self.want)
        if self.last.healthy_since and not was_healthy:
            self.progress.line(
                "It is healthy." if not self.want.watch else f"It is healthy; it is watched for {self.inputs.watch_minutes:g} more minutes."
            )
        return self.last

    def _in_words(self) -> Any:
        from credex_actions.ecs.verification.way_back import in_words

        return in_words(self.run) if self.inputs.service or self.inputs.alarms or self.inputs.log_group else nullcontext()

    def _put_back(self) -> str:
        if self.inputs.dry_run:
            return f"dry run: {self.inputs.rollback_to} would be put back"
        from credex_actions.ecs.verification.way_back import put_back

        return put_back(self.inputs, self.clock, self.run, self.progress)

    def _conclude(self, done: Done, back: str) -> dict[str, str]:
        outcome = "rolled-back" if back.startswith("put back") else done.outcome
        report = {
            "outcome": outcome,
            "why": done.why,
            "rollback": back,
            "seconds": round((self.clock.now() - self.began).total_seconds(), 1),
            "checks": {name: _tallied(tally) for name, tally in self.tallies.items()},
        }
        outputs = {"outcome": outcome, "report": self.runner.redact(json.dumps(report))}
        self.runner.summary(summarised(report, self.run, self.inputs))
        if done.outcome == "healthy":
            looks = max(Counter({name: tally.good + tally.bad for name, tally in self.tallies.items()}).values(), default=0)
            self.runner.result(f"healthy: {len(self.tallies)} checks, {looks} looks, {report['seconds']} s.")
            return outputs
        hint = "Look at the checks above, and at the log of the tasks." if not back else f"The rollback: {back}."
        raise Partial(Failure(Exit.FAILED, Fault(done.why, hint), left=back or "nothing was changed"), outputs, summarised=True)


def _tallied(tally: Tally) -> dict[str, Any]:
    ordered = sorted(tally.seconds)
    return {
        "good": tally.good,
        "bad": tally.bad,
        "last": tally.last,
        "last-bad": tally.last_bad,
        "median-seconds": round(ordered[len(ordered) // 2], 3),
        "longest-seconds": round(ordered[-1], 3),
    }


def _no_step(step: Step) -> None:
    raise AssertionError(f"verification decides no steps, but: {step}")
