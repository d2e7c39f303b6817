"""Where moto keeps what a service has, by account and region."""

from typing import Any

from moto.backends import get_backend


def backend(service: Any, account: str, region: str) -> Any:
    return get_backend(service)[account]["aws" if service == "iam" else region]
