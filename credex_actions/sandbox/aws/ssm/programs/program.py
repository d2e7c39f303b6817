"""What a stand-in is given, and what it gives back."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from credex_actions.sandbox.aws.ec2.machine import Machine


class Credentials(NamedTuple):
    key: str
    secret: str
    token: str


class Call(NamedTuple):
    """One start of a program. `credentials`: of the instance profile's role, None without a profile. `endpoint`: the sandbox's."""

    machine: Machine
    words: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    input: str
    endpoint: str
    credentials: Credentials | None


class Said(NamedTuple):
    output: str = ""
    error: str = ""
    code: int = 0


def failed(error: str, code: int = 1) -> Said:
    return Said("", f"{error}\n", code)
