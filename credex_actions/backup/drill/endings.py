"""What the end of a command on the scratch instance says: of the backup, or of the instance alone. Pure."""

from credex_actions.aws.run_command import Ended, succeeded
from credex_actions.core.faults import Exit, Failure


def last_line(ended: Ended) -> str:
    lines = [line.strip() for line in (ended.error or ended.output).splitlines() if line.strip()]
    return lines[-1] if lines else f"code {ended.code}"


def carried_out(ended: Ended, what: str) -> Ended:
    """Raises Failure(REMOTE): of the backup nothing is known then, while FAILED says that it is wrong."""
    try:
        return succeeded(ended, what)
    except Failure as failure:
        raise Failure(Exit.REMOTE, *failure.faults, left=failure.left) from None


def too_small(ended: Ended) -> bool:
    """Whether it is the instance that fails, and not the dump."""
    return any(
        each in f"{ended.output}\n{ended.error}" for each in ("No space left on device", "OutOfMemoryError", "Cannot allocate memory")
    )


def inconsistent(ended: Ended) -> bool:
    """Whether the check ran to its end and found something; any other code means that it did not run."""
    return ended.code != 0 and "nconsisten" in f"{ended.output}\n{ended.error}"
