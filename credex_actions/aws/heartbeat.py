"""Renews the lease of a resource while a run works with it, also while it waits for something that takes long."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import botocore.exceptions

from credex_actions.aws.lease import LEASE, RENEWED_EVERY, own_lease
from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import Cancelled, Clock


@contextmanager
def held(clients: Clients, clock: Clock, resources: list[str], key: str = LEASE, prefix: str = "") -> Iterator[None]:
    """Around the work with `resources` of EC2: their tag `key` is `prefix` and the lease."""

    def renew() -> None:
        tag = {"Key": key, "Value": f"{prefix}{own_lease(clock.now())}"}
        clients.write("ec2").create_tags(Resources=resources, Tags=[tag])

    with renewed(clock, renew):
        yield


@contextmanager
def renewed(clock: Clock, renew: Callable[[], None]) -> Iterator[None]:
    """Around the work, also after a signal, while what was done is undone. A renewal that fails is tried again at the next turn: the lease outlasts three."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(RENEWED_EVERY):
            with suppress(botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, Cancelled), clock.last_asks():
                renew()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(1)
