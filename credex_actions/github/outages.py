"""What a connection that failed tells: whether GitHub can have heard of the request, and the reason in words. Pure."""

import requests.exceptions
import urllib3.exceptions


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
        return "its name cannot be resolved; is there a network?"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not let us through"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return "nothing listens there"
    return "the connection broke"
