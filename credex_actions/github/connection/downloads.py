"""What GitHub keeps on another host: it answers with an address, which is its own key and gets no token."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

import requests
import requests.exceptions
import urllib3.exceptions

from credex_actions.github.connection.answers import Unreachable
from credex_actions.github.connection.api import Api
from credex_actions.github.connection.outages import kind_of
from credex_actions.github.connection.transport import AGENT

STALLED: Final = 5.0
"""Seconds without a byte of a log, after which it is requested again: nothing else is heard meanwhile, not even a signal."""
CHUNK: Final = 64 * 1024


def download(api: Api, path: str, within: float) -> Iterator[bytes]:
    """What a 302 leads to, in pieces. Raises as Api.get() does, also after `within` seconds."""
    location = api.repeated("GET", path).headers.get("location", "")
    try:
        with requests.get(location, stream=True, timeout=STALLED, headers={"User-Agent": AGENT}) as response:
            if response.status_code != HTTPStatus.OK:  # an address that is refused once: the next one that GitHub gives may serve
                raise Unreachable(f"the log server responds with HTTP {response.status_code}")
            if "html" in response.headers.get("content-type", ""):
                raise Unreachable("the log server responds with a page that is not a log")
            began = api.clock.monotonic()
            while piece := response.raw.read1(CHUNK, decode_content=True):  # what is there: iter_content waits until a whole chunk is
                api.clock.sleep(0)  # whoever asks to stop is heard
                if api.clock.monotonic() - began > within:
                    raise Unreachable("the log server is too slow")
                yield piece
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise Unreachable(f"the log server does not respond: {kind_of(error)}") from error
