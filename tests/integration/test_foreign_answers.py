"""Something that is not AWS answers one call of a deployment, whichever: it is looked again, or told as a failure to look; never as a fact."""

import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.core.foreign_answers import ForeignAnswerError
from credex_actions.sandbox import Sandbox
from tests.integration.deploying import Deploying

FOREIGN = ["page", "empty", "other-shape"]


READS = [
    ("ecs", "DescribeServices", "describe_services", {"services": ["a"]}),
    ("ecs", "ListTasks", "list_tasks", {}),
    ("iam", "GetRole", "get_role", {"RoleName": "a"}),
    ("ec2", "DescribeSubnets", "describe_subnets", {}),
    ("elbv2", "DescribeTargetGroups", "describe_target_groups", {}),
    ("codedeploy", "GetDeployment", "get_deployment", {"deploymentId": "d-1"}),
    ("cloudwatch", "DescribeAlarms", "describe_alarms", {}),
    ("secretsmanager", "DescribeSecret", "describe_secret", {"SecretId": "a"}),
]


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize(("service", "operation", "method", "given"), READS, ids=[each[1] for each in READS])
def test_in_every_protocol_it_is_an_error_that_names_the_call(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, service: str, operation: str, method: str, given: dict[str, object], kind: str
) -> None:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    sandbox.fault(operation, kind=kind)
    with pytest.raises(ForeignAnswerError, match=f"^{operation} was answered by something other than AWS: "):
        getattr(Clients().read(service), method)(**given)


@pytest.mark.parametrize("kind", FOREIGN)
def test_it_is_no_service_that_is_gone(deploying: Deploying, kind: str) -> None:
    arguments = deploying.arguments("next")
    for nth in range(1, 20):
        deploying.sandbox.fault("DescribeServices", nth, kind)
    ended = deploying.call(*arguments)
    assert ended.code == 4, ended.stderr
    assert "DescribeServices was answered by something other than AWS" in ended.stderr
    assert "nothing was changed" in ended.stderr
    assert "no longer exists" not in ended.stderr
    assert "no active service" not in ended.stderr


def test_in_the_middle_of_a_deployment_it_is_a_failure_to_look_and_running_again_follows(deploying: Deploying) -> None:
    arguments = deploying.arguments("slow-start-4s")
    with deploying.started(*arguments) as process:
        deploying.sandbox.until(lambda: deploying.count("UpdateService") == 1, "the update")
        for nth in range(1, 40):
            deploying.sandbox.fault("DescribeServices", nth, "page")
        ended = deploying.ended(process)
    deploying.sandbox.reset_faults()
    assert ended.code == 4, ended.stderr
    assert "a web page ('Back in a minute')" in ended.stderr
    assert "done so far: register a revision of credex-core; roll out" in ended.stderr
    again = deploying.call(*arguments)
    assert (again.code, again.outputs["outcome"]) == (0, "unchanged")
    assert deploying.count("UpdateService") == 1


LOOKS = {
    "DescribeServices": "page",
    "DescribeTaskDefinition": "empty",
    "ListServiceDeployments": "other-shape",
    "DescribeServiceDeployments": "page",
}


@pytest.mark.parametrize(("operation", "kind"), LOOKS.items())
def test_a_look_that_something_else_answers_is_repeated(deploying: Deploying, operation: str, kind: str) -> None:
    arguments = deploying.arguments("next")
    for nth in (1, 2):
        deploying.sandbox.fault(operation, nth, kind)
    ended = deploying.call(*arguments)
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed"), ended.stderr
    assert deploying.sandbox.faults_left == 0
    calls = [f"{call.at:.2f} {call.operation} {call.status}" for call in deploying.sandbox.calls()]
    counted = (deploying.count("RegisterTaskDefinition"), deploying.count("UpdateService"))
    assert counted == (2, 1), "\n".join([ended.stderr, *calls])  # the first revision is the sandbox's


@pytest.mark.parametrize("operation", ["RegisterTaskDefinition", "UpdateService"])
def test_what_became_of_a_write_that_something_else_answers_is_not_known(deploying: Deploying, operation: str) -> None:
    arguments = deploying.arguments("next")
    deploying.sandbox.fault(operation, 1, "page")
    ended = deploying.call(*arguments)
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed"), ended.stderr
    assert deploying.serving()["deployments"][0]["rolloutState"] == "COMPLETED"


def test_preflight_that_something_else_answers_has_found_nothing_out(deploying: Deploying) -> None:
    arguments = deploying.arguments("next")
    deploying.sandbox.fault("GetRole", 1, "page")
    ended = deploying.call(*arguments)
    assert ended.code == 4
    assert "GetRole was answered by something other than AWS" in ended.stderr
    assert "State: nothing was changed." in ended.stderr


def test_a_cluster_that_does_not_exist_is_named_with_what_may_be_meant(deploying: Deploying) -> None:
    place = deploying.place
    arguments = [each if each != place.cluster else f"{place.cluster[:-1]}" for each in deploying.arguments("next")]
    ended = deploying.call(*arguments)
    assert ended.code == 2
    assert f"there is no active cluster {place.cluster[:-1]} in {deploying.sandbox.region}" in ended.stderr
    assert f"Did you mean {place.cluster}?" in ended.stderr
