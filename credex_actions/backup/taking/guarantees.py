"""What each way of taking a backup guarantees, in the words of a report. Source: EBS User Guide, "Amazon EBS snapshots"; Neo4j Operations Manual, "Checkpointing and log pruning"."""

from typing import Final

STOPPED: Final = "taken while Neo4j was stopped: the store is clean, and opens without recovery"
CHECKPOINTED: Final = (
    "taken after a checkpoint while Neo4j ran: the store is as after a power cut, and Neo4j recovers it in seconds when it starts"
)
RUNNING: Final = "taken while Neo4j ran, without a checkpoint (this edition has no db.checkpoint): the store is as after a power cut, and Neo4j recovers it when it starts"
STARTED_MEANWHILE: Final = (
    "Neo4j was stopped for it, and started by someone else, or by its own timer, before it was known to have begun: "
    "the store is clean, or as after a power cut, and Neo4j recovers it when it starts"
)
DUMPED: Final = "dumped while Neo4j was stopped: the store is clean, and can be loaded into this version or a newer one"


def of_snapshot(quiesce: str, *, checkpointed: bool, started_meanwhile: bool) -> str:
    if quiesce == "stop":
        return STARTED_MEANWHILE if started_meanwhile else STOPPED
    return CHECKPOINTED if checkpointed else RUNNING
