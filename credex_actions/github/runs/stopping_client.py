"""The cancellation's two ends: asks GitHub to cancel a run, and looks at what becomes of it."""

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from credex_actions.core.clock import Cancelled, OutOfTime
from credex_actions.core.loop import Lost, Operation
from credex_actions.core.text import one_line
from credex_actions.github.connection.answers import Answer, Refused
from credex_actions.github.connection.session import Session
from credex_actions.github.runs import stopping
from credex_actions.github.runs.seen import Run, run_of
from credex_actions.github.runs.stopping import Cancel, ForceCancel, Request, StoppingStep


@dataclass
class Stopping:
    """`run`: what the last look saw; the first request needs none. `until`: when there is no time left to look, by GitHub's clock."""

    session: Session
    number: int
    run: Run | None = None
    until: datetime | None = None
    asked: list[Request] = field(default_factory=list)
    forced: list[Request] = field(default_factory=list)

    def operation(self) -> Operation[stopping.Seen, StoppingStep]:
        return Operation(self.observe, stopping.decide, self.act, stopping.after)

    def observe(self) -> stopping.Seen:
        if self.asked:
            self._look()
        return self.seen()

    def seen(self) -> stopping.Seen:
        """As far as it is known, without another look."""
        run = self.run
        return stopping.Seen(
            self.session.api.now(),
            self.number,
            done=run is not None and run.done,
            conclusion=run.conclusion if run else "",
            status=run.status if run else "",
            asked=tuple(self.asked),
            forced=tuple(self.forced),
            until=self.until,
        )

    def _look(self) -> None:
        try:
            self.run = self.session.api.get(f"{self.session.path}/actions/runs/{self.number}", run_of).document
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise  # else GitHub has it, and its reads lag

    def act(self, step: Cancel | ForceCancel) -> None:
        """Raises NoEffect and Refused. A conflict is no end: the run has ended just now, or is not queued yet."""
        forced = isinstance(step, ForceCancel)
        requests = self.forced if forced else self.asked
        path = f"{self.session.path}/actions/runs/{step.run}/{'force-cancel' if forced else 'cancel'}"
        try:
            self.session.api.send("POST", path, None, _accepted)
            requests.append(Request(self.session.api.now(), stopping.TAKEN))
        except Lost:
            requests.append(Request(self.session.api.now(), stopping.LOST))
        except KeyboardInterrupt as interrupt:  # cut off in progress, but for a Cancelled: that comes before it is sent
            if isinstance(interrupt, OutOfTime) or not isinstance(interrupt, Cancelled):
                requests.append(Request(self.session.api.now(), stopping.LOST))
            raise
        except Refused as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            requests.append(Request(self.session.api.now(), stopping.REFUSED, one_line(error.message, 200)))


def _accepted(answer: Answer) -> None:
    """Raises ValueError for what no GitHub answers to a cancellation that it takes."""
    if answer.status != HTTPStatus.ACCEPTED:
        raise ValueError(answer.status)
