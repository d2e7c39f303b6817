"""Which revisions a run may call its own leftovers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from credex_actions.ecs.revisions.spare import spares

AT = datetime(2026, 1, 1, tzinfo=UTC)
WITHIN = timedelta(seconds=6)


def revision(number: int, seconds: float = 0, by: str = "arn:aws:sts::1:assumed-role/deploy/run-1") -> dict[str, Any]:
    return {"taskDefinitionArn": f"core:{number}", "registeredAt": AT + timedelta(seconds=seconds), "registeredBy": by}


def test_what_was_registered_while_this_run_was_sending_is_its_own() -> None:
    kept = revision(9)
    assert spares(kept, [kept, revision(8, -5)], WITHIN) == ("core:8",)
    assert spares(kept, [kept, revision(10, 5)], WITHIN) == ("core:10",)


def test_what_another_has_registered_or_at_another_time_is_not() -> None:
    kept = revision(9)
    other = revision(8, -5, by="arn:aws:sts::1:assumed-role/deploy/run-2")
    assert spares(kept, [other, revision(7, -60), revision(10, 8)], WITHIN) == ()


def test_a_revision_that_ecs_gives_no_time_for_is_nobodys() -> None:
    kept, silent = revision(9), revision(8, -5)
    del silent["registeredAt"]
    assert spares(kept, [silent], WITHIN) == ()
    assert spares(silent, [kept], WITHIN) == ()
