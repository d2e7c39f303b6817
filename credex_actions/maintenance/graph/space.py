"""Whether the disk of a database's data fills up, and when. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from credex_actions.core.durations import in_words
from credex_actions.maintenance.finding import Chart, Finding
from credex_actions.maintenance.graph.observed import GIB, Disk, Size

CHECK: Final = "store-growth"
LEAST: Final = timedelta(days=3)
"""Between the first and the last size of which a pace is made."""
AT_ONCE: Final = 90
SOON: Final = timedelta(days=14)
FURTHEST: Final = timedelta(days=3650)
DAY: Final = 86_400


def pace(sizes: Sequence[Size]) -> float | None:
    """Bytes a second, by least squares: one backup taken during a load does not decide. None where too little is known."""
    if len(sizes) < 3 or sizes[-1].at - sizes[0].at < LEAST:  # noqa: PLR2004 - two points are a line through any noise
        return None
    times = [(each.at - sizes[0].at).total_seconds() for each in sizes]
    middle, height = sum(times) / len(times), sum(each.bytes for each in sizes) / len(sizes)
    spread = sum((time - middle) ** 2 for time in times)
    return sum((time - middle) * (each.bytes - height) for time, each in zip(times, sizes, strict=True)) / spread if spread else None


def full_in(disk: Disk, speed: float | None) -> timedelta | None:
    """None where it never will, or not in ten years."""
    if not speed or speed <= 0:
        return None
    seconds = max(disk.size - disk.used, 0) / speed
    return timedelta(seconds=seconds) if seconds < FURTHEST.total_seconds() else None


def growing(resource: str, disk: Disk, sizes: Sequence[Size], percent: float, days: float, fix: str) -> Iterator[Finding]:
    speed = pace(sizes)
    left, share = full_in(disk, speed), 100 * disk.used / disk.size if disk.size else 0.0
    soon = left is not None and left < timedelta(days=days)
    if share < percent and not soon:
        return
    pace_told = f"The backups have grown by {in_bytes(speed * DAY)} a day" if speed else "How fast it grows is not known"
    when = f": it is full in {in_words(left)}" if left else ""
    yield Finding(
        check=CHECK,
        severity="high" if share >= AT_ONCE or (left is not None and left < SOON) else "medium",
        resource=resource,
        title=f"the disk of {resource} is {share:.0f}% full"
        if share >= percent
        else f"the disk of {resource} is full in {in_words(left or timedelta())}",
        why=f"{in_bytes(disk.used)} of {in_bytes(disk.size)} are used: {in_bytes(disk.store)} by the store, {in_bytes(disk.logs)} by its transaction logs. {pace_told}{when}.",
        fix=fix,
    )


def note(resource: str, disk: Disk, sizes: Sequence[Size]) -> str:
    left = full_in(disk, pace(sizes))
    when = f", full in {in_words(left)} at the pace of its backups" if left else ""
    return f"{resource}: {in_bytes(disk.used)} of {in_bytes(disk.size)} used, the store {in_bytes(disk.store)}{when}"


def chart(resource: str, sizes: Sequence[Size]) -> Chart:
    return Chart(
        f"Size of the backups of {resource}",
        "GiB",
        "line",
        tuple((each.at.isoformat(timespec="seconds"), round(each.bytes / GIB, 3)) for each in sizes),
    )


def in_bytes(number: float) -> str:
    for unit, size in (("TiB", 1024**4), ("GiB", GIB), ("MiB", 1024**2), ("KiB", 1024)):
        if abs(number) >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number:.0f} bytes"
