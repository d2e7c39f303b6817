"""GitHub's REST API: reads are conditional and repeated, a write is one attempt, and what GitHub asks to wait is waited and said."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import requests.exceptions

from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.loop import Lost, NoEffect
from credex_actions.core.retry import Later, looks
from credex_actions.github.connection.answers import MOVED, UNREADABLE, Answer, Refused, Unreachable, foreign, judged, listed
from credex_actions.github.connection.limits import server_time
from credex_actions.github.connection.outages import kind_of, never_sent, no_certificates
from credex_actions.github.connection.transport import requester

if TYPE_CHECKING:
    from github.Auth import Auth
    from github.Requester import Requester

JSON: Final = "application/vnd.github+json"
RAW: Final = "application/vnd.github.raw+json"
TIMEOUT: Final = 20
"""Seconds for GitHub to answer; it gives up on a request itself after 10."""
PAGE: Final = 100
CLOCKS_AGREE: Final = 2.0
"""Seconds: the Date header has whole ones."""
TOKENS: Final = 3
"""That one request is tried with, where GitHub takes none."""
OUTAGE: Final = 30.0
"""Seconds."""


@dataclass
class Api:
    """`bears`: seconds for which a request bears this failure, an outage or a limit, from the first of its kind on.

    `say` hears of every wait that a person would wonder about.
    """

    url: str
    auth: "Auth"
    clock: Clock
    say: Callable[[str], None]
    bears: Callable[[BaseException], float] = lambda _: OUTAGE
    renew: Callable[[], bool] = lambda: False  # gets a new token where one can be had
    gate: AbstractContextManager[Any] = field(default_factory=nullcontext)  # bounds how many ask at once
    charged: int = 0  # requests that cost quota
    answers_within: int = TIMEOUT  # seconds to wait for an answer
    _requesters: "dict[int, Requester]" = field(default_factory=dict)
    _learnt: tuple[datetime, float] | None = None  # GitHub's time, and ours that only grows, at its first answer
    _known: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    _silent: bool = True  # whether a wait was said already, since the last answer

    def now(self) -> datetime:
        """GitHub's time: what it says of runs is compared with it. It grows evenly, even if this machine's clock is set meanwhile."""
        if self._learnt is None:
            return self.clock.now()
        return self._learnt[0] + timedelta(seconds=self.clock.monotonic() - self._learnt[1])

    def _learn_time(self, headers: Mapping[str, str]) -> None:
        if self._learnt is None and (there := server_time(headers)) is not None:
            ahead = there - self.clock.now().timestamp()
            now = self.clock.now() + timedelta(seconds=ahead if abs(ahead) > CLOCKS_AGREE else 0)
            self._learnt = now, self.clock.monotonic()

    def get(self, path: str, read: Callable[[Any], Any], **parameters: str | int) -> Answer:
        """A read; `read` makes of the document what is wanted, and fails where it has another shape: then the answer is not GitHub's.

        Raises Refused; Unreachable and Later when it bears them no longer.
        """
        key = f"{path}?{sorted(parameters.items())}"
        tag, known = self._known.get(key, ("", None))
        headers = {"Accept": JSON} | ({"If-None-Match": tag} if tag and known and known.read is read else {})
        answer = self.repeated("GET", path, parameters=parameters, headers=headers, read=read)
        if answer.status == HTTPStatus.NOT_MODIFIED and known is not None:
            return known
        if new := answer.headers.get("etag"):
            self._known[key] = (new, answer)
        return answer

    def text(self, path: str, **parameters: str | int) -> str:
        """A file as it is. Raises as get() does."""
        return str(self.repeated("GET", path, parameters=parameters, headers={"Accept": RAW}).document)

    def pages(self, path: str, key: str, read: Callable[[Any], Any], **parameters: str | int) -> Iterator[Any]:
        """The items of every page of a list as `read` makes them, under `key` of each answer, or of lists that stand alone (""). Raises as get() does."""
        number, rows = 1, listed(key, read)
        while True:
            answer = self.get(path, rows, **parameters, per_page=PAGE, page=number)
            yield from answer.document
            if 'rel="next"' not in answer.headers.get("link", ""):
                return
            number += 1

    def repeated(
        self,
        verb: str,
        path: str,
        body: object = None,
        parameters: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        read: Callable[[Any], Any] | None = None,
    ) -> Answer:
        """A request that may be sent again: a read, or a write that is safe to repeat. Raises as get() does."""
        began, limits = self.clock.monotonic(), dict[type[BaseException], float]()

        def within(failure: BaseException) -> float:
            return limits.setdefault(type(failure), self.clock.monotonic() - began + self.bears(failure))

        policy = looks(Unreachable, Later, sleep=self.clock.sleep, within=within, on_wait=self._waiting)
        answer: Answer = policy(self._read, verb, path, body, parameters or {}, headers or {}, read)
        self._silent = True
        return answer

    def send(self, verb: str, path: str, body: object, read: Callable[[Answer], Any] = lambda answer: answer) -> Any:
        """A write, one attempt, and its answer as `read` makes it. Raises NoEffect where it was rejected or never sent, Refused else.

        Raises Lost where its answer never came, or came from somebody else, and so cannot be read.
        Raises Cancelled, and sends nothing, where a signal has come that nobody has looked at.
        """
        try:
            answer = self._once(verb, path, body, {}, {"Accept": JSON})
        except Later as error:
            if error.seconds > self.bears(error):
                raise
            self._waiting(error, error.seconds)
            self.clock.sleep(error.seconds)
            raise NoEffect(str(error)) from None
        except Unreachable as error:
            raise (NoEffect if error.__cause__ is not None and never_sent(error.__cause__) else Lost)(str(error)) from None
        try:
            return read(answer)
        except UNREADABLE:
            raise Lost(str(foreign(answer.status, self.url))) from None

    @contextmanager
    def impatient(self, answers_within: int) -> Iterator[None]:
        """For what is looked at besides: a request is sent once, and its answer is waited for so many seconds."""
        former = self.bears, self.answers_within
        self.bears, self.answers_within = lambda _: 0.0, min(answers_within, self.answers_within)
        try:
            yield
        finally:
            self.bears, self.answers_within = former

    def _read(
        self,
        verb: str,
        path: str,
        body: object,
        parameters: Mapping[str, Any],
        headers: Mapping[str, str],
        read: Callable[[Any], Any] | None,
    ) -> Answer:
        answer = self._once(verb, path, body, parameters, headers)
        if read is None or (answer.status == HTTPStatus.NOT_MODIFIED and "If-None-Match" in headers):
            return answer
        try:
            return replace(answer, document=read(answer.document), read=read)
        except UNREADABLE:
            raise foreign(answer.status, self.url) from None

    def _once(self, verb: str, path: str, body: object, parameters: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        tokens = TOKENS
        while True:
            try:
                return self._attempt(verb, path, body, parameters, headers)
            except Refused as error:
                # What was rejected at the door had no effect: with a new token it is the first attempt.
                tokens -= 1
                if error.status != HTTPStatus.UNAUTHORIZED or not tokens or not self.renew():
                    raise

    def _attempt(self, verb: str, path: str, body: object, parameters: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        try:
            with self.gate:
                if verb != "GET":
                    _ = self.auth.token  # it may have to be requested first, which takes time
                    self.clock.check()
                status, got, text = self._transport().requestJson(verb, path, dict(parameters), dict(headers), body)
        except requests.exceptions.RequestException as error:
            raise Unreachable(f"{self.url} cannot be reached: {kind_of(error)}") from error
        except OSError as error:  # before a connection is made: requests looks for the file first
            raise Failure(Exit.BAD_INPUT, no_certificates()) from error
        except RuntimeError as error:  # PyGithub's, for a redirect to another host
            raise Refused(HTTPStatus.MOVED_PERMANENTLY, MOVED, {}) from error
        if status != HTTPStatus.NOT_MODIFIED:
            self.charged += 1
        lower = {name.lower(): value for name, value in got.items()}
        if status == HTTPStatus.OK and headers.get("Accept") == RAW and "html" not in lower.get("content-type", ""):
            return Answer(status, lower, text)
        answer = judged(status, lower, text, self.url)
        self._learn_time(lower)  # GitHub's alone
        return answer

    def _transport(self) -> "Requester":
        """PyGithub's has its timeout for good, so there is one for each."""
        if self.answers_within not in self._requesters:
            self._requesters[self.answers_within] = requester(self.url, self.auth, self.answers_within)
        return self._requesters[self.answers_within]

    def _waiting(self, failure: BaseException, seconds: float) -> None:
        if isinstance(failure, Later):
            at = self.clock.now().timestamp() + seconds
            self.say(f"{failure}; continuing in {seconds:.0f} s ({_clock_time(at)} UTC).")
        elif self._silent:
            self.say(f"{failure}; retrying.")
            self._silent = False


def _clock_time(epoch: float) -> str:
    from time import gmtime, strftime

    return strftime("%H:%M:%S", gmtime(epoch))
