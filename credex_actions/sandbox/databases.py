"""The example's databases, LedgerSpace and SearchSpace: real Neo4j servers, and what services and people know of them."""

import json
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from credex_actions.sandbox.neo4j import Neo4jServer

if TYPE_CHECKING:
    from credex_actions.sandbox.local import Sandbox

SPACES: Final = ("ledger_space", "search_space")
USER: Final = "neo4j"


class Databases:
    """They start when they are requested, and are gone, with their stores, when the block ends."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sandbox-neo4j-"))
        self.servers: dict[str, Neo4jServer] = {}

    def start(self) -> dict[str, Neo4jServer]:
        """Both, side by side. Raises MissingToolError, NoDistributionError and NotStartedError."""
        if not self.servers:
            made = {space: Neo4jServer(self._folder / space, f"first-{token_hex(8)}") for space in SPACES}
            with ThreadPoolExecutor() as pool:
                list(pool.map(Neo4jServer.start, made.values()))
            self.servers = made
        return self.servers

    def publish(self, sandbox: "Sandbox", environment: str) -> dict[str, str]:
        """Puts where they are, and how one logs in, into parameters and secrets as the example has them; answers the GitHub secrets of that content."""
        known = {}
        for space, server in self.servers.items():
            base = f"/credex/{environment}/neo_4j_{space}"
            for name, value, kind in (
                ("bolt_url", server.bolt_url, "String"),
                ("user", USER, "String"),
                ("pass", server.password, "SecureString"),
            ):
                sandbox.client("ssm").put_parameter(Name=f"{base}_{name}", Value=value, Type=kind)
                known[f"NEO_4J_{space}_{name}".upper()] = value
            login = json.dumps({"url": server.bolt_url, "user": USER, "password": server.password})
            sandbox.client("secretsmanager").create_secret(Name=f"credex/{environment}/{space}", SecretString=login)
        return known

    def close(self) -> None:
        for server in self.servers.values():
            server.discard()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
