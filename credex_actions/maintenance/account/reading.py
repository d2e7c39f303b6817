"""Looks at one region of one account: page by page, counted, and with one sentence for what cannot be read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import Any, Final, Literal

import botocore.exceptions

from credex_actions.core.aws import clients as aws
from credex_actions.core.aws.clients import Clients, code_of, is_passing, is_throttling, message_of
from credex_actions.core.workers import WorkerClock
from credex_actions.maintenance.account.found import Record

TROUBLE: Final = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, *aws.UNREADABLE)

NO_REGION: Final = frozenset(
    (
        "AuthFailure",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "OptInRequired",
        "InvalidToken",
        "IllegalLocationConstraintException",
    )
)
"""What services answer in a region that is not enabled for the account; also, everywhere, for keys that are none."""

NOT_OFFERED: Final = frozenset(("OptInRequired", "OptInRequiredException", "SubscriptionRequiredException", "UnsupportedOperation"))


class Unreadable(Exception):
    """`state`: skipped for what the account, or its administrators, decided; failed for what may pass."""

    def __init__(self, state: Literal["skipped", "failed"], why: str, code: str = "") -> None:
        super().__init__(why)
        self.state = state
        self.why = why
        self.code = code


class Absent(Unreadable):
    """The service knows no such thing, or has nothing configured of the kind."""


@dataclass
class Reading:
    """`calls`: pages that were asked for. What is throttled is sent again by botocore, for a few seconds; that is not counted."""

    clients: Clients
    clock: WorkerClock
    ends: float = float("inf")
    calls: int = 0
    _counting: Lock = field(default_factory=Lock)

    def pages(self, service: str, operation: str, member: str, **given: Any) -> Iterator[Record]:
        """What all answers have in `member`, of which one at a time is held. Raises Unreadable."""
        for answer in self.answers(service, operation, **given):
            yield from answer.get(member) or ()

    def answers(self, service: str, operation: str, **given: Any) -> Iterator[Record]:
        """Raises Unreadable."""
        client = self._client(service)
        if not client.can_paginate(operation):
            yield self.one(service, operation, **given)
            return
        pages = iter(client.get_paginator(operation).paginate(**given))
        while (page := self._ask(service, operation, lambda: next(pages, None))) is not None:
            yield page

    def one(self, service: str, operation: str, region: str | None = None, **given: Any) -> dict[str, Any]:
        """Raises Unreadable."""
        client = self._client(service, region)
        answer: dict[str, Any] = self._ask(service, operation, lambda: getattr(client, operation)(**given))
        return answer

    def prepare(self, service: str, event: str, handler: Callable[..., None]) -> None:
        """Registers a handler for an event of botocore, once."""
        self._client(service).meta.events.register(event, handler, unique_id=event)

    def environment(self, region: str) -> dict[str, str]:
        """For another program. Raises Unreadable."""
        try:
            return self.clients.environment(region)
        except TROUBLE as error:
            raise _unreadable("sts", "credentials", error) from None

    def _client(self, service: str, region: str | None = None) -> Any:
        try:
            return self.clients.read(service, region)
        except botocore.exceptions.BotoCoreError as error:
            raise _unreadable(service, "a client", error) from None

    def _ask(self, service: str, operation: str, send: Callable[[], Any]) -> Any:
        self.clock.check()
        if self.clock.monotonic() > self.ends:
            raise Unreadable("failed", "the time for this run is over; set a longer time, or look at fewer accounts and regions in a run")
        try:
            answer = send()
        except TROUBLE as error:
            self._count()
            raise _unreadable(service, operation, error) from None
        if answer is not None:  # where a paginator has no further page, nothing was asked
            self._count()
        return answer

    def _count(self) -> None:
        with self._counting:
            self.calls += 1


def _unreadable(service: str, operation: str, error: Any) -> Unreadable:
    asked = f"{service}:{operation}"
    if not isinstance(error, botocore.exceptions.ClientError):
        return Unreadable("failed", f"{asked}: {aws.explain(error).faults[0].what}")
    code, message = code_of(error), message_of(error)
    if code in aws.NOT_ALLOWED or code.startswith("AccessDenied"):
        return Unreadable("skipped", f"access denied: {asked}: {message}", code)
    if code in NOT_OFFERED:
        return Unreadable("skipped", f"{asked} is not enabled in this account and region: {message}", code)
    if is_throttling(error):
        return Unreadable("failed", f"throttled: {asked}: {message}. Run it again, or look at fewer regions in a run", code)
    if is_passing(error):
        return Unreadable("failed", f"{asked} failed: {code}: {message}", code)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    is_absent = (
        status == HTTPStatus.NOT_FOUND
        or code.startswith(("NoSuch", "ResourceNotFound"))
        or code.endswith(("NotFound", "NotFoundException"))
    )
    return (Absent if is_absent else Unreadable)("failed", f"{asked} failed: {code}: {message}", code)
