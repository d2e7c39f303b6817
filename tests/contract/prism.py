"""prism in front of the sandbox's GitHub: what departs from GitHub's published description comes back as an error that says where."""

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import killpg
from pathlib import Path
from typing import Any, Final

import requests

from credex_actions.sandbox.github.routing import ROUTES, Route
from tests import npm

STARTS_WITHIN: Final = 120.0
OURS: Final = ("/_blobs/", "/_oidc/")
"""Paths of the host that stores logs, which the description does not have."""


def template(path: str) -> str:
    """A path with all its parameters alike, in our notation or in the description's."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


def described(route: Route) -> bool:
    return not route.path.startswith(OURS)


def description(packages: Path) -> dict[str, Any]:
    """GitHub's description, cut to the operations that the server has. Raises LookupError for those that GitHub does not know."""
    whole = json.loads((packages / "node_modules" / "@octokit" / "openapi" / "generated" / "api.github.com.json").read_text())
    wanted = {(each.method.lower(), template(each.path)) for each in ROUTES if described(each)}
    paths: dict[str, Any] = {}
    for path, operations in whole["paths"].items():
        kept = {method: operation for method, operation in operations.items() if (method, template(path)) in wanted}
        if kept:
            paths[path] = kept
            wanted -= {(method, template(path)) for method in kept}
    if wanted:
        raise LookupError(f"GitHub has no such operations: {sorted(wanted)}")
    result = {"openapi": whole["openapi"], "info": whole["info"], "paths": paths, "components": {}}
    _add_references(whole, result, paths)
    return result


def _add_references(whole: dict[str, Any], result: dict[str, Any], part: object) -> None:
    for reference in set(re.findall(r'"#/components/(\w+)/([^"]+)"', json.dumps(part))):
        kind, name = reference
        known = result["components"].setdefault(kind, {})
        if name not in known:
            known[name] = whole["components"][kind][name]
            _add_references(whole, result, known[name])


@contextmanager
def proxy(url: str, folder: Path) -> Iterator[str]:
    """The proxy's URL. Its processes have ended on the way out."""
    packages = npm.installed(Path(__file__).parent)
    spec = folder / "github.json"
    spec.write_text(json.dumps(description(packages)))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        "node",
        str(packages / "node_modules" / ".bin" / "prism"),
        "proxy",
        "--errors",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        str(spec),
        url,
    ]
    log = folder / "prism.log"
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True) as process:
        try:
            _wait(process, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    killpg(process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(5)


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and process.poll() is None:
        with suppress(requests.ConnectionError):
            requests.get(f"{url}/meta", timeout=10)
            return
        time.sleep(0.2)
    raise TimeoutError(f"prism did not start: {log.read_text()[-2000:]}")
