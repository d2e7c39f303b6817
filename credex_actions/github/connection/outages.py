"""What a connection that failed tells: whether GitHub can have heard of the request, and the reason in words."""

import os

import requests.exceptions
import urllib3.exceptions

from credex_actions.core.faults import Fault


def never_sent(error: BaseException) -> bool:
    """Whether the connection was not made at all, so that GitHub cannot have heard of the request."""
    if isinstance(error, requests.exceptions.ProxyError):
        return False  # a proxy that breaks off after it took the request looks the same
    if isinstance(error, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(error)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(cause, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def kind_of(error: BaseException) -> str:
    """In words, and without what the exception's text repeats of the request."""
    cause = getattr(error.args[0], "reason", error.args[0]) if error.args else error
    if isinstance(cause, urllib3.exceptions.NameResolutionError):
        return "its name cannot be resolved (DNS); check the network"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy rejects the connection"
    if isinstance(error, requests.exceptions.Timeout):
        return "timed out"
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return "connection refused"
    return "the connection was reset"


def no_certificates() -> Fault:
    """For a bundle of certificates that cannot be read: requests takes the first of these variables that is set."""
    named = [name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name)]
    hint = "Correct the path, or unset the variable to use Python's own certificates."
    return Fault("the certificate bundle that it names cannot be read", hint, next(iter(named), ""))
