"""Trouble at every remote call of a deployment, then the same command once more: the same end, and nothing done twice."""

import time
from collections import Counter
from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.deploying import Deploying

pytestmark = pytest.mark.slow

WRITES = ["RegisterTaskDefinition", "UpdateService"]

# A clean run makes about 25 calls; every one of them is killed in its turn.
CALLS = range(1, 27)


@pytest.fixture
def deploying(sandbox: Sandbox, tmp_path: Path) -> Deploying:
    return Deploying(sandbox, sandbox.provision(desired_count=2), tmp_path)


def writes(deploying: Deploying) -> Counter[str]:
    return Counter(call.operation for call in deploying.sandbox.calls() if call.operation in WRITES)


def assert_deployed_once(deploying: Deploying) -> None:
    serving = deploying.serving()
    assert [arn.rpartition(":")[2] for arn in deploying.revisions()] == ["1", "2"], "registered once"
    assert serving["taskDefinition"].endswith(":2")
    assert serving["deployments"][0]["rolloutState"] == "COMPLETED"
    started = deploying.sandbox.client("ecs").list_service_deployments(cluster=deploying.place.cluster, service=deploying.place.service)
    assert len(started["serviceDeployments"]) == 2, "the first one, and one of ours"


@pytest.mark.parametrize("call", CALLS)
def test_killed_at_any_call_and_run_again(deploying: Deploying, call: int) -> None:
    arguments = deploying.arguments("next")
    deploying.sandbox.reset_calls()
    deploying.sandbox.fault("*", call, "slow", 1)
    with deploying.started(*arguments) as process:
        while process.poll() is None and deploying.sandbox.faults_left:
            time.sleep(0.005)
        process.kill()  # the call is on its way: its effect takes place, nobody hears the answer
        process.wait()
    deploying.sandbox.until_answered()
    again = deploying.call(*arguments)
    assert again.code == 0, again.stderr
    assert again.outputs["outcome"] in {"completed", "unchanged"}
    assert_deployed_once(deploying)


@pytest.mark.parametrize("kind", ["throttle", "error", "drop-before", "drop-after"])
@pytest.mark.parametrize("operation", WRITES)
def test_a_write_whose_answer_is_lost_is_looked_for_and_sent_again_where_nothing_shows(
    deploying: Deploying, operation: str, kind: str
) -> None:
    arguments = deploying.arguments("next")
    deploying.sandbox.reset_calls()
    deploying.sandbox.fault(operation, 1, kind)
    ended = deploying.call(*arguments)
    assert ended.code == 0, ended.stderr
    assert writes(deploying)[operation] == (1 if kind == "drop-after" else 2)  # after drop-after a look finds it
    assert ("was lost; it took effect" in ended.stderr) == (kind == "drop-after")
    assert_deployed_once(deploying)


def test_a_forced_deployment_is_sent_once(deploying: Deploying) -> None:
    arguments = [*deploying.arguments("next"), "--force-new-deployment"]
    deploying.sandbox.fault("UpdateService", 1, "drop-before")
    deploying.sandbox.reset_calls()
    ended = deploying.call(*arguments)
    assert ended.code == 4
    assert "it has no visible effect" in ended.stderr
    assert writes(deploying)["UpdateService"] == 1
    assert deploying.call(*arguments).code == 0
    assert_deployed_once(deploying)


@pytest.mark.parametrize("kind", ["throttle", "error", "drop-before", "drop-after"])
@pytest.mark.parametrize(
    "operation", ["DescribeServices", "DescribeTaskDefinition", "ListServiceDeployments", "DescribeServiceDeployments"]
)
def test_a_look_that_fails_is_repeated(deploying: Deploying, operation: str, kind: str) -> None:
    arguments = deploying.arguments("next")
    for nth in (1, 2):
        deploying.sandbox.fault(operation, nth, kind)
    assert deploying.call(*arguments).code == 0
    assert_deployed_once(deploying)


def test_the_network_may_be_away_for_a_while(deploying: Deploying) -> None:
    arguments = deploying.arguments("slow-start-2s")
    for nth in range(3, 9):
        deploying.sandbox.fault("DescribeServices", nth, "drop-before")
    assert deploying.call(*arguments).code == 0


@pytest.mark.parametrize("operation", WRITES)
def test_credentials_that_expire_half_way_say_what_is_left(deploying: Deploying, operation: str) -> None:
    arguments = deploying.arguments("next")
    deploying.sandbox.fault(operation, 1, "expired-token")
    ended = deploying.call(*arguments)
    assert ended.code == (2 if operation == "RegisterTaskDefinition" else 4)
    assert "the AWS credentials have expired" in ended.stderr
    assert ("nothing was changed" in ended.stderr) == (operation == "RegisterTaskDefinition")
    assert deploying.call(*arguments).code == 0
    assert_deployed_once(deploying)
