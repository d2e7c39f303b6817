"""Trouble on order, the call log, and what the sandbox checks of requests and answers."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError

from credex_actions.sandbox import Sandbox

DROPPED = (ConnectionClosedError, HTTPClientError)


def families(sandbox: Sandbox) -> list[str]:
    found: list[str] = sandbox.client("ecs").list_task_definition_families()["families"]
    return found


def register(sandbox: Sandbox, family: str) -> None:
    sandbox.client("ecs").register_task_definition(family=family, containerDefinitions=[{"name": "app", "image": "nginx", "memory": 128}])


def test_the_nth_call_fails_once_and_has_no_effect(sandbox: Sandbox) -> None:
    sandbox.fault("RegisterTaskDefinition", nth=2, kind="throttle")
    register(sandbox, "first")
    with pytest.raises(ClientError, match="ThrottlingException") as caught:
        register(sandbox, "second")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    register(sandbox, "third")
    assert families(sandbox) == ["first", "third"]


@pytest.mark.parametrize(("kind", "remain"), [("drop-before", []), ("drop-after", ["it"])])
def test_a_connection_dropped_before_or_after_the_effect(sandbox: Sandbox, kind: str, remain: list[str]) -> None:
    sandbox.fault("RegisterTaskDefinition", kind=kind)
    with pytest.raises(DROPPED):
        register(sandbox, "it")
    assert families(sandbox) == remain
    assert [call.status for call in sandbox.calls()] == [0, 200]


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("error", "ServerException", 500),
        ("access-denied", "AccessDeniedException", 400),
        ("expired-token", "ExpiredTokenException", 400),
        ("throttle", "ThrottlingException", 400),
    ],
)
@pytest.mark.parametrize(
    ("service", "operation", "method"),
    [
        ("ecs", "ListClusters", "list_clusters"),
        ("iam", "ListRoles", "list_roles"),
        ("ec2", "DescribeVpcs", "describe_vpcs"),
        ("codedeploy", "ListApplications", "list_applications"),
        ("ssm", "DescribeParameters", "describe_parameters"),
    ],
)
def test_a_fault_is_spoken_in_the_protocol_of_its_service(
    sandbox: Sandbox, service: str, operation: str, method: str, kind: str, code: str, status: int
) -> None:
    sandbox.fault(operation, kind=kind)
    with pytest.raises(ClientError) as caught:
        getattr(sandbox.client(service), method)()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    getattr(sandbox.client(service), method)()


def test_any_operation_can_be_meant(sandbox: Sandbox) -> None:
    sandbox.fault("*", nth=2, kind="error")
    register(sandbox, "it")
    with pytest.raises(ClientError, match="ServerException"):
        families(sandbox)


def test_slowness_and_latency_delay_an_answer(sandbox: Sandbox) -> None:
    sandbox.fault("ListClusters", kind="slow", seconds=0.3)
    for _ in range(2):
        began = time.monotonic()
        sandbox.client("ecs").list_clusters()
        assert time.monotonic() - began >= 0.3
        sandbox.latency(0.3)


def test_what_is_slow_is_answered_as_soon_as_it_is_released(sandbox: Sandbox) -> None:
    sandbox.fault("ListClusters", kind="slow", seconds=60)
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(sandbox.client("ecs").list_clusters)
        sandbox.until(lambda: not sandbox.faults_left, "the call")
        assert not answer.done()
        sandbox.release()
        assert answer.result(30)["clusterArns"] == []
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("wrong", [{"kind": "nope"}, {"nth": 0}, {"seconds": -1}])
def test_a_fault_that_cannot_be_is_refused(sandbox: Sandbox, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"fault|counts"):
        sandbox.fault("ListClusters", **wrong)  # type: ignore[arg-type]


def test_the_call_log_tells_who_called_what(sandbox: Sandbox) -> None:
    sandbox.client("ecs").list_clusters()
    sandbox.client("iam").list_roles()
    calls = sandbox.calls()
    assert [(call.service, call.operation, call.status) for call in calls] == [("ecs", "ListClusters", 200), ("iam", "ListRoles", 200)]
    assert "Boto3" in calls[0].who
    sandbox.reset_calls()
    assert sandbox.calls() == []


def test_a_call_that_is_answered_late_is_not_counted_to_whoever_comes_next(sandbox: Sandbox) -> None:
    sandbox.fault("ListTaskDefinitionFamilies", kind="slow", seconds=0.5)
    impatient = sandbox.client("ecs", config=Config(read_timeout=0.1, retries={"total_max_attempts": 1}))
    with pytest.raises(ReadTimeoutError):
        impatient.list_task_definition_families()
    sandbox.until(lambda: not sandbox.faults_left, "the call")
    late = sandbox._endpoint.log
    sandbox.renew()
    sandbox.until(lambda: late.unanswered == 0, "its answer")
    assert len(late.calls()) == 1
    assert sandbox.calls() == []


def test_accounts_do_not_see_each_other(sandbox: Sandbox) -> None:
    register(sandbox, "it")
    sandbox.client("ecr").create_repository(repositoryName="it")
    sandbox.renew()
    assert families(sandbox) == []
    assert sandbox.client("ecr").describe_repositories()["repositories"] == []
    assert sandbox.client("sts").get_caller_identity()["Account"] == sandbox.account


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"family": "a b"}, "Family contains invalid characters"),
        ({"containerDefinitions": []}, "Container list cannot be empty"),
        ({"cpu": "300", "memory": "512"}, "No Fargate configuration exists for given values: 300 CPU, 512 memory"),
        ({"networkMode": "bridge"}, "Fargate only supports network mode"),
        ({"containerDefinitions": [{"name": "a", "image": "x"}, {"name": "a", "image": "x"}]}, "Duplicate container name"),
        ({"containerDefinitions": [{"name": "a", "image": "x", "essential": False}]}, "at least one essential container"),
        ({"containerDefinitions": [{"name": "a"}]}, "Container.image should not be null or empty"),
        (
            {
                "containerDefinitions": [
                    {"name": "a", "image": "x", "environment": [{"name": "K", "value": "v"}], "secrets": [{"name": "K", "valueFrom": "p"}]}
                ]
            },
            "The secret name must be unique",
        ),
    ],
)
def test_a_definition_that_ecs_does_not_take_is_refused(sandbox: Sandbox, document: dict[str, object], message: str) -> None:
    good = {
        "family": "it",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "app", "image": "nginx"}],
    }
    with pytest.raises(ClientError, match=message):
        sandbox.client("ecs").register_task_definition(**(good | document))
    assert families(sandbox) == []


def test_a_definition_keeps_every_member_and_gets_the_defaults_of_ecs(sandbox: Sandbox) -> None:
    ecs = sandbox.client("ecs")
    container = {
        "name": "app",
        "image": "nginx",
        "memory": 128,
        "stopTimeout": 30,
        "ulimits": [{"name": "core", "softLimit": 0, "hardLimit": 0}],
    }
    ecs.register_task_definition(family="it", containerDefinitions=[container], tags=[{"key": "a", "value": "b"}], pidMode="task")
    answer = ecs.describe_task_definition(taskDefinition="it", include=["TAGS"])
    kept = answer["taskDefinition"]
    assert answer["tags"] == [{"key": "a", "value": "b"}]
    assert kept["pidMode"] == "task"
    assert kept["containerDefinitions"][0] | container == kept["containerDefinitions"][0]
    assert kept["containerDefinitions"][0]["essential"] is True


def test_revisions_are_numbered_listed_and_deregistered(sandbox: Sandbox) -> None:
    ecs = sandbox.client("ecs")
    for _ in range(3):
        register(sandbox, "it")
    ecs.deregister_task_definition(taskDefinition="it:2")
    numbers = [arn.rpartition(":")[2] for arn in ecs.list_task_definitions(familyPrefix="it", sort="DESC")["taskDefinitionArns"]]
    assert numbers == ["3", "1"]
    assert ecs.describe_task_definition(taskDefinition="it:2")["taskDefinition"]["status"] == "INACTIVE"
    register(sandbox, "it")
    assert ecs.describe_task_definition(taskDefinition="it")["taskDefinition"]["revision"] == 4
    with pytest.raises(ClientError, match="Unable to describe task definition"):
        ecs.describe_task_definition(taskDefinition="it:9")


def test_an_operation_that_the_sandbox_does_not_do_says_so(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="The sandbox does not support ecs:ListGateways"):
        sandbox.client("ecs").list_gateways()
