"""Whether, and to what, a Bolt URL changes when its instance has another address: pure."""

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def moved(url: str, former: str, address: str) -> str:
    """`url` with the host `address` in the place of `former`, all else as it was; the same one if it names another host, such as a DNS name."""
    parts = urlsplit(url)
    if (parts.hostname or "") != former.strip("[]").lower():
        return url
    host = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host).geturl()
