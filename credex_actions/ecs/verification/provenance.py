"""Whose answer it is: a cache, a load balancer or a CDN may answer in the service's place, which says nothing about the service. Pure.

`headers`: names in lower case -> values, several values of one name joined by commas.
"""

from collections.abc import Mapping
from typing import Final

from credex_actions.core.text import one_line

Headers = Mapping[str, str]

CLOUDFLARE: Final = frozenset(("hit", "stale", "updating"))
"""Source: Cloudflare docs, "Cache responses": what was served without asking the origin."""

CLOUDFRONT: Final = {
    "error": "CloudFront answers with a page of its own for an error of the service",
    "lambdageneratedresponse": "a function of CloudFront answers in the service's place",
    "functiongeneratedresponse": "a function of CloudFront answers in the service's place",
}
"""First words of X-Cache. Source: Amazon CloudFront Developer Guide, x-edge-result-type in "Standard log file fields"."""


def cached(headers: Headers) -> str:
    """By which sign a cache gave what it had kept, in words; "" where none shows.

    Sources: RFC 9111, 5.1 (Age), RFC 9211 (Cache-Status), the CDNs' own headers.
    """
    age = headers.get("age", "").strip()
    if age.isdecimal() and int(age) > 0:
        return f"Age: {one_line(age, 20)}"
    if any(word.strip().lower().startswith("hit") for word in headers.get("x-cache", "").split(",")):
        return f"X-Cache: {one_line(headers['x-cache'], 60)}"
    if headers.get("cf-cache-status", "").strip().lower() in CLOUDFLARE:
        return f"CF-Cache-Status: {one_line(headers['cf-cache-status'], 40)}"
    if any("hit" in map(str.strip, each.lower().split(";")[1:]) for each in headers.get("cache-status", "").split(",")):
        return f"Cache-Status: {one_line(headers['cache-status'], 80)}"
    return ""


def in_its_place(headers: Headers) -> str:
    """Who answered instead of the service, in words; "" where it was the service, for all that one can see.

    A load balancer of AWS names itself in what it answers by itself, and passes on the Server header of its targets.
    """
    server = headers.get("server", "").strip()
    if server.lower().startswith("awselb/"):
        return f"the load balancer answers by itself (Server: {one_line(server, 40)}), by a fixed response, and asks no task"
    word, _, rest = headers.get("x-cache", "").strip().lower().partition(" ")
    return CLOUDFRONT.get(word, "") if "cloudfront" in rest else ""
