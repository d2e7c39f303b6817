"""A registration whose response was lost, and which a look did not show in time: it is sent again, and the spare revision is deregistered."""

import io
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.runner import Runner
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs.deployment import request
from credex_actions.ecs.deployment.deploying import Deployer
from credex_actions.ecs.deployment.work import Work
from credex_actions.sandbox import Sandbox
from tests.integration.deploying import Deploying

pytestmark = pytest.mark.slow


class Lagging(SystemClock):
    """ListTaskDefinitions shows nothing newer than the first revision until `until`, in this clock's seconds; waits take no time."""

    def __init__(self, until: float) -> None:
        super().__init__()
        self._until, self._slept = until, 0.0

    def sleep(self, seconds: float) -> None:
        self._slept += seconds
        super().sleep(seconds / 20)

    def monotonic(self) -> float:
        return self._slept

    def session(self) -> boto3.session.Session:
        session = boto3.session.Session()
        session.events.register("after-call.ecs.ListTaskDefinitions", self._hide)
        return session

    def _hide(self, parsed: dict[str, Any], **_: object) -> None:
        if self._slept < self._until:
            parsed["taskDefinitionArns"] = [arn for arn in parsed.get("taskDefinitionArns", ()) if arn.endswith(":1")]


def deploy(deploying: Deploying, clock: Lagging, *, deny: bool = False) -> str:
    if deny:
        deploying.sandbox.fault("ListServices", 1, "access-denied")
    inputs = Inputs(
        task_definition=str(deploying.write(deploying.image("next"))),
        service=deploying.place.service,
        cluster=deploying.place.cluster,
        poll_seconds=0.2,
    )
    told = io.StringIO()
    with clock.listening():
        Deployer(Work(Runner({}, io.StringIO(), told), clock, Clients(session=clock.session()), request.read(inputs))).deploy()
    return told.getvalue()


@pytest.fixture
def deploying(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deploying:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    return Deploying(sandbox, sandbox.provision(desired_count=1), tmp_path)


def test_a_revision_that_a_lost_answer_left_over_is_deregistered_once_the_other_serves(deploying: Deploying) -> None:
    deploying.sandbox.fault("RegisterTaskDefinition", 1, "drop-after")
    start = time.time()
    told = deploy(deploying, Lagging(until=5.5))
    sent = [call for call in deploying.sandbox.calls() if call.operation == "RegisterTaskDefinition" and call.at >= start]
    assert len(sent) == 2
    assert [arn.rpartition(":")[2] for arn in deploying.revisions()] == ["1", "3"]
    assert deploying.serving()["taskDefinition"].endswith(":3")
    assert "credex-core:2 was registered too" in told
    assert "deregister credex-core:2" in told


def test_one_that_may_be_in_use_where_nobody_may_look_is_left_and_told(deploying: Deploying) -> None:
    deploying.sandbox.fault("RegisterTaskDefinition", 1, "drop-after")
    told = deploy(deploying, Lagging(until=5.5), deny=True)
    assert [arn.rpartition(":")[2] for arn in deploying.revisions()] == ["1", "2", "3"]
    assert "a revision of credex-core may be left over" in told


def test_where_the_first_shows_in_time_nothing_is_sent_again(deploying: Deploying) -> None:
    deploying.sandbox.fault("RegisterTaskDefinition", 1, "drop-after")
    deploy(deploying, Lagging(until=3))
    assert [arn.rpartition(":")[2] for arn in deploying.revisions()] == ["1", "2"]
