"""Ctrl-C from the first moment on. Python's own handler only raises, and what is raised in a callback is ignored: its import system has some, and they run while a command loads."""

import _signal  # type: ignore[import-not-found]  # signal itself would load enum
from contextlib import contextmanager

TYPE_CHECKING = False  # typing's own would have to be loaded
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Interrupt:
    """A handler that also remembers. Source of what is ignored: importlib._bootstrap, _get_module_lock."""

    def __init__(self) -> None:
        self.heard = False

    def __call__(self, _number: int, _frame: "FrameType | None") -> None:
        self.heard = True
        raise KeyboardInterrupt


def remember() -> None:
    """Not where whoever has started this process ignores Ctrl-C for it, as shells do for what runs in the background."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, Interrupt())


@contextmanager
def undisturbed() -> "Iterator[None]":
    """Around what tells how it ended, which takes a moment: neither Ctrl-C nor SIGTERM ends it halfway, so that nobody gets its outputs.
    Nothing in threads next to the main one.
    """
    try:
        before = {number: _signal.signal(number, _signal.SIG_IGN) for number in (_signal.SIGINT, _signal.SIGTERM)}
    except ValueError:  # signals are the main thread's
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            _signal.signal(number, handler)
