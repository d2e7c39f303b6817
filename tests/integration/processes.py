"""Processes of this machine, on which other tests and other runs start and end theirs at any moment."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

_numbers = count()


def command_lines() -> Iterator[tuple[Path, bytes]]:
    """Of those that run: the folder of each in /proc, and its words, each with a zero behind it."""
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        yield each.parent, words


def own_seconds() -> str:
    """Some five minutes that nobody else sleeps: of this process, and given out once."""
    return f"300.{os.getpid():07}{next(_numbers):03}"


def asleep(seconds: str) -> bool:
    return any(words == f"sleep\0{seconds}\0".encode() for _, words in command_lines())
