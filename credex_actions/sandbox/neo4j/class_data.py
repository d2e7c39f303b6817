"""Neo4j's classes as Java keeps them in memory: an archive beside the jars, made once by each Java, spares a start nearly half of its processor time.

Source: java's manual page, "Application Class Data Sharing". An archive that does not fit the Java or the jars is ignored by it without a word.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from credex_actions.sandbox.neo4j.distribution import alone

QUIET: Final = "-Xlog:disable"
"""Java would name each class that it leaves out of the archive, on the stream that the server says "ready" on."""


def options(folder: Path, release: str, train: Callable[[str], None]) -> tuple[str, ...]:
    """Of Java. `folder`: of the jars; `release`: of the Java; `train`: runs a server with one more option to its normal end, and raises OSError where that fails.

    A failure is noted, so that it costs time only once: what starts without an archive starts as well.
    """
    archive = folder / f"{release}.jsa"
    if not archive.exists():
        with alone(archive):
            if not archive.exists():
                _make(archive, train)
    return (f"-XX:SharedArchiveFile={archive}", QUIET) if archive.stat().st_size else ()


def _make(archive: Path, train: Callable[[str], None]) -> None:
    with TemporaryDirectory(dir=archive.parent, prefix=".making-") as folder:
        made = Path(folder) / archive.name
        try:
            train(f"-XX:ArchiveClassesAtExit={made}")
        except OSError:
            made.unlink(missing_ok=True)
        made.touch()
        made.rename(archive)
