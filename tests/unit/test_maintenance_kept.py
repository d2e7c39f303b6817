"""What one run keeps for the next one: through the report's JSON, and carried over where nobody looked."""

import json
from datetime import UTC, datetime

import pytest

from credex_actions.maintenance.finding import Ran
from credex_actions.maintenance.groups import GROUPS
from credex_actions.maintenance.reporting.document import document, parsed
from credex_actions.maintenance.reporting.judging import Earlier, Gathered, judged

CHECKS = {check.name: check for group in GROUPS.values() for check in group.checks}
RAN = [Ran(name, "ran") for name in CHECKS]


def kept_of(kept: dict[str, tuple[str, ...]], earlier: Earlier | None = None) -> str:
    gathered = Gathered(findings=[], ran=RAN, kept=kept)
    return json.dumps(document(judged(CHECKS, gathered, [], earlier, made=datetime.now(UTC), seconds=1, scopes=[])))


def read(text: str) -> Earlier:
    return parsed(text, "report.json", lambda same: same)


def test_what_is_kept_comes_back_and_is_carried_over() -> None:
    first = read(kept_of({"log-patterns 1 r /a": ("ERROR a",), "log-patterns 1 r /b": ("ERROR b",)}))
    assert first.kept == {"log-patterns 1 r /a": ("ERROR a",), "log-patterns 1 r /b": ("ERROR b",)}
    second = read(kept_of({"log-patterns 1 r /a": ("ERROR a", "ERROR c")}, first))
    assert second.kept == {"log-patterns 1 r /a": ("ERROR a", "ERROR c"), "log-patterns 1 r /b": ("ERROR b",)}


@pytest.mark.parametrize("kept", [None, [], {"a": "text"}, {"a": [1, None]}, {"a": {}}])
def test_an_older_or_meddled_report_keeps_nothing_and_stops_nobody(kept: object) -> None:
    document = json.loads(kept_of({})) | {"kept": kept}
    assert not any(read(json.dumps(document)).kept.values())
