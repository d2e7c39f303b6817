"""How a run is left that is not followed to its end: cancelled and seen to end as far as there is time, or running, as on-cancel says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from credex_actions.core.faults import Failure
from credex_actions.core.loop import Run, drive
from credex_actions.github.connection.answers import Refused
from credex_actions.github.connection.session import Session
from credex_actions.github.connection.words import in_words
from credex_actions.github.runs import stopping
from credex_actions.github.runs.stopping_client import Stopping
from credex_actions.github.triggering.report import Result
from credex_actions.github.triggering.request import Asked


@dataclass
class Leaving:
    """`client`: there as soon as a cancellation was begun, so that a second wish to stop does not begin another one."""

    session: Session
    wish: Asked
    result: Result
    steps: Run
    say: Callable[[str], None]
    client: Stopping | None = None

    def leave(self, why: str, within: float) -> None:
        """Puts into words what became of the run; never raises but for a signal. `within`: seconds for asking and looking."""
        number = self.result.number
        if number is None:
            return
        if not self.wish.cancels:
            self.result.stopping = "" if self.wish.run_id is None else "this command did not dispatch it, so it is left running"
            return
        self.say(f"{why[0].upper()}{why[1:]}; cancelling run {number}. Press Ctrl-C again to exit immediately.")
        self.client = self.client or Stopping(self.session, number, self.result.run)
        self.client.until = self.session.api.now() + timedelta(seconds=within)
        trouble = ""
        try:
            with in_words(self.steps.state):
                drive(self.client.operation(), self.steps)
        except Failure as failure:
            trouble = failure.faults[0].what
        except Refused as error:
            trouble = self.session.refused(error, "workflow").faults[0].what
        finally:
            self.told(trouble)

    def told(self, trouble: str = "") -> None:
        """What became of the cancellation as far as it is known. `trouble`: why no more could be asked or seen."""
        if self.client is None:
            return
        self.result.run = self.client.run or self.result.run
        seen = self.client.seen()
        if seen.done:
            self.result.stopping = f"the run has ended: {seen.conclusion or 'without a conclusion'}"
        elif trouble and not seen.asked:
            self.result.stopping = f"it could not be cancelled: {trouble}"
        else:
            self.result.stopping = stopping.so_far(seen) + (f"; its end could not be confirmed: {trouble}" if trouble else "")
