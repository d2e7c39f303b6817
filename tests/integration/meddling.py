"""A server between the command and the sandbox's GitHub, that hands on, changes, cuts off or slows down what passes: also as a proxy, and over TLS."""

import json
import os
import re
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

NOT_HANDED_ON: Final = ("content-length", "transfer-encoding", "connection", "server", "etag")
KEPT_BACK: Final = ("host", "connection", "proxy-connection", "accept-encoding", "if-none-match")


@dataclass
class Exchange:
    """A request, and GitHub's answer to it. `pieces`: sent instead of `data`, as they come, until they or the reader end."""

    verb: str
    path: str
    sent: dict[str, str]
    status: int
    headers: list[tuple[str, str]]
    data: bytes
    pieces: Iterable[bytes] | None = None

    @property
    def document(self) -> Any:
        return json.loads(self.data)

    @document.setter
    def document(self, document: Any) -> None:
        self.data = json.dumps(document).encode()


class CutOff(Exception):
    """The connection breaks here; `last`: what is still sent, past any encryption."""

    def __init__(self, last: bytes = b"") -> None:
        super().__init__(last)
        self.last = last


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@dataclass
class Between:
    """`meddle` changes an exchange in place, or raises CutOff. `passed`: verb and path of every request."""

    target: str
    meddle: Callable[[Exchange], None]
    certificate: tuple[Path, Path] | None = None
    url: str = ""
    passed: list[tuple[str, str]] = field(default_factory=list)

    def count(self, verb: str, end: str) -> int:
        return sum(1 for each, path in self.passed if each == verb and path.endswith(end))

    @contextmanager
    def serving(self) -> Iterator["Between"]:
        server = _Server(("127.0.0.1", 0), self._handler())
        scheme, host = "http", "127.0.0.1"
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            scheme, host = "https", "localhost"
        self.url = f"{scheme}://{host}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        between = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def hand_on(self) -> None:
                exchange = between.asked(self)
                try:
                    between.meddle(exchange)
                except CutOff as cut:
                    with socket.socket(fileno=os.dup(self.connection.fileno())) as raw:
                        raw.sendall(cut.last)
                        raw.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                _answer(self, exchange)

            do_GET = do_POST = do_PATCH = hand_on

        return Handler

    def asked(self, handler: BaseHTTPRequestHandler) -> Exchange:
        """The request passed on, and its answer."""
        path = re.sub(r"^http://[^/]+", "", handler.path)  # as a proxy is asked
        self.passed.append((handler.command, urlsplit(path).path))
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0)) or None
        sent = {name.lower(): value for name, value in handler.headers.items()}
        request = urllib.request.Request(
            self.target + path,
            data=body,
            headers={name: value for name, value in sent.items() if name not in KEPT_BACK},
            method=handler.command,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
        try:
            answer = opener.open(request)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Exchange(handler.command, path, sent, answer.status, list(answer.headers.items()), answer.read())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A reader that has gone is part of the tests."""


def _answer(handler: BaseHTTPRequestHandler, exchange: Exchange) -> None:
    handler.send_response_only(exchange.status)
    for name, value in exchange.headers:
        if name.lower() not in NOT_HANDED_ON:
            handler.send_header(name, value)
    if exchange.pieces is None:
        handler.send_header("Content-Length", str(len(exchange.data)))
        handler.end_headers()
        handler.wfile.write(exchange.data)
        return
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True
    with suppress(OSError):
        for piece in exchange.pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()


def log_instead(between: Callable[[], Between], pieces: Callable[[], Iterable[bytes]]) -> Callable[[Exchange], None]:
    """Every job's log is `pieces`."""

    def meddle(exchange: Exchange) -> None:
        if exchange.path == "/instead":
            exchange.status, exchange.headers, exchange.pieces = 200, [], pieces()
        elif exchange.status == 302:
            exchange.headers = [("Location", f"{between().url}/instead")]

    return meddle


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return certificate, private
