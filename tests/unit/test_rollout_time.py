"""A roll-out of many databases whose time is up ends between two of them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from credex_actions.core.faults import Exit, Failure
from credex_actions.rollout.rolling.reviewing import between

NOW = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)


def test_no_further_one_is_begun_and_the_message_says_how_to_go_on() -> None:
    asked = SimpleNamespace(within=timedelta(minutes=180))
    context: Any = SimpleNamespace(clock=SimpleNamespace(now=lambda: NOW), give_up=NOW, asked=asked)
    plan: Any = SimpleNamespace(changes=())
    target: Any = SimpleNamespace(name="search/b")
    with pytest.raises(Failure, match="search/b was not begun: timed out after 3 h") as caught:
        between(context, plan, target)
    assert caught.value.code is Exit.REMOTE
    assert "Run the same command again" in str(caught.value)
