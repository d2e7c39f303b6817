"""For clocks of tests: no signal ever comes."""

from contextlib import AbstractContextManager, nullcontext


class Undisturbed:
    def check(self) -> None:
        """Nothing to notice."""

    def last_asks(self) -> AbstractContextManager[None]:
        return nullcontext()
