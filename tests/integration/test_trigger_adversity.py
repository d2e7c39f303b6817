"""What an adversary, a bad network or bad luck does to a trigger: no second run, no foreign run, no secret, and always words."""

from pathlib import Path

import pytest

from credex_actions.sandbox.github import GitHub
from tests.integration.deploying import Ended
from tests.integration.meddling import Between, CutOff, Exchange, self_signed
from tests.integration.triggering import NAME, Triggering

pytestmark = pytest.mark.slow


@pytest.fixture
def triggering(github: GitHub, tmp_path: Path) -> Triggering:
    return Triggering(github, tmp_path)


def told(ended: Ended, code: int, *words: str) -> None:
    assert ended.code == code, ended.stderr
    for word in words:
        assert word in ended.stderr
    assert "a fault in credex-actions itself" not in ended.stderr


class Once:
    """Cuts off the first answer to a dispatch, which GitHub has got."""

    def __init__(self, last: bytes = b"") -> None:
        self.last = last
        self.left = 1

    def __call__(self, exchange: Exchange) -> None:
        if exchange.path.endswith("/dispatches") and self.left:
            self.left -= 1
            raise CutOff(self.last)


class TestTheDispatchIsSentOnce:
    def test_a_proxy_that_breaks_off_after_it_took_the_dispatch(self, triggering: Triggering) -> None:
        with Between(triggering.github.url, Once()).serving() as proxy:
            nobody = {name: "" for name in ("NO_PROXY", "no_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")}
            triggering.more = {**nobody, "HTTP_PROXY": proxy.url, "http_proxy": proxy.url, "GITHUB_API_URL": "http://ghes.example"}
            told(triggering.call("--logs", "none"), 0)
            assert proxy.count("POST", "/dispatches") == 1
        assert len(triggering.runs) == 1

    def test_a_tls_connection_that_breaks_off_after_it(self, triggering: Triggering, tmp_path: Path) -> None:
        certificate = self_signed(tmp_path)
        with Between(triggering.github.url, Once(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), certificate).serving() as server:
            triggering.more = {"GITHUB_API_URL": server.url, "REQUESTS_CA_BUNDLE": str(certificate[0])}
            told(triggering.call("--logs", "none"), 0)
            assert server.count("POST", "/dispatches") == 1
        assert len(triggering.runs) == 1
