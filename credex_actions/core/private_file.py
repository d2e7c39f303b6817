"""Files that hold secrets: readable by their owner alone, and either complete or not there."""

import os
from collections.abc import Iterable, Mapping

from credex_actions.core.faults import Exit, Failure, Fault


def write_private(path: str, data: bytes | Iterable[bytes], where: str) -> None:
    """Writes `data`, or the pieces that it comes in, to `path` with mode 0600, at once. `where` names the input in a fault. Raises Failure(BAD_INPUT)."""
    try:
        target = os.path.realpath(path)  # a link stays a link
        folder, name = os.path.split(target)
        beside = os.path.join(folder or ".", f".{name}.{os.urandom(6).hex()}")
        if os.path.isdir(path):
            raise IsADirectoryError(21, "it is a directory")
        if os.path.exists(path) and not os.path.isfile(path):
            raise OSError(22, "it is a device or a pipe")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(handle, "wb") as file:
                file.writelines([data] if isinstance(data, bytes) else data)
            os.replace(beside, target)
        except BaseException:
            os.unlink(beside)
            raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise Failure(Exit.BAD_INPUT, Fault(f"cannot be written: {reason}", "Provide a path in an existing folder.", where, path)) from None


def temporary_path(environment: Mapping[str, str], name: str) -> str:
    """A path that nothing has yet, in the runner's folder of this job, else in the system's."""
    folder = environment.get("RUNNER_TEMP") or environment.get("TMPDIR") or "/tmp"  # noqa: S108 - with 48 random bits, opened exclusively
    return os.path.join(folder, f"{name}-{os.urandom(6).hex()}.json")
