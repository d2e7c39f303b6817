"""GitHub's reads lag behind its writes, and something else may answer in its place: what promote makes of it."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from credex_actions.sandbox.github import GitHub
from tests.integration.meddling import Between, Exchange
from tests.integration.test_promote import Promoting
from tests.integration.triggering import NAME

pytestmark = pytest.mark.slow
READS = (
    "get-installation",
    "create-installation-token",
    "get-commit",
    "compare-commits",
    "list-pulls",
    "list-deployments",
    "list-check-runs",
)


@pytest.fixture
def promoting(github: GitHub, tmp_path: Path) -> Promoting:
    made = Promoting(github, tmp_path)
    made.change("dev", "Fix the ledger")
    return made


def asked(promoting: Promoting, path: str, method: str = "GET") -> Any:
    token = promoting.github.token(actor="alice").text
    request = urllib.request.Request(
        f"{promoting.github.url}/repos/{NAME}{path}", headers={"Authorization": f"Bearer {token}"}, method=method
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)


def merged(promoting: Promoting) -> None:
    asked(promoting, f"/pulls/{promoting.pulls[-1].number}/merge", "PUT")


def instead_once(end: str, document: Any) -> Callable[[Exchange], None]:
    """The first answer to a GET of `end` is what it was."""
    left = [document]

    def meddle(exchange: Exchange) -> None:
        if left and exchange.verb == "GET" and end in exchange.path:
            exchange.document = left.pop()

    return meddle


def test_a_comparison_that_is_older_than_the_merge_ends_as_up_to_date(promoting: Promoting) -> None:
    assert promoting.call().code == 0
    before = asked(promoting, "/compare/stage...dev")
    merged(promoting)
    with Between(promoting.github.url, instead_once("/compare/", before)).serving() as server:
        promoting.more = {"GITHUB_API_URL": server.url}
        ended = promoting.call()
    assert (ended.code, ended.outputs["outcome"]) == (0, "up-to-date"), ended.stderr
    assert len(promoting.pulls) == 1


def test_a_list_that_is_older_than_the_merge_opens_a_new_one(promoting: Promoting) -> None:
    assert promoting.call().code == 0
    before = asked(promoting, "/pulls?state=open")
    merged(promoting)
    promoting.change("dev", "One more")
    with Between(promoting.github.url, instead_once("/pulls", before)).serving() as server:
        promoting.more = {"GITHUB_API_URL": server.url}
        ended = promoting.call()
    assert (ended.code, ended.outputs["outcome"], ended.outputs["pull-request"]) == (0, "opened", "2"), ended.stderr


def test_a_list_that_is_older_than_the_pull_request_opens_no_second_one(promoting: Promoting) -> None:
    assert promoting.call().code == 0
    promoting.change("dev", "One more")
    with Between(promoting.github.url, instead_once("/pulls", [])).serving() as server:
        promoting.more = {"GITHUB_API_URL": server.url}
        ended = promoting.call()
    assert ended.code == 0, ended.stderr
    assert len(promoting.pulls) == 1
    assert "One more" in promoting.pulls[0].body


@pytest.mark.parametrize("kind", ["page", "other-shape"])
def test_somebody_else_s_answer_at_every_read_is_looked_past(promoting: Promoting, kind: str) -> None:
    for operation in READS:
        promoting.github.fault(operation, 1, kind)
    ended = promoting.call()
    assert (ended.code, ended.outputs["outcome"]) == (0, "opened"), ended.stderr
    assert promoting.github.faults_left == 0


@pytest.mark.parametrize("operation", ["create-pull", "update-pull"])
@pytest.mark.parametrize("kind", ["empty", "other-shape"])
def test_somebody_else_s_answer_to_a_write_is_a_lost_one(promoting: Promoting, kind: str, operation: str) -> None:
    if operation == "update-pull":
        assert promoting.call().code == 0
        promoting.change("dev", "One more")
    promoting.github.fault(operation, 1, kind)
    ended = promoting.call()
    assert ended.code == 0, ended.stderr
    assert len(promoting.pulls) == 1
    assert sum(call.operation == operation for call in promoting.github.calls()) == 2
