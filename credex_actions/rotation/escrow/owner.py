"""Which process noted an intent, so that one that is known to have ended need not be waited for."""

import os
from typing import Any


def this_process() -> dict[str, str]:
    return {"machine": _boot(), "process": f"{os.getpid()} {_started(os.getpid())}"}


def has_ended(owner: Any) -> bool:
    """Whether the process of another intent is known to be gone: it ran on this machine, and no process has its number and start any more."""
    if not isinstance(owner, dict) or not owner.get("machine") or owner.get("machine") != _boot():
        return False
    number, _, started = str(owner.get("process", "")).partition(" ")
    return number.isdigit() and bool(started) and _started(int(number)) != started


def _boot() -> str:
    """This start of this machine, and where its processes are numbered: containers next to each other do not see each other's."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return f"{file.read().strip()} {os.readlink('/proc/self/ns/pid')} {os.uname().nodename}"
    except OSError:
        return ""


def _started(process: int) -> str:
    """Clock ticks after boot at which it started; "" if there is none."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
