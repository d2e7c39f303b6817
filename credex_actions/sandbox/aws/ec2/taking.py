"""How a snapshot comes about: a record that is pending, the folder of this moment, and the time that it takes."""

import contextlib
import time
from collections.abc import Callable, Iterable
from typing import Any

from credex_actions.sandbox.aws.ec2.site import Site


def pending(site: Site, volume: Any, description: str, tags: dict[str, str]) -> Any:
    """A record of one that has only begun; it has nothing in it yet."""
    snapshot = site.records.create_snapshot(volume.id, description)
    snapshot.kms_key_id = volume.kms_key_id
    snapshot.status = "pending"
    snapshot.add_tags(tags)
    return snapshot


def copy(site: Site, snapshots: Iterable[Any]) -> None:
    """The volumes as they are now; what is mounted may be written to, so everything stands still meanwhile."""
    snapshots = list(snapshots)
    with contextlib.ExitStack() as stack:
        holders = {each.volume.attachment.instance.id for each in snapshots if each.volume.attachment}
        for holder in holders & site.machines.keys():
            stack.enter_context(site.machines[holder].frozen())
        for each in snapshots:
            site.disks.copy(each.volume.id, each.id)


def finish(site: Site, snapshots: list[Any], kind: str, then: Callable[[], None] = lambda: None) -> None:
    """They are pending as long as it takes."""

    def completed() -> None:
        for each in snapshots:
            each.status = "completed"
        then()

    change = site.changes.later(kind, time.time(), completed)
    for each in snapshots:
        each.share = lambda: site.changes.share(change, time.time())
