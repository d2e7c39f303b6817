"""What a verification makes of what it sees: pure decisions, without a network."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest

from credex_actions.core.clock import SystemClock
from credex_actions.core.loop import Done, Wait
from credex_actions.ecs.service.described import Deployment, Service
from credex_actions.ecs.verification.address import read_address
from credex_actions.ecs.verification.checks import provenance, redirects
from credex_actions.ecs.verification.checks.alarm import judge as judge_alarms
from credex_actions.ecs.verification.checks.http import judge
from credex_actions.ecs.verification.checks.http_request import Reply
from credex_actions.ecs.verification.checks.service import Progress, ServiceLooks, as_it_serves, coming_revision, stood_before
from credex_actions.ecs.verification.checks.service import judge as judge_service
from credex_actions.ecs.verification.judgement import Answer, Look, Seen, Want, decide, looked
from credex_actions.ecs.verification.request import Request, read

if TYPE_CHECKING:
    from credex_actions.core.aws.clients import Clients

ASKED = "https://api.example.com/health"


def request(**given: object) -> Request:
    from credex_actions.declarations.verify_deployment import Inputs

    return read(Inputs(url=ASKED, **given))  # type: ignore[arg-type] # whatever a test gives


REDIRECTS = {
    "same host": ("/login", "no", "it redirects to https://api.example.com/login, and follow-redirects is no"),
    "same host, followed": ("/login", "same-host", "https://api.example.com/login"),
    "another host": (
        "https://login.example.com/?token=hunter2",
        "same-host",
        "it redirects to https://login.example.com/?…, which is another host",
    ),
    "another host, followed": ("https://login.example.com/", "yes", "https://login.example.com/"),
    "plain http": ("http://api.example.com/", "same-host", "it redirects to http://api.example.com/, which is not encrypted"),
    "no address": ("ftp://api.example.com/", "yes", "it redirects to something that is not an HTTP or HTTPS address"),
    "a password": ("https://me:hunter2@api.example.com/", "yes", "it redirects to something that is not an HTTP or HTTPS address"),
}


@pytest.mark.parametrize(("location", "follow", "expected"), REDIRECTS.values(), ids=REDIRECTS)
def test_where_a_redirect_leads(location: str, follow: str, expected: str) -> None:
    start = read_address(ASKED)
    assert str(redirects.onward(follow, start, start, location)) == expected


CACHED = {
    "age": ({"age": "35"}, "Age: 35"),
    "age 0 is not a cache": ({"age": "0"}, ""),
    "CloudFront": ({"x-cache": "Hit from cloudfront"}, "X-Cache: Hit from cloudfront"),
    "CloudFront that asked again": ({"x-cache": "RefreshHit from cloudfront"}, ""),
    "CloudFront that missed": ({"x-cache": "Miss from cloudfront"}, ""),
    "two caches": ({"x-cache": "MISS, HIT"}, "X-Cache: MISS, HIT"),
    "Cloudflare": ({"cf-cache-status": "STALE"}, "CF-Cache-Status: STALE"),
    "Cloudflare that passes on": ({"cf-cache-status": "DYNAMIC"}, ""),
    "the standard header": (
        {"cache-status": "ReverseProxy; fwd=uri-miss, ExampleCDN; hit; ttl=376"},
        "Cache-Status: ReverseProxy; fwd=uri-miss, ExampleCDN; hit; ttl=376",
    ),
    "the standard header, forwarded": ({"cache-status": "ExampleCDN; fwd=uri-miss; stored"}, ""),
    "Akamai, Azure": ({"x-cache": "TCP_HIT from a23-45.deploy (AkamaiGHost/1)"}, "X-Cache: TCP_HIT from a23-45.deploy (AkamaiGHost/1)"),
    "Azure's other place": ({"x-cache": "TCP_REMOTE_HIT"}, "X-Cache: TCP_REMOTE_HIT"),
    "Akamai that asked again": ({"x-cache": "TCP_REFRESH_HIT from a23"}, ""),
    "Azure that missed": ({"x-cache": "TCP_MISS"}, ""),
    "Azure without a cache": ({"x-cache": "CONFIG_NOCACHE"}, ""),
    "nginx": ({"x-cache-status": "HIT"}, "X-Cache-Status: HIT"),
    "nginx, stale": ({"x-cache-status": "STALE"}, "X-Cache-Status: STALE"),
    "nginx that missed": ({"x-cache-status": "MISS"}, ""),
    "nginx, expired": ({"x-cache-status": "EXPIRED"}, ""),
    "nginx, passed by": ({"x-cache-status": "BYPASS"}, ""),
    "nginx that asked again": ({"x-cache-status": "REVALIDATED"}, ""),
    "Vercel": ({"x-vercel-cache": "HIT"}, "X-Vercel-Cache: HIT"),
    "a proxy": ({"x-proxy-cache": "HIT"}, "X-Proxy-Cache: HIT"),
    "Bunny": ({"cdn-cache": "HIT"}, "CDN-Cache: HIT"),
    "Squid, in the middle": ({"x-cache-remote": "MISS, hit from proxy"}, "X-Cache-Remote: MISS, hit from proxy"),
    "Squid that looked in vain": ({"x-cache": "MISS from proxy", "x-cache-lookup": "HIT from proxy:3128"}, ""),
    "Varnish": ({"x-varnish": "12 9"}, "X-Varnish: 12 9"),
    "Varnish that missed": ({"x-varnish": "12"}, ""),
    "a warning": ({"warning": '110 proxy "Response is Stale"'}, 'Warning: 110 proxy "Response is Stale"'),
    "a warning of something else": ({"warning": '299 - "110 is old"'}, ""),
    "what may be kept": ({"cache-control": "max-age=60, stale-while-revalidate=30", "cdn-cache-control": "stale-if-error=9"}, ""),
    "the key of a page": ({"x-cache-key": "GET /hit"}, ""),
    "the service's own cache": ({"x-nextjs-cache": "HIT"}, ""),
    "nothing": ({}, ""),
}


@pytest.mark.parametrize(("headers", "sign"), CACHED.values(), ids=CACHED)
def test_a_cache_shows_by_its_headers(headers: dict[str, str], sign: str) -> None:
    assert provenance.cached(headers) == sign


OTHERS = {
    "a fixed response": ({"server": "awselb/2.0"}, "the load balancer itself answers"),
    "CloudFront's error page with status 200": ({"x-cache": "Error from cloudfront"}, "its own page"),
    "a function at the edge": ({"x-cache": "LambdaGeneratedResponse from cloudfront"}, "a CloudFront function"),
}


@pytest.mark.parametrize(("headers", "words"), OTHERS.values(), ids=OTHERS)
def test_who_answers_in_the_services_place_is_no_health(headers: dict[str, str], words: str) -> None:
    answer = judge(request(), Reply(200, "OK", b"", whole=True, headers=headers), 0.1)
    assert (answer.state, words in answer.what) == ("bad", True)


def test_a_service_behind_a_load_balancer_keeps_its_own_server_header() -> None:
    assert judge(request(), Reply(200, "OK", b"", whole=True, headers={"server": "nginx"}), 0.1).state == "good"


def test_a_load_balancers_own_redirect_can_be_awaited() -> None:
    reply = Reply(301, "Moved Permanently", b"", whole=True, headers={"server": "awselb/2.0", "location": "https://x/"})
    assert judge(request(expect_status=301), reply, 0.1).state == "good"


def test_what_a_cache_kept_says_nothing_but_a_wrong_status_from_it_is_wrong() -> None:
    kept = {"age": "35"}
    assert judge(request(), Reply(200, "OK", b"", whole=True, headers=kept), 0.1).state == "unknown"
    assert judge(request(), Reply(503, "Service Unavailable", b"", whole=True, headers=kept), 0.1).state == "bad"


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
QUARTER = Want(successes=3, give_up=NOON + timedelta(minutes=10), watch=timedelta(minutes=15), poll=5)


def looks(want: Want, *states: tuple[float, str]) -> Seen:
    """After looks of those states, each so many seconds after the one before."""
    seen = Seen(now=NOON)
    for seconds, state in states:
        at = seen.now + timedelta(seconds=seconds)
        seen = looked(want, seen, Look(at=at, answers=(Answer(check="alarms", state=state, what=f"{state} words"),)))  # type: ignore[arg-type] # a state
    return seen


def test_a_good_look_of_long_ago_is_not_in_a_row_with_those_of_now() -> None:
    assert looks(QUARTER, (0, "good"), (5, "good"), (5, "unknown"), (5, "good")).healthy_since
    blind = [(5.0, "unknown")] * 60
    assert looks(QUARTER, (0, "good"), (5, "good"), *blind, (5, "good")).streak == 1


def test_what_was_not_seen_while_it_was_watched_is_watched_afterwards() -> None:
    healthy = [(2.0, "good")] * 3
    short = looks(QUARTER, *healthy, *[(60.0, "unknown")] * 2, *[(60.0, "good")] * 14)
    assert isinstance(decide(QUARTER, short), Wait)
    assert decide(QUARTER, looks(QUARTER, *healthy, *[(60.0, "unknown")] * 2, *[(60.0, "good")] * 16)) == Done("healthy")


def test_a_check_that_was_read_once_and_then_hardly_again_is_no_health() -> None:
    states = [*[(2.0, "good")] * 3, *[(60.0, "unknown")] * 18, *[(60.0, "good")] * 2]
    done = decide(QUARTER, looks(QUARTER, *states))
    assert isinstance(done, Done)
    assert (done.outcome, done.why) == ("unread", "alarms: unknown words (not read for 18:00 of the time during which it was watched)")


def alarm(name: str, state: str, **settings: object) -> dict[str, object]:
    return {"AlarmName": name, "StateValue": state, "Period": 60, "EvaluationPeriods": 1, **settings}


NEWER = datetime(2026, 1, 2, 12, tzinfo=UTC)
OLD = Deployment(id="1", status="PRIMARY", revision="core:7", created=datetime(2026, 1, 1, 12, tzinfo=UTC))
NEW = replace(OLD, id="2", revision="core:8", created=NEWER)


def service(primary: Deployment) -> Service:
    return Service(
        name="api", arn="a", cluster="c", status="ACTIVE", revision=primary.revision, desired=1, running=1, deployments=(primary,)
    )


@pytest.mark.parametrize(
    ("first", "now", "began", "lagged"),
    [
        (OLD, NEW, NEWER + timedelta(minutes=1), True),  # the first look was behind
        (OLD, NEW, NEWER - timedelta(minutes=1), False),  # somebody deploys meanwhile
        (NEW, OLD, NEWER + timedelta(minutes=1), False),  # ECS restores the previous one
        (NEW, NEW, NEWER + timedelta(minutes=1), False),
        (replace(OLD, created=None), NEW, NEWER + timedelta(minutes=1), False),
    ],
)
def test_a_first_look_that_lagged_behind_is_told_from_another_deployment(
    first: Deployment, now: Deployment, began: datetime, lagged: bool
) -> None:
    assert stood_before(service(first), service(now), began) is lagged


def test_an_alarm_without_data_is_named() -> None:
    answer = judge_alarms(["a", "b"], [alarm("a", "OK"), alarm("b", "INSUFFICIENT_DATA")], timedelta(minutes=5))
    assert (answer.state, answer.what) == ("good", "none of 2 in ALARM, 1 in INSUFFICIENT_DATA")
    assert answer.note.startswith("b in INSUFFICIENT_DATA: neither ALARM nor OK.")


def test_an_alarm_that_looks_back_beyond_the_deployment_is_named() -> None:
    slow = alarm("slow", "OK", Period=300, EvaluationPeriods=3)
    of_metrics = alarm("maths", "OK", Period=0, Metrics=[{"Id": "e1", "Period": 60}, {"Id": "m1", "MetricStat": {"Period": 600}}])
    answer = judge_alarms(["slow"], [slow], timedelta(minutes=5))
    assert answer.note == (
        "slow evaluates up to 15 min, and the deployment was watched for 5 min: the effect of the new tasks shows there later. watch-minutes: 16 would wait for it."
    )
    assert "maths evaluates up to 10 min" in judge_alarms(["maths"], [of_metrics], timedelta()).note
    assert judge_alarms(["slow"], [slow], timedelta(minutes=15)).note == ""


def test_an_alarm_that_is_gone_says_nothing() -> None:
    assert judge_alarms(["a", "b"], [alarm("a", "OK")], timedelta(minutes=5)).state == "unknown"


def task_set(status: str, revision: str, minute: int, stability: str = "STEADY_STATE", running: int = 2) -> dict[str, object]:
    made = NOON + timedelta(minutes=minute)
    return {"status": status, "taskDefinition": revision, "createdAt": made, "stabilityStatus": stability, "runningCount": running}


def record(*task_sets: dict[str, object], running: int = 2, rollout: str = "COMPLETED") -> dict[str, object]:
    """DescribeServices' record of a service that is to run 2 tasks of core:1."""
    described: dict[str, object] = {
        "serviceName": "core", "serviceArn": "arn", "clusterArn": "arn", "status": "ACTIVE", "taskDefinition": "core:1", "desiredCount": 2, "runningCount": running,
    }  # fmt: skip
    if task_sets:
        return {**described, "deploymentController": {"type": "CODE_DEPLOY"}, "taskSets": list(task_sets)}
    return {**described, "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY", "taskDefinition": "core:1", "rolloutState": rollout}]}


BESIDE = {
    "before the traffic is shifted": ((task_set("PRIMARY", "core:1", 0), task_set("ACTIVE", "core:2", 5)), "core:2"),
    "after it was": ((task_set("ACTIVE", "core:1", 0), task_set("PRIMARY", "core:2", 5)), ""),
    "rolled back": ((task_set("PRIMARY", "core:1", 0), task_set("DRAINING", "core:2", 5)), ""),
    "nothing beside": ((task_set("PRIMARY", "core:1", 0),), ""),
}


@pytest.mark.parametrize(("sets", "coming"), BESIDE.values(), ids=BESIDE)
def test_which_task_set_is_to_take_over(sets: tuple[dict[str, object], ...], coming: str) -> None:
    assert coming_revision(record(*sets)) == coming


def test_the_former_tasks_are_no_health_of_the_release_that_is_on_its_way() -> None:
    sets = task_set("PRIMARY", "core:1", 0), task_set("ACTIVE", "core:2", 5)
    service = as_it_serves(record(*sets))
    answer = judge_service(service, "core:2", [], Progress(served=False), "core:2")
    assert (answer.state, answer.what, answer.hopeless) == ("bad", "core:1 still serves, not core:2", False)
    shifted = as_it_serves(record(task_set("ACTIVE", "core:1", 0), task_set("PRIMARY", "core:2", 5)))
    assert judge_service(shifted, "core:2", [], Progress()).state == "good"


def test_a_primary_task_set_that_still_stabilizes_is_not_complete() -> None:
    service = as_it_serves(record(task_set("PRIMARY", "core:2", 5, "STABILIZING", 1)))
    assert judge_service(service, "core:2", [], Progress()).what == "1 of 2 tasks running"


def test_a_service_that_lost_tasks_is_forgiven_for_a_while_only() -> None:
    service = as_it_serves(record(running=1))
    assert judge_service(service, "core:1", [], Progress(complete=True, lacking=timedelta(minutes=2))).state == "good"
    answer = judge_service(service, "core:1", [], Progress(complete=True, lacking=timedelta(minutes=6)))
    assert (answer.state, answer.what) == ("bad", "1 of 2 tasks running, for 6:00 so far")


def empty(rollout: str = "COMPLETED", running: int = 0) -> Service:
    return as_it_serves({**record(running=running, rollout=rollout), "desiredCount": 0})


def test_a_service_that_is_to_run_no_task_is_good_once_its_deployment_is_through() -> None:
    answer = judge_service(empty(), "core:1", [], Progress(idle=True))
    assert (answer.state, answer.what) == ("good", "core:1 is in place; the service has a desired count of 0")
    assert "no task of core:1 was seen running" in answer.note
    assert judge_service(empty("IN_PROGRESS"), "core:1", [], Progress(idle=True)).state == "bad"
    assert judge_service(empty("FAILED"), "core:1", [], Progress(idle=True)).state == "bad"
    assert judge_service(empty(), "core:2", [], Progress(idle=True)).state == "bad"


def test_a_service_that_was_set_to_no_task_meanwhile_is_bad() -> None:
    answer = judge_service(empty(), "core:1", [], Progress(complete=True))
    assert (answer.state, answer.what) == ("bad", "has a desired count of 0, so nothing serves")


class NoTasks:
    """ECS with one service and no task; `desired`: what each look at the service is told."""

    def __init__(self, *desired: int) -> None:
        self.desired = [*desired]

    def read(self, _service: str) -> "NoTasks":
        return self

    def describe_services(self, **_asked: object) -> dict[str, object]:
        count = self.desired.pop(0)
        return {"services": [{**record(running=count), "desiredCount": count}]}

    def get_paginator(self, _name: str) -> "NoTasks":
        return self

    def paginate(self, **_asked: object) -> list[dict[str, object]]:
        return [{"taskArns": []}]


@pytest.mark.parametrize(
    ("desired", "states"),
    [((0, 0, 0), ["good", "good"]), ((2, 2, 0), ["good", "bad"]), ((0, 2, 0), ["good", "bad"])],
    ids=["from the beginning", "set to 0 later", "raised and set to 0"],
)
def test_no_task_is_good_only_where_none_was_wanted_all_the_time(desired: tuple[int, ...], states: list[str]) -> None:
    first, *later = desired
    clients = cast("Clients", NoTasks(*later))
    service = ServiceLooks(clients, SystemClock(), "cluster", {**record(running=first), "desiredCount": first})
    assert [service.check().state for _ in later] == states
