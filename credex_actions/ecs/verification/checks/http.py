"""The answer of an address, judged: its status, its JSON, and whether it is the service that answered."""

import http.client
import time
from collections.abc import Iterator
from typing import Final

from credex_actions.core.text import one_line
from credex_actions.ecs.verification import expectations
from credex_actions.ecs.verification.checks import provenance
from credex_actions.ecs.verification.checks.http_request import LARGEST_BODY, Reply, ask, in_words
from credex_actions.ecs.verification.judgement import Answer
from credex_actions.ecs.verification.request import Request

FIRST_REDIRECT: Final = 300
"""From here on a status may well be a load balancer's own: whoever awaits it means that one."""

UNCACHED: Final = "exclude this path from the cache (in CloudFront: CachingDisabled), or provide an address behind it"


def check(request: Request) -> Answer:
    """One request to `request.url`, judged."""
    assert request.url is not None
    began = time.monotonic()
    try:
        reply = ask(request.url, request.status, request.follow)
    except (OSError, http.client.HTTPException) as error:
        return Answer(check="url", state="bad", what=in_words(error, request.url.host, request.url.port), seconds=time.monotonic() - began)
    return judge(request, reply, time.monotonic() - began)


def judge(request: Request, reply: Reply, seconds: float) -> Answer:
    """Bad where something is amiss; unknown where a cache answers, since what it kept may be older than the deployment."""
    faults = list(_faults(request, reply))
    if faults:
        return Answer(check="url", state="bad", what="; ".join(faults), seconds=seconds)
    if kept := provenance.cached(reply.headers):
        return Answer(check="url", state="unknown", what=f"a cache answers, not the service ({kept}): {UNCACHED}", seconds=seconds)
    led = f", {reply.led}" if reply.led else ""
    return Answer(check="url", state="good", what=f"{reply.status} in {seconds * 1000:.0f} ms{led}", seconds=seconds)


def _faults(request: Request, reply: Reply) -> Iterator[str]:
    if reply.status != request.status:
        led = f" ({reply.led})" if reply.led else ""
        yield f"answers {reply.status} {one_line(reply.reason, 60)}".rstrip() + f", not {request.status}{led}"
        return
    if request.status < FIRST_REDIRECT and (other := provenance.in_its_place(reply.headers)):
        yield other
    if not request.json:
        return
    if not reply.whole:
        yield f"its response is larger than {LARGEST_BODY >> 20} MiB, so it was not read as JSON"
        return
    try:
        value = expectations.parse(reply.body)
    except ValueError:
        yield "its response is not JSON" if reply.body.strip() else "its response is empty, but JSON is expected"
        return
    yield from expectations.misses(request.json, value)
