"""The text of a command for an instance. SSM keeps it for thirty days, for whoever may list commands: it never holds a secret."""

from collections.abc import Callable
from dataclasses import InitVar, dataclass

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.secret import HIDDEN


@dataclass(frozen=True)
class Script:
    """Shell lines. `redact` is the runner's, which knows the secrets of this run. Raises Failure(BAD_INPUT) if one of them is in `text`.

    What is secret is read on the instance instead, by its own role, and passed on in an environment.
    """

    text: str
    redact: InitVar[Callable[[str], str]]

    def __post_init__(self, redact: Callable[[str], str]) -> None:
        if HIDDEN in self.text or redact(self.text) != self.text:
            what = "a command for an instance contains a secret, and SSM keeps its text for thirty days: it was not sent"
            raise Failure(Exit.BAD_INPUT, Fault(what, "Remove the password, or what looks like it, from the configuration or the query."))
