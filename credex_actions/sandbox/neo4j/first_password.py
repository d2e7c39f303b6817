"""The file in which Neo4j looks for its first user."""

import hashlib
import secrets
from pathlib import Path
from typing import Final

USER: Final = "neo4j"
ROUNDS: Final = 1024
"""Source: Neo4j's SystemGraphCredential and `neo4j-admin dbms set-initial-password`, which writes the same file."""


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
