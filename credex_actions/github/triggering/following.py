"""Starts the run that is wanted, or takes the one that is there, and follows it with its picture and its logs. What is known of it goes into the result."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from credex_actions.core.clock import Clock
from credex_actions.core.loop import Done, Run, drive
from credex_actions.core.retry import Later
from credex_actions.core.runner import Runner
from credex_actions.github.connection.answers import Refused, Unreachable
from credex_actions.github.connection.session import Session
from credex_actions.github.dispatching.client import Dispatches
from credex_actions.github.dispatching.steps import Seen, Want
from credex_actions.github.logs.fetching import JobLogs
from credex_actions.github.logs.kept import KeptLog
from credex_actions.github.runs.looks import ASIDE
from credex_actions.github.runs.seen import Job
from credex_actions.github.triggering.live_view import RunView
from credex_actions.github.triggering.report import Result
from credex_actions.github.triggering.request import Asked


@dataclass
class Following:
    """`left`: seconds until the timeout. `view`: the picture, while there is one; `client`: as soon as anything can have been started."""

    session: Session
    wish: Asked
    runner: Runner
    clock: Clock
    steps: Run
    result: Result
    left: Callable[[], float]
    view: RunView | None = None
    client: Dispatches | None = None

    def follow(self, want: Want) -> Done:
        view = RunView(self.runner, self.clock, f"{want.path.rpartition('/')[2]} on {want.ref}", want.expected)
        kept = KeptLog(self.wish.log_file, self.runner)
        logs = JobLogs(self.session, self.runner, self.clock, self.wish.logs, kept, view.line, self.left, self.result.failing)

        def on_look(seen: Seen) -> None:
            if self.result.run is None and seen.run:
                view.line(f"Run {seen.run.id}: {seen.run.url}")
            self.result.run, self.result.jobs = seen.run or self.result.run, seen.jobs
            view.look(seen)
            logs.look(seen.jobs)

        client = self.client = Dispatches(self.session, want, on_look)
        try:
            with view.shown():
                self.view = view
                done = drive(client.operation(), self.steps)
                if want.wait:
                    self._known_by(client)
                    logs.finish(done.outcome, self.result.jobs, self._jobs_again)
        finally:
            self.view = None
            self._known_by(client)
        self.runner.report["github-requests"] = sum(api.charged for api in self.session.apis)
        return done

    def look_for_it(self, within: float) -> None:
        """The run of a dispatch whose response was lost, or not waited for: only its unique id tells that it is ours."""
        end = self.clock.monotonic() + within
        while self.client and self.client.want.mark and self.result.number is None and self.clock.monotonic() < end:
            try:
                self.client.observe()
            except (Unreachable, Later, Refused):
                return
            self._known_by(self.client)
            self.clock.sleep(1.0 if self.result.number is None else 0.0)

    def _jobs_again(self) -> tuple[Job, ...]:
        if self.client and (looks := self.client.looks):
            with suppress(Refused, Unreachable, Later), self.session.api.impatient(ASIDE):
                looks.look_at_jobs()
            self.client.seen_again(looks)
        return self.result.jobs

    def _known_by(self, client: Dispatches) -> None:
        self.result.known, self.result.inferred = client.ours, client.inferred
        self.result.known_url = f"{self.wish.place.site}/{self.wish.place.repository}/actions/runs/{client.ours}" if client.ours else ""
