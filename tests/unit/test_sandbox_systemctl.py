"""systemctl disable in the sandbox: on that root volume a boot starts Neo4j no more, until it is enabled again."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from credex_actions.sandbox.aws.ec2.machine import INSTALLED, Machine
from credex_actions.sandbox.aws.ssm.programs.program import Call
from credex_actions.sandbox.aws.ssm.programs.systemctl import systemctl


class OnItsRoot(Machine):
    """With a root volume, and nothing else."""

    def __init__(self, root: Path) -> None:
        record: Any = SimpleNamespace(id="i-1", owner_id="111122223333")
        none: Any = None
        super().__init__(record, "eu-west-1", "127.0.0.1", none, threading.RLock(), none)
        self.folder = root

    @property
    def root(self) -> Path:
        return self.folder


def test_what_is_disabled_is_not_started_by_a_boot(tmp_path: Path) -> None:
    (tmp_path / INSTALLED).parent.mkdir(parents=True)
    (tmp_path / INSTALLED).write_text("5.26.16\n")
    machine = OnItsRoot(tmp_path)

    def says(*words: str) -> int:
        return systemctl(Call(machine, words, {}, tmp_path, "", "", None)).code

    assert (says("is-enabled", "neo4j"), machine.database_enabled) == (0, True)
    assert says("disable", "--quiet", "neo4j") == 0
    assert (says("is-enabled", "neo4j"), machine.database_enabled) == (1, False)
    assert says("enable", "--quiet", "neo4j") == 0
    assert (says("is-enabled", "neo4j"), machine.database_enabled) == (0, True)
