"""Ctrl-C from the first moment on. Python's own handler only raises, and what is raised in a callback is ignored: its import system has some, and they run while a command loads."""

import _signal  # type: ignore[import-not-found]  # signal itself would load enum

TYPE_CHECKING = False  # typing's own would have to be loaded
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")


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


class undisturbed:  # noqa: N801 - it is used as a function; contextlib's own would take a seventh of a start
    """Around what tells how it ended, which takes a moment: neither Ctrl-C nor SIGTERM ends it halfway, so that nobody gets its outputs.
    Nothing in threads next to the main one. As a block, or as the decorator of a function.
    """

    def __enter__(self) -> None:
        self._before: dict[int, object] = {}
        try:
            self._before = {number: _signal.signal(number, _signal.SIG_IGN) for number in (_signal.SIGINT, _signal.SIGTERM)}
        except ValueError:  # signals are the main thread's
            return

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            _signal.signal(number, handler)

    def __call__(self, tells: "Callable[P, R]") -> "Callable[P, R]":
        def told(*given: "P.args", **named: "P.kwargs") -> "R":
            with undisturbed():
                return tells(*given, **named)

        told.__doc__ = tells.__doc__
        return told
