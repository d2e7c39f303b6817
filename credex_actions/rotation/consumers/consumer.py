"""What can be asked of whoever uses a value."""

from typing import Protocol

from credex_actions.rotation.deciding.state import User


class Consumer(Protocol):
    @property
    def name(self) -> str: ...

    def look(self) -> User: ...

    def redeploy(self) -> None:
        """Gives it the new value, and returns once it works with it. Raises Failure."""
