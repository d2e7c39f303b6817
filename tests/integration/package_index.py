"""A package index on loopback with one package, `greeting`, that can stall, lie about its content, and stand behind a proxy."""

import base64
import hashlib
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from urllib.parse import urlsplit

NAME = "greeting-1.0-py3-none-any.whl"


def wheel(text: str) -> bytes:
    files = {
        "greeting.py": f"TEXT = {text!r}\n",
        "greeting-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
        "greeting-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items())
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (files | {"greeting-1.0.dist-info/RECORD": f"{record}greeting-1.0.dist-info/RECORD,,\n"}).items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content)
    return buffer.getvalue()


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Index:
    url: str = ""
    speaks_json: bool = True  # PEP 691; else HTML, as older indexes do
    content: bytes = field(default_factory=lambda: wheel("hello"))
    asked: list[str] = field(default_factory=list)  # as the request line has it: with the host, where a proxy is asked
    stalled: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def requirements(self) -> str:
        """What pins the true package, whatever the index serves."""
        return f"greeting==1.0 \\\n    --hash=sha256:{hashlib.sha256(wheel('hello')).hexdigest()}\n"

    def answer(self, path: str) -> tuple[str, bytes] | None:
        if path.endswith(NAME):
            self.stalled.set()
            self.go_on.wait(60)
            return "application/octet-stream", self.content
        if path != "/simple/greeting/":
            return None
        if self.speaks_json:
            files = [{"filename": NAME, "url": f"/files/{NAME}", "hashes": {"sha256": hashlib.sha256(wheel("hello")).hexdigest()}}]
            return "application/vnd.pypi.simple.v1+json", json.dumps(
                {"meta": {"api-version": "1.0"}, "name": "greeting", "files": files}
            ).encode()
        return "text/html", f'<html><body><a href="/files/{NAME}">{NAME}</a></body></html>'.encode()


@contextmanager
def serve() -> Iterator[Index]:
    index = Index()
    index.go_on.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            found = index.answer(urlsplit(self.path).path)
            self.send_response(200 if found else 404)
            kind, body = found or ("text/plain", b"")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that was killed is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield index
    finally:
        index.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
