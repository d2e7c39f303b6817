"""Registries of Terraform on loopback, as their protocols describe them, and GitHub's releases."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.pages import on_loopback


@dataclass
class Registry:
    """`providers` and `modules`: versions by path. `asked`: paths, in order."""

    url: str = ""
    providers: dict[str, Sequence[str]] = field(default_factory=dict)
    modules: dict[str, Sequence[str]] = field(default_factory=dict)
    releases: dict[str, Sequence[str]] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=lambda: {"providers.v1": "/v1/providers/", "modules.v1": "/v1/modules/"})
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> Any:
        self.asked.append(path)
        kind, _, rest = path.removeprefix("/v1/").partition("/")
        if path == "/.well-known/terraform.json":
            return self.services
        if kind == "providers" and (found := self.providers.get(rest.removesuffix("/versions"))):
            return {"id": rest, "versions": [{"version": each, "protocols": ["5.0"], "platforms": []} for each in found]}
        if kind == "modules" and (found := self.modules.get(rest.removesuffix("/versions"))):
            return {"modules": [{"versions": [{"version": each} for each in found]}]}
        if found := self.releases.get(path.removeprefix("/repos/").partition("/releases")[0]):
            return [{"tag_name": f"v{each}", "prerelease": "-" in each, "draft": False} for each in found]
        return None


@contextmanager
def serving() -> Iterator[Registry]:
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = registry.answer(self.path.partition("?")[0])
            body = json.dumps(answer).encode()
            self.send_response(200 if answer is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with on_loopback(Handler) as registry.url:
        yield registry
