"""A command's outputs on their way to the edge, where it succeeded and where it failed."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from credex_actions.core.faults import Failure

R = TypeVar("R")


class Partial(Failure):
    """A failure that has outputs all the same: what a rolled-back deployment was, for the steps that follow."""

    def __init__(self, failure: Failure, outputs: Any, *, summarised: bool = False) -> None:
        super().__init__(failure.code, *failure.faults, left=failure.left)
        self.outputs = outputs
        self.summarised = summarised or getattr(failure, "summarised", False)  # the job summary has told it already


def handed_on(outputs: Callable[..., R], work: Callable[[], Mapping[str, Any]]) -> R:
    """What `work` answers, by the names of the outputs, as the command's own type; also where it fails and has outputs all the same."""
    try:
        return outputs(**work())
    except Partial as failure:
        raise Partial(failure, outputs(**failure.outputs)) from None
