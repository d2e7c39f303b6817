"""neo4j-backup against real databases on the sandbox's instances."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.backing_up import BackingUp

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow


def test_a_snapshot_is_taken_listed_and_proven_by_a_drill(sandbox: "Sandbox", tmp_path: Path) -> None:
    backing_up = BackingUp(sandbox, tmp_path)
    backing_up.write(300)
    taken = backing_up.run("backup")
    assert taken.code == 0, taken.stderr
    print(taken.stderr, taken.summary)
    (name,) = json.loads(taken.outputs["backup-ids"]).values()
    before = backing_up.volumes()
    drilled = backing_up.run("drill", "--require-drill-days", "7")
    print(drilled.stderr, drilled.summary)
    assert drilled.code == 0, drilled.stderr
    assert drilled.outputs["verdict"] == "proven"
    assert backing_up.scratch() == ["terminated"]
    assert backing_up.volumes() == before
    listed = backing_up.run("list", "--require-age-hours", "1", "--require-drill-days", "1")
    print(listed.stderr)
    assert listed.code == 0, listed.stderr
    assert [(each["id"], each["proven"]) for each in listed.report["backups"]] == [(name, True)]
