"""Interruption of what only asks: it is cut off at once, for nothing has to be undone and nothing can be half written."""

from collections.abc import Iterator
from contextlib import contextmanager

from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure, Fault


@contextmanager
def only_asking() -> Iterator[SystemClock]:
    """The clock of a block that writes nothing. SIGINT and SIGTERM end it in `NOTICED_WITHIN`, even if an answer does not come, in a terminal too.

    Raises Failure then, with the exit code of the signal and the state "nothing was changed".
    """
    clock = SystemClock(hurried=True)
    with clock.listening():
        try:
            yield clock
            clock.check()
        except KeyboardInterrupt as interrupt:  # a Cancelled, or a second Ctrl-C
            code = Exit.of(interrupt)
            raise Failure(code, Fault("cancelled before anything was changed", "Run it again when needed.")) from None
