"""What would make tasks fail, found before anything is registered: all of it at once.

Each part looks and judges one kind of thing. What the caller may not read, or what lies elsewhere, is said and skipped: it is
neither a fault nor silently fine.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from threading import Thread
from typing import Any, Final

from credex_actions.core.aws.clients import Clients
from credex_actions.ecs.preflight import images, log_groups, network, references, roles, traffic
from credex_actions.ecs.preflight.finding import Finding

__all__ = ["Finding", "preflight"]

Part = Callable[[Clients, Mapping[str, Any], Mapping[str, Any] | None], Iterator[Finding]]

PARTS: Final[tuple[Part, ...]] = (roles.look, images.look, references.look, log_groups.look, traffic.look, network.look)


class _Look(Thread):
    """One part, at work. A daemon: a look that hangs does not keep a process that has to end."""

    def __init__(self, look: Callable[[], Iterator[Finding]]) -> None:
        super().__init__(daemon=True)
        self._look = look
        self._found: list[Finding] = []
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._found = list(self._look())
        except Exception as error:  # noqa: BLE001 - raised in the thread that waits
            self._error = error

    def found(self) -> list[Finding]:
        self.join()
        if self._error:
            raise self._error
        return self._found


def preflight(clients: Clients, definition: Mapping[str, Any], service: Mapping[str, Any] | None) -> list[Finding]:
    """`definition`: RegisterTaskDefinition's parameters; `service`: DescribeServices' record, or None. Reads only; the parts look side by side."""
    looks = [_Look(partial(part, clients, definition, service)) for part in PARTS]
    for look in looks:
        look.start()
    return [finding for look in looks for finding in look.found()]
