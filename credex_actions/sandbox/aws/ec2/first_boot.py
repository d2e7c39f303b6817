"""What an instance is told before its database starts for the first time: by user data, and by the file in which Neo4j looks for its first user."""

import hashlib
import re
import secrets
from pathlib import Path
from typing import Any, Final, NamedTuple

USER: Final = "neo4j"
ROUNDS: Final = 1024
"""Source: Neo4j's SystemGraphCredential and `neo4j-admin dbms set-initial-password`, which writes the same file."""
SETTING: Final = re.compile(r"^\s*(?:export\s+)?(NEO4J_[A-Z_]+)=[\"']?([^\"'\s]+)", re.MULTILINE)


class Instructions(NamedTuple):
    """`parameter`: the name of the Parameter Store parameter with the first password. `device`: the device to wait for, which carries the store."""

    parameter: str = ""
    device: str = ""


def instructions(user_data: Any) -> Instructions:
    """From the lines `NEO4J_INITIAL_PASSWORD_PARAMETER=/path` and `NEO4J_DATA_DEVICE=/dev/sdf` of user data, which may be binary, or absent."""
    try:
        said = dict(SETTING.findall(user_data.decode() if user_data is not None else ""))
    except UnicodeDecodeError:
        return Instructions()
    return Instructions(said.get("NEO4J_INITIAL_PASSWORD_PARAMETER", ""), said.get("NEO4J_DATA_DEVICE", ""))


def new(home: Path) -> bool:
    """Whether there is no store yet."""
    return not (home / "data" / "databases" / "system").exists()


def set_first_password(home: Path, password: str) -> None:
    """For a store that is not there yet. As a file, since a program's arguments are there for everyone to read."""
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(ROUNDS - 1):
        digest = hashlib.sha256(digest).digest()
    file = home / "data" / "dbms" / "auth.ini"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{USER}:SHA-256,{digest.hex()},{salt.hex()},{ROUNDS}:\n")
    file.chmod(0o600)
