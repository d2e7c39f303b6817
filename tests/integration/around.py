"""What a roll-out works with, for tests of its parts: a context as the command makes one, in the sandbox."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from credex_actions.aws.who import Who
from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.documents.document import parse
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock
from credex_actions.neo4j.configuration.model import Configuration
from credex_actions.neo4j.configuration.reading import ReadConfiguration
from credex_actions.rollout.context import Context
from credex_actions.rollout.request import Asked

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

DATABASE = "{instances: {tags: {Role: LedgerSpace}}, login: {user-parameter: /db/user, password-parameter: /db/password}, data: root}"


def context(sandbox: "Sandbox", patch: pytest.MonkeyPatch, rollout: str = "{}", run: str = "r-1") -> tuple[Context, io.StringIO]:
    """And what it says."""
    for name, value in sandbox.environment.items():
        patch.setenv(name, value)
    document = parse(f"databases: {{ledger: {DATABASE}}}\nrollout: {rollout}\n", "neo4j.yml")
    given = ReadConfiguration(msgspec.convert(document.value, Configuration), document)
    clock, said = WorkerClock(SystemClock()), io.StringIO()
    asked = Asked("apply", given, "production", given.configuration.databases, None, timedelta(minutes=10))
    who = Who("arn:aws:sts::123456789012:assumed-role/deploy/x", timedelta())
    return Context(Runner({}, said, said), clock, Clients(), asked, who, run, clock.now() + asked.within), said


def of_run(given: Context, run: str) -> Context:
    return replace(given, run=run)
