"""Whose answer it is: a cache, a load balancer or a CDN may answer in the service's place, which says nothing about the service. Pure.

`headers`: names in lower case -> values, several values of one name joined by commas.
"""

import re
from collections.abc import Mapping
from typing import Final

from credex_actions.core.text import one_line

Headers = Mapping[str, str]

KEPT: Final = re.compile(r"(?<![\w/.=-])(?:tcp_(?!refresh_)(?:[a-z]+_)?hit|hit|stale|updating)(?!\w|=\?0)", re.IGNORECASE)
"""What was served without asking the origin, in the value of a header of a cache.

RefreshHit, TCP_REFRESH_HIT and REVALIDATED asked it. Sources: Cloudflare docs, "Cloudflare cache responses"; nginx docs,
$upstream_cache_status; Akamai TechDocs, "Pragma headers"; Azure Front Door docs, "Caching" (X-Cache); Vercel docs, x-vercel-cache.
"""

NO_VERDICT: Final = ("-control", "-key", "-keys", "-tag", "-tags", "-lookup")
"""Ends of header names that hold `cache` and do not say who answered: what may be kept, under which name, what was looked up in vain."""

OF_THE_SERVICE: Final = frozenset(("x-nextjs-cache", "x-drupal-cache", "x-drupal-dynamic-cache"))
"""Caches inside an application: its task has answered."""

STALE: Final = (["110"], ["111"], ["112"])
"""Warnings of a cache that answered with what it had kept: stale, not revalidated, disconnected. Source: RFC 7234, 5.5."""

CLOUDFRONT: Final = {
    "error": "CloudFront answers with its own page for an error of the service",
    "lambdageneratedresponse": "a CloudFront function answers in place of the service",
    "functiongeneratedresponse": "a CloudFront function answers in place of the service",
}
"""First words of X-Cache. Source: Amazon CloudFront Developer Guide, x-edge-result-type in "Standard log file fields"."""


def cached(headers: Headers) -> str:
    """By which sign a cache gave what it had kept, in words; "" if none shows.

    Sources: RFC 9111, 5.1 (Age), RFC 7234, 5.5 (Warning), RFC 9211 (Cache-Status), Varnish docs (X-Varnish: two ids for a hit), the CDNs' own headers.
    """
    age = headers.get("age", "").strip()
    if age.isdecimal() and int(age) > 0:
        return f"Age: {one_line(age, 20)}"
    for name, value in headers.items():
        if "cache" in name and not name.endswith(NO_VERDICT) and name not in OF_THE_SERVICE and KEPT.search(value):
            return f"{_as_written(name)}: {one_line(value, 80)}"
    if any(re.fullmatch(r"\d+\s+\d+", each.strip()) for each in headers.get("x-varnish", "").split(",")):
        return f"X-Varnish: {one_line(headers['x-varnish'], 60)}"
    if any(each.split()[:1] in STALE for each in headers.get("warning", "").split(",")):
        return f"Warning: {one_line(headers['warning'], 80)}"
    return ""


def _as_written(name: str) -> str:
    return "-".join(word.upper() if word in ("cf", "cdn") else word.capitalize() for word in one_line(name, 40).split("-"))


def in_its_place(headers: Headers) -> str:
    """Who answered instead of the service, in words; "" where it was the service, for all that one can see.

    A load balancer of AWS names itself in what it answers by itself, and passes on the Server header of its targets.
    """
    server = headers.get("server", "").strip()
    if server.lower().startswith("awselb/"):
        return f"the load balancer itself answers (Server: {one_line(server, 40)}) with a fixed response, without asking a task"
    word, _, rest = headers.get("x-cache", "").strip().lower().partition(" ")
    return CLOUDFRONT.get(word, "") if "cloudfront" in rest else ""
