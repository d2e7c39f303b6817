"""What would make tasks fail, found before anything is registered: all of it at once.

Each part looks and judges one kind of thing. What the caller may not read, or what lies elsewhere, is said and skipped: it is
neither a fault nor silently fine.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from credex_actions.core.aws import Clients
from credex_actions.ecs.preflight import images, log_groups, network, references, roles, traffic
from credex_actions.ecs.preflight.finding import Finding

__all__ = ["Finding", "preflight"]

Part = Callable[[Clients, Mapping[str, Any], Mapping[str, Any] | None], Iterator[Finding]]

PARTS: Final[tuple[Part, ...]] = (roles.look, images.look, references.look, log_groups.look, traffic.look, network.look)


def preflight(clients: Clients, definition: Mapping[str, Any], service: Mapping[str, Any] | None) -> list[Finding]:
    """`definition`: RegisterTaskDefinition's parameters; `service`: DescribeServices' record, or None. Reads only; the parts look side by side."""
    pool = ThreadPoolExecutor(len(PARTS))
    try:
        parts = pool.map(lambda part: list(part(clients, definition, service)), PARTS)
        return [finding for part in parts for finding in part]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after a signal, a look that hangs must not keep the process
