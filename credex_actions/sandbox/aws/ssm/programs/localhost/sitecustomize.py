"""For Python scripts on an instance of the sandbox: localhost is the instance. Read by Python itself, before the script."""

import os
import socket
from typing import Any

_found = socket.getaddrinfo


def _getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
    return _found(os.environ.get("SANDBOX_ADDRESS", host) if host in {"localhost", "127.0.0.1"} else host, *more, **named)


socket.getaddrinfo = _getaddrinfo
