"""The dispatch's two ends: looks at runs and jobs with as few requests as tell it, and sends what decide() asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from credex_actions.core.clock import Cancelled, OutOfTime
from credex_actions.core.loop import Lost, NoEffect, Operation
from credex_actions.github.connection.answers import Answer, Refused, listed
from credex_actions.github.connection.session import Session
from credex_actions.github.dispatching.steps import DispatchStep, Seen, Want, after, decide, ours
from credex_actions.github.runs.looks import Looks
from credex_actions.github.runs.seen import Run, run_of

LISTED: Final = 30
NEWEST: Final = listed("workflow_runs", run_of)


@dataclass
class Dispatches:
    """`on_look` hears of what every look at our run saw."""

    session: Session
    want: Want
    on_look: Callable[[Seen], None] = lambda _: None
    ours: int | None = None
    inferred: bool = False  # by what two runs can share, not by an id
    _sent: float | None = None
    _lost: bool = False
    _details: bool = True
    looks: Looks | None = None  # at our run, as soon as it is known

    def operation(self) -> Operation[Seen, DispatchStep]:
        return Operation(self.observe, partial(decide, self.want), self.act, after)

    def observe(self) -> Seen:
        since = None if self._sent is None else self.session.api.clock.monotonic() - self._sent
        seen = Seen(now=self.session.api.now(), ours=self.ours, since_sent=since, lost=self._lost)
        if ours(self.want, seen) is None and since is not None:
            seen = Seen(now=seen.now, since_sent=since, lost=self._lost, listed=self._newest())
        mine = ours(self.want, seen)
        if mine is None:
            return seen
        self.inferred = self.inferred or (self.ours is None and not self.want.follows and not self.want.mark)
        self.ours = mine
        if not self.want.wait:
            return seen
        if self.looks is None:
            self.looks = Looks(self.session, mine)
        self.looks.look()
        return self.seen_again(self.looks)

    def seen_again(self, looks: Looks) -> Seen:
        """What is known of our run by its newest look."""
        clock = self.session.api.clock
        seen = Seen(
            now=self.session.api.now(),
            ours=looks.number,
            since_sent=None if self._sent is None else clock.monotonic() - self._sent,
            run=looks.run,
            jobs=looks.jobs,
            gates=looks.gates,
            missing=None if looks.missing is None else clock.monotonic() - looks.missing,
        )
        self.on_look(seen)
        return seen

    def _newest(self) -> tuple[Run, ...]:
        path = f"{self.session.path}/actions/workflows/{self.want.path.rpartition('/')[2]}/runs"
        found: tuple[Run, ...] = self.session.api.get(path, NEWEST, event="workflow_dispatch", per_page=LISTED).document
        return found

    def act(self, step: DispatchStep) -> None:
        """Raises NoEffect, Lost, or Refused in GitHub's words; Cancelled where a signal came before it, OutOfTime where one came in progress."""
        body: dict[str, Any] = {"ref": step.ref, "inputs": dict(step.inputs)}
        if self._details:
            body["return_run_details"] = True
        path = f"{self.session.path}/actions/workflows/{step.workflow}/dispatches"
        self._sent = self.session.api.clock.monotonic()
        try:
            self.ours = self.session.api.send("POST", path, body, run_told)
        except (Lost, OutOfTime):
            self._lost = True
            raise
        except (NoEffect, Cancelled):
            self._sent = None
            raise
        except Refused as error:
            self._sent = None
            if (
                self._details
                and error.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
                and "return_run_details" in error.message
            ):
                self._details = False  # a server that does not know the question; it took nothing of the request
                self.act(step)
                return
            raise


def run_told(answer: Answer) -> int | None:
    """The run that an answer to a dispatch names; None from a server that names none (204). Raises KeyError and the like for somebody else's answer."""
    if answer.status == HTTPStatus.NO_CONTENT:
        return None
    number = answer.document["workflow_run_id"]
    if not isinstance(number, int) or number <= 0:
        raise ValueError(number)
    return number
