"""What a run does with its scratch instances besides its work: it renews their leases, and removes them at its end, whatever that end is."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import botocore.exceptions

from credex_actions.aws.heartbeat import held
from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.clock import Cancelled, Clock
from credex_actions.core.faults import Failure

AWS_FAILED = (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)


@dataclass
class Leases:
    """Around the work: what is held is held until the block ends."""

    clients: Clients
    clock: Clock
    known: set[str] = field(default_factory=set)
    _stack: ExitStack = field(default_factory=ExitStack)

    def hold(self, resources: Iterable[str]) -> None:
        fresh = [each for each in resources if each not in self.known]
        if fresh:
            self.known.update(fresh)
            self._stack.enter_context(held(self.clients, self.clock, fresh))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()


def removed(work: Callable[[], object], clock: Clock, what: str, run: str) -> str:
    """Does `work`, which removes what the run made, also after a signal. What may be left, in words; "" if nothing is."""
    try:
        with clock.last_asks():
            work()
    except (Cancelled, Failure, *AWS_FAILED) as error:
        why = f" ({explain(error).faults[0].what})" if isinstance(error, AWS_FAILED) else ""
        return f"{what} may be left{why}: --mode sweep removes what the run {run} made"
    return ""
