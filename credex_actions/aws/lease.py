"""Who works with a scratch resource, and whether they still do: a tag that says until when it is theirs, renewed while they live.

A sweep on the machine of the holder sees at once that its process is gone; elsewhere it waits until the lease ends, or is renewed.
"""

import os
import re
import socket
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

LEASE: Final = "credex:lease"
LASTS: Final = timedelta(seconds=120)
RENEWED_EVERY: Final = 30.0
"""Seconds."""
SLACK: Final = timedelta(seconds=15)
"""For clocks that differ."""


class Lease(NamedTuple):
    """`machine`: "" where nothing tells processes of two machines apart. `process`: its id and the time of its start, which no other one has."""

    until: datetime
    machine: str
    process: str

    def __str__(self) -> str:
        return f"{self.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {self.machine or '-'} {self.process or '-'}"


def read_lease(text: str) -> Lease | None:
    found = re.fullmatch(r"([0-9T:Z-]{20}) ([0-9a-f]{16}|-) ([0-9]+\.[0-9]+|-)", text)
    if not found:
        return None
    try:
        until = datetime.fromisoformat(found[1])
    except ValueError:
        return None
    return Lease(until, found[2].strip("-"), found[3].strip("-"))


def own_lease(now: datetime) -> Lease:
    return Lease(now + LASTS, machine(), process(os.getpid()))


def is_over(lease: Lease | None, now: datetime) -> bool:
    """Whether its holder is gone for certain. A resource without a lease that can be read has none."""
    if lease is None or now > lease.until + SLACK:
        return True
    if lease.machine and lease.machine == machine() and lease.process:
        return process(int(lease.process.partition(".")[0])) != lease.process
    return False


def machine() -> str:
    """The same for processes that see each other's ids. Source: proc(5), pid_namespaces(7)."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return sha256(f"{socket.gethostname()} {boot} {os.readlink('/proc/self/ns/pid')}".encode()).hexdigest()[:16]
    except OSError:
        return ""


def process(number: int) -> str:
    """Its id and its start, in ticks since the machine's; "" if there is none. Source: proc(5), field 22 of stat."""
    try:
        after_name = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if after_name[0] in "ZX" else f"{number}.{after_name[19]}"
