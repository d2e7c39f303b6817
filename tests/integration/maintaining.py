"""maintenance-report's look at accounts of the sandbox."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING

import boto3

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock
from credex_actions.maintenance.account import examine
from credex_actions.maintenance.context import Context, Scope
from credex_actions.maintenance.finding import Examined
from credex_actions.sandbox.neglect.place import Neglected

if TYPE_CHECKING:
    import pytest

    from credex_actions.sandbox import Sandbox

Settings = Mapping[str, Mapping[str, float]]


class Maintaining:
    """`key`: an access key and its secret, the sandbox's own if none is given."""

    def __init__(self, sandbox: "Sandbox", patch: "pytest.MonkeyPatch") -> None:
        self.sandbox = sandbox
        patch.setenv("AWS_ENDPOINT_URL", sandbox.url)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def scope(self, region: str = "", key: tuple[str, str] = ("", "")) -> Scope:
        region = region or self.sandbox.region
        own = self.sandbox.environment
        session = boto3.Session(
            aws_access_key_id=key[0] or own["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=key[1] or own["AWS_SECRET_ACCESS_KEY"],
            region_name=region,
        )
        return Scope(self.sandbox.account, region, Clients(session=session))

    def context(self, days_ahead: float = 0, settings: Settings | None = None, seconds: float = 300) -> Context:
        clock = WorkerClock(SystemClock(), timedelta(days=days_ahead))
        return Context(Runner({}, StringIO(), StringIO()), clock, clock.now() + timedelta(seconds=seconds), settings or {})

    def examined(
        self, scopes: Sequence[Scope] = (), days_ahead: float = 0, settings: Settings | None = None, policies: Sequence[str] = ()
    ) -> Examined:
        return examine(self.context(days_ahead, settings), scopes or [self.scope()], policies)


def found(examined: Examined) -> set[Neglected]:
    return {Neglected(each.check, each.resource, each.key) for each in examined.findings}


def not_run(examined: Examined) -> dict[str, str]:
    """By check, why."""
    return {each.check: f"{each.state}: {each.why}" for each in examined.ran if each.state != "ran"}
