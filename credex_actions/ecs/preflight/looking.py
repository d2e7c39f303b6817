"""What would make tasks fail, found before anything is registered: all of it at once.

Each part looks and judges one kind of thing. What the caller may not read, or what lies elsewhere, is said and skipped: it is
neither a fault nor silently fine.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from credex_actions.core.aside import Aside
from credex_actions.core.aws.clients import Clients
from credex_actions.ecs.preflight import images, log_groups, network, references, roles, traffic
from credex_actions.ecs.preflight.finding import Finding

Part = Callable[[Clients, Mapping[str, Any], Mapping[str, Any] | None], Iterator[Finding]]

PARTS: Final[tuple[Part, ...]] = (roles.look, images.look, references.look, log_groups.look, traffic.look, network.look)


def preflight(clients: Clients, definition: Mapping[str, Any], service: Mapping[str, Any] | None) -> list[Finding]:
    """`definition`: RegisterTaskDefinition's parameters; `service`: DescribeServices' record, or None. Reads only; the parts look side by side."""
    looks = [Aside(partial(_found, part, clients, definition, service)) for part in PARTS]
    for look in looks:
        look.start()
    return [finding for look in looks for finding in look.answer()]


def _found(part: Part, clients: Clients, definition: Mapping[str, Any], service: Mapping[str, Any] | None) -> list[Finding]:
    return list(part(clients, definition, service))
