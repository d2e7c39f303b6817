"""`python full_disk.py COMMAND…` runs a command for which every disk is full: the kernel answers its writes with ENOSPC.

A filter of system calls does that (seccomp), which needs no rights and ends with the command. It lets through what goes to standard output and error, and
writes of up to eight bytes, with which a process wakes its own threads. Nothing of the suite is imported here: a command is started with it each time.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

LOAD, EQUAL, GREATER, RETURN = 0x20, 0x15, 0x25, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000
NUMBER, ARCHITECTURE, DESCRIPTOR, COUNT = 0, 4, 16, 32
"""Where they are in a system call's record. Source: linux/seccomp.h."""
WRITES = {
    "x86_64": (0xC000003E, (1, 18, 20, 285, 296)),
    "aarch64": (0xC00000B7, (64, 68, 66, 47, 70)),
}
"""The architecture's number, and those of write, pwrite64, writev, fallocate and pwritev. Source: linux/audit.h, asm/unistd.h."""
WHOLE = {20, 285, 296, 66, 47, 70}
"""Of these, those that do not say how many bytes they write."""
SET_NO_NEW_PRIVILEGES, SET_FILTER, MODE_FILTER = 38, 22, 2


def supported() -> bool:
    return sys.platform == "linux" and platform.machine() in WRITES


def program(machine: str) -> bytes:
    """In the kernel's filter language: (what, lines to skip if so, lines to skip if not, value)."""
    architecture, calls = WRITES[machine]
    lines = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, ALLOW), (LOAD, 0, 0, NUMBER)]
    for index, call in enumerate(calls):
        left = len(calls) - index
        lines.append((EQUAL, left + 3 if call in WHOLE else left, 0, call))
    lines += [
        (RETURN, 0, 0, ALLOW),
        *((LOAD, 0, 0, COUNT), (GREATER, 1, 0, 8), (RETURN, 0, 0, ALLOW)),
        *((LOAD, 0, 0, DESCRIPTOR), (GREATER, 1, 0, 2), (RETURN, 0, 0, ALLOW)),  # WHOLE begins here
        (RETURN, 0, 0, FAIL | errno.ENOSPC),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_void_p))


def main(command: list[str]) -> None:
    lines = program(platform.machine())
    buffer = ctypes.create_string_buffer(lines, len(lines))
    filter_ = _Program(len(lines) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(SET_FILTER, MODE_FILTER, ctypes.byref(filter_), 0, 0):
        sys.exit(f"the system call filter could not be set: {os.strerror(ctypes.get_errno())}")
    os.execvp(command[0], command)  # noqa: S606 - it is for this


if __name__ == "__main__":
    main(sys.argv[1:])
