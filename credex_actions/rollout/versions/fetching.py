"""One file from a source of versions: within a time and a size, and from the host that was asked, or not at all."""

import gzip
import http.client
import io
import lzma
import time
import urllib.error
import urllib.request
from hashlib import sha256
from typing import IO, Any, Final
from urllib.parse import urljoin, urlsplit

from credex_actions._version import __version__
from credex_actions.core.text import one_line

SILENT: Final = 15.0
"""Seconds for which a source may say nothing."""
WITHIN: Final = 60.0
"""Seconds for one file."""
LARGEST: Final = 32 << 20
"""Bytes; Neo4j's own indexes have less than one MiB."""
LARGEST_UNPACKED: Final = 128 << 20
STEP: Final = 1 << 16
BROKEN: Final = 500
"""From this status on the server has the trouble. Source: RFC 9110, 15.6."""


class NotFetchedError(Exception):
    """Says in one line why there is no answer."""


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Another host's word is not that of the source that was configured."""

    def redirect_request(self, req: Any, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> Any:
        former, there = urlsplit(req.full_url), urlsplit(newurl)
        if (former.hostname, former.port) != (there.hostname, there.port) or (former.scheme, there.scheme) == ("https", "http"):
            raise NotFetchedError(f"redirects to {one_line(f'{there.scheme}://{there.netloc}', 100)}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(url: str) -> bytes:
    """Raises NotFetchedError."""
    request = urllib.request.Request(url, headers={"User-Agent": f"credex-actions/{__version__}", "Accept": "*/*"})  # noqa: S310 - the schema takes http and https
    opener = urllib.request.build_opener(_SameHost, *_without_proxy(url))
    try:
        with opener.open(request, timeout=SILENT) as response:
            return _read(response)
    except urllib.error.HTTPError as error:
        limit = ": the limit for requests without a token is reached" if error.headers.get("X-RateLimit-Remaining") == "0" else ""
        error.close()
        raise NotFetchedError(f"answers {error.code} {one_line(str(error.reason), 60)}{limit}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise NotFetchedError(f"cannot be reached: {one_line(str(reason) or type(reason).__name__, 120)}") from None


def _without_proxy(url: str) -> list[Any]:
    host = urlsplit(url).hostname or ""
    return [urllib.request.ProxyHandler({})] if host == "localhost" or host.startswith("127.") else []


def _read(response: Any) -> bytes:
    end, parts, size = time.monotonic() + WITHIN, [], 0
    while part := response.read1(STEP):
        size += len(part)
        if size > LARGEST:
            raise NotFetchedError(f"is larger than {LARGEST >> 20} MiB")
        if time.monotonic() > end:
            raise NotFetchedError(f"was not complete after {WITHIN:.0f} seconds")
        parts.append(part)
    if response.length:
        raise NotFetchedError("ends too early: the connection was closed")
    return b"".join(parts)


def below(base: str, path: str) -> str:
    """The address of `path` below `base`."""
    return urljoin(f"{base.rstrip('/')}/", path)


def verified(body: bytes, digest: str) -> bytes:
    """Raises NotFetchedError if `body` is not what was vouched for."""
    if sha256(body).hexdigest() != digest:
        raise NotFetchedError("mismatch: its SHA-256 is not the one that the repository publishes")
    return body


def unpacked(path: str, body: bytes) -> bytes:
    """Raises NotFetchedError."""
    try:
        if path.endswith(".gz"):
            whole = gzip.GzipFile(fileobj=io.BytesIO(body)).read(LARGEST_UNPACKED + 1)
        elif path.endswith(".xz"):
            whole = lzma.LZMADecompressor(memlimit=LARGEST_UNPACKED).decompress(body, LARGEST_UNPACKED + 1)
        else:
            whole = body
    except (OSError, EOFError, lzma.LZMAError):
        raise NotFetchedError("cannot be unpacked") from None
    if len(whole) > LARGEST_UNPACKED:
        raise NotFetchedError(f"is larger than {LARGEST_UNPACKED >> 20} MiB when unpacked")
    return whole
